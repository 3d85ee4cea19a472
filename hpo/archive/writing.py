"""Publication: a record appears whole or not at all, and is never replaced.

The files are written into a folder beside, each is flushed to disk, and the folder is renamed; ``rename`` onto a
folder that holds files fails, so two publishers cannot mix.
"""

from __future__ import annotations

import errno
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

from hpo.archive.layout import MANIFEST, TEMPORARY_PREFIX, record_folder
from hpo.archive.manifest import render_manifest
from hpo.errors import OwnedOrExists, StorageError
from hpo.storage import flush_folder, make_folders, write_new_folder


def write_files(archive: Path, key: str, files: Mapping[str, bytes]) -> Path:
    """Publish ``files`` (content by name) and their manifest as the record ``key``; the folder's path.

    Nothing happens where the same record exists already.

    Raises:
        OwnedOrExists: Another record exists under this key; says which files differ.
        StorageError: Writing failed; nothing is left behind, or the whole record if only the last flush failed.
    """
    files = {**files, MANIFEST: render_manifest(files)}
    target = record_folder(archive, key)
    if _exists(target):
        return _same_or_refused(target, files)
    temporary = archive / f"{TEMPORARY_PREFIX}{uuid.uuid4().hex}"
    try:
        write_new_folder(temporary, files)
        make_folders(target.parent)
        try:
            temporary.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
            return _same_or_refused(target, files)
    except OSError as error:
        raise StorageError(f"{target}: not published: {error.strerror or error} ({error.filename})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    try:
        flush_folder(target.parent)
    except OSError as error:
        raise StorageError(
            f"{target}: published, but perhaps not on the disk yet: {error.strerror or error}"
        ) from error
    return target


def _exists(target: Path) -> bool:
    """Whether something is there; an empty folder is nothing, ``rename`` replaces it."""
    return target.is_symlink() or (target.exists() and not (target.is_dir() and not any(target.iterdir())))


def _same_or_refused(target: Path, files: Mapping[str, bytes]) -> Path:
    there = {path.name for path in target.iterdir()} if target.is_dir() else set()
    differing = sorted(name for name in files if name not in there or not _equals(target / name, files[name]))
    extra = sorted(there - set(files))
    if target.is_symlink() or not there or differing or extra:
        what = [f"{name} differs" if name in there else f"{name} is missing" for name in differing]
        what += [f"{name} is not part of the new record" for name in extra]
        raise OwnedOrExists(
            f"{target}: another record is there ({'; '.join(what) or 'no record of ours'}) and records are never "
            "replaced\n  Choose another run name or archive, or move the old record away."
        )
    return target


def _equals(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False
