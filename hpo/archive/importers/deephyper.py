"""Import of searches by DeepHyper: every ``results.csv`` of a source becomes a record or a named refusal."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from hpo.archive.importers.asked import named_by_folders
from hpo.archive.importers.cells import count, number, timestamp
from hpo.archive.importers.evaluations import Axes, searched_axes
from hpo.archive.importers.folder import MAX_OTHER, MAX_TABLE, RunFiles
from hpo.archive.importers.foreign import Parsed, Refused, names_here, refused
from hpo.archive.importers.privacy import Scrubber
from hpo.archive.importers.reading import open_below, read_bytes, shown, text_of
from hpo.archive.importers.results_csv import Job, Results, parse_results
from hpo.archive.importers.spaces import clean_space, find_space
from hpo.archive.importers.tables import Row, Table
from hpo.archive.importers.walk import Parts, files_below, open_source
from hpo.archive.schema import Times
from hpo.archive.tables import evaluations_table
from hpo.digest import digest
from hpo.errors import CrossHpoError, MissingInput
from hpo.evaluation import METRICS, Origin, Status
from hpo.space import Space

KIND: Final = "deephyper"
TOOL: Final = "DeepHyper"
FILE: Final = "results.csv"

_WHOLE: Final = ("generation", "seed", "worker", "epochs_run", "best_epoch")
_ORIGINS: Final = frozenset(origin.value for origin in Origin)


def read_deephyper(source: Path, space: Space | None) -> list[Parsed | Refused]:
    """The runs of ``source``: one CSV file, or every ``results.csv`` below a folder.

    Args:
        source: File or folder.
        space: The space of all runs; without it a JSON file of definitions beside the CSV file is taken, and where
            there is none the space is unknown.

    Raises:
        MissingInput: There is no such source, or no ``results.csv`` in it.
        BadData: The folders can't be searched.
    """
    root, name = open_source(source)
    try:
        found = [
            _read(root, parts, name or FILE, names, space)
            for parts, names in ([((), (name,))] if name else files_below(root))
            if name or FILE in names
        ]
    finally:
        os.close(root)
    if not found:
        raise MissingInput(f"{source}: no {FILE} in it or below it")
    return found


def _read(root: int, parts: Parts, name: str, names: Sequence[str], space: Space | None) -> Parsed | Refused:
    path = shown("/".join((*parts, name)))
    try:
        others = [] if space is not None else [other for other in names if other.endswith(".json")]
        contents = _contents(root, parts, [name, *others])
        return parse_deephyper(contents, name, parts, space)
    except CrossHpoError as error:
        return refused(path, error)


def _contents(root: int, parts: Parts, names: Sequence[str]) -> dict[str, bytes]:
    folder = open_below(root, parts)
    try:
        return {name: read_bytes(folder, name, MAX_TABLE if name.endswith(".csv") else MAX_OTHER) for name in names}
    finally:
        os.close(folder)


def parse_deephyper(contents: Mapping[str, bytes], name: str, parts: Parts, space: Space | None) -> Parsed:
    """The run in the file ``name`` of ``contents``.

    Args:
        contents: The file and JSON files beside it, by name.
        name: Name of the CSV file.
        parts: Folders that it is in, below the source.
        space: Its space, where the user gave one.

    Raises:
        BadData: The file can't be understood; every problem at once.
    """
    results = parse_results(text_of(contents[name], name), name)
    scrubber = Scrubber(content.decode("utf-8", "replace") for content in contents.values())
    notes = [f"{TOOL} maximises: val_loss is the negative objective."]
    if space is None:
        others = {other: content for other, content in contents.items() if other != name}
        space, remarks = find_space(others, None, scrubber)
        notes += remarks
    else:
        space = clean_space(space, scrubber)
    if space is None:
        notes.append("The source has no space; bounds, types and constants of the hyperparameters are unknown.")
    plain = names_here(results.names)
    notes += [f"{shown(old)} is called {new} here." for old, new in plain.items() if old != new]
    finished = [job for job in results.jobs if job.is_finished]
    run = RunFiles(space=space, tables=[_table(name, plain, finished)])
    axes = searched_axes(run)
    fixed = _fixed(space, axes, run.tables[0], scrubber, notes)
    numbers = _numbers(finished, notes)
    damaged: dict[str, int] = {}
    rows = [
        _row(number_, job, row.cells, axes, scrubber, damaged)
        for number_, job, row in zip(numbers, finished, run.tables[0].rows.values(), strict=True)
    ]
    notes += [f"{axis}: {cells} cells hold no value of its type and are left empty." for axis, cells in damaged.items()]
    notes += _notes_on(finished, rows)
    types = {axis_name: axis.column for axis_name, axis in axes.items()}
    digests = {scrubber.text(file): hashlib.sha256(content).hexdigest() for file, content in contents.items()}
    return Parsed(
        path=scrubber.text(shown("/".join((*parts, name)))),
        tool=TOOL,
        identity=named_by_folders(parts),
        space=space,
        table=evaluations_table(sorted(rows, key=lambda row: int(row["evaluation"])), types),
        digest=digest({"files": digests, "space": None if space is None else space.digest}),
        files=digests,
        removed=scrubber.removed,
        about={"fixed": fixed, "times": _times(finished)},
        notes=tuple(scrubber.text(note) for note in notes),
        reasons=tuple(scrubber.text(reason) for reason in _reasons(results, finished)),
        lines=len(results.jobs) + len(results.unreadable),
        unreadable=len(results.unreadable),
    )


def _table(name: str, plain: Mapping[str, str], jobs: Sequence[Job]) -> Table:
    rows = {
        (1, 1, index): Row(
            line=job.line,
            key=(1, 1, index),
            cells={plain[column]: cell for column, cell in job.cells.items()},
            result=job.objective,
            loss=None,
            walltime=None,
        )
        for index, job in enumerate(jobs)
    }
    return Table(name, tuple(plain.values()), rows)


def _fixed(space: Space | None, axes: Axes, table: Table, scrubber: Scrubber, notes: list[str]) -> dict[str, Any]:
    """Hyperparameters that stayed the same: constants of the space, and columns with one text that no axis is of."""
    fixed: dict[str, Any] = {} if space is None else dict(space.constants)
    for name in table.parameters:
        if name in axes:
            continue
        values = {row.cells[name] for row in table.rows.values()} - {""}
        if name in fixed and values - {str(fixed[name]), scrubber.value(str(fixed[name]))}:
            notes.append(
                f"{name} is constant {fixed[name]} in the space, but the table has {len(values)} other values."
            )
        elif name not in fixed and len(values) == 1:
            fixed[name] = scrubber.value(values.pop())
        elif name not in fixed and values:
            notes.append(f"{name} has {len(values)} values, but the space does not have it; it is left out.")
    return fixed


def _numbers(jobs: Sequence[Job], notes: list[str]) -> list[int]:
    """Numbers of evaluations: those that an export of ours kept, else those of the jobs, else the order of lines."""
    ours = [count(job.metadata.get("evaluation", "")) for job in jobs]
    for numbers in (ours, [job.number for job in jobs]):
        known = [number_ for number_ in numbers if number_ is not None]
        if len(known) == len(set(known)) == len(jobs):
            return known
    if any(job.number is not None for job in jobs):
        notes.append("Numbers of jobs are missing or repeated; evaluations are numbered in the order of lines.")
    return list(range(len(jobs)))


def _row(
    number_: int, job: Job, cells: Mapping[str, str], axes: Axes, scrubber: Scrubber, damaged: dict[str, int]
) -> dict[str, Any]:
    status, loss, message = job.outcome
    values: dict[str, Any] = {}
    for name, axis in axes.items():
        values[name] = axis.read(cells.get(name, ""), scrubber.value)
        if values[name] is None and cells.get(name):
            damaged[name] = damaged.get(name, 0) + 1
    about = job.metadata
    started, walltime = _time(about)
    parents = about.get("parents", "")
    return {
        **values,
        "evaluation": number_,
        "origin": about.get("origin") if about.get("origin") in _ORIGINS else None,
        "status": status.value,
        "val_loss": loss,
        **{name: number(about.get(name, "")) for name in METRICS},
        **{name: count(about.get(name, "")) for name in _WHOLE},
        "started": started,
        "walltime": walltime,
        "parents": parents if parents.replace(";", "").isdecimal() else "",
        "message": scrubber.text(message),
    }


def _time(about: Mapping[str, str]) -> tuple[str | None, float | None]:
    """When a job started, and how many seconds it took; from submission to collection where nothing else is known."""
    begun, ended = number(about.get("timestamp_start", "")), number(about.get("timestamp_end", ""))
    submitted, gathered = number(about.get("timestamp_submit", "")), number(about.get("timestamp_gather", ""))
    lengths = (
        number(about.get("walltime", "")),
        None if begun is None or ended is None else ended - begun,
        number(about.get("duration", "")),
        None if submitted is None or gathered is None else gathered - submitted,
    )
    walltime = next((length for length in lengths if length is not None and length >= 0), None)
    return (None if begun is None else timestamp(begun)), walltime


def _times(jobs: Sequence[Job]) -> Times:
    begun = [value for job in jobs if (value := number(job.metadata.get("timestamp_start", ""))) is not None]
    ended = [value for job in jobs if (value := number(job.metadata.get("timestamp_end", ""))) is not None]
    return Times(started=timestamp(min(begun)) if begun else None, finished=timestamp(max(ended)) if ended else None)


def _notes_on(jobs: Sequence[Job], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    negative = sum(row["val_loss"] is not None and row["val_loss"] < 0 for row in rows)
    if negative:
        yield f"{negative} losses are negative: what was maximised was no negative loss there."
    invalid = sum(row["status"] == Status.INVALID.value for row in rows)
    if invalid:
        yield f"{invalid} evaluations have no objective that is a finite number."
    measured = {"walltime", "duration", "timestamp_end"}
    if any(row["walltime"] is not None for row in rows) and not any(
        job.metadata.get(name) for job in jobs for name in measured
    ):
        yield "Walltimes are from the submission of a job to the collection of its result."


def _reasons(results: Results, finished: Sequence[Job]) -> Iterator[str]:
    unfinished = len(results.jobs) - len(finished)
    if unfinished:
        yield f"{unfinished} jobs were cancelled or had not ended; they have no result and are left out."
    if results.unreadable:
        line, reason = results.unreadable[0]
        yield f"{len(results.unreadable)} lines cannot be read, first line {line}: {reason}."
    if not finished:
        yield "No evaluation has a row."
