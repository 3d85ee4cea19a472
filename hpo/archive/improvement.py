"""How much better the best configuration is, by every definition in use; never one figure alone.

All numbers are percent of the first-named loss (validation loss, lower is better). Several definitions answer
different questions, and runs in which nothing was found (degenerate ones) are counted as 0 and left out, side by side.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, Final

from hpo.archive.audit_rules import degenerate, is_baseline
from hpo.archive.choice import comparable
from hpo.archive.summaries import is_replicate, rows_of, values_of
from hpo.evaluation import Status

if TYPE_CHECKING:
    from hpo.archive.record import Record

DEFINITIONS: Final = {
    "worst_to_best": "From the worst evaluation to the best that the source publishes (to the best evaluated, for own "
    "runs): the definition that reproduces the published 56.35 %, which its authors do not state.",
    "worst_to_best_evaluated": "From the worst evaluation to the best one ever made.",
    "first_mean_to_best": "From the mean of the first generation to the best evaluation.",
    "first_median_to_best": "From the median of the first generation to the best evaluation.",
    "first_best_to_best": "From the best of the first generation to the best evaluation: what evolution added.",
    "default_to_best": "From the model's default hyperparameters to the best evaluation, the defaults included: what a "
    "user gains.",
    "random_to_ga": "From the best of a random search of equal budget to the best evaluation of the GA.",
}
RESAMPLES: Final = 10_000
LEVEL: Final = 0.95
SEED: Final = 56


@dataclass(frozen=True, slots=True)
class Improvement:
    """Improvements of one run.

    Attributes:
        key: Key of the record.
        degenerate: Whether no evaluation is better than another.
        percent: By definition; ``None`` where the record does not have what it takes.
    """

    key: str
    degenerate: bool
    percent: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One definition over several runs, in percent.

    Attributes:
        runs: Number of runs that have a value.
        mean: Arithmetic mean; ``None`` without runs, as the others.
        median: Median.
        low: Lower end of the 95 % bootstrap interval of the mean.
        high: Its upper end.
    """

    runs: int
    mean: float | None
    median: float | None
    low: float | None
    high: float | None


def improvements(records: Iterable[Record], *, decimals: int | None = None) -> list[Improvement]:
    """Improvements of every record that searched, in the given order.

    Args:
        records: Records; those of strategy ``random`` serve as controls of ``random_to_ga`` and are listed as well.
        decimals: Round all losses to so many decimals first, as printed tables do; ``None`` for not at all.
    """
    records = list(records)
    controls = [record for record in records if record.run.strategy == "random"]
    return [improvement(record, controls, decimals=decimals) for record in records]


def improvement(record: Record, controls: Sequence[Record] = (), *, decimals: int | None = None) -> Improvement:
    """Improvements of one record; ``controls`` are random searches, of which the comparable ones are used."""
    best, published = _best(record), _loss(record.run.published_best)
    first = _first_generation(record)
    values = {
        "worst_to_best": (_worst(record), best if published is None else published),
        "worst_to_best_evaluated": (_worst(record), best),
        "first_mean_to_best": (first.get("mean"), best),
        "first_median_to_best": (first.get("median"), best),
        "first_best_to_best": (first.get("min"), best),
        # The defaults stay where the search found nothing better, so this one is never negative.
        "default_to_best": (_loss(record.run.baseline), _loss(record.run.best)),
        "random_to_ga": (_control(record, controls) if record.run.strategy == "ga" else None, best),
    }
    return Improvement(
        record.key,
        degenerate(record) is not None,
        {name: _percent(start, end, decimals) for name, (start, end) in values.items()},
    )


def aggregate(values: Sequence[float]) -> Aggregate:
    """Mean, median and bootstrap interval of the mean (percentile method, 10,000 resamples, fixed seed).

    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 13.3.
    """
    if not values:
        return Aggregate(0, None, None, None, None)
    import numpy as np

    chosen = np.random.default_rng(SEED).integers(0, len(values), size=(RESAMPLES, len(values)))
    means = np.asarray(values, dtype=np.float64)[chosen].mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Aggregate(len(values), fmean(values), median(values), float(low), float(high))


def aggregates(runs: Sequence[Improvement], *, with_degenerate: bool = True) -> dict[str, Aggregate]:
    """Every definition over ``runs``."""
    chosen = [run for run in runs if with_degenerate or not run.degenerate]
    found = {name: [run.percent[name] for run in chosen] for name in DEFINITIONS}
    return {name: aggregate([value for value in values if value is not None]) for name, values in found.items()}


def _percent(start: float | None, end: float | None, decimals: int | None) -> float | None:
    if start is None or end is None:
        return None
    if decimals is not None:
        start, end = round(start, decimals), round(end, decimals)
    return None if start == 0 else 100 * (start - end) / start


def _measured(record: Record) -> list[tuple[int | None, float]]:
    """Generation and loss of every searched evaluation that has a loss; the baseline and replicates are none."""
    table = record.evaluations
    with_loss = table["status"].isin([status.value for status in Status if status.has_loss]) & table["val_loss"].notna()
    chosen = table[with_loss & ~is_baseline(table) & ~is_replicate(table)]
    return list(zip(values_of(chosen["generation"]), values_of(chosen["val_loss"]), strict=True))


def _worst(record: Record) -> float | None:
    losses = [loss for _, loss in _measured(record)] or _logged(record, "log_max")
    return max(losses, default=None)


def _best(record: Record) -> float | None:
    """The best loss that the search itself found, baseline and replicates left out; the one that all share where all
    are dead.

    An import may know a better one than its tables hold.
    """
    table = record.evaluations
    alive = table[(table["status"] == Status.OK.value) & ~is_baseline(table) & ~is_replicate(table)]
    losses = [float(loss) for loss in alive["val_loss"].dropna()] or [loss for _, loss in _measured(record)]
    best = record.run.best
    if best is not None and best.evaluation is None and best.val_loss is not None:
        losses.append(best.val_loss)
    return min(losses, default=None)


def _loss(summary: object) -> float | None:
    loss = getattr(summary, "val_loss", None)
    return float(loss) if loss is not None and math.isfinite(loss) else None


def _first_generation(record: Record) -> dict[str, float]:
    """Mean, median and minimum of generation 0; from the log where the table of an import lost rows of it."""
    losses = [loss for generation, loss in _measured(record) if generation == 0]
    line = next((row for row in rows_of(record.generations) if row["generation"] == 0), {})
    counted = line.get("log_evaluations")
    if counted is not None and counted != len(losses):
        logged = {"mean": line["log_mean"], "min": line["log_min"]}
        return {name: value for name, value in logged.items() if value is not None}
    return {"mean": fmean(losses), "median": median(losses), "min": min(losses)} if losses else {}


def _logged(record: Record, column: str) -> list[float]:
    return [float(value) for value in record.generations[column].dropna()] if column in record.generations else []


def _control(record: Record, controls: Sequence[Record]) -> float | None:
    """Best of the random search with the same seed, or mean over the seeds there are."""
    equal = [
        control
        for control in controls
        if comparable(control.run) == comparable(record.run)
        and (control.run.model, control.run.size) == (record.run.model, record.run.size)
        and control.run.counts.planned == record.run.counts.planned
    ]
    paired = [control for control in equal if control.run.seed == record.run.seed] or equal
    losses = [loss for loss in (_best(control) for control in paired) if loss is not None]
    return fmean(losses) if losses else None
