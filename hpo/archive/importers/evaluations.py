"""From the tables of a run to its evaluations: one for each key, in the order in which the search numbered them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hpo.archive.importers.cells import as_column, value_from_json, value_of
from hpo.archive.importers.deaplog import LogLine
from hpo.archive.importers.folder import RunFiles
from hpo.archive.importers.individuals import Individual
from hpo.archive.importers.reading import shown
from hpo.archive.importers.recover import Known, matching, recovered_values
from hpo.archive.importers.tables import Row, Table
from hpo.archive.tables import REAL, TEXT, WHOLE, axis_types
from hpo.evaluation import RESERVED_NAMES, Status, Value
from hpo.identifiers import is_hyperparameter_name


@dataclass(frozen=True, slots=True)
class Axis:
    """What is to be known of a searched axis for reading its values.

    Attributes:
        kind: ``float``, ``int``, ``logical``, ``categorical`` or ``ordered``.
        values: Values of a listed axis.
        column: Type of its column in ``evaluations.csv``.
    """

    kind: str
    values: tuple[Value, ...]
    column: str

    def read(self, text: str, clean: Callable[[Any], Any]) -> Value | None:
        """The value that a cell writes; ``clean`` takes private texts out of texts."""
        if self.kind in ("categorical", "ordered"):
            text = clean(text)
        return as_column(self.column, value_of(self.kind, self.values, text))


Axes = Mapping[str, Axis]


@dataclass(slots=True)
class Evaluations:
    """The evaluations of a run, as rows for ``hpo.archive.tables.evaluations_table``.

    Attributes:
        rows: One dictionary an evaluation, by column.
        unrecorded: Searched axes without a column in any table of the source.
        recovered: Axis: the files that some of its values were found in.
        known: Individuals that are known completely, from files other than the tables.
        notes: What had to be decided.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    unrecorded: list[str] = field(default_factory=list)
    recovered: dict[str, str] = field(default_factory=dict)
    known: list[Known] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def row_of(self, individual: Individual | None, loss: float | None, axes: Axes) -> int | None:
        """Index of the row that ``individual`` is; ``None`` if it is in no row or may be several.

        The same point with the same loss may have been evaluated several times; the earliest is meant then, but
        only where all searched axes are recorded.
        """
        if loss is None:
            return None
        point = {} if individual is None else point_of(individual, axes)
        losses = [row["val_loss"] for row in self.rows]
        recorded = [name for name in axes if name not in self.unrecorded]
        found = matching(Known(point, loss, ""), self.rows, losses, recorded)
        if not found or (len(found) > 1 and (self.unrecorded or not point)):
            return None
        return found[0]


def searched_axes(run: RunFiles) -> Axes:
    """Axes of the space; where there is none, the columns of the tables, of the kind that their cells have."""
    if run.space is not None:
        types = axis_types(run.space)
        return {
            axis.name: Axis(axis.kind, tuple(getattr(axis, "values", ()) or ()), types[axis.name])
            for axis in run.space.axes
        }
    columns: dict[str, list[str]] = {}
    for table in run.tables:
        for name in table.parameters:
            columns.setdefault(name, [row.cells[name] for row in table.rows.values()])
    return {
        name: Axis(kind, (), {"int": WHOLE, "float": REAL}.get(kind, TEXT))
        for name, cells in columns.items()
        if (kind := _kind_of(cells)) is not None and is_hyperparameter_name(name) and name not in RESERVED_NAMES
    }


def evaluations_of(run: RunFiles, axes: Axes) -> Evaluations:
    """Merge the tables of ``run``, number their rows and recover what other files know."""
    result = Evaluations()
    merged = _merged(run.tables, result.notes)
    times = [row.walltime for rows in merged.values() for row in rows if row.walltime is not None]
    without_times = not any(times)
    if times and without_times:
        result.notes.append("The walltime of every row is a literal 0 and so unknown.")
    in_tables = {name for table in run.tables for name in table.parameters}
    result.unrecorded = [name for name in axes if name not in in_tables] if run.tables else []
    damaged: dict[str, int] = {}
    for number, key in zip(_numbers(sorted(merged), run.log), sorted(merged), strict=True):
        result.rows.append(_row(number, key, merged[key], axes, without_times, damaged, run.scrubber.value))
    for name, count in damaged.items():
        result.notes.append(f"{name}: {count} cells hold no value of its type and are left empty.")
    invalid = sum(row["status"] != Status.OK.value for row in result.rows)
    if invalid:
        result.notes.append(f"{invalid} evaluations have no loss that is a number of at least 0.")
    result.known = known_individuals(run, axes)
    _recover(result, axes)
    return result


def point_of(individual: Individual, axes: Axes) -> dict[str, Value]:
    """The searched axes of ``individual``, in the order of ``axes``; values of a wrong type are left out."""
    point = {}
    for name, axis in axes.items():
        value = as_column(axis.column, value_from_json(axis.kind, individual[name])) if name in individual else None
        if value is not None:
            point[name] = value
    return point


def known_individuals(run: RunFiles, axes: Axes) -> list[Known]:
    """The best individual and the last population, as far as their losses are known too."""
    known = []
    if run.best is not None and run.fitness is not None:
        known.append(Known(point_of(run.best, axes), run.fitness, run.names["best"]))
    if run.population and len(run.population) == len(run.fitnesses):
        known.extend(
            Known(point_of(individual, axes), loss, run.names["population"])
            for individual, loss in zip(run.population, run.fitnesses, strict=True)
        )
    return known


def _merged(tables: Sequence[Table], notes: list[str]) -> dict[tuple[int, int, int], list[Row]]:
    """Rows of all tables by key, those of ``hpo.csv`` first; contradictions between tables are noted."""
    merged: dict[tuple[int, int, int], list[Row]] = {}
    for table in tables:
        for key, row in table.rows.items():
            merged.setdefault(key, []).append(row)
    differing = [rows for rows in merged.values() if len({row.loss for row in rows}) > 1]
    if differing:
        notes.append(f"{len(differing)} evaluations have another loss in {tables[1].name}; {tables[0].name} was taken.")
    if len(tables) == 2:
        only = sum(key not in tables[0].rows for key in merged)
        if only:
            notes.append(f"{only} evaluations are in {tables[1].name} only.")
    return merged


def _numbers(keys: Sequence[tuple[int, int, int]], log: Sequence[LogLine]) -> list[int]:
    """Numbers of evaluations: those that the search gave them, where the log tells how large the generations were.

    So an incomplete table has gaps where rows are missing. Without such a log the rows are counted.
    """
    sizes = [line.nevals for line in log] if [line.generation for line in log] == list(range(len(log))) else []
    first = [0]
    for size in sizes:
        first.append(first[-1] + size if size is not None else first[-1])
    numbers = [
        first[iteration - 1] + sample
        for restart, iteration, sample in keys
        if restart == 1 and iteration <= len(sizes) and sample < (sizes[iteration - 1] or 0)
    ]
    return numbers if len(numbers) == len(keys) else list(range(len(keys)))


def _row(
    number: int,
    key: tuple[int, int, int],
    rows: list[Row],
    axes: Axes,
    without_times: bool,
    damaged: dict[str, int],
    clean: Callable[[Any], Any],
) -> dict[str, Any]:
    _, iteration, _ = key
    cells = {name: text for row in reversed(rows) for name, text in row.cells.items()}
    values: dict[str, Any] = {}
    for name, axis in axes.items():
        values[name] = axis.read(cells.get(name, ""), clean)
        if values[name] is None and cells.get(name):
            damaged[name] = damaged.get(name, 0) + 1
    loss = rows[0].loss
    return {
        **values,
        "evaluation": number,
        "generation": iteration - 1,
        "origin": "initial" if iteration == 1 else None,
        "status": (Status.OK if loss is not None else Status.INVALID).value,
        "val_loss": loss,
        "walltime": None if without_times else rows[0].walltime,
        "message": "" if loss is not None else f"the source gives {shown(rows[0].result)!r} as result",
        "recovered": "",
    }


def _recover(result: Evaluations, axes: Axes) -> None:
    recorded = [name for name in axes if name not in result.unrecorded]
    losses = [row["val_loss"] for row in result.rows]
    found = recovered_values(result.known, result.rows, losses, recorded, result.unrecorded)
    files: dict[str, list[str]] = {}
    for number, values in found.items():
        for name, (value, file) in values.items():
            result.rows[number][name] = value
            if file not in files.setdefault(name, []):
                files[name].append(file)
        result.rows[number]["recovered"] = ";".join(name for name in axes if name in values)
    result.recovered = {name: ", ".join(files[name]) for name in axes if name in files}
    for name in result.unrecorded:
        count = sum(name in values for values in found.values())
        result.notes.append(
            f"{name} was searched but no table has a column of it; {count} of {len(result.rows)} values were recovered."
        )


def _kind_of(cells: Sequence[str]) -> str | None:
    """Kind of a column of a run without a space; ``None`` if it is the same text everywhere, and no number."""
    cells = [cell for cell in cells if cell]
    for kind in ("int", "float"):
        if cells and all(value_of(kind, (), cell) is not None and _is_plain(kind, cell) for cell in cells):
            return kind
    return "categorical" if len(set(cells)) > 1 else None


def _is_plain(kind: str, cell: str) -> bool:
    return kind != "int" or cell.lstrip("+-").isdigit()
