"""Writes whole folders and files or nothing: beside the target, flushed to the disk, then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hpo.digest import file_digest
from hpo.errors import OwnedOrExists, StorageError

TEMPORARY = ".tmp-"
"""Beginning of the names of unfinished folders and files."""


def publish_folder(out: Path, fill: Callable[[Path], None]) -> bool:
    """Create the folder ``out`` with what ``fill`` writes into the empty folder that it is given.

    Parent folders are made. Nothing is left behind if ``fill`` fails, and readers never see a part.

    Returns:
        Whether ``out`` is new; ``False`` if it was there with the same files.

    Raises:
        OwnedOrExists: ``out`` is there and differs.
        StorageError: Writing failed.
    """
    with _storage(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = out.parent / f"{TEMPORARY}{out.name}-{os.getpid()}-{secrets.token_hex(4)}"
        temporary.mkdir()
    try:
        with _storage(out):
            fill(temporary)
            _sync_tree(temporary)
            return _rename(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_file(path: Path, content: bytes) -> None:
    """Create or replace the file ``path``.

    Raises:
        StorageError: Writing failed; what was there before is unchanged.
    """
    with _storage(path):
        temporary = path.with_name(f"{TEMPORARY}{path.name}-{os.getpid()}")
        try:
            with temporary.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
            sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Flush the list of names in ``folder`` to the disk, so that a rename survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems refuse it
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def folder_digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file under ``folder`` by relative path."""
    return {
        path.relative_to(folder).as_posix(): file_digest(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }


def _rename(temporary: Path, out: Path) -> bool:
    try:
        temporary.rename(out)
    except OSError:
        if not out.exists():
            raise
        if out.is_dir() and folder_digests(out) == folder_digests(temporary):
            return False
        raise OwnedOrExists(
            f"{out}: exists already, with another content\n  Remove it, or name another folder."
        ) from None
    sync_folder(out.parent)
    return True


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        else:
            sync_folder(path)
    sync_folder(folder)


@contextmanager
def _storage(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path}: can't be written: {error.strerror or error}") from error
