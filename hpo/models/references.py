"""Predictors without features, against which a model has to show what it learned from them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpo.models.base import Arrays
from hpo.models.metrics import regression_metrics


def predict_mean(arrays: Arrays, part: str) -> NDArray[np.float64]:
    """The mean AUC of the training part for every response of ``part``, shape ``(n,)``."""
    return np.full(len(arrays[f"{part}_auc"]), np.mean(arrays["train_auc"], dtype=np.float64))


def predict_additive(arrays: Arrays, part: str) -> NDArray[np.float64]:
    """Mean AUC plus an effect of the cell line plus an effect of the drug, for every response of ``part``.

    The effects are the least-squares fit to the training part, the smallest of those where several fit alike, so an
    unseen cell line or drug has the effect 0. Splits over responses show a model nearly every cell line and drug:
    what these two means explain takes no features at all.

    Args:
        arrays: Prepared arrays of any model; only pairs and responses are used.
        part: ``train``, ``val`` or ``test``.
    """
    cell, drug = arrays["train_cell"], arrays["train_drug"]
    auc = np.asarray(arrays["train_auc"], dtype=np.float64)
    parts = ("train", "val", "test")
    cells = 1 + max(int(arrays[f"{name}_cell"].max()) for name in parts)
    drugs = 1 + max(int(arrays[f"{name}_drug"].max()) for name in parts)
    pairs = np.zeros((cells, drugs))
    np.add.at(pairs, (cell, drug), 1)
    gram = np.block([[np.diag(pairs.sum(axis=1)), pairs], [pairs.T, np.diag(pairs.sum(axis=0))]])
    mean = auc.mean()
    totals = [_totals(index, auc - mean, count) for index, count in ((cell, cells), (drug, drugs))]
    effects = np.linalg.lstsq(gram, np.concatenate(totals), rcond=None)[0]
    result: NDArray[np.float64] = mean + effects[arrays[f"{part}_cell"]] + effects[cells + arrays[f"{part}_drug"]]
    return result


def reference_metrics(arrays: Arrays, part: str = "val") -> dict[str, dict[str, float]]:
    """Metrics (``mse``, ``rmse``, ``pcc``, ``scc``, ``r2``) of the references ``mean`` and ``additive`` on ``part``."""
    truth = arrays[f"{part}_auc"]
    return {
        "mean": regression_metrics(truth, predict_mean(arrays, part)),
        "additive": regression_metrics(truth, predict_additive(arrays, part)),
    }


def _totals(index: NDArray[Any], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    return np.bincount(index, weights=values, minlength=count).astype(np.float64)
