"""The best hyperparameters of every run, how sharp that optimum is, and what of it changes with the dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from hpo.archive.summaries import chosen
from hpo.evaluation import Status
from reports.analysis.axes import Line, lines
from reports.analysis.comparable import Collection
from reports.analysis.memo import once_per_record
from reports.analysis.noise import repeat_noise
from reports.analysis.order import run_order
from reports.analysis.overview import baseline_loss, recommended_loss

TOLERANCE: Final = 0.03
"""Losses up to this share above the best are good in any case."""

NOISE_FACTOR: Final = 2.0
"""So many standard deviations between repeats of a point are good as well: the best of many is partly luck."""

FIRST: Final = "IGTD"
"""The model whose table comes first: its optima are the published ones."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best of one run.

    Attributes:
        run: The run.
        loss: Loss announced by trainings after the choice, where leaders were trained again; else the lowest loss.
            ``None`` if the search is dead.
        values: Searched hyperparameters of the best; ``None`` where not recorded. Empty if the search is dead.
        repeats: Evaluations with the same hyperparameters as the best, itself included; 0 where that cannot be known.
        repeats_mean: Mean loss of these; ``None`` without any.
        noise: See :func:`reports.analysis.noise.repeat_noise`.
        tolerance: Share of the best loss up to which an evaluation is good: :data:`TOLERANCE`, or
            :data:`NOISE_FACTOR` times the noise where that is more.
        table: The good evaluations, with the columns of the record.
    """

    run: RunInfo
    loss: float | None
    values: Mapping[str, Any]
    repeats: int
    repeats_mean: float | None
    noise: float | None
    tolerance: float
    table: pd.DataFrame

    @property
    def good(self) -> int:
        """Number of good evaluations."""
        return len(self.table)

    def places(self, line: Line) -> np.ndarray:
        """Places on ``line`` of the good evaluations in which it is recorded, float64 of shape (evaluations,)."""
        if line.name not in self.table:
            return np.empty(0)
        places = line.places(self.table[line.name].astype(object))
        known: np.ndarray = places[~np.isnan(places)]
        return known

    def range(self, line: Line) -> tuple[float, float] | None:
        """Least and greatest place on ``line`` of the good evaluations; ``None`` where none is recorded."""
        places = self.places(line)
        return (float(places.min()), float(places.max())) if len(places) else None


@once_per_record
def optimum(record: Record) -> Optimum:
    """The optimum of ``record``."""
    run, best, loss = record.run, chosen(record.run), recommended_loss(record.run)
    if best is None or loss is None:
        return Optimum(run, None, {}, 0, None, None, TOLERANCE, record.evaluations.iloc[:0])
    ok = record.evaluations[record.evaluations["status"] == Status.OK]
    values = {name: value for name, value in best.hyperparameters.items() if name not in run.fixed}
    repeated = ok[_same(ok, values)] if _all_known(ok, values) else ok.iloc[:0]
    noise = repeat_noise(record)
    tolerance = max(TOLERANCE, NOISE_FACTOR * (noise or 0.0))
    good = ok[ok["val_loss"] <= loss + tolerance * abs(loss)]
    mean = float(repeated["val_loss"].mean()) if len(repeated) else None
    return Optimum(run, loss, values, len(repeated), mean, noise, tolerance, good)


def _all_known(table: pd.DataFrame, values: Mapping[str, Any]) -> bool:
    return bool(values) and all(
        value is not None and name in table and table[name].notna().all() for name, value in values.items()
    )


def _same(table: pd.DataFrame, values: Mapping[str, Any]) -> pd.Series:
    alike = [table[name].astype(object) == value for name, value in values.items()]
    same: pd.Series = reduce(lambda one, other: one & other, alike).astype(bool)
    return same


def optima(records: Iterable[Record]) -> list[Optimum]:
    """The optimum of every record, :data:`FIRST` before the other models, else in the order of the tables."""
    return sorted((optimum(record) for record in records), key=lambda found: _order(found.run))


def _order(run: RunInfo) -> tuple[object, ...]:
    return run.model != FIRST, *run_order(run.model, run.dataset, run.size, run.run)


OPTIMUM_COLUMNS: Final[dict[str, str]] = {
    "key": "MODEL/DATASET/SIZE/RUN, the run's folder in the archive",
    "model": "model",
    "dataset": "dataset",
    "size": "size of the search",
    "run": "name of the run",
    "source": "cross-hpo for own runs, improve for the published archive",
    "release": "cut of the dataset",
    "split": "number of the split",
    "protocol": "name and version of how a loss comes about",
    "val_loss": "loss announced by trainings after the choice, else lowest loss; empty for a dead search",
    "baseline": "loss of the default hyperparameters; empty if not evaluated",
    "hyperparameter": "searched hyperparameter; empty for a dead search",
    "value": "its value in the best evaluation; empty if not recorded",
    "default": "its default; empty if not evaluated",
    "low": "least value among the good evaluations, those within the tolerance of the best; empty for words",
    "high": "greatest value among these",
    "good": "number of these",
    "tolerance": "share of the best loss: 0.03, or twice the noise where that is more",
    "noise": "relative standard deviation of the loss between repeats of a point; empty if too few were repeated",
    "repeats": "evaluations with the hyperparameters of the best, itself included; 0 where a value is not recorded",
    "repeats_mean": "mean loss of these",
    "announced": "trainings behind an announced val_loss; empty where no leader was trained again",
    "std": "standard deviation of these; empty with fewer than two",
    "equivalents": "evaluations of leaders not told to be worse, separated by blanks",
}
"""Columns of ``optimum.csv`` with their meaning."""


def optimum_table(records: Sequence[Record]) -> pd.DataFrame:
    """One row a hyperparameter of each run's best, columns :data:`OPTIMUM_COLUMNS`; a dead search has one row."""
    by_key = {record.key: record for record in records}
    rows = [row for found in optima(records) for row in _rows_of(by_key[found.run.key])]
    return pd.DataFrame(rows, columns=list(OPTIMUM_COLUMNS), dtype=object)


@once_per_record
def _rows_of(record: Record) -> list[dict[str, Any]]:
    return _rows(optimum(record), lines([record]))


def _rows(found: Optimum, axes: Mapping[str, Line]) -> list[dict[str, Any]]:
    run = found.run
    shared = {
        "key": run.key,
        "model": run.model,
        "dataset": run.dataset,
        "size": run.size,
        "run": run.run,
        "source": Collection.of(run).kind,
        "release": run.release.name,
        "split": run.split,
        "protocol": f"{run.protocol.name}/{run.protocol.version}",
        "val_loss": found.loss,
        "baseline": baseline_loss(run),
        "good": found.good,
        "tolerance": found.tolerance if found.loss is not None else None,
        "noise": found.noise,
        "repeats": found.repeats,
        "repeats_mean": found.repeats_mean,
        "announced": None if run.optimum is None else len(run.optimum.trainings),
        "std": None if run.optimum is None else run.optimum.std,
        "equivalents": None if run.optimum is None else " ".join(map(str, run.optimum.equivalents)),
    }
    default = {} if run.baseline is None else run.baseline.hyperparameters
    return [
        {**shared, "hyperparameter": name, "value": value, "default": default.get(name)}
        | dict(zip(("low", "high"), good_range(found, axes.get(name)), strict=True))
        for name, value in found.values.items()
    ] or [shared]


def good_range(found: Optimum, line: Line | None) -> tuple[Any, Any]:
    """Least and greatest value among the good evaluations; twice ``None`` for words and where none is recorded."""
    ends = None if line is None or not line.ordered else found.range(line)
    if ends is None or line is None:
        return None, None
    low, high = ends
    return line.value(low), line.value(high)
