"""Import of Supervisor's own output: folders with a headerless ``output.csv``, the space, and ``cfg-*.sh``."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, Final

from hpo.archive.importers.asked import Identity, named_by_folders
from hpo.archive.importers.assemble import describe, log_table, source_digest
from hpo.archive.importers.discover import Found, discover
from hpo.archive.importers.folder import RunFiles, contents_of, parse_run_files
from hpo.archive.importers.foreign import Parsed, Refused, refused
from hpo.archive.importers.headerless import Headerless, has_header, with_header
from hpo.archive.importers.identity import Identity as Placed
from hpo.archive.importers.reading import shown, text_of
from hpo.archive.importers.spaces import clean_space
from hpo.archive.importers.walk import open_source
from hpo.archive.tables import evaluations_table
from hpo.errors import BadData, CrossHpoError, MissingInput
from hpo.identifiers import is_identifier
from hpo.sizes import SIZES
from hpo.space import Space

KIND: Final = "supervisor"
TOOL: Final = "Supervisor"
FILE: Final = "output.csv"
STRATEGY: Final = "ga"

_ABOUT: Final = (
    "population", "generations", "settings", "fixed", "published_best", "final_population", "times", "cost",
    "provenance", "unrecorded", "recovered",
)  # fmt: skip


def read_supervisor(source: Path, space: Space | None) -> list[Parsed | Refused]:
    """The runs of ``source``: every folder below it that holds an ``output.csv``.

    Args:
        source: Folder, or an ``output.csv``.
        space: The space of all runs; without it the JSON file beside the table.

    Raises:
        MissingInput: There is no such source, or no such file in it.
    """
    root, name = open_source(source)
    try:
        found: list[Parsed | Refused] = []
        for folder in discover(root):
            path = shown("/".join((*folder.parts, FILE)))
            if not isinstance(folder, Found):
                if folder.refused:
                    found.append(Refused(path, (folder.reason,)))
                continue
            if name is not None and folder.parts:
                continue
            try:
                found.append(_read(root, folder, path, space))
            except CrossHpoError as error:
                found.append(refused(path, error))
    finally:
        os.close(root)
    if not found:
        raise MissingInput(f"{source}: no {FILE} in it or below it")
    return found


def _read(root: int, folder: Found, path: str, space: Space | None) -> Parsed:
    if FILE not in folder.files:
        raise BadData(f"no {FILE}; runs with hpo.csv or a log alone are read by --format improve")
    return parse_supervisor(contents_of(root, folder), folder.parts, path, space)


def parse_supervisor(contents: dict[str, bytes], parts: tuple[str, ...], path: str, space: Space | None) -> Parsed:
    """The run in the files ``contents``, by name.

    Args:
        contents: Files of the run's folder.
        parts: The folder, below the source.
        path: Name for messages and the record.
        space: Its space, where the user gave one.

    Raises:
        BadData: The table has a header, there is no space, or it is of another run; files can't be understood; every
            problem of the table at once.
    """
    if FILE not in contents:
        raise BadData(f"{FILE}: cannot be read")
    text = text_of(contents[FILE], FILE)
    if has_header(text):
        raise BadData(f"{FILE}: has a header, so it is of the published layout; import it by --format improve")
    rest = {name: content for name, content in contents.items() if name not in (FILE, "hpo.csv")}
    space = space or parse_run_files(rest).space
    if space is None:
        raise BadData(f"{FILE}: has no header, and no space says what its fields are; give --space")
    table = with_header(text, FILE, [parameter.name for parameter in space.parameters])
    run = parse_run_files({**rest, FILE: table.text.encode()}, table.header)
    run.digests[FILE] = hashlib.sha256(contents[FILE]).hexdigest()
    run.space = clean_space(space, run.scrubber)
    return _parsed(run, table, parts, path)


def _parsed(run: RunFiles, table: Headerless, parts: tuple[str, ...], path: str) -> Parsed:
    place = Placed("unknown", "unknown", "unknown", path, ())
    found = describe(run, place, "unknown", None)
    notes = [
        note for note in found.info.notes if note not in found.reasons and not note.startswith("There is no hpo.csv")
    ]
    notes.append(f"{FILE} has no walltimes, and no lines of trainings that failed.")
    rows = found.evaluations.rows
    if not table.has_run_ids:
        rows = [{**row, "generation": None, "origin": None} for row in rows]
        notes.append("The table has no run ids: evaluations are numbered as they ended, their generations are unknown.")
    notes += _other_constants(run)
    types = {name: axis.column for name, axis in found.axes.items()}
    metadata = run.metadata.fields
    return Parsed(
        path=run.scrubber.text(path),
        tool=TOOL,
        identity=_identity(metadata)
        .over(named_by_folders(parts))
        .over(Identity(size=_size(found.info.population, found.info.generations), strategy=STRATEGY)),
        space=run.space,
        table=evaluations_table(rows, types, recovered=bool(found.evaluations.recovered)),
        digest=source_digest(run.digests),
        files={run.scrubber.text(name): value for name, value in run.digests.items()},
        removed=run.scrubber.removed,
        about={name: getattr(found.info, name) for name in _ABOUT},
        log=log_table(run) if run.log else None,
        notes=tuple(run.scrubber.text(note) for note in notes),
        reasons=found.reasons,
        planned=found.info.counts.planned,
        lines=sum(item.lines for item in run.tables),
        unreadable=sum(len(item.unreadable) for item in run.tables),
    )


def _identity(metadata: dict[str, str]) -> Identity:
    def name(key: str) -> str | None:
        value = metadata.get(key, "")
        return value if is_identifier(value) else None

    return Identity(model=name("MODEL"), dataset=name("DATASET"), size=name("SIZE"))


def _size(population: int | None, generations: int | None) -> str | None:
    """The name of a size; a standard one where there is one."""
    if population is None or generations is None:
        return None
    for size in SIZES.values():
        if (size.population, size.generations) == (population, generations):
            return size.name
    return f"P{population}G{generations}"


def _other_constants(run: RunFiles) -> list[str]:
    """Constants of the space of which the table has another value.

    Raises:
        BadData: One has several values, so the fields are not those of the space.
    """
    constants: dict[str, Any] = {} if run.space is None else run.space.constants
    notes, problems = [], []
    for name, value in constants.items():
        cells = {row.cells[name] for table in run.tables for row in table.rows.values() if name in row.cells}
        texts = {str(value), str(value).lower() if isinstance(value, bool) else str(value)}
        if len(cells) > 1:
            problems.append(
                f"{FILE}: {name} is constant in the space, but has {len(cells)} values in the table; the space is "
                "another run's, or in another order"
            )
        elif any(run.scrubber.value(cell) not in texts and cell not in texts for cell in cells):
            notes.append(
                f"{name} is constant {value} in the space, but not in the table; the space may be another run's."
            )
    if problems:
        raise BadData(problems)
    return notes
