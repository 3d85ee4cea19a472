"""Folders and files below a source, without following links and without end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from hpo.archive.importers.discover import MAX_DEPTH, MAX_ENTRIES, MAX_VISITED
from hpo.archive.importers.reading import entries, open_below, open_root
from hpo.errors import BadData, MissingInput

Parts = tuple[str, ...]


def files_below(root: int) -> Iterator[tuple[Parts, tuple[str, ...]]]:
    """Every folder below the open folder ``root``, itself first, with the names of its regular files, sorted.

    Hidden folders are passed over.

    Raises:
        BadData: A folder can't be read, holds too many names, or folders are nested too deeply.
    """
    visited = 0
    waiting: list[Parts] = [()]
    while waiting:
        parts = waiting.pop(0)
        folder = open_below(root, parts)
        try:
            found = entries(folder, MAX_ENTRIES)
        finally:
            os.close(folder)
        visited += MAX_VISITED if found is None else len(found)
        if found is None or visited > MAX_VISITED:
            raise BadData(f"{'/'.join(parts) or 'the source'}: too many names; name a folder with fewer")
        yield parts, tuple(entry.name for entry in found if entry.kind == "file")
        deeper = [(*parts, entry.name) for entry in found if entry.kind == "folder" and not entry.name.startswith(".")]
        if deeper and len(parts) >= MAX_DEPTH:
            raise BadData(f"{'/'.join(parts)}: folders nested deeper than {MAX_DEPTH} levels")
        waiting[:0] = deeper


def open_source(path: Path) -> tuple[int, str | None]:
    """The open folder that ``path`` is, or that it is in, and then its name there; the caller closes the descriptor.

    Raises:
        MissingInput: There is no such file or folder.
    """
    if path.is_file():
        resolved = path.resolve()
        return open_root(resolved.parent), resolved.name
    if not path.exists():
        raise MissingInput(f"{path}: no such file or folder")
    return open_root(path), None
