"""How much each hyperparameter matters: shares of the variance of the loss over the searched space (fANOVA).

A random forest is fitted to the evaluations; the variance of each of its trees over the whole space is then split
into main effects and interactions, exactly, from the boxes of the leaves (Hutter, Hoos and Leyton-Brown, An Efficient
Approach for Assessing Hyperparameter Importance, ICML 2014, https://proceedings.mlr.press/v32/hutter14.html). The
forest is scikit-learn's; Optuna's evaluator does the same but brings a database layer and takes no missing values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from reports.analysis.axes import Line, lines
from reports.analysis.kept import content, kept
from reports.analysis.memo import once_per_record
from reports.analysis.overview import is_dead

TREES: Final = 64
MIN_POINTS: Final = 20
"""Distinct points below which no forest is fitted."""

MIN_R2: Final = 0.3
"""Out-of-bag R² below which shares are not stated: the forest doesn't describe the losses."""

MIN_RECORDED: Final = 0.9
"""Share of the evaluations in which a hyperparameter must be recorded to take part."""

FENCE: Final = 3.0
"""Interquartile ranges above the upper quartile beyond which a loss counts as the fence itself."""

QUANTILES: Final = (0.05, 0.95)
"""Of the trees: ends of the interval of a share."""


@dataclass(frozen=True, slots=True)
class Share:
    """The share of one hyperparameter, or of the interaction of two.

    Attributes:
        names: One hyperparameter or two.
        share: Mean over the trees, 0 to 1.
        low: One tree in twenty says less; never above ``share``.
        high: One tree in twenty says more; never below ``share``.
    """

    names: tuple[str, ...]
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Importance:
    """What the forest of one run says.

    Attributes:
        main: Main effect of every hyperparameter, the largest first.
        pairs: Interaction of every two, the largest first.
        rest: Share of interactions of three and more.
        r2: Share of the variance of the (logarithmic) losses that trees explain for points they were not grown on.
        points: Distinct points.
        left_out: Searched hyperparameters that the source does not record, so that their share is unknown.
    """

    main: tuple[Share, ...]
    pairs: tuple[Share, ...]
    rest: float
    r2: float
    points: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no importance is stated: a sentence without its full stop."""

    reason: str


def importance(record: Record) -> Importance | Refusal:
    """Importance of the hyperparameters of ``record``, or why it cannot be told.

    Read are evaluations with a loss, those of dead networks too: whether a network lives is a part of the effect. The
    order of rows does not matter, and the same record always gives the same numbers.
    """
    table = record.evaluations[record.evaluations["val_loss"].notna()]
    recorded = {name: line for name, line in lines([record]).items() if _is_recorded(table, name)}
    searched = [*record.axes, *record.run.unrecorded]
    left_out = tuple(dict.fromkeys(name for name in searched if name not in recorded and not _is_constant(table, name)))
    if is_dead(record.run) or table.empty:
        return Refusal("no evaluation gave a living network")
    if len(recorded) < 2:
        return Refusal(_alone(recorded, left_out))
    points, losses = distinct_points(table, tuple(recorded.values()))
    if len(losses) < MIN_POINTS:
        return Refusal(f"{len(losses)} distinct points are too few, it takes {MIN_POINTS}")
    if not np.ptp(losses):
        return Refusal("all evaluations gave the same loss")
    return _grown(points, losses, tuple(recorded.values()), left_out)


@once_per_record
def importance_of(record: Record) -> Importance | Refusal:
    """:func:`importance` of a ``record`` that several figures show."""
    return importance(record)


def distinct_points(table: pd.DataFrame, axes: Sequence[Line]) -> tuple[np.ndarray, np.ndarray]:
    """Places and losses of the distinct points of ``table``; rows without a value of an axis are left out.

    Repeats of a point become their mean: a forest that sees a point in and out of its sample knows too much.

    Returns:
        Places in the units of :meth:`Line.steps`, shape (points, axes), and losses, shape (points,): logarithms where
        all are positive, with outliers drawn in to the fence, see :data:`FENCE`. Sorted by place.
    """
    places = np.column_stack([axis.steps(axis.places(table[axis.name].astype(object))) for axis in axes])
    known = ~np.isnan(places).any(axis=1)
    losses = drawn_in(log_losses(table["val_loss"].to_numpy(dtype=np.float64)))[known]
    distinct, index = np.unique(places[known], axis=0, return_inverse=True)
    order = np.lexsort((losses, index.ravel()))
    index, losses = index.ravel()[order], losses[order]
    return distinct, np.bincount(index, weights=losses) / np.maximum(1, np.bincount(index))


def log_losses(losses: np.ndarray) -> np.ndarray:
    """Decimal logarithms of ``losses`` where all are positive, else as they are."""
    return np.log10(losses) if len(losses) and losses.min() > 0 else losses


def drawn_in(losses: np.ndarray) -> np.ndarray:
    """``losses`` with those far above the others drawn in, so that a few diverged trainings do not decide alone."""
    if not len(losses):
        return losses
    low, high = np.quantile(losses, (0.25, 0.75))
    return np.minimum(losses, high + FENCE * (high - low)) if high > low else losses


def _is_constant(table: pd.DataFrame, name: str) -> bool:
    return name in table and bool(table[name].notna().mean() >= MIN_RECORDED) and table[name].nunique() < 2


def _is_recorded(table: pd.DataFrame, name: str) -> bool:
    values = table[name]
    return bool(len(values)) and bool(values.notna().mean() >= MIN_RECORDED) and values.nunique() > 1


def _alone(recorded: Mapping[str, Line], left_out: Sequence[str]) -> str:
    if not recorded:
        return "no hyperparameter is recorded with two values"
    others = f", {' and '.join(left_out)} is not recorded" if left_out else ""
    return f"only {next(iter(recorded))} varies in the table{others}, so there is nothing to share out"


def _grown(
    points: np.ndarray, losses: np.ndarray, axes: Sequence[Line], left_out: tuple[str, ...]
) -> Importance | Refusal:
    ends = np.array([axis.ends for axis in axes])
    told = kept("importance", content(points, losses, ends), lambda: _told(points, losses, ends))
    r2 = math.nan if told["r2"] is None else told["r2"]
    if not r2 >= MIN_R2:
        return Refusal(
            f"a forest explains too little of the losses of points it was not grown on (R² {r2:.2f}, needed {MIN_R2})"
        )
    names = [axis.name for axis in axes]
    shares = [Share(tuple(names[i] for i in which), *numbers) for which, *numbers in told["shares"]]
    main, pairs = ([share for share in shares if len(share.names) == size] for size in (1, 2))
    whole = sum(share.share for share in (*main, *pairs))
    return Importance(_by_size(main), _by_size(pairs), max(0.0, 1 - whole), r2, len(points), left_out)


def _told(points: np.ndarray, losses: np.ndarray, ends: np.ndarray) -> dict[str, Any]:
    """What the forest says: ``r2``, and where that is enough ``shares``: indices of axes, share, low and high."""
    from sklearn.ensemble import RandomForestRegressor

    leaf = max(2, len(points) // 100)
    forest: Any = RandomForestRegressor(TREES, min_samples_leaf=leaf, oob_score=True, random_state=0, n_jobs=1)
    forest.fit(points, losses)
    r2 = float(forest.oob_score_)
    if not r2 >= MIN_R2:
        return {"r2": r2 if math.isfinite(r2) else None, "shares": []}
    found = [split for tree in forest.estimators_ if (split := variance_shares(*boxes(tree.tree_, ends)))]
    axes = range(len(ends))
    which = [*((i,) for i in axes), *combinations(axes, 2)]
    return {"r2": r2, "shares": [[list(one), *_spread([split[one] for split in found])] for one in which]}


def boxes(tree: Any, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The leaves of ``tree`` as boxes within the unit cube.

    Args:
        tree: ``tree_`` of a fitted regression tree.
        ends: Ends of the space, shape (axes, 2).

    Returns:
        Lower and upper corners, shape (leaves, axes), and values, shape (leaves,). Leaves outside the space, which
        evaluations outside of it bring about, are left out.
    """
    lower = np.repeat(ends[None, :, 0], tree.node_count, axis=0)
    upper = np.repeat(ends[None, :, 1], tree.node_count, axis=0)
    left, right, feature, threshold = tree.children_left, tree.children_right, tree.feature, tree.threshold
    for node in range(tree.node_count):
        one, other, axis = left[node], right[node], feature[node]
        if one < 0:
            continue
        lower[[one, other]], upper[[one, other]] = lower[node], upper[node]
        upper[one, axis] = min(upper[one, axis], threshold[node])
        lower[other, axis] = max(lower[other, axis], threshold[node])
    inside = (left < 0) & (upper > lower).all(axis=1)
    span = ends[:, 1] - ends[:, 0]
    return (lower[inside] - ends[:, 0]) / span, (upper[inside] - ends[:, 0]) / span, tree.value[inside].ravel()


def variance_shares(lower: np.ndarray, upper: np.ndarray, values: np.ndarray) -> dict[tuple[int, ...], float]:
    """Shares of the variance of a piecewise constant function on the unit cube.

    Args:
        lower: Lower corners of boxes that fill the cube, shape (boxes, axes).
        upper: Upper corners, same shape.
        values: Value in each box, shape (boxes,).

    Returns:
        Share of the main effect of axis i under ``(i,)`` and of the interaction of i and j under ``(i, j)``, i < j,
        all in 0 to 1; nothing where the function is constant.
    """
    widths = upper - lower
    volumes = widths.prod(axis=1)
    centred = values - volumes @ values
    total = float(volumes @ centred**2)
    if total <= 1e-12 * float(volumes @ values**2):
        return {}
    axes = range(lower.shape[1])
    covers = [_cover(lower[:, i], upper[:, i]) for i in axes]
    found: dict[tuple[int, ...], float] = {}
    for i in axes:
        lengths, cover = covers[i]
        marginal = (volumes / widths[:, i] * centred) @ cover
        found[i,] = float(lengths @ marginal**2)
    for i, j in combinations(axes, 2):
        (lengths, cover), (other_lengths, other_cover) = covers[i], covers[j]
        weights = volumes / (widths[:, i] * widths[:, j]) * centred
        marginal = (cover * weights[:, None]).T @ other_cover
        found[i, j] = max(0.0, float(lengths @ marginal**2 @ other_lengths) - found[i,] - found[j,])
    return {key: min(1.0, variance / total) for key, variance in found.items()}


def _cover(lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lengths of the pieces that the boxes' edges cut an axis into, and which box covers which piece as 0 or 1."""
    edges = np.unique(np.concatenate([lower, upper]))
    cover = (lower[:, None] <= edges[:-1]) & (upper[:, None] >= edges[1:])
    return np.diff(edges), cover.astype(np.float64)


def _spread(shares: Sequence[float]) -> tuple[float, float, float]:
    """Mean, low and high end of what the trees say."""
    mean, (low, high) = float(np.mean(shares)), np.quantile(shares, QUANTILES)
    return mean, min(mean, float(low)), max(mean, float(high))


def _by_size(shares: Sequence[Share]) -> tuple[Share, ...]:
    return tuple(sorted(shares, key=lambda share: (-share.share, share.names)))
