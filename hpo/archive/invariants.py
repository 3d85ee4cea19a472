"""What must hold in every record, stated once: checked at writing and by ``hof verify``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.layout import EVALUATIONS, GENERATIONS, JOURNAL, RUN, SPACE
from hpo.archive.optimum import optimum_of
from hpo.archive.summaries import (
    baseline_evaluation,
    best_evaluation,
    by_status,
    end_of,
    generations_table,
    points,
    rows_of,
    values_of,
)
from hpo.archive.tables import LOG_COLUMNS
from hpo.evaluation import METRICS, RESULT_STATUSES, Origin, Status

if TYPE_CHECKING:
    from hpo.archive.record import Record

MAX_ROWS_SHOWN: Final = 5
ROUNDING: Final = 1e-12
"""Relative difference up to which a recomputed mean or standard deviation is the same."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A law that a record breaks.

    Attributes:
        file: File of the record.
        where: Row or key, empty for the whole file.
        law: What must hold.
        found: What is there instead.
    """

    file: str
    where: str
    law: str
    found: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.where}" if self.where else self.file
        return f"{place}: {self.law}; found {self.found}"


Law = Callable[["Record"], Iterator[Violation]]


def violations(record: Record) -> list[Violation]:
    """Every law that ``record`` breaks; none for a sound record."""
    return [violation for law in LAWS for violation in law(record)]


def evaluations_are_numbered(record: Record) -> Iterator[Violation]:
    """Numbers are known, unique, from 0 and ascending; own runs have no gaps."""
    numbers = _column(record, "evaluation")
    if any(number is None or number < 0 for number in numbers) or numbers != sorted(set(numbers)):
        yield Violation(EVALUATIONS, "evaluation", "numbers are >= 0, unique and ascending", _shortly(numbers))
    elif _is_own(record) and numbers != list(range(len(numbers))):
        yield Violation(EVALUATIONS, "evaluation", "numbers have no gap from 0", _shortly(numbers))


def statuses_are_results(record: Record) -> Iterator[Violation]:
    """Statuses and origins are known words; ``interrupted`` is no result."""
    statuses = {status.value for status in RESULT_STATUSES}
    origins = {origin.value for origin in Origin}
    for row, (status, origin) in enumerate(zip(_column(record, "status"), _column(record, "origin"), strict=True)):
        if status not in statuses:
            yield _in_row(record, row, "status", f"is one of {', '.join(sorted(statuses))}", status)
        if origin not in origins and (_is_own(record) or origin is not None):
            yield _in_row(record, row, "origin", f"is one of {', '.join(sorted(origins))}", origin)


def losses_agree_with_statuses(record: Record) -> Iterator[Violation]:
    """A loss is there exactly if one was measured (``ok``, ``degenerate``), and is finite, as are all metrics."""
    with_loss = {status.value for status in Status if status.has_loss}
    for row, (status, loss) in enumerate(zip(_column(record, "status"), _column(record, "val_loss"), strict=True)):
        if (status in with_loss) != (loss is not None):
            yield _in_row(record, row, "val_loss", f"is there exactly if the status has a loss ({status})", loss)
    for name in ("val_loss", *METRICS, "walltime"):
        for row, value in enumerate(_column(record, name)):
            if value is not None and not math.isfinite(value):
                yield _in_row(record, row, name, "is finite or empty", value)


def walltimes_are_positive(record: Record) -> Iterator[Violation]:
    """A walltime is known and >= 0, or empty."""
    for row, value in enumerate(_column(record, "walltime")):
        if value is not None and value < 0:
            yield _in_row(record, row, "walltime", "is >= 0 or empty", value)


def times_are_times(record: Record) -> Iterator[Violation]:
    """``started`` is UTC as ISO 8601 with ``Z``, or empty."""
    for row, value in enumerate(_column(record, "started")):
        if value is not None and end_of(value, 0.0) is None:
            yield _in_row(record, row, "started", "is UTC like 2026-01-31T12:00:00.000Z, or empty", value)


def columns_are_the_axes(record: Record) -> Iterator[Violation]:
    """The hyperparameters of the table are the searched axes of the space, in its order."""
    if record.space is not None and tuple(record.space.names) != record.axes:
        yield Violation(EVALUATIONS, "line 1", f"hyperparameters are {', '.join(record.space.names)}", str(record.axes))


def own_records_are_complete(record: Record) -> Iterator[Violation]:
    """Own runs have a space, a journal, and every hyperparameter, seed and generation."""
    if not _is_own(record):
        return
    if record.space is None:
        yield Violation(SPACE, "", "an own run has its space", "no such file")
    if record.journal is None:
        yield Violation(JOURNAL, "", "an own run has its journal", "no such file")
    for name in ("generation", "seed", *record.axes):
        for row, value in enumerate(_column(record, name)):
            if value is None:
                yield _in_row(record, row, name, "is known in an own run", None)


def values_are_in_the_space(record: Record) -> Iterator[Violation]:
    """Every point that the search chose lies in the space; the baseline is the model's own choice, and replicates
    repeat what is known."""
    if not _is_own(record) or record.space is None:
        return
    for row, (point, origin) in enumerate(zip(points(record.evaluations), _column(record, "origin"), strict=True)):
        if origin in (Origin.DEFAULT.value, Origin.REPLICATE.value) or None in point.values():
            continue
        for problem in record.space.problems(point):
            yield Violation(EVALUATIONS, _row_name(record, row), "values lie in the space", problem)


def replicates_repeat(record: Record) -> Iterator[Violation]:
    """Replicates come last, and each has the hyperparameters of the one earlier row that it names as its parent."""
    if Origin.REPLICATE.value not in _column(record, "origin"):
        return
    rows, first = rows_of(record.evaluations), None
    searched: dict[str, list[Any]] = {}
    for row, values in enumerate(rows):
        point = [values[name] for name in record.axes]
        if values["origin"] != Origin.REPLICATE.value:
            searched[str(values["evaluation"])] = point
            if first is not None:
                yield _in_row(record, row, "origin", f"is replicate from evaluation {first} on", values["origin"])
            continue
        first = values["evaluation"] if first is None else first
        parent = values["parents"]
        if parent not in searched:
            yield _in_row(record, row, "parents", "is the number of one row that the search chose", parent)
        elif searched[parent] != point:
            yield _in_row(record, row, "hyperparameters", f"are those of evaluation {parent}", point)


def optimum_follows(record: Record) -> Iterator[Violation]:
    """``optimum`` of ``run.json`` is what the replicates say."""
    if next(replicates_repeat(record), None) is not None:
        return
    expected, found = optimum_of(record.evaluations, record.run.fixed), record.run.optimum
    if found != expected:
        said = [None if one is None else one.model_dump(mode="json") for one in (expected, found)]
        yield Violation(RUN, "optimum", f"is what the replicates say, {said[0]}", str(said[1]))


def counts_match(record: Record) -> Iterator[Violation]:
    """``counts`` of ``run.json`` are those of the table."""
    counts = record.run.counts
    if counts.evaluations != len(record.evaluations):
        yield Violation(RUN, "counts.evaluations", f"is the {len(record.evaluations)} rows", str(counts.evaluations))
    if counts.by_status != by_status(record.evaluations):
        yield Violation(RUN, "counts.by_status", f"is {by_status(record.evaluations)}", str(counts.by_status))


def baseline_matches(record: Record) -> Iterator[Violation]:
    """At most one row is the baseline, and ``baseline`` of ``run.json`` is that row."""
    rows = _column(record, "origin").count(Origin.DEFAULT.value)
    if rows > 1:
        yield Violation(EVALUATIONS, "origin", "at most one row is the baseline", f"{rows} rows")
    expected = baseline_evaluation(record.evaluations, record.run.fixed)
    if record.run.baseline != expected:
        yield Violation(RUN, "baseline", f"is {_name(expected)}", _name(record.run.baseline))


def best_is_the_best(record: Record) -> Iterator[Violation]:
    """``best`` is the lowest loss of status ``ok``, replicates aside, or a better one that an import knows of but has
    no row of."""
    expected = best_evaluation(record.evaluations, record.run.fixed)
    best, published = record.run.best, record.run.published_best
    if best == expected:
        return
    if not _is_own(record) and best is not None and best == published and best.evaluation is None:
        lowest = None if expected is None else expected.val_loss
        if best.val_loss is not None and (lowest is None or best.val_loss < lowest):
            return
    yield Violation(RUN, "best", f"is the lowest loss of status ok, {_name(expected)}", _name(best))


def generations_match(record: Record) -> Iterator[Violation]:
    """``generations.csv`` says what follows from ``evaluations.csv``."""
    logged = "log_min" in record.generations
    log = record.generations[["generation", *LOG_COLUMNS]] if logged else None
    expected = generations_table(record.evaluations, log)
    found, wanted = rows_of(record.generations), rows_of(expected)
    if [row["generation"] for row in found] != [row["generation"] for row in wanted]:
        numbers = [row["generation"] for row in found]
        yield Violation(GENERATIONS, "generation", f"are {[row['generation'] for row in wanted]}", _shortly(numbers))
        return
    for row, right in zip(found, wanted, strict=True):
        for name, value in right.items():
            if not _same(row[name], value):
                yield Violation(GENERATIONS, f"generation {row['generation']}, {name}", f"is {value}", str(row[name]))


LAWS: Final[tuple[Law, ...]] = (
    evaluations_are_numbered,
    statuses_are_results,
    losses_agree_with_statuses,
    walltimes_are_positive,
    times_are_times,
    columns_are_the_axes,
    own_records_are_complete,
    values_are_in_the_space,
    counts_match,
    baseline_matches,
    best_is_the_best,
    replicates_repeat,
    optimum_follows,
    generations_match,
)
"""Every law, in the order of messages. Laws about files as such (``best.json``, manifest) are in ``verify``."""


def _is_own(record: Record) -> bool:
    return record.run.source.kind == "cross-hpo"


def _column(record: Record, name: str) -> list[Any]:
    return values_of(record.evaluations[name])


def _row_name(record: Record, row: int) -> str:
    return f"evaluation {_column(record, 'evaluation')[row]}"


def _in_row(record: Record, row: int, column: str, law: str, found: Any) -> Violation:
    shown = "an empty cell" if found is None else repr(found)
    return Violation(EVALUATIONS, f"{_row_name(record, row)}, {column}", law, shown)


def _shortly(values: list[Any]) -> str:
    more = f", … ({len(values)} in all)" if len(values) > MAX_ROWS_SHOWN else ""
    return ", ".join(str(value) for value in values[:MAX_ROWS_SHOWN]) + more or "none"


def _name(summary: Any) -> str:
    return "none" if summary is None else f"evaluation {summary.evaluation} ({summary.status}, {summary.val_loss})"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=ROUNDING, abs_tol=0.0)
    return bool(one == other)
