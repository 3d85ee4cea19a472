"""Where things are in an archive: ``<archive>/<MODEL>/<DATASET>/<SIZE>/<RUN>/`` and the files of a record."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hpo.identifiers import is_identifier

RUN: Final = "run.json"
SPACE: Final = "space.json"
EVALUATIONS: Final = "evaluations.csv"
GENERATIONS: Final = "generations.csv"
BEST: Final = "best.json"
JOURNAL: Final = "journal.jsonl"
MANIFEST: Final = "MANIFEST.sha256"

REQUIRED: Final = (RUN, EVALUATIONS, GENERATIONS, BEST, MANIFEST)
"""Files of every record."""
OPTIONAL: Final = (SPACE, JOURNAL)
"""``space.json`` is missing where an import has none, ``journal.jsonl`` in every import."""

FINAL_SUFFIX: Final = ".final.json"
"""Final scores of a run lie beside its folder: ``<RUN>.final.json``, see ``hpo.archive.final``."""

TRANSFER_SUFFIX: Final = ".transfer.json"
"""Transfer of the optima of a model: ``<MODEL>/<SIZE>.transfer.json``, see ``hpo.archive.transfer``."""

TEMPORARY_PREFIX: Final = ".tmp-"
"""Folders being written; one that stays was left by a process that died."""

DEPTH: Final = 4
_BESIDE_RECORDS: Final = (".gitignore", ".gitkeep", "README.md", "*.dvc")
"""Files that Git, DVC and people keep between the records."""


def is_key(text: str) -> bool:
    """Whether ``text`` is a key ``MODEL/DATASET/SIZE/RUN`` of valid names."""
    parts = text.split("/")
    return len(parts) == DEPTH and all(is_identifier(part) for part in parts)


def record_folder(archive: Path, key: str) -> Path:
    """Folder of the record ``key``, whether it exists or not.

    Raises:
        ValueError: ``key`` is no key; so no key leads out of the archive.
    """
    if not is_key(key):
        raise ValueError(f"{key!r} is no key of a record: expected MODEL/DATASET/SIZE/RUN")
    return archive.joinpath(*key.split("/"))


def record_keys(archive: Path) -> Iterator[str]:
    """Keys of all record folders, sorted; symbolic links and everything misnamed are passed over."""
    yield from _keys(archive, ())


def strangers(archive: Path) -> Iterator[Path]:
    """What lies in the archive outside of record folders and does not belong there or cannot be read, sorted."""
    yield from _strangers(archive, 0)


def _keys(folder: Path, parts: tuple[str, ...]) -> Iterator[str]:
    if len(parts) == DEPTH:
        yield "/".join(parts)
        return
    for child in _children(folder) or ():
        if is_identifier(child.name) and child.is_dir() and not child.is_symlink():
            yield from _keys(child, (*parts, child.name))


def _strangers(folder: Path, depth: int) -> Iterator[Path]:
    children = _children(folder)
    if children is None:
        yield folder
        return
    for child in children:
        is_folder = child.is_dir() and not child.is_symlink()
        if is_folder and is_identifier(child.name):
            if depth + 1 < DEPTH:
                yield from _strangers(child, depth + 1)
        elif is_folder or child.is_symlink() or not _is_known(child, depth):
            yield child


def is_transfer(path: Path) -> bool:
    """Whether ``path`` is named as the transfer of a model: a valid name, then :data:`TRANSFER_SUFFIX`."""
    name = path.name.removesuffix(TRANSFER_SUFFIX)
    return name != path.name and is_identifier(name)


def _is_known(path: Path, depth: int) -> bool:
    """Whether the file ``path``, ``depth`` folders below the archive, is one that may lie between the records."""
    return _is_beside(path.name) or (depth == 1 and is_transfer(path)) or (depth == DEPTH - 1 and _is_final(path))


def _is_beside(name: str) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in _BESIDE_RECORDS)


def _is_final(path: Path) -> bool:
    """Whether ``path`` is named as final scores of a record that is there."""
    name = path.name.removesuffix(FINAL_SUFFIX)
    return name != path.name and (path.with_name(name) / RUN).is_file()


def _children(folder: Path) -> list[Path] | None:
    """What is in ``folder``, sorted; ``None`` if it cannot be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return None
