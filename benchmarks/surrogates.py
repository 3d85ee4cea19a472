"""Landscapes of real searches: forests of regression trees fitted to the evaluations of recorded runs.

A forest and not a Gaussian process, because the search that is compared picks its children with one. A surrogate is
worth what it predicts of points that it was not fitted to: its cross-validated quality is stated, and a run with too
few points or a poor forest is refused with the reason. Prints what each run of an archive is good for, as CSV:

    .venv/bin/python benchmarks/surrogates.py --archive hall_of_fame
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from problems import Problem

from hpo.archive import HallOfFame
from hpo.archive.record import Record
from hpo.evaluation import Hyperparameters, Status
from hpo.space import Axis, Space
from hpo.space.axes import NumericAxis
from reports.analysis.axes import LOG_RATIO
from reports.analysis.dead import dead_rows
from reports.analysis.noise import repeat_noise

Matrix = NDArray[np.float64]

TREES: Final = 100
FOLDS: Final = 5

MIN_POINTS: Final = 20
"""Distinct living points below which a run has no surrogate."""

MIN_R2: Final = 0.3
"""Cross-validated R² of the logarithm of the loss below which a surrogate is refused."""

MIN_DEAD: Final = 5
"""Distinct dead points from which on dead networks are a part of the landscape."""

MIN_RECORDED: Final = 0.9
"""Share of the evaluations in which a hyperparameter must be recorded to be an axis."""

SAMPLE: Final = 20_000
"""Random points among which the optimum of a surrogate is looked for, the evaluated points beside."""


@dataclass(frozen=True)
class Forest:
    """The trees of a forest in one set of arrays, for fast predictions of single points.

    Attributes:
        roots: Node at which each tree begins, shape (trees,).
        left: Next node where the place is at most the threshold, shape (nodes,); a leaf leads to itself.
        right: Next node otherwise.
        feature: Column that a node asks for.
        threshold: What it is compared with.
        value: Prediction of a leaf.
        depth: Steps after which every tree has come to a leaf.
    """

    roots: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: Matrix
    value: Matrix
    depth: int

    @classmethod
    def of(cls, fitted: Any) -> Forest:
        """That of a fitted forest of scikit-learn with one output."""
        trees = [estimator.tree_ for estimator in fitted.estimators_]
        roots = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
        own = np.concatenate([root + np.arange(tree.node_count) for root, tree in zip(roots, trees, strict=True)])
        inner = np.concatenate([tree.children_left >= 0 for tree in trees])

        def joined(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(tree, name).reshape(tree.node_count, -1)[:, 0] for tree in trees])

        offset = np.repeat(roots, [tree.node_count for tree in trees])
        return cls(
            roots=roots,
            left=np.where(inner, joined("children_left") + offset, own),
            right=np.where(inner, joined("children_right") + offset, own),
            feature=np.where(inner, joined("feature"), 0),
            threshold=joined("threshold"),
            value=joined("value"),
            depth=max(tree.max_depth for tree in trees),
        )

    def __call__(self, row: Sequence[float]) -> float:
        """Mean prediction of the trees at the places ``row``."""
        places = np.asarray(row, dtype=np.float32)
        nodes = self.roots
        for _ in range(self.depth):
            below = places[self.feature[nodes]] <= self.threshold[nodes]
            nodes = np.where(below, self.left[nodes], self.right[nodes])
        return float(self.value[nodes].mean())


@dataclass(frozen=True)
class Surrogate:
    """The landscape of a run and how good it is.

    Attributes:
        problem: The landscape; its name is the run's model and dataset.
        key: Key of the run.
        points: Distinct living points that the forest was fitted to.
        dead: Distinct dead points.
        r2: Cross-validated R² of the logarithm of the loss.
        rank: Cross-validated rank correlation of predicted and true loss.
    """

    problem: Problem
    key: str
    points: int
    dead: int
    r2: float
    rank: float


@dataclass(frozen=True)
class Refused:
    """A run without a surrogate, and why: a sentence without its full stop."""

    key: str
    reason: str


def surrogate(record: Record) -> Surrogate | Refused:
    """The surrogate of ``record``, or why there is none."""
    if record.space is None:
        return Refused(record.key, "its space is not recorded")
    table = record.evaluations[record.evaluations["val_loss"].notna()]
    known = [n for n in record.space.names if n in table and len(table) and table[n].notna().mean() >= MIN_RECORDED]
    if not known:
        return Refused(record.key, "no searched hyperparameter is recorded")
    # A hyperparameter that was searched and not recorded is a part of the noise.
    space = Space(tuple(_on_its_scale(axis) for axis in record.space.axes if axis.name in known))
    rows, losses, dead = _points(record, space)
    living = ~dead
    if living.sum() < MIN_POINTS:
        return Refused(record.key, f"{living.sum()} distinct living points are too few, it takes {MIN_POINTS}")
    if losses[living].min() <= 0:
        return Refused(record.key, "a loss is not positive, so it has no logarithm")
    r2, rank = _quality(rows[living], np.log(losses[living]))
    if not r2 >= MIN_R2:
        return Refused(record.key, f"the forest predicts too little (cross-validated R² {r2:.2f}, needed {MIN_R2})")
    problem = _problem(record, space, rows, losses, dead)
    return Surrogate(problem, record.key, int(living.sum()), int(dead.sum()), r2, rank)


@cache
def surrogates(archive: Path) -> tuple[Surrogate | Refused, ...]:
    """What each record of ``archive`` is good for, in the order of its keys."""
    return tuple(surrogate(record) for record in HallOfFame(archive).records())


@cache
def landscapes(archive: Path) -> tuple[Problem, ...]:
    """Of every model on every dataset of ``archive`` the surrogate with the most points, where one is good enough."""
    most: dict[str, Surrogate] = {}
    for one in surrogates(archive):
        if isinstance(one, Surrogate):
            name = one.problem.name
            most[name] = max(most.get(name, one), one, key=lambda other: other.points)
    return tuple(one.problem for one in most.values())


def _on_its_scale(axis: Axis) -> Axis:
    """``axis``, on a log scale where its bounds lie far apart, as a curator would declare it.

    On the linear scale of some published spaces 98 % of all draws are dead, and what a search finds is luck. The
    declared step of a mutation belongs to the linear scale, so it gives way to the default.
    """
    if isinstance(axis, NumericAxis) and not axis.use_log_scale and axis.upper >= LOG_RATIO * axis.lower > 0:
        return replace(axis, use_log_scale=True, declared_sigma=None)
    return axis


def _points(record: Record, space: Space) -> tuple[Matrix, Matrix, NDArray[np.bool_]]:
    """Places (points, axes), geometric mean losses and deadness of the distinct points that lie in the space."""
    ok, dead = record.evaluations["status"] == Status.OK.value, dead_rows(record)
    found: dict[tuple[float, ...], list[tuple[float, bool]]] = {}
    for row, alive, is_dead in zip(record.evaluations.to_dict("records"), ok, dead, strict=True):
        point = {name: row[name] for name in space.names}
        if (not alive and not is_dead) or space.problems(point):
            continue
        found.setdefault(space.to_unit(point), []).append((float(row["val_loss"]), bool(is_dead)))
    rows, losses, deaths = [], [], []
    for place, seen in sorted(found.items()):
        died = sum(is_dead for _, is_dead in seen) > len(seen) / 2
        own = [loss for loss, is_dead in seen if is_dead == died]
        rows.append(place)
        losses.append(float(np.exp(np.mean(np.log(own)))) if min(own) > 0 else float(np.mean(own)))
        deaths.append(died)
    return np.array(rows).reshape(-1, len(space.axes)), np.array(losses), np.array(deaths, dtype=bool)


def _forest(rows: Matrix, targets: Matrix) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    forest: Any = RandomForestRegressor(TREES, min_samples_leaf=2, random_state=0, n_jobs=1)
    return forest.fit(rows, targets)


def _quality(rows: Matrix, targets: Matrix) -> tuple[float, float]:
    """R² and rank correlation of predictions of points by forests that did not see them."""
    from scipy.stats import spearmanr

    fold = np.random.RandomState(0).permutation(len(rows)) % FOLDS
    predicted = np.empty(len(rows))
    for one in range(FOLDS):
        predicted[fold == one] = _forest(rows[fold != one], targets[fold != one]).predict(rows[fold == one])
    explained = 1 - float(((targets - predicted) ** 2).sum() / ((targets - targets.mean()) ** 2).sum())
    return explained, float(spearmanr(targets, predicted).statistic)


def _problem(record: Record, space: Space, rows: Matrix, losses: Matrix, dead: NDArray[np.bool_]) -> Problem:
    fitted = _forest(rows[~dead], np.log(losses[~dead]))
    death = _forest(rows, dead.astype(np.float64)) if dead.sum() >= MIN_DEAD else None
    generator = random.Random(0)
    sample = np.array([space.to_unit(space.sample(generator)) for _ in range(SAMPLE)])
    candidates = np.concatenate([sample, rows[~dead]])
    if death is not None:
        candidates = candidates[death.predict(candidates) <= 0.5]
    optimum = math.exp(float(fitted.predict(candidates).min()))
    forest, grave = Forest.of(fitted), None if death is None else Forest.of(death)

    def loss(point: Hyperparameters) -> float:
        # The sample may have missed the very best box of the trees: nothing is better than the optimum.
        return max(optimum, math.exp(forest(space.to_unit(point))))

    def is_dead(point: Hyperparameters) -> bool:
        return grave is not None and grave(space.to_unit(point)) > 0.5

    run = record.run
    return Problem(
        name=f"{run.model}-{run.dataset}",
        about=f"forest of {len(rows)} points",
        space=space,
        loss=loss,
        optimum=optimum,
        noise=repeat_noise(record) or 0.0,
        dead=is_dead,
        dead_loss=float(np.median(losses[dead])) if dead.any() else float(losses.max()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, required=True, help="folder of records")
    parser.add_argument("--refused", action="store_true", help="print runs that have none as well, with the reason")
    options = parser.parse_args()
    writer = csv.writer(sys.stdout)
    writer.writerow(["run", "points", "dead", "noise", "r2", "rank_correlation", "refused"])
    for one in surrogates(options.archive):
        if isinstance(one, Surrogate):
            quality = [f"{value:.3f}" for value in (one.problem.noise, one.r2, one.rank)]
            writer.writerow([one.key, one.points, one.dead, *quality, ""])
        elif options.refused:
            writer.writerow([one.key, "", "", "", "", "", one.reason])


if __name__ == "__main__":
    main()
