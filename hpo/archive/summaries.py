"""What follows from a table of evaluations: counts, the best one, the baseline, one line per generation."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hpo.archive.schema import EvaluationSummary, RunInfo
from hpo.archive.tables import GENERATION_COLUMNS, LOG_COLUMNS, axis_columns, typed_table
from hpo.evaluation import METRICS, RESULT_STATUSES, Origin, Status, Value

if TYPE_CHECKING:
    from pandas import DataFrame


def by_status(evaluations: DataFrame) -> dict[str, int]:
    """Number of evaluations of each status that occurs, in the order of :class:`~hpo.evaluation.Status`."""
    counts = evaluations["status"].value_counts()
    return {status.value: int(counts[status.value]) for status in RESULT_STATUSES if status.value in counts}


def best_evaluation(evaluations: DataFrame, fixed: Mapping[str, Any]) -> EvaluationSummary | None:
    """The evaluation with the lowest loss of status ``ok``, the earliest of equals; ``None`` if there is none.

    Replicates are left out: a further training of a known point may be lucky, but finds nothing.
    """
    searched = evaluations[~is_replicate(evaluations)]
    ok = searched[(searched["status"] == Status.OK.value) & searched["val_loss"].notna()]
    if ok.empty:
        return None
    return summary(ok.sort_values(["val_loss", "evaluation"]).iloc[:1], fixed)


def chosen(run: RunInfo) -> EvaluationSummary | None:
    """What ``run`` recommends: its optimum where leaders were trained again, else its best evaluation.

    ``val_loss`` is then the mean of the optimum's trainings that took no part in the choice, and ``metrics`` is empty.
    """
    if run.optimum is None:
        return run.best
    return EvaluationSummary(
        evaluation=run.optimum.evaluation,
        hyperparameters=run.optimum.hyperparameters,
        val_loss=run.optimum.val_loss,
    )


def is_replicate(evaluations: DataFrame) -> Any:
    """Which rows are leaders trained again, a series of booleans."""
    return (evaluations["origin"] == Origin.REPLICATE.value).fillna(False).astype(bool)


def baseline_evaluation(evaluations: DataFrame, fixed: Mapping[str, Any]) -> EvaluationSummary | None:
    """The evaluation of the model's defaults; ``None`` if there is none."""
    baseline = evaluations[(evaluations["origin"] == Origin.DEFAULT.value).fillna(False)]
    return summary(baseline.iloc[:1], fixed) if len(baseline) else None


def summary(row: DataFrame, fixed: Mapping[str, Any]) -> EvaluationSummary:
    """The only row of ``row`` with the hyperparameters that stayed the same."""
    values = {name: plain(row[name].iloc[0]) for name in row.columns}
    axes = {name: values[name] for name in axis_columns(list(row.columns))}
    return EvaluationSummary(
        evaluation=values["evaluation"],
        generation=values["generation"],
        status=values["status"],
        hyperparameters=axes | {name: value for name, value in fixed.items() if name not in axes},
        val_loss=values["val_loss"],
        metrics={name: values[name] for name in METRICS if values[name] is not None},
        message=values["message"],
    )


def plain(value: Any) -> Any:
    """A cell of a table as a plain Python value, ``None`` if unknown."""
    import pandas as pd

    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.item() if hasattr(value, "item") else value


def values_of(column: Any) -> list[Any]:
    """Cells of the series ``column`` as plain Python values, ``None`` where unknown."""
    values: list[Any] = column.to_numpy(dtype=object, na_value=None).tolist()
    return values


def rows_of(table: DataFrame) -> list[dict[str, Any]]:
    """Rows of ``table`` as dictionaries of plain values, ``None`` where unknown."""
    columns = {str(name): values_of(table[name]) for name in table.columns}
    return [{name: values[row] for name, values in columns.items()} for row in range(len(table))]


def points(evaluations: DataFrame) -> list[dict[str, Value | None]]:
    """Hyperparameters of every row, ``None`` where unknown."""
    return rows_of(evaluations[list(axis_columns(list(evaluations.columns)))])


def generations_table(evaluations: DataFrame, log: DataFrame | None = None) -> DataFrame:
    """One line per generation, see :data:`~hpo.archive.tables.GENERATION_COLUMNS`.

    The baseline belongs to no generation; it counts for ``best_so_far`` only. Replicates, which follow the search
    proper, are left out. ``std`` is that of the population
    (divisor n), as in DEAP's log. Evaluations of unknown generation are left out.

    Args:
        evaluations: Table of evaluations.
        log: Columns ``generation`` and :data:`~hpo.archive.tables.LOG_COLUMNS`, for imports.
    """
    # Plain rows, since a selection of pandas costs more than a whole generation of them.
    rows = rows_of(evaluations[["generation", "origin", "status", "val_loss", "started", "walltime"]])
    best = min(_losses(row for row in rows if row["origin"] == Origin.DEFAULT.value), default=None)
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["origin"] not in (Origin.DEFAULT.value, Origin.REPLICATE.value) and row["generation"] is not None:
            groups[row["generation"]].append(row)
    lines = {} if log is None else {line["generation"]: line for line in rows_of(log[["generation", *LOG_COLUMNS]])}
    result = []
    for number in sorted(groups.keys() | lines):
        losses = _losses(groups[number])
        best = min([*losses, *([] if best is None else [best])], default=None)
        result.append(
            {"generation": number, **_statistics(groups[number], losses), "best_so_far": best, **lines.get(number, {})}
        )
    types = GENERATION_COLUMNS | ({} if log is None else LOG_COLUMNS)
    return typed_table({name: [row.get(name) for row in result] for name in types}, types)


def _statistics(group: list[dict[str, Any]], losses: list[float]) -> dict[str, Any]:
    statuses = Counter(row["status"] for row in group)
    ends = (end_of(row["started"], row["walltime"]) for row in group)
    last = max((end for end in ends if end is not None), default=None)
    statistics: dict[str, Any] = {
        "evaluations": len(group),
        "failed": len(group) - statuses[Status.OK.value] - statuses[Status.DEGENERATE.value],
        "degenerate": statuses[Status.DEGENERATE.value],
        "finished": None if last is None else utc(last),
    }
    return statistics | statistics_of(losses)


def statistics_of(losses: Sequence[float]) -> dict[str, float]:
    """Minimum, mean, standard deviation (divisor n) and maximum; empty for no losses."""
    if not losses:
        return {}
    # fsum, since its result depends neither on the order nor on the processor
    mean = math.fsum(losses) / len(losses)
    variance = math.fsum((loss - mean) ** 2 for loss in losses) / len(losses)
    return {"min": min(losses), "mean": mean, "std": math.sqrt(variance), "max": max(losses)}


def _losses(rows: Iterable[dict[str, Any]]) -> list[float]:
    return [row["val_loss"] for row in rows if row["status"] == Status.OK.value and row["val_loss"] is not None]


def end_of(started: Any, walltime: Any) -> datetime | None:
    """When an evaluation ended; ``None`` where start or duration is unknown or no such time."""
    if not isinstance(started, str) or not started.endswith("Z") or plain(walltime) is None:
        return None
    try:
        return datetime.fromisoformat(started) + timedelta(seconds=float(walltime))
    except (ValueError, OverflowError):
        return None


def utc(moment: datetime) -> str:
    """``moment`` as records write it: UTC, milliseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
