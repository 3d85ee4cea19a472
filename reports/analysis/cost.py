"""What searches cost: seconds of work, seconds of waiting, and what each per cent of improvement took."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from hpo.archive.improvement import Improvement
from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from hpo.archive.summaries import is_replicate
from hpo.evaluation import Origin
from reports.analysis.memo import once_per_record
from reports.analysis.searched import living, searched
from reports.analysis.tables import idle_share


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run cost; ``None`` is unknown.

    Attributes:
        run: The run.
        evaluations: Evaluations in its table.
        timed: Those with a time.
        busy: Seconds spent in evaluations: as the record says, else the sum of the times of a complete table.
        idle: Share of the reserved worker time without an evaluation, as recorded: 0 to 1.
        idle_by_barrier: Share that waiting for the end of each generation costs at the least, see
            :func:`barrier_idle`; for runs whose workers and times are known.
        repeats: Evaluations of hyperparameters that the run had evaluated before, as far as its columns tell.
        repeat_seconds: Seconds spent in them, of a complete table.
        percent: Improvement over the default in per cent; over the first generation's median where that is unknown.
        percent_of: Name of that definition; empty where neither is known.
    """

    run: RunInfo
    evaluations: int
    timed: int
    busy: float | None
    idle: float | None
    idle_by_barrier: float | None
    repeats: int
    repeat_seconds: float | None
    percent: float | None
    percent_of: str

    @property
    def seconds_per_percent(self) -> float | None:
        """Busy seconds for each per cent of improvement; ``None`` where nothing improved."""
        if self.busy is None or self.percent is None or self.percent <= 0:
            return None
        return self.busy / self.percent


def cost(record: Record, improvement: Improvement) -> Cost:
    """What ``record``, whose improvements are ``improvement``, cost."""
    run, table = record.run, record.evaluations
    seconds = table["walltime"].astype("float64").to_numpy(dtype=float, na_value=math.nan)
    known = ~np.isnan(seconds)
    complete = bool(len(seconds)) and bool(known.all()) and not _incomplete(run)
    repeated = repeats(record)
    name = next((name for name in _DEFINITIONS if improvement.percent.get(name) is not None), "")
    return Cost(
        run=run,
        evaluations=len(table),
        timed=int(known.sum()),
        busy=run.cost.busy_seconds if run.cost.busy_seconds is not None else float(seconds.sum()) if complete else None,
        idle=idle_share(run),
        idle_by_barrier=_barrier(record) if complete else None,
        repeats=int(repeated.sum()),
        repeat_seconds=float(seconds[repeated].sum()) if complete else None,
        percent=improvement.percent.get(name) if name else None,
        percent_of=name,
    )


_DEFINITIONS = ("default_to_best", "first_median_to_best")


def time_spent(record: Record) -> Cost:
    """:func:`cost` without what it bought: the improvement stays unknown."""
    return cost(record, Improvement(record.key, False, {}))


def costs(records: Iterable[Record], improvements: dict[str, Improvement]) -> list[Cost]:
    """:func:`cost` of every record."""
    return [cost(record, improvements[record.key]) for record in records]


@once_per_record
def repeats(record: Record) -> np.ndarray:
    """Which rows of the record's table have the hyperparameters of an earlier row, bool of shape (evaluations,).

    Replicates, which repeat on purpose, are none.

    Compared are the columns without a gap, so where a searched hyperparameter is not recorded, repeats may only seem
    to be some; the audit flag ``duplicates`` says so.
    """
    table = record.evaluations
    names = [name for name in record.axes if table[name].notna().all()]
    if not names or table.empty:
        return np.zeros(len(table), dtype=bool)
    points = table[names].astype(object)
    return np.asarray(points.duplicated(keep="first") & ~is_replicate(table), dtype=bool)


def barrier_idle(groups: Sequence[Sequence[float]], workers: int) -> float | None:
    """Share of the worker time lost where each group of evaluations waits for the end of the one before.

    Within a group, each evaluation goes to the worker that is free first, in the given order, with no pause between.

    Args:
        groups: Seconds of the evaluations of each generation, in the order of the search.
        workers: Number of workers.

    Returns:
        0 to 1; ``None`` without any second spent.

    Raises:
        ValueError: There is no worker, or a time is negative or not finite.
    """
    if workers < 1:
        raise ValueError(f"{workers} workers")
    if any(not 0 <= seconds < math.inf for group in groups for seconds in group):
        raise ValueError("seconds are finite and not negative")
    busy = math.fsum(seconds for group in groups for seconds in group)
    reserved = workers * math.fsum(makespan(group, workers) for group in groups)
    return max(0.0, 1 - busy / reserved) if reserved > 0 else None


def makespan(seconds: Sequence[float], workers: int) -> float:
    """When the last of the evaluations ends if each goes to the worker that is free first, in the given order.

    >>> makespan([3.0, 1.0, 1.0], 2)
    3.0
    """
    free = [0.0] * min(workers, max(1, len(seconds)))
    for duration in seconds:
        heapq.heapreplace(free, free[0] + duration)
    return max(free)


COST_COLUMNS: Final[dict[str, str]] = {
    "key": "MODEL/DATASET/SIZE/RUN, the run's folder in the archive",
    "workers": "workers of the search",
    "evaluations": "evaluations in the record",
    "timed_evaluations": "those with a time",
    "busy_seconds": "seconds spent in evaluations, all workers together",
    "worker_seconds": "seconds that workers were reserved, as recorded",
    "idle_share": "share of worker_seconds without an evaluation, as recorded",
    "idle_share_by_barrier": "the least share that waiting for every generation costs, computed",
    "repeats": "evaluations of points that the run had evaluated before, as far as its columns tell",
    "repeat_seconds": "seconds spent in them",
    "improvement_percent": "improvement by the definition named next",
    "improvement_definition": "default_to_best, else first_median_to_best",
    "seconds_per_percent": "busy_seconds / improvement_percent; empty where nothing improved",
}
"""Columns of ``cost.csv`` with their meaning."""


def cost_table(found: Iterable[Cost]) -> pd.DataFrame:
    """One row a run, columns :data:`COST_COLUMNS`; what is unknown is ``None``."""
    rows = [
        {
            "key": one.run.key,
            "workers": one.run.cost.workers,
            "evaluations": one.evaluations,
            "timed_evaluations": one.timed,
            "busy_seconds": one.busy,
            "worker_seconds": one.run.cost.worker_seconds,
            "idle_share": one.idle,
            "idle_share_by_barrier": one.idle_by_barrier,
            "repeats": one.repeats,
            "repeat_seconds": one.repeat_seconds,
            "improvement_percent": one.percent,
            "improvement_definition": one.percent_of or None,
            "seconds_per_percent": one.seconds_per_percent,
        }
        for one in found
    ]
    return pd.DataFrame(rows, columns=list(COST_COLUMNS), dtype=object)


def cost_so_far(record: Record) -> pd.DataFrame:
    """Hours spent in evaluations and the best loss so far, after each evaluation of the search.

    Returns:
        Columns ``evaluation``, ``hours`` (cumulative, of all workers together) and ``best`` (NaN before the first
        living loss); empty where a time is missing.
    """
    table = searched(record)
    if table.empty or table["walltime"].isna().any():
        return pd.DataFrame({"evaluation": [], "hours": [], "best": []})
    alive = table.index.isin(living(table).index)
    return pd.DataFrame(
        {
            "evaluation": table["evaluation"].to_numpy(),
            "hours": table["walltime"].cumsum().to_numpy() / 3600,
            "best": table["val_loss"].where(alive).cummin().ffill().to_numpy(),
        }
    )


def _incomplete(run: RunInfo) -> bool:
    """Whether the table of ``run`` lacks evaluations that were made, so that sums over it are too small."""
    return any(flag.flag in ("missing-evaluations", "mismatch-log-csv") for flag in run.flags)


@once_per_record
def _barrier(record: Record) -> float | None:
    """:func:`barrier_idle` of the searched generations; ``None`` where nobody waits for their end, one has no number
    or the table is incomplete."""
    run, table = record.run, searched(record)
    if run.settings.get("GA_STRATEGY") == "steady_state":
        return None
    if run.cost.workers is None or table["generation"].isna().any() or table["origin"].eq(Origin.RANDOM).any():
        return None
    if table.empty:
        return None
    groups = [group["walltime"].tolist() for _, group in table.groupby("generation", sort=True)]
    return barrier_idle(groups, run.cost.workers)
