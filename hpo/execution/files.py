"""Writing that survives a crash: whole files beside their target, renamed; folders flushed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hpo.errors import StorageError


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Create or replace ``path``; readers see the old or the new content, never a part.

    Args:
        path: The file; its folder exists.
        content: All of it.
        durable: Whether it must survive a power cut; costs two flushes to the disk.

    Raises:
        StorageError: Writing failed; what was there before is unchanged.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        temporary.replace(path)
        if durable:
            flush_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise storage_error(path, error) from error


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Create or replace ``path`` with ``value`` as indented JSON; see :func:`write_atomically`."""
    text = json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
    write_atomically(path, text.encode("ascii"), durable=durable)


def flush_folder(folder: Path) -> None:
    """Flush the list of names in ``folder`` to the disk, so that a new file in it survives a power cut.

    Raises:
        OSError: The disk refuses.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def storage_error(path: Path, error: OSError) -> StorageError:
    """The error to report where reading or writing ``path`` failed."""
    return StorageError(f"{path}: can't be written: {error.strerror or error}")
