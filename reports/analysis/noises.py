"""How much losses differ by luck, for every run: by its own repeats, else by those of runs of the same model.

This is what every verdict uses: claims, comparisons, gains, the word *flat* and the bands of figures.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from reports.analysis.comparable import UNKNOWN_RELEASE, Collection, yardstick
from reports.analysis.noise import repeat_noise
from reports.analysis.order import run_order

LEAST_NOISE: Final = 0.001
"""Differences below this share say nothing, however well repeats agree."""

USUAL_NOISE: Final = 0.01
"""Share by which repeats of one point differ at the least for most models; used where a model has no repeats."""

Basis = Literal["run", "pair", "model", "assumed"]

BASES: Final[dict[Basis, str]] = {
    "run": "repeats within the run",
    "pair": "repeats in other runs of the model on the dataset",
    "model": "repeats of the model on other datasets",
    "assumed": "no repeats of the model; assumed",
}
"""Where the noise of a run is known from, in words."""


@dataclass(frozen=True, slots=True)
class Noise:
    """By how much the loss of one and the same point differs between trainings.

    Attributes:
        share: Relative standard deviation, at least 0.1 %: differences up to this say nothing.
        basis: Where it is known from, see :data:`BASES`.
        runs: Keys of the runs whose repeats tell; empty if it is assumed.
    """

    share: float
    basis: Basis
    runs: tuple[str, ...] = ()

    @property
    def measured(self) -> bool:
        """Whether repeats tell, of the run or of others."""
        return self.basis != "assumed"

    def band(self, losses: Any) -> tuple[np.ndarray, np.ndarray]:
        """What cannot be told from ``losses``, float64 of their shape: one standard deviation less, and more.

        Where nothing was measured there is no band: both ends are NaN.
        """
        known = np.asarray(losses, dtype=np.float64)
        share = self.share if self.measured else math.nan
        return known * (1 - share), known * (1 + share)


class NoiseBook:
    """The noise of every run of an archive.

    A run has its own repeats, or takes the median noise of the other runs of its model on its dataset under the same
    protocol, or that of its model on other datasets under the same protocol, or is assumed to have 1 %.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._own: dict[str, float] = {}
        self._pairs: dict[Any, dict[str, float]] = defaultdict(dict)
        self._models: dict[Any, dict[str, float]] = defaultdict(dict)
        for record in records:
            noise = repeat_noise(record)
            if noise is None:
                continue
            run = record.run
            self._own[run.key] = noise
            if run.release.name != UNKNOWN_RELEASE:
                self._pairs[_pair(run)][run.key] = noise
                self._models[_model(run)][run.key] = noise

    def of(self, run: RunInfo) -> Noise:
        """The noise of ``run``."""
        if run.key in self._own:
            return _noise({run.key: self._own[run.key]}, "run")
        if self._pairs.get(_pair(run)):
            return _noise(self._pairs[_pair(run)], "pair")
        if self._models.get(_model(run)):
            return _noise(self._models[_model(run)], "model")
        return Noise(USUAL_NOISE, "assumed")

    def between(self, one: RunInfo, other: RunInfo) -> Noise:
        """What a difference between two runs must exceed: the larger noise of both."""
        return max(self.of(one), self.of(other), key=lambda noise: noise.share)


NOISE_COLUMNS: Final[dict[str, str]] = {
    "source": "cross-hpo for own runs, improve for the published archive",
    "release": "cut of the datasets",
    "model": "model",
    "dataset": "dataset",
    "runs": "runs of the pair",
    "measured": "those with at least ten evaluations of repeated points",
    "noise": "relative standard deviation of repeats, the median over these runs, else what is taken instead",
    "basis": "run: repeats of the pair; model: repeats of the model on other datasets; assumed: 1 %",
    "keys": "runs whose repeats tell, joined by blanks",
}
"""Columns of ``noise.csv`` with their meaning."""


@dataclass(frozen=True, slots=True)
class PairNoise:
    """The noise of one model on one dataset.

    Attributes:
        run: One of its runs, for model, dataset and collection.
        runs: Number of its runs.
        least: Least noise of its runs that have repeats; ``None`` without any.
        greatest: Greatest.
        noise: Their median, or what is taken instead: a gain up to this share is below noise.
    """

    run: RunInfo
    runs: int
    least: float | None
    greatest: float | None
    noise: Noise


def pair_noises(records: Sequence[Record], book: NoiseBook) -> list[PairNoise]:
    """The noise of every model on every dataset, by collection and protocol, in the order of tables."""
    groups: dict[Any, list[RunInfo]] = defaultdict(list)
    for record in sorted(records, key=lambda record: _order(record.run)):
        if record.run.release.name != UNKNOWN_RELEASE:
            groups[_pair(record.run)].append(record.run)
    return [_pair_noise(runs, book) for runs in groups.values()]


def noise_table(found: Sequence[PairNoise]) -> pd.DataFrame:
    """One row a model, dataset and protocol, columns :data:`NOISE_COLUMNS`."""
    rows = [
        {
            "source": Collection.of(one.run).kind,
            "release": one.run.release.name,
            "model": one.run.model,
            "dataset": one.run.dataset,
            "runs": one.runs,
            "measured": len(one.noise.runs) if one.noise.basis == "run" else 0,
            "noise": one.noise.share,
            "basis": one.noise.basis,
            "keys": " ".join(one.noise.runs),
        }
        for one in found
    ]
    return pd.DataFrame(rows, columns=list(NOISE_COLUMNS), dtype=object)


def _pair_noise(runs: Sequence[RunInfo], book: NoiseBook) -> PairNoise:
    found = {run.key: book.of(run) for run in runs}
    own = {key: noise.share for key, noise in found.items() if noise.basis == "run"}
    if own:
        return PairNoise(runs[0], len(runs), min(own.values()), max(own.values()), _noise(own, "run"))
    return PairNoise(runs[0], len(runs), None, None, found[runs[0].key])


def _noise(known: dict[str, float], basis: Basis) -> Noise:
    return Noise(max(median(known.values()), LEAST_NOISE), basis, tuple(sorted(known)))


def _pair(run: RunInfo) -> tuple[Any, ...]:
    return run.model, yardstick(run)


def _model(run: RunInfo) -> tuple[Any, ...]:
    protocol = run.protocol
    # The digest of a release is that of one dataset's files, so its name stands for all.
    return run.model, Collection.of(run), protocol.name, protocol.version, protocol.target, protocol.metric


def _order(run: RunInfo) -> tuple[object, ...]:
    return run_order(run.model, run.dataset, run.size, run.run)
