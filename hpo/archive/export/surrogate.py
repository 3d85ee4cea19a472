"""Surrogates: forests that predict the objective of a task, with how well they do for points that they did not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.export.xgboost_json import forest_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

TREES: Final = 100
FOLDS: Final = 5

MIN_POINTS: Final = 20
"""Distinct points below which there is no surrogate."""

MIN_R2: Final = 0.3
MIN_RANK: Final = 0.3
"""Cross-validated R² and rank correlation below which a surrogate is refused: it is another landscape."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a forest predicts points that it was not grown on.

    Attributes:
        points: Distinct points; repeats of a point count once, with their mean, and never help to predict each other.
        folds: Parts of the cross-validation; 0 if there was none.
        r2: Share of the variance of the objective that is explained; ``None`` without a cross-validation.
        rank: Spearman's correlation of predictions and values.
        rmse: Root of the mean squared error, in units of the objective.
    """

    points: int
    folds: int = 0
    r2: float | None = None
    rank: float | None = None
    rmse: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Surrogate:
    """A surrogate that is good enough.

    Attributes:
        quality: How good.
        model: The forest as XGBoost's JSON.
    """

    quality: Quality
    model: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Poor:
    """No surrogate.

    Attributes:
        quality: What was found, as far as it came to that.
        reason: Why not, a sentence without its full stop.
    """

    quality: Quality
    reason: str


def fit(places: Sequence[Sequence[float]], objective: Sequence[float]) -> Surrogate | Poor:
    """The surrogate of evaluations, or why there is none; the order of evaluations does not matter.

    Args:
        places: A row an evaluation, float of shape (evaluations, columns).
        objective: Of each, shape (evaluations,).
    """
    rows, values = _distinct(places, objective)
    if len(rows) < MIN_POINTS:
        return Poor(Quality(len(rows)), f"{len(rows)} distinct points are too few, it takes {MIN_POINTS}")
    quality = _quality(rows, values)
    assert quality.r2 is not None
    assert quality.rank is not None
    if not (quality.r2 >= MIN_R2 and quality.rank >= MIN_RANK):
        return Poor(
            quality,
            f"it predicts too little: cross-validated R² {quality.r2:.2f} (needed {MIN_R2}), rank correlation "
            f"{quality.rank:.2f} (needed {MIN_RANK})",
        )
    return Surrogate(quality, forest_json([tree.tree_ for tree in _forest(rows, values).estimators_], rows.shape[1]))


def _distinct(places: Sequence[Sequence[float]], objective: Sequence[float]) -> tuple[Matrix, Matrix]:
    """Distinct rows, sorted, and the mean of their values; float32, the precision in which XGBoost compares."""
    import numpy as np

    rows, index = np.unique(np.asarray(places, dtype=np.float32), axis=0, return_inverse=True)
    index, values = index.ravel(), np.asarray(objective, dtype=np.float64)
    order = np.lexsort((values, index))
    sums = np.bincount(index[order], weights=values[order])
    return rows.astype(np.float64), sums / np.bincount(index)


def _quality(rows: Matrix, values: Matrix) -> Quality:
    import numpy as np
    from scipy.stats import rankdata

    fold = np.random.RandomState(0).permutation(len(rows)) % FOLDS
    predicted = np.empty(len(rows))
    for one in range(FOLDS):
        predicted[fold == one] = _forest(rows[fold != one], values[fold != one]).predict(rows[fold == one])
    error = float(((values - predicted) ** 2).mean())
    ranks = np.corrcoef(rankdata(values), rankdata(predicted))[0, 1] if np.ptp(predicted) and np.ptp(values) else 0.0
    variance = float(values.var())
    return Quality(len(rows), FOLDS, 1 - error / variance if variance else 0.0, float(ranks), error**0.5)


def _forest(rows: Matrix, values: Matrix) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    forest: Any = RandomForestRegressor(TREES, min_samples_leaf=2, random_state=0, n_jobs=1)
    return forest.fit(rows, values)
