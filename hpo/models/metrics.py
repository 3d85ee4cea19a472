"""How well predictions match measurements, and what status that gives a training."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hpo.evaluation import Outcome, Status
from hpo.models.base import TestScore

Floats = NDArray[np.floating[Any]]

CONSTANT: Final = 1e-7
"""Standard deviation below which predictions count as constant."""

MAX_LOSS: Final = 1e6
"""Mean squared error above which a model has diverged: AUC lies between 0 and about 1.5."""


def is_constant(prediction: Floats) -> bool:
    """Whether all of two or more finite predictions are the same, as those of a dead network are."""
    if len(prediction) < 2:
        return False
    return bool(np.std(prediction, dtype=np.float64) < CONSTANT)


def regression_metrics(truth: Floats, prediction: Floats) -> dict[str, float]:
    """``mse``, ``rmse``, ``pcc`` (Pearson), ``scc`` (Spearman) and ``r2`` of finite predictions.

    Computed in 64 bits. Correlations with something constant and r2 of constant measurements are undefined and left
    out. ``r2`` is 1 - SSE / SST with the mean of ``truth``, so the mean of these very rows scores 0.

    Args:
        truth: Measurements, shape ``(n,)``, n >= 1.
        prediction: Predictions, shape ``(n,)``.

    Raises:
        ValueError: The shapes differ or are empty.
    """
    measured = np.asarray(truth, dtype=np.float64)
    predicted = np.asarray(prediction, dtype=np.float64)
    if measured.shape != predicted.shape or measured.ndim != 1 or not len(measured):
        raise ValueError(f"measurements of shape {measured.shape} and predictions of shape {predicted.shape}")
    mse = float(np.mean(np.square(measured - predicted)))
    result: dict[str, float | None] = {
        "mse": mse,
        "rmse": mse**0.5,
        "pcc": _correlation(measured, predicted),
        "scc": _correlation(average_ranks(measured), average_ranks(predicted)),
    }
    variance = float(np.var(measured))
    if variance > CONSTANT**2:
        result["r2"] = 1.0 - mse / variance
    return {name: value for name, value in result.items() if value is not None}


def average_ranks(values: Floats) -> NDArray[np.float64]:
    """Rank of each value from 1; equal values share the mean of their ranks.

    >>> average_ranks(np.array([0.3, 0.1, 0.3])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = (last - (counts - 1) / 2)[inverse]
    return ranks


def outcome_from_predictions(
    truth: Floats,
    prediction: Floats,
    *,
    epochs_run: int | None = None,
    best_epoch: int | None = None,
    message: str = "",
) -> Outcome:
    """The outcome of a training that predicts ``prediction`` where ``truth`` was measured.

    ``invalid`` if a prediction is not finite or the mean squared error above :data:`MAX_LOSS`; ``degenerate`` if the
    predictions are constant; else ``ok``. The loss is the mean squared error.

    Args:
        truth: Validation AUC, shape ``(n,)``.
        prediction: Predicted AUC, shape ``(n,)``.
        epochs_run: Epochs or boosting rounds trained.
        best_epoch: The one whose weights predicted, from 1.
        message: Remark on an ``ok`` outcome, e.g. why the training stopped.
    """
    wrong = int(np.count_nonzero(~np.isfinite(prediction)))
    if wrong:
        why = f"{wrong} of {len(prediction)} validation predictions are not finite"
        return Outcome(Status.INVALID, epochs_run=epochs_run, best_epoch=best_epoch, message=why)
    scores = regression_metrics(truth, prediction)
    if scores["mse"] > MAX_LOSS:
        why = f"diverged: validation MSE {scores['mse']:.3g}"
        return Outcome(Status.INVALID, epochs_run=epochs_run, best_epoch=best_epoch, message=why)
    metrics = {f"val_{name}": value for name, value in scores.items()}
    status = Status.OK
    if is_constant(prediction):
        status = Status.DEGENERATE
        message = f"constant output {float(prediction[0]):.6g} on all {len(prediction)} validation rows"
    return Outcome(status, scores["mse"], metrics, epochs_run=epochs_run, best_epoch=best_epoch, message=message)


def test_score(truth: Floats, prediction: Floats) -> TestScore:
    """Metrics of finite predictions of the test part by the names ``test_mse``, ``test_rmse``, …; none of others."""
    if not np.all(np.isfinite(prediction)):
        return TestScore()
    return TestScore({f"test_{name}": value for name, value in regression_metrics(truth, prediction).items()})


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float | None:
    if is_constant(first) or is_constant(second) or len(first) < 2:
        return None
    first = first - first.mean()
    second = second - second.mean()
    value = float(first @ second / np.sqrt((first @ first) * (second @ second)))
    return min(1.0, max(-1.0, value))
