"""What the optimum of one dataset would give on another, estimated from records: for imports, which nobody can train.

For each dataset a random forest is fitted to the logarithm of the loss over the searched hyperparameters; it is asked
about the optima of the other datasets. That is an estimate and never stands among measured numbers. Where the forest
does not describe the losses, or is asked about a place that nobody evaluated, there is no number but a reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from reports.analysis.axes import Line
from reports.analysis.comparable import UNKNOWN_RELEASE, Collection, yardstick
from reports.analysis.dead import dead_rows
from reports.analysis.importance import MIN_POINTS, MIN_R2, TREES, distinct_points
from reports.analysis.kept import content, kept
from reports.analysis.memo import kept_of
from reports.analysis.movement import ModelOptima
from reports.analysis.optimum import NOISE_FACTOR, Optimum

MIN_RANK: Final = 0.5
"""Rank correlation below which a forest is not asked."""

MIN_RECORDED: Final = 0.9

MARGIN: Final = 0.05
"""Share of the observed range of a hyperparameter by which a place may lie beyond it: two draws seldom meet the same
end."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a forest describes the losses of points that it was not grown on (out of bag).

    Attributes:
        points: Distinct points.
        living: Those among them that are no dead networks.
        r2: Share of the variance of the logarithms that it explains.
        rank: Spearman's rank correlation of predicted and measured losses.
        better_rank: The same among the half of the points that it holds for better: where optima are.
        error: Root mean square of its error on that half, as a share of the loss.
    """

    points: int
    living: int
    r2: float
    rank: float
    better_rank: float
    error: float

    @property
    def good(self) -> bool:
        """Whether the forest may be asked about other places."""
        return self.r2 >= MIN_R2 and self.rank >= MIN_RANK


@dataclass(frozen=True, slots=True)
class Estimate:
    """The optimum of one dataset on another.

    Attributes:
        source: Dataset whose optimum it is.
        target: Dataset that it is used on.
        regret: Loss above that of the target's own optimum, as a share of it, both as the forest sees them; ``None``
            where it is refused. May be negative.
        clear: Whether it exceeds the error of the forest :data:`~reports.analysis.optimum.NOISE_FACTOR` times.
        refusal: Why there is no number; empty where there is.
    """

    source: str
    target: str
    regret: float | None
    clear: bool = False
    refusal: str = ""


@dataclass(frozen=True)
class TransferEstimate:
    """The matrix of one model in one collection.

    Attributes:
        model: The model.
        collection: Source and release.
        runs: Run whose optimum stands for a dataset, by dataset; dead ones included.
        axes: Hyperparameters that take part.
        left_out: Searched hyperparameters that are not recorded, so that the forest averages over them.
        qualities: By dataset, poor ones too; missing where no forest was fitted.
        estimates: One a source and target, in the order of the datasets.
    """

    model: str
    collection: Collection
    runs: Mapping[str, RunInfo]
    axes: tuple[str, ...]
    left_out: tuple[str, ...]
    qualities: Mapping[str, Quality]
    estimates: tuple[Estimate, ...]

    @property
    def datasets(self) -> list[str]:
        """Rows and columns."""
        return list(self.runs)

    def estimate(self, source: str, target: str) -> Estimate:
        """That cell."""
        return next(one for one in self.estimates if (one.source, one.target) == (source, target))

    @property
    def known(self) -> list[Estimate]:
        """Cells with a number, the optima on their own dataset left out."""
        return [one for one in self.estimates if one.regret is not None and one.source != one.target]


def transfer_estimates(found: Sequence[ModelOptima], records: Sequence[Record]) -> list[TransferEstimate]:
    """The estimate for every model in ``found`` whose runs are imported, on two known datasets or more."""
    by_key = {record.key: record for record in records}
    wanted = [one for one in found if one.collection.imported and one.collection.release != UNKNOWN_RELEASE]
    return [estimate for one in wanted if (estimate := _of_model(one, by_key)) is not None]


def _of_model(optima: ModelOptima, by_key: Mapping[str, Record]) -> TransferEstimate | None:
    """The estimate of one model; it follows from the records of its optima."""
    used = [by_key[one.run.key] for one in optima.all]
    name = f"transfer estimate {optima.collection} {[one.run.key for one in optima.chosen]}"
    return kept_of(used, name, lambda: _estimated(optima, by_key))


def _estimated(optima: ModelOptima, by_key: Mapping[str, Record]) -> TransferEstimate | None:
    chosen = _alike(optima.chosen)
    if len(chosen) < 2:
        return None
    pools = {one.run.dataset: _pool(one, optima, by_key) for one in chosen}
    axes = [line for line in optima.axes.values() if all(_is_recorded(pool, line.name) for pool in pools.values())]
    left_out = tuple(name for one in chosen for name in one.values if name not in {line.name for line in axes})
    landscapes = {dataset: _landscape(pool, axes) for dataset, pool in pools.items()}
    return TransferEstimate(
        model=optima.model,
        collection=optima.collection,
        runs={one.run.dataset: one.run for one in chosen},
        axes=tuple(line.name for line in axes),
        left_out=tuple(dict.fromkeys(left_out)),
        qualities={name: one.quality for name, one in landscapes.items() if isinstance(one, Landscape)},
        estimates=tuple(
            _estimate(source, target.run.dataset, target, landscapes[target.run.dataset], axes)
            for source in chosen
            for target in chosen
        ),
    )


def _alike(chosen: Sequence[Optimum]) -> list[Optimum]:
    """Those whose losses come about alike, the dataset aside; of several such groups the largest."""
    groups: dict[Any, list[Optimum]] = {}
    for one in chosen:
        groups.setdefault((one.run.protocol.model_dump_json(), one.run.split), []).append(one)
    return max(groups.values(), key=len, default=[])


def _pool(one: Optimum, optima: ModelOptima, by_key: Mapping[str, Record]) -> pd.DataFrame:
    """Evaluations with a loss of all runs whose losses compare with those of ``one``; column ``dead`` says which died.

    Runs of other values of the fixed hyperparameters, such as the number of epochs, are left out.
    """
    run = one.run
    runs = [
        other.run for other in optima.all if yardstick(other.run) == yardstick(run) and other.run.fixed == run.fixed
    ]
    tables = []
    for other in runs:
        record = by_key[other.key]
        table = record.evaluations.assign(dead=dead_rows(record))
        tables.append(table[table["val_loss"].notna()].astype({"val_loss": "float64"}).astype(object))
    pool = pd.concat(tables, ignore_index=True)
    return pool.astype({"val_loss": "float64", "dead": bool})


def _is_recorded(pool: pd.DataFrame, name: str) -> bool:
    return name in pool and (not len(pool) or bool(pool[name].notna().mean() >= MIN_RECORDED))


@dataclass(frozen=True, eq=False)
class Landscape:
    """The losses of one dataset as a forest sees them.

    Attributes:
        points: Places of the distinct points in the units of :meth:`Line.steps`, shape (points, axes).
        losses: Their logarithms, shape (points,).
        living: Distinct points that are no dead networks.
    """

    points: np.ndarray
    losses: np.ndarray
    living: int

    @cached_property
    def forest(self) -> Any:
        """The fitted forest: costly, and needed only where nothing of it is kept."""
        from sklearn.ensemble import RandomForestRegressor

        leaf = max(2, len(self.points) // 100)
        forest = RandomForestRegressor(TREES, min_samples_leaf=leaf, oob_score=True, random_state=0, n_jobs=1)
        return forest.fit(self.points, self.losses)

    @cached_property
    def quality(self) -> Quality:
        """How well the forest describes the losses."""
        return Quality(points=len(self.points), living=self.living, **self._told["quality"])

    @cached_property
    def _told(self) -> Any:
        return kept("landscape", content(self.points, self.losses), lambda: _told(self.forest, self.losses))

    @cached_property
    def reach(self) -> float:
        """The farthest that any observed point is from the one next to it, in shares of the observed ranges."""
        return float(max(self.distance(point, but=number) for number, point in enumerate(self.points)))

    def distance(self, place: np.ndarray, *, but: int | None = None) -> float:
        """From ``place`` to the observed point next to it, in shares of the observed ranges; ``but`` is left out."""
        spans = np.ptp(self.points, axis=0)
        distances = np.sqrt((((self.points - place) / np.where(spans > 0, spans, 1.0)) ** 2).sum(axis=1))
        if but is not None:
            distances[but] = math.inf
        return float(distances.min())

    def outside(self, place: np.ndarray, axes: Sequence[Line]) -> str:
        """Why the forest cannot be asked about ``place``; empty where it can."""
        lows, highs = self.points.min(axis=0), self.points.max(axis=0)
        slack = MARGIN * (highs - lows)
        inside = (lows - slack <= place) & (place <= highs + slack)
        beyond = [axis.name for axis, within in zip(axes, inside, strict=True) if not within]
        if beyond:
            return f"{' and '.join(beyond)} outside of what was evaluated"
        unseen = [
            axis.name
            for number, axis in enumerate(axes)
            if not axis.ordered and place[number] not in self.points[:, number]
        ]
        if unseen:
            return f"{' and '.join(unseen)}: a value that was not evaluated"
        return "far from all that was evaluated" if self.distance(place) > self.reach else ""

    def predict(self, place: np.ndarray) -> float:
        """Logarithm of the loss at ``place``; at an observed point by the trees that were grown without it."""
        same = np.flatnonzero((self.points == place).all(axis=1))
        if len(same):
            return float(self._told["unseen"][same[0]])
        key = content(self.points, self.losses, place)
        return float(kept("prediction", key, lambda: float(self.forest.predict(place[None, :])[0])))


def _landscape(pool: pd.DataFrame, axes: Sequence[Line]) -> Landscape | str:
    """The landscape of ``pool``, or why there is none."""
    if not axes:
        return "no hyperparameter is recorded on all datasets"
    if not len(pool) or not (pool["val_loss"] > 0).all():
        return "no losses to take the logarithm of"
    living, _ = distinct_points(pool[~pool["dead"]], axes) if (~pool["dead"]).any() else (np.empty((0, 1)), None)
    if len(living) < MIN_POINTS:
        return f"{len(living)} distinct living points are too few, it takes {MIN_POINTS}"
    points, losses = distinct_points(pool, axes)
    if not np.ptp(losses):
        return "all evaluations gave the same loss"
    return Landscape(points, losses, len(living))


def _told(forest: Any, losses: np.ndarray) -> dict[str, Any]:
    """What ``forest`` says of the points that it was grown on, each by the trees that had not seen it."""
    from scipy.stats import spearmanr

    predicted = forest.oob_prediction_
    better = predicted <= np.median(predicted)
    rest = (losses - predicted)[better]
    quality = {
        "r2": float(forest.oob_score_),
        "rank": _rank(spearmanr, predicted, losses),
        "better_rank": _rank(spearmanr, predicted[better], losses[better]),
        "error": 10 ** float(np.sqrt(np.mean(rest**2))) - 1,
    }
    return {"quality": quality, "unseen": predicted.tolist()}


def _rank(spearmanr: Any, one: np.ndarray, other: np.ndarray) -> float:
    return float(spearmanr(one, other).statistic) if len(one) > 2 and np.ptp(one) and np.ptp(other) else 0.0


def _estimate(
    source: Optimum, dataset: str, target: Optimum, landscape: Landscape | str, axes: Sequence[Line]
) -> Estimate:
    name = source.run.dataset
    if source.loss is None:
        return Estimate(name, dataset, None, refusal=f"{name}: dead networks only, so no optimum")
    if target.loss is None:
        return Estimate(name, dataset, None, refusal=f"{dataset}: dead networks only")
    if isinstance(landscape, str):
        return Estimate(name, dataset, None, refusal=f"{dataset}: {landscape}")
    own, foreign = (_place(one, axes) for one in (target, source))
    if own is None or foreign is None:
        which = dataset if own is None else name
        return Estimate(name, dataset, None, refusal=f"{which}: a value of the optimum is not recorded")
    if not landscape.quality.good:
        law = f"it takes R² {MIN_R2} and rank correlation {MIN_RANK}"
        return Estimate(name, dataset, None, refusal=f"{dataset}: the forest describes the losses too poorly, {law}")
    reason = landscape.outside(foreign, axes)
    if reason:
        return Estimate(name, dataset, None, refusal=f"{dataset}: {reason}")
    if name == dataset:
        return Estimate(name, dataset, 0.0)
    distance = landscape.predict(foreign) - landscape.predict(own)
    clear = abs(distance) > NOISE_FACTOR * math.log10(1 + landscape.quality.error)
    return Estimate(name, dataset, 10**distance - 1, clear)


def _place(one: Optimum, axes: Sequence[Line]) -> np.ndarray | None:
    places = np.array([axis.steps(np.array([axis.place(one.values.get(axis.name))]))[0] for axis in axes])
    return None if np.isnan(places).any() else places
