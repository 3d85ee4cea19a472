"""Comparisons as files: what the page of comparisons shows, with all digits and the keys of the runs behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import pandas as pd

from hpo.archive.schema import RunInfo
from reports.analysis.comparable import Collection
from reports.analysis.comparison import Contest, FreeControl, Standing, Step, Tuned

_RUN: Final[dict[str, str]] = {
    "source": "cross-hpo for own runs, improve for the published archive",
    "release": "cut of the datasets",
    "model": "model",
    "dataset": "dataset",
}

CONTEST_COLUMNS: Final[dict[str, str]] = {
    **_RUN,
    "size": "size of the searches",
    "pairs": "seeds that both strategies have, with a living best",
    "unpaired": "runs without a counterpart of the same seed, or without a living model",
    "gain": "of the genetic algorithm over the random control: 1 - geometric mean of the ratios of losses",
    "low": "lower end of its 95 % interval; empty with fewer than two pairs",
    "high": "upper end",
    "effect_size": "mean over standard deviation of the paired logarithms",
    "wins": "pairs in which the genetic algorithm found the lower loss",
    "keys": "the runs, joined by blanks",
}
"""Columns of ``contests.csv`` with their meaning."""

CONTROL_COLUMNS: Final[dict[str, str]] = {
    "key": "MODEL/DATASET/SIZE/RUN, the run's folder in the archive",
    "best": "lowest loss that the search evaluated",
    "budget": "evaluations of the search",
    "pool": "random draws that the archive holds",
    "draws": "of these compared with: as many as the budget, or all there are",
    "expected": "mean lowest loss of so many draws; empty where some gave no loss",
    "low": "lower end of its 95 % bootstrap interval; empty where the pool is smaller than the budget",
    "high": "upper end",
    "gain": "(expected - best) / expected; at most this where the pool is smaller than the budget",
    "bounded": "whether the pool is smaller than the budget",
    "chance": "probability that so many draws do as well as the search",
}
"""Columns of ``controls.csv`` with their meaning."""

STEP_COLUMNS: Final[dict[str, str]] = {
    "start": "key of the best run of a size",
    "end": "key of the best run of the next larger one",
    "start_loss": "best loss of the first",
    "end_loss": "best loss of the second",
    "gain": "(first - second) / first",
    "noise": "share up to which the difference says nothing",
    "beyond_noise": "whether it is larger",
    "limits": "audit flags that limit the comparison, joined by blanks",
}
"""Columns of ``sizes.csv`` with their meaning."""

STANDING_COLUMNS: Final[dict[str, str]] = {
    "group": "number of the models that compare: one dataset, release, split and protocol",
    **_RUN,
    "key": "best run of the model there",
    "rank": "place among them, from 1",
    "val_loss": "its best loss",
    "above": "(loss - lowest) / lowest",
    "tied": "whether the distance to the lowest is within the noise of either run",
}
"""Columns of ``standings.csv`` with their meaning."""

TUNED_COLUMNS: Final[dict[str, str]] = {
    "key": "MODEL/DATASET/SIZE/RUN, the run's folder in the archive",
    "default": "loss of the default hyperparameters",
    "best": "lowest loss that the search evaluated",
    "gain": "(default - best) / default; negative where nothing beat the default",
    "noise": "share up to which the difference says nothing",
    "beyond_noise": "whether it is larger",
    "default_beats": "share of the living evaluations that are worse than the default",
}
"""Columns of ``tuned.csv`` with their meaning."""


def contest_table(found: Iterable[Contest]) -> pd.DataFrame:
    """One row a model, dataset and size that both strategies searched, columns :data:`CONTEST_COLUMNS`."""
    return _frame(CONTEST_COLUMNS, [_contest(one) for one in found])


def control_table(found: Iterable[FreeControl]) -> pd.DataFrame:
    """One row a search held against draws of the archive, columns :data:`CONTROL_COLUMNS`."""
    rows = [
        {name: getattr(one, name, None) for name in CONTROL_COLUMNS}
        | {"key": one.run.key, "pool": len(one.pool.losses)}
        for one in found
    ]
    return _frame(CONTROL_COLUMNS, rows)


def step_table(found: Iterable[Step]) -> pd.DataFrame:
    """One row a step from a size to the next larger one, columns :data:`STEP_COLUMNS`."""
    rows = [
        {
            "start": one.start.key,
            "end": one.end.key,
            "start_loss": one.losses[0],
            "end_loss": one.losses[1],
            "gain": one.gain,
            "noise": one.noise,
            "beyond_noise": one.beyond_noise,
            "limits": " ".join(one.notes),
        }
        for one in found
    ]
    return _frame(STEP_COLUMNS, rows)


def standing_table(groups: Iterable[Sequence[Standing]]) -> pd.DataFrame:
    """One row a model among those that compare on a dataset, the best first, columns :data:`STANDING_COLUMNS`."""
    rows = [
        {
            "group": number,
            **_of(one.run),
            "key": one.run.key,
            "rank": rank,
            "val_loss": one.loss,
            "above": one.above,
            "tied": one.tied,
        }
        for number, group in enumerate(groups, 1)
        for rank, one in enumerate(group, 1)
    ]
    return _frame(STANDING_COLUMNS, rows)


def tuned_table(found: Iterable[Tuned]) -> pd.DataFrame:
    """One row a run with a living default, columns :data:`TUNED_COLUMNS`."""
    rows = [
        {
            "key": one.step.start.key,
            "default": one.step.losses[0],
            "best": one.step.losses[1],
            "gain": one.step.gain,
            "noise": one.step.noise,
            "beyond_noise": one.step.beyond_noise,
            "default_beats": one.better_than,
        }
        for one in found
    ]
    return _frame(TUNED_COLUMNS, rows)


def _contest(one: Contest) -> dict[str, Any]:
    effect = one.effect
    return {
        **_of(one.run),
        "size": one.run.size,
        "pairs": len(one.paired),
        "unpaired": one.unpaired,
        "gain": None if effect is None else effect.gain,
        "low": None if effect is None else effect.low,
        "high": None if effect is None else effect.high,
        "effect_size": None if effect is None else effect.size,
        "wins": None if effect is None else effect.wins,
        "keys": " ".join(record.key for record in one.records),
    }


def _of(run: RunInfo) -> dict[str, str]:
    collection = Collection.of(run)
    return {"source": collection.kind, "release": run.release.name, "model": run.model, "dataset": run.dataset}


def _frame(columns: dict[str, str], rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns), dtype=object)
