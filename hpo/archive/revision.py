"""An archive as it was in a Git revision: its files written into a folder."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath
from typing import Final

from hpo.archive import layout
from hpo.errors import BadData, MissingInput

TIME_LIMIT: Final = 600.0
"""Seconds that Git or DVC may take."""


def checkout_archive(archive: Path, revision: str, folder: Path) -> Path:
    """Write ``archive`` as it was in the Git revision ``revision`` into ``folder``, and return the new archive.

    Records tracked by Git are taken from Git. Where the revision has none, and the repository uses DVC, they are
    fetched through DVC from its cache or remote.

    Raises:
        MissingInput: The archive is in no repository, there is no such revision, or it holds no record there.
        BadData: The revision holds names that no archive has.
    """
    root, prefix = _place(archive, revision)
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise MissingInput(f"{revision!r} is neither a folder nor a revision of the Git repository of {archive}")
    name = commit.decode().strip()
    target = folder / "archive"
    target.mkdir(parents=True)
    tar = _git(root, "archive", "--format=tar", name, "--", prefix)
    if tar is not None:
        _unpack(tar, prefix, target)
    if not any(layout.record_keys(target)) and (root / ".dvc").is_dir():
        target = _from_dvc(root, prefix, name, folder / "dvc")
    if not any(layout.record_keys(target)):
        raise MissingInput(
            f"{prefix}: revision {revision} holds no records of this archive. Where DVC tracks them and neither cache "
            "nor remote has them, get them with `dvc get` into a folder and compare the folders."
        )
    return target


def _place(archive: Path, revision: str) -> tuple[Path, str]:
    """Root of the repository and path of the archive in it; the archive itself need not exist any more."""
    existing = archive.resolve()
    while not existing.is_dir():
        existing = existing.parent
    top = _git(existing, "rev-parse", "--show-toplevel")
    if top is None:
        raise MissingInput(f"{revision}: no such folder, and no Git revision either: {archive} is in no Git repository")
    root = Path(top.decode().removesuffix("\n"))
    return root, archive.resolve().relative_to(root.resolve()).as_posix()


def _git(folder: Path, *arguments: str) -> bytes | None:
    """Output of a Git command, ``None`` where it fails.

    Raises:
        MissingInput: Git is not installed.
    """
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, check=False, timeout=TIME_LIMIT
        )
    except FileNotFoundError as error:
        raise MissingInput("git is not installed; name two folders to compare instead") from error
    return done.stdout if done.returncode == 0 else None


def _unpack(tar: bytes, prefix: str, target: Path) -> None:
    """Write the regular files of record folders, by validated names only."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as members:
        for member in members:
            parts = PurePosixPath(member.name).relative_to(prefix).parts if _below(member.name, prefix) else ()
            if not member.isfile() or len(parts) != layout.DEPTH + 1:
                continue
            key, name = "/".join(parts[:-1]), parts[-1]
            if not layout.is_key(key) or name not in (*layout.REQUIRED, *layout.OPTIONAL):
                raise BadData(f"{member.name!r:.200}: no archive has a file of this name")
            content = members.extractfile(member)
            assert content is not None
            folder = layout.record_folder(target, key)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content.read())


def _below(name: str, prefix: str) -> bool:
    return prefix == "." or name == prefix or name.startswith(prefix + "/")


def _from_dvc(root: Path, prefix: str, commit: str, target: Path) -> Path:
    command = [sys.executable, "-m", "dvc", "get", str(root), prefix, "--rev", commit, "--out", str(target), "--quiet"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=TIME_LIMIT, cwd=root)
    if done.returncode != 0:
        target.mkdir(parents=True, exist_ok=True)
    return target
