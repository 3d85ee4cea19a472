"""Finding the run folders of a source: folders that hold at least one result file of a search."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hpo.archive.importers.reading import Entry, entries, open_below, shown
from hpo.errors import BadData

MAX_DEPTH: Final = 8
MAX_ENTRIES: Final = 10_000
"""Names in one folder; a published run has eight."""
MAX_VISITED: Final = 200_000
"""Names in the whole tree."""

RESULT: Final = re.compile(
    r"(?P<kind>hpo|output)\.csv"
    r"|(?P<best>best)-(?P<best_rank>[0-9]{1,9})\.json"
    r"|(?P<individuals>fitness|fitnesses|population)-(?P<individuals_rank>[0-9]{1,9})\.txt"
    r"|(?P<log>deap)-(?P<log_rank>[0-9]{1,9})\.log"
)
"""Names of result files; ``N`` is the rank of the process that ran DEAP."""

HALL: Final = "HallOfFame"


@dataclass(frozen=True, slots=True)
class Found:
    """A run folder.

    Attributes:
        parts: Its path below the root that was searched.
        files: Names of its regular files, sorted.
        left_out: What else is in it and is not read, one sentence each.
    """

    parts: tuple[str, ...]
    files: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """A folder that is not imported.

    Attributes:
        parts: Its path below the root that was searched.
        reason: Why.
        refused: Whether a run may be lost by that; ``False`` for a folder without any result.
    """

    parts: tuple[str, ...]
    reason: str
    refused: bool


def discover(root: int) -> Iterator[Found | Left]:
    """Run folders and folders left out below the open folder ``root``, in the order of their names.

    In a clone only its ``HallOfFame`` folder is searched. Hidden folders are passed over; links are not followed.
    """
    start: tuple[str, ...] = ()
    try:
        top = entries(root, MAX_ENTRIES)
    except BadData as error:
        yield Left((), str(error), refused=True)
        return
    if top is not None and Entry(HALL, "folder") in top:
        start = (HALL,)
    budget = _Budget(MAX_VISITED)
    yield from _below(root, start, budget)


class _Budget:
    """How many names may still be looked at."""

    def __init__(self, names: int) -> None:
        self.names = names


def _below(root: int, parts: tuple[str, ...], budget: _Budget) -> Iterator[Found | Left]:
    """Look at the folder ``parts`` and those below it; the depth is bounded by :data:`MAX_DEPTH`."""
    try:
        inside = _listing(root, parts)
    except BadData as error:
        yield Left(parts, str(error), refused=True)
        return
    if inside is None:
        yield Left(parts, f"more than {MAX_ENTRIES:,} names in one folder", refused=True)
        return
    budget.names -= len(inside)
    if budget.names < 0:
        yield Left(parts, f"not looked at: more than {MAX_VISITED:,} names in the whole source", refused=True)
        return
    files = tuple(entry.name for entry in inside if entry.kind == "file")
    folders = [entry.name for entry in inside if entry.kind == "folder" and not entry.name.startswith(".")]
    is_run = any(RESULT.fullmatch(name) for name in files)
    if is_run:
        yield Found(parts, files, tuple(_left_out(inside)))
    elif parts and not folders and not parts[-1].startswith("."):
        links = [entry.name for entry in inside if entry.kind != "file" and RESULT.fullmatch(entry.name)]
        held = ", ".join(shown(entry.name) for entry in inside[:3]) or "empty"
        if links:
            yield Left(parts, f"{shown(links[0])} is no regular file", refused=True)
        else:
            yield Left(parts, f"no result of a search in it ({held})", refused=False)
    for entry in inside:
        if entry.kind == "link" and not is_run and "." not in entry.name:
            yield Left((*parts, entry.name), "a symbolic link; links are not followed", refused=True)
    if len(parts) >= MAX_DEPTH and folders:
        yield Left(parts, f"folders nested deeper than {MAX_DEPTH} levels", refused=True)
        return
    for name in folders:
        yield from _below(root, (*parts, name), budget)


def _listing(root: int, parts: tuple[str, ...]) -> list[Entry] | None:
    folder = open_below(root, parts)
    try:
        return entries(folder, MAX_ENTRIES)
    finally:
        os.close(folder)


def _left_out(inside: list[Entry]) -> Iterator[str]:
    for kind, what in (("link", "symbolic link"), ("other", "special file (FIFO, socket or device)")):
        names = [entry.name for entry in inside if entry.kind == kind]
        if names:
            listed = ", ".join(shown(name) for name in names[:3])
            yield f"{len(names)} {what}{'s' if len(names) > 1 else ''} not read: {listed}."
