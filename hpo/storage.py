"""Writing that survives a crash: files and folders appear whole or not at all.

What is written goes beside its target, is flushed to the disk and renamed; then the list of names is flushed.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from hpo.digest import file_digest
from hpo.errors import OwnedOrExists, StorageError

TEMPORARY: Final = ".tmp-"
"""Beginning of the names of unfinished folders and files."""

_NO_FLUSH: Final = frozenset({errno.EINVAL, errno.ENOTSUP})
"""What file systems answer that can't flush a list of names, and need not."""


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Create or replace the file ``path``; readers see the old or the new content, never a part.

    Args:
        path: The file; its folder exists.
        content: All of it.
        durable: Whether it must survive a power cut; costs two flushes to the disk.

    Raises:
        StorageError: Writing failed; what was there before is unchanged.
    """
    temporary = path.with_name(f"{TEMPORARY}{path.name}-{os.getpid()}")
    with told(path):
        try:
            with temporary.open("wb") as stream:
                stream.write(content)
                stream.flush()
                if durable:
                    os.fsync(stream.fileno())
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        if durable:
            flush_folder(path.parent)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Create or replace ``path`` with ``value`` as indented JSON; see :func:`write_atomically`."""
    text = json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
    write_atomically(path, text.encode("ascii"), durable=durable)


def publish_folder(out: Path, fill: Callable[[Path], None]) -> bool:
    """Create the folder ``out`` with what ``fill`` writes into the empty folder that it is given.

    Parent folders are made. Nothing is left behind if ``fill`` fails, and readers never see a part.

    Returns:
        Whether ``out`` is new; ``False`` if it was there with the same files.

    Raises:
        OwnedOrExists: ``out`` is there and differs.
        StorageError: Writing failed.
    """
    with told(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = out.parent / f"{TEMPORARY}{out.name}-{os.getpid()}-{secrets.token_hex(4)}"
        temporary.mkdir()
    try:
        with told(out):
            fill(temporary)
            _flush_tree(temporary)
            return _rename_or_compare(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_new_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Create ``folder``, which must not exist, with ``files`` (content by name), all flushed; parents are made.

    Raises:
        OSError: Writing failed; a part may be left.
    """
    make_folders(folder.parent)
    folder.mkdir()
    for name, content in files.items():
        with (folder / name).open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    flush_folder(folder)


def make_folders(folder: Path) -> None:
    """Create ``folder`` and its parents where they are missing, each new name flushed.

    Raises:
        OSError: The disk refuses.
    """
    if folder.is_dir():
        return
    make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)


def flush_folder(folder: Path) -> None:
    """Flush the list of names in ``folder`` to the disk, so that a new name in it survives a power cut.

    Raises:
        OSError: The disk refuses.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FLUSH:
            raise
    finally:
        os.close(descriptor)


def folder_digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file under ``folder`` by relative path."""
    return {
        path.relative_to(folder).as_posix(): file_digest(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Within the block, an error of the file system becomes a :class:`StorageError` about ``path``."""
    try:
        yield
    except OSError as error:
        raise storage_error(path, error) from error


def storage_error(path: Path, error: OSError) -> StorageError:
    """The error to report where writing ``path`` failed."""
    return StorageError(f"{path}: can't be written: {error.strerror or error}")


def _rename_or_compare(temporary: Path, out: Path) -> bool:
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
    flush_folder(out.parent)
    return True


def _flush_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        else:
            flush_folder(path)
    flush_folder(folder)
