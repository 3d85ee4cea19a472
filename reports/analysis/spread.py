"""How much the best loss differs between datasets, against how much it differs when the same thing is trained again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev, variance
from typing import Final

import pandas as pd

from hpo.archive.schema import RunInfo
from hpo.archive.transfer import TransferScores
from reports.analysis.comparable import UNKNOWN_RELEASE, Collection
from reports.analysis.movement import ModelOptima
from reports.analysis.transfer import Transfer, transfer


@dataclass(frozen=True, slots=True)
class Spread:
    """Both, for one model in one collection, as standard deviations of the natural logarithm: 0.05 is about 5 %.

    Attributes:
        model: The model.
        collection: Source and release.
        runs: Key of the run of each dataset.
        between: Standard deviation over datasets of the best loss.
        noise: Standard deviation of a loss when the same hyperparameters are trained again, pooled over datasets;
            ``None`` where nothing was trained again.
        noises: Datasets that say something about the noise.
        measured: Whether losses and noise are of fresh seeds; else the losses are the lowest of a search, and the noise
            is that of repeats within it.
    """

    model: str
    collection: Collection
    runs: tuple[str, ...]
    between: float
    noise: float | None
    noises: int
    measured: bool

    @property
    def ratio(self) -> float | None:
        """How many times the spread between datasets exceeds the noise; ``None`` without noise."""
        return self.between / self.noise if self.noise else None


def spread_of_transfer(found: Transfer, collection: Collection) -> Spread | None:
    """Of the tailored hyperparameters with fresh seeds; ``None`` with fewer than two datasets that have a loss."""
    logs = {}
    for dataset in found.datasets:
        cell = found.scores.cell(dataset, dataset)
        losses = [] if cell is None else [one.val_loss for one in cell.trainings]
        logs[dataset] = [math.log(loss) for loss in losses if loss is not None and loss > 0]
    known = {dataset: own for dataset, own in logs.items() if own}
    if len(known) < 2:
        return None
    repeated = [own for own in known.values() if len(own) > 1]
    freedom = sum(len(own) - 1 for own in repeated)
    pooled = sum(variance(own) * (len(own) - 1) for own in repeated)
    return Spread(
        model=found.scores.model,
        collection=collection,
        runs=tuple(found.run(dataset) for dataset in known),
        between=stdev(fmean(own) for own in known.values()),
        noise=math.sqrt(pooled / freedom) if freedom else None,
        noises=len(repeated),
        measured=True,
    )


def spreads_of_searches(found: Sequence[ModelOptima]) -> list[Spread]:
    """Of the lowest losses of searches on known data; models with fewer than two comparable datasets are left out."""
    spreads = []
    for optima in found:
        living = [one for one in optima.chosen if one.loss is not None and one.loss > 0]
        protocols = {(one.run.protocol.model_dump_json(), one.run.split) for one in living}
        if optima.collection.release == UNKNOWN_RELEASE or len(living) < 2 or len(protocols) > 1:
            continue
        noises = [one.noise for one in living if one.noise is not None]
        spreads.append(
            Spread(
                model=optima.model,
                collection=optima.collection,
                runs=tuple(one.run.key for one in living),
                between=stdev(math.log(one.loss or 1.0) for one in living),
                noise=math.sqrt(fmean(noise**2 for noise in noises)) if noises else None,
                noises=len(noises),
                measured=False,
            )
        )
    return spreads


def spreads(transfers: Sequence[TransferScores], runs: Iterable[RunInfo], found: Sequence[ModelOptima]) -> list[Spread]:
    """Those of ``transfers``, and those of searches with the optima ``found``; ``runs`` are all of the archive."""
    by_key = {run.key: run for run in runs}
    measured = [spread_of_transfer(transfer(one), Collection.of(by_key[one.runs[0].run])) for one in transfers]
    return [one for one in measured if one is not None] + spreads_of_searches(found)


SPREAD_COLUMNS: Final[dict[str, str]] = {
    "source": "cross-hpo for own runs, improve for the published archive",
    "release": "cut of the datasets",
    "model": "model",
    "measured": "whether losses and noise are of fresh seeds; else of searches",
    "between": "standard deviation over datasets of the natural logarithm of the best loss",
    "noise": "the same of trainings of one point, pooled over datasets; empty where nothing was trained again",
    "noises": "datasets that say something about the noise",
    "ratio": "between / noise",
    "keys": "run of each dataset, joined by blanks",
}
"""Columns of ``spread.csv`` with their meaning."""


def spread_table(found: Iterable[Spread]) -> pd.DataFrame:
    """One row a model, columns :data:`SPREAD_COLUMNS`."""
    rows = [
        {
            "source": one.collection.kind,
            "release": one.collection.release,
            "model": one.model,
            "measured": one.measured,
            "between": one.between,
            "noise": one.noise,
            "noises": one.noises,
            "ratio": one.ratio,
            "keys": " ".join(one.runs),
        }
        for one in found
    ]
    return pd.DataFrame(rows, columns=list(SPREAD_COLUMNS), dtype=object)
