"""Puts a revised record in the place of an older one: only for imports, whose source can be imported again."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

from hpo.archive.layout import MANIFEST, TEMPORARY_PREFIX, record_folder
from hpo.archive.manifest import render_manifest
from hpo.errors import StorageError
from hpo.storage import flush_folder, write_new_folder


def replace_files(archive: Path, key: str, files: Mapping[str, bytes]) -> Path:
    """Replace the record ``key`` by ``files`` and their manifest; the folder's path.

    Two renames: a reader sees the old record, for a moment none, then the new one, and never a mixture.

    Raises:
        StorageError: Writing failed; the old record is in its place.
    """
    target = record_folder(archive, key)
    fresh, old = (archive / f"{TEMPORARY_PREFIX}{uuid.uuid4().hex}" for _ in range(2))
    try:
        write_new_folder(fresh, {**files, MANIFEST: render_manifest(files)})
        target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            old.rename(target)
            raise
        flush_folder(target.parent)
    except OSError as error:
        raise StorageError(f"{target}: not revised: {error.strerror or error} ({error.filename})") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return target
