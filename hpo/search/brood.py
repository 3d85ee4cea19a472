"""Surrogate-assisted breeding: many children are bred, and a model of the losses picks those worth training.

Two Gaussian processes are fitted to the evaluations so far, one that expects smooth losses and one that expects jumps,
and have their say by how likely the losses are under each. Children are picked one after the other by expected
improvement, each as if the ones before it had been measured and had come out as expected, so that a generation does
not train the same idea many times. Some picks choose from a few children only, so that not everything is staked on
what the models believe. Sources: Jones, Schonlau and Welch, Journal of Global Optimization 13 (1998) 455,
doi:10.1023/A:1008306431147; Ginsbourger, Le Riche and Carraro, in Computational Intelligence in Expensive Optimization
Problems (2010) 131, doi:10.1007/978-3-642-10701-6_6.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hpo.evaluation import Hyperparameters, Value
from hpo.search.encoding import Matrix, features, is_nominal, places, point_at, snapped, step, values_of
from hpo.search.gaussian_process import GaussianProcess, Grid, Kernel, Vector
from hpo.space import Space

IMMIGRANTS: Final = 0.3
"""Share of the brood that is drawn from the whole space."""

STEPS: Final = (2.0, 0.7, 0.2)
"""Mutations of children in turn, in units of an axis's sigma: to look around, to follow, to refine."""

MOST_MODELLED: Final = 300
"""Evaluations that the model is fitted to: the best half of them, and the latest."""

LEAST_MODELLED: Final = 3
"""Evaluations that ended ok without which there is no model."""

LEAST_SHARE: Final = 0.2
"""Say of a model before normalisation, however unlikely the losses are under it."""

FEW: Final = 8
FEW_EVERY: Final = 3
"""Every so many picks choose from ``FEW`` children."""

_DIGITS: Final = 9
"""Digits to which improvements are compared."""

_LEAST_IMPROVEMENT: Final = 1e-200
_LEAST_VARIANCE: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Operators:
    """How children come about; the settings CX_PROB, CX_INDPB, MUT_PROB, MUT_INDPB and BOUNDS."""

    crossover: float
    crossover_gene: float
    mutation: float
    mutation_gene: float
    reflect: bool = True


@dataclass(frozen=True, slots=True)
class Brood:
    """Bred children, as rows.

    Attributes:
        rows: Shape ``(children, axes)``, see ``hpo.search.encoding.places``.
        parents: Rows of the parents that each was bred from, shape ``(children, 2)``; -1 where there is none.
        mutated: Whether each was mutated.
    """

    rows: Matrix
    parents: NDArray[np.int64]
    mutated: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Child:
    """A child that is worth training.

    Attributes:
        point: Its hyperparameters.
        parents: Numbers of its parents among those that it was bred from; empty for an immigrant.
        mutated: Whether it was mutated.
    """

    point: Hyperparameters
    parents: tuple[int, ...]
    mutated: bool


def breed(space: Space, parents: Matrix, count: int, operators: Operators, rng: np.random.RandomState) -> Brood:
    """``count`` children of ``parents``, which are sorted from the best on; the better breed more often.

    A child takes genes of a second parent (crossover), is mutated, or both; the rest of the brood are immigrants.
    """
    axes = space.axes
    first = (rng.random_sample(count) ** 2 * len(parents)).astype(np.int64)
    second = rng.randint(0, len(parents), count)
    crossed = rng.random_sample(count) < operators.crossover
    mutated = (rng.random_sample(count) < operators.mutation) | ~crossed
    swap = crossed[:, None] & (rng.random_sample((count, len(axes))) < operators.crossover_gene)
    rows = np.where(swap, parents[second], parents[first])
    change = mutated[:, None] & (rng.random_sample((count, len(axes))) < operators.mutation_gene)
    scale = np.array(STEPS)[np.arange(count) % len(STEPS)]
    for column, axis in enumerate(axes):
        normal, uniform = rng.standard_normal(count), rng.random_sample(count)
        if is_nominal(axis):
            values = len(values_of(axis))
            moved = (rows[:, column] + 1 + np.floor(uniform * (values - 1))) % values
            immigrant = np.floor(rng.random_sample(count) * values)
        else:
            moved = _inside(rows[:, column] + normal * step(axis) * scale, operators.reflect)
            immigrant = rng.random_sample(count)
        rows[:, column] = np.where(change[:, column], moved, rows[:, column])
        rows[: int(count * IMMIGRANTS), column] = immigrant[: int(count * IMMIGRANTS)]
    lineage = np.stack([first, np.where(swap.any(axis=1), second, -1)], axis=1)
    lineage[: int(count * IMMIGRANTS)] = -1
    return Brood(snapped(space, rows), lineage, mutated)


class Picker:
    """Picks children by models of the losses; keeps what it learned about the space from pick to pick."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._grids: dict[Kernel, Grid] = {}

    def pick(
        self,
        points: Sequence[Mapping[str, Value]],
        losses: Sequence[float],
        brood: Brood,
        count: int,
        known: set[str],
        rng: np.random.RandomState,
    ) -> list[Child]:
        """Up to ``count`` children that are worth training, in the order in which they were picked.

        Args:
            points: Evaluated points of the space.
            losses: Their losses; infinite for those that did not end ok.
            brood: Children to pick from.
            count: How many.
            known: Keys of points that must not be picked; those of the children are added.
            rng: Draws the few children that some of the picks choose from.
        """
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, user_api="blas"):
            chosen = _modelled(losses)
            rows = places(self._space, [points[number] for number in chosen])
            measured, owners = features(self._space, rows)
            values = tempered(np.array([losses[number] for number in chosen]))
            candidates, _ = features(self._space, brood.rows)
            models = [GaussianProcess(measured, owners, values, one, self._grids.get(one)) for one in Kernel]
            self._grids = {kernel: model.grid for kernel, model in zip(Kernel, models, strict=True)}
            outlooks = [_Outlook(model, measured, candidates) for model in models]
            children: list[Child] = []
            shares = _shares([model.evidence for model in models])
            for number in _picked(outlooks, shares, len(candidates), rng):
                point = point_at(self._space, brood.rows[number])
                key = self._space.key(point)
                if key in known:
                    continue
                known.add(key)
                lineage = tuple(dict.fromkeys(int(parent) for parent in brood.parents[number] if parent >= 0))
                children.append(Child(point, lineage, bool(brood.mutated[number])))
                if len(children) == count:
                    break
            return children


def tempered(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the model is fitted to: logarithms, in which nothing is further above the median than the best below it.

    Without the limit a few bad losses would decide what the model looks like where it matters. What has no loss
    counts as much as the worst that still counts; this is used for picking and recorded nowhere.
    """
    finite = np.isfinite(losses)
    logarithms = np.log(np.maximum(losses[finite], 1e-12))
    middle = float(np.median(logarithms))
    limit = middle + (middle - float(logarithms.min())) + 1e-12
    result = np.full(len(losses), limit)
    result[finite] = np.minimum(logarithms, limit)
    return result


def _modelled(losses: Sequence[float]) -> list[int]:
    """Numbers of the evaluations that the model sees."""
    if len(losses) <= MOST_MODELLED:
        return list(range(len(losses)))
    order = sorted(range(len(losses)), key=lambda number: (losses[number], number))
    best = set(order[: MOST_MODELLED // 2])
    latest = [number for number in reversed(range(len(losses))) if number not in best]
    return sorted(best | set(latest[: MOST_MODELLED - len(best)]))


def _shares(evidences: Sequence[float]) -> Vector:
    """What each model has to say: its probability given the losses, but never less than ``LEAST_SHARE``."""
    likely = np.exp(np.array(evidences) - max(evidences))
    shares = np.maximum(likely / likely.sum(), LEAST_SHARE)
    return np.asarray(shares / shares.sum(), dtype=np.float64)


class _Outlook:
    """What one model expects of the children, given those that were picked."""

    def __init__(self, model: GaussianProcess, measured: Matrix, children: Matrix) -> None:
        self._model, self._children = model, children
        self._mean = model.mean(children)
        self._explained = model.explained(children)
        self._variance = np.maximum(1.0 - (self._explained**2).sum(axis=0), _LEAST_VARIANCE)
        self._best = float(model.mean(measured).min())
        self._updates = np.zeros((0, len(children)))
        self._picks = 0

    def improvement(self) -> Vector:
        """Expected improvement of each child, in units of the values that the model was fitted to."""
        from scipy.special import ndtr

        deviation = self._model.deviation * np.sqrt(self._variance)
        z = (self._best - self._mean) / deviation
        density = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        return np.asarray(deviation * (z * ndtr(z) + density), dtype=np.float64)

    def take(self, number: int) -> None:
        """Go on as if child ``number`` had been measured and had come out as expected."""
        self._best = min(self._best, float(self._mean[number]))
        shared = self._model.correlation(self._children, self._children[number : number + 1])[:, 0]
        shared -= self._explained.T @ self._explained[:, number]
        shared -= self._updates[: self._picks].T @ self._updates[: self._picks, number]
        update = shared / math.sqrt(max(float(self._variance[number]), _LEAST_VARIANCE) + self._model.noise)
        if self._picks == len(self._updates):
            more = np.zeros((max(8, self._picks), len(self._children)))
            self._updates = np.concatenate([self._updates, more])
        self._updates[self._picks] = update
        self._picks += 1
        self._variance = np.maximum(self._variance - update**2, _LEAST_VARIANCE)


def _picked(outlooks: Sequence[_Outlook], shares: Vector, count: int, rng: np.random.RandomState) -> Iterator[int]:
    """Numbers of ``count`` children, the one with the greatest expected improvement first, given those before it.

    Every ``FEW_EVERY``-th is the best of ``FEW`` children drawn at random.
    """
    free = np.ones(count, dtype=bool)
    while free.any():
        improvement = sum(share * outlook.improvement() for share, outlook in zip(shares, outlooks, strict=True))
        eligible = free
        if (len(free) - free.sum()) % FEW_EVERY == FEW_EVERY - 1:
            left = np.flatnonzero(free)
            eligible = np.zeros(len(free), dtype=bool)
            eligible[rng.choice(left, min(FEW, len(left)), replace=False)] = True
        top = float(improvement[eligible].max())
        # Rounded, so that another machine's last digit decides nothing; of equals the first is taken.
        order = np.round(improvement / top, _DIGITS) if top > _LEAST_IMPROVEMENT else np.zeros(len(free))
        number = int(np.argmax(np.where(eligible, order, -1.0)))
        free[number] = False
        yield number
        for outlook in outlooks:
            outlook.take(number)


def _inside(places_: NDArray[np.float64], reflect: bool) -> NDArray[np.float64]:
    """Places beyond the bounds reflected into the range, or set onto the bound."""
    if not reflect:
        return np.clip(places_, 0.0, 1.0)
    folded = np.mod(places_, 2.0)
    return np.where(folded > 1.0, 2.0 - folded, folded)
