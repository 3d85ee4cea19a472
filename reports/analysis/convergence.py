"""How a search went on: the best so far after every evaluation, and each generation's losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from hpo.evaluation import Origin, Status
from reports.analysis.memo import once_per_record
from reports.analysis.noises import Noise, NoiseBook
from reports.analysis.searched import living, searched

NEAR: Final = 0.01
"""Share above its final best at which a search counts as nearly there."""


def best_so_far(evaluations: pd.DataFrame) -> pd.DataFrame:
    """Every evaluation in its order with the lowest loss of any ``ok`` one up to it.

    Args:
        evaluations: The record's evaluations; read are ``evaluation``, ``generation``, ``origin``, ``status`` and
            ``val_loss``.

    Returns:
        Columns ``evaluation`` (int), ``generation`` (Int64, missing in some imports), ``origin``, ``status`` (text),
        ``val_loss`` (float, NaN where nothing was measured) and ``best_so_far`` (float, NaN before the first ``ok``),
        by evaluation. Replicates find nothing: they leave the best so far as it is.
    """
    frame = pd.DataFrame(
        {
            "evaluation": evaluations["evaluation"].astype("int64").to_numpy(),
            "generation": evaluations["generation"].astype("Int64").array,
            "origin": evaluations["origin"].astype("string").fillna("").to_numpy(dtype=object),
            "status": evaluations["status"].astype("string").to_numpy(dtype=object),
            "val_loss": evaluations["val_loss"].astype("float64").to_numpy(),
        }
    ).sort_values("evaluation", kind="stable", ignore_index=True)
    ok = frame["val_loss"].where((frame["status"] == Status.OK) & (frame["origin"] != Origin.REPLICATE))
    frame["best_so_far"] = ok.cummin().ffill()
    return frame


@dataclass(frozen=True, slots=True)
class Generation:
    """A stretch of evaluations that belong to one generation.

    Attributes:
        number: Generation from 0.
        first: Its first evaluation.
        last: Its last evaluation.
    """

    number: int
    first: int
    last: int


def generations(progress: pd.DataFrame) -> list[Generation]:
    """The generations of ``progress`` (see :func:`best_so_far`) by the span of their evaluations, baseline and
    replicates aside."""
    aside = progress["origin"].isin([Origin.DEFAULT.value, Origin.REPLICATE.value])
    searched = progress[~aside & progress["generation"].notna()]
    spans = searched.groupby("generation", as_index=False)["evaluation"].agg(["min", "max"])
    found = [
        Generation(int(number), int(first), int(last))
        for number, first, last in spans[["generation", "min", "max"]].itertuples(index=False)
    ]
    overlapping = any(one.last >= other.first for one, other in pairwise(found))
    return [] if overlapping else found


def first_best_to_best(generations: pd.DataFrame) -> float | None:
    """(best of the first generation - best of all generations) / best of the first; the baseline is in none of them.

    Args:
        generations: The record's table of generations; read are ``generation`` and ``min``.

    Returns:
        What evolution added to the search's own first generation, ``None`` where that gave no loss.
    """
    first = generations.loc[generations["generation"] == 0, "min"].dropna()
    if first.empty or not float(first.iloc[0]):
        return None
    return float((first.iloc[0] - generations["min"].min()) / first.iloc[0])


def spans_decade(values: pd.Series) -> bool:
    """Whether positive ``values`` cover a factor of ten, so that a logarithmic axis has labels worth reading."""
    finite = values[np.isfinite(values)]
    return bool(len(finite)) and bool(finite.min() > 0) and bool(finite.max() >= 10 * finite.min())


@dataclass(frozen=True, slots=True)
class Progress:
    """How fast one search found what it found; shares are of the loss that they start from.

    Attributes:
        evaluations: Evaluations that the search chose.
        living: Those with a loss of a living model; the other values are ``None`` where there is none.
        area: Mean over all evaluations of how far the best so far lies above the final best: the area under the curve
            of the best so far, divided by its length. 0 where the first living loss is the best.
        near: Evaluations after which the best so far lies within :data:`NEAR` of the final best.
        late_gain: What the second half of the evaluations added to the best of the first; ``None`` where the first half
            has none.
        spread: Middle half of the living losses, as shares above the final best.
    """

    evaluations: int
    living: int
    area: float | None
    near: int | None
    late_gain: float | None
    spread: tuple[float, float] | None

    def flat(self, noise: Noise) -> bool | None:
        """Whether the search stood still: ``late_gain`` is no more than ``noise``; ``None`` where that is unknown."""
        return None if self.late_gain is None else self.late_gain <= noise.share


@once_per_record
def progress(record: Record) -> Progress:
    """How the search of ``record`` went on; the default hyperparameters are no part of it."""
    table = searched(record)
    alive = living(table)
    if alive.empty:
        return Progress(len(table), 0, None, None, None, None)
    best = table["val_loss"].where(table.index.isin(alive.index)).cummin().ffill().to_numpy(dtype=float)
    low, high = np.quantile(alive["val_loss"], [0.25, 0.75]) / best[-1] - 1
    return Progress(
        evaluations=len(table),
        living=len(alive),
        area=area_under(best),
        near=int(np.argmax(best <= best[-1] * (1 + NEAR))) + 1,
        late_gain=_late_gain(best),
        spread=(float(low), float(high)),
    )


def area_under(best: Sequence[float] | np.ndarray) -> float:
    """Mean of (best so far - final best) / final best over the evaluations from the first loss on.

    Args:
        best: Best so far after each evaluation, positive and falling; NaN before the first loss.

    Returns:
        0 or more; ``nan`` without any loss.
    """
    known = np.asarray(best, dtype=np.float64)
    known = known[~np.isnan(known)]
    return float(np.mean(known / known[-1] - 1)) if len(known) else math.nan


def _late_gain(best: np.ndarray) -> float | None:
    half = best[max(0, len(best) // 2 - 1)]
    return None if len(best) < 2 or math.isnan(half) else float((half - best[-1]) / half)


@dataclass(frozen=True, slots=True)
class Epochs:
    """At which epoch trainings were best, where records say so.

    Attributes:
        evaluations: Living evaluations with the number of epochs and the best one.
        early: Share of them whose validation loss was lowest in the first half of their epochs: it rose or stood still
            afterwards, a sign of overfitting.
        last: Share whose last epoch was the best: more epochs might have helped.
    """

    evaluations: int
    early: float
    last: float


@once_per_record
def epochs(record: Record) -> Epochs | None:
    """When the trainings that the search chose were best; ``None`` where that is not recorded."""
    table = record.evaluations[record.evaluations["origin"].fillna("") != Origin.DEFAULT]
    known = table[(table["status"] == Status.OK) & table["epochs_run"].notna() & table["best_epoch"].notna()]
    run = known["epochs_run"].astype("float64").to_numpy()
    best = known["best_epoch"].astype("float64").to_numpy()
    if not len(run) or not (run > 1).any():
        return None
    return Epochs(len(run), float(np.mean(best <= run / 2)), float(np.mean(best >= run)))


PROGRESS_COLUMNS: Final[dict[str, str]] = {
    "key": "MODEL/DATASET/SIZE/RUN, the run's folder in the archive",
    "evaluations": "evaluations that the search chose",
    "living": "those with a loss of a living model",
    "near": "evaluations until the best was within 1 % of the final one",
    "area": "mean of (best so far - final best) / final best",
    "late_gain": "(best of the first half - final best) / best of the first half",
    "noise": "share up to which a difference says nothing",
    "basis": "whose repeats tell it: run, pair, model; or assumed",
    "flat": "whether late_gain is no more than the noise; empty where that is unknown",
    "best_early": "share of trainings whose validation loss was lowest in the first half of their epochs",
    "best_last": "share of trainings whose last epoch was the best",
}
"""Columns of ``progress.csv`` with their meaning."""


def progress_table(records: Sequence[Record], book: NoiseBook) -> pd.DataFrame:
    """One row a run, columns :data:`PROGRESS_COLUMNS`; what is unknown is ``None``."""
    rows = []
    for record in records:
        found, noise, trained = progress(record), book.of(record.run), epochs(record)
        rows.append(
            {
                "key": record.key,
                "evaluations": found.evaluations,
                "living": found.living,
                "near": found.near,
                "area": found.area,
                "late_gain": found.late_gain,
                "noise": noise.share,
                "basis": noise.basis,
                "flat": found.flat(noise),
                "best_early": None if trained is None else trained.early,
                "best_last": None if trained is None else trained.last,
            }
        )
    return pd.DataFrame(rows, columns=list(PROGRESS_COLUMNS), dtype=object)
