"""Predictors without features."""

from __future__ import annotations

import numpy as np
import pytest

from hpo.models.references import predict_additive, predict_mean, reference_metrics


def pairs_of(cells, drugs, auc, split):
    """Arrays of a full table of responses, divided by ``split`` (0 train, 1 val, 2 test)."""
    cell, drug = np.divmod(np.arange(cells * drugs), drugs)
    arrays = {}
    for number, part in enumerate(("train", "val", "test")):
        chosen = split == number
        arrays |= {
            f"{part}_cell": cell[chosen].astype(np.int32),
            f"{part}_drug": drug[chosen].astype(np.int32),
            f"{part}_auc": auc[chosen].astype(np.float32),
        }
    return arrays


@pytest.fixture
def additive():
    rng = np.random.default_rng(1)
    auc = (0.5 + 0.1 * rng.normal(size=(12, 1)) + 0.1 * rng.normal(size=(1, 6))).ravel()
    return pairs_of(12, 6, auc, rng.permutation(np.repeat([0, 0, 0, 0, 1, 2], 12)))


def test_additive_effects_are_found_exactly(additive):
    for part in ("train", "val", "test"):
        np.testing.assert_allclose(predict_additive(additive, part), additive[f"{part}_auc"], atol=1e-6)
    assert reference_metrics(additive)["additive"]["mse"] < 1e-12


def test_the_mean_is_that_of_the_training_part(additive):
    prediction = predict_mean(additive, "val")
    assert prediction.shape == additive["val_auc"].shape
    assert np.all(prediction == additive["train_auc"].astype(np.float64).mean())
    assert "pcc" not in reference_metrics(additive)["mean"]


def test_an_unseen_drug_has_no_effect():
    auc = np.array([0.2, 0.4, 0.9, 0.6, 0.8, 0.9])
    arrays = pairs_of(2, 3, auc, np.array([0, 0, 1, 0, 0, 2]))
    np.testing.assert_allclose(predict_additive(arrays, "val"), [0.3], atol=1e-6)
    np.testing.assert_allclose(predict_additive(arrays, "test"), [0.7], atol=1e-6)


def test_effects_beat_single_means_on_what_they_were_fitted_to(additive):
    rng = np.random.default_rng(2)
    noisy = dict(additive, train_auc=additive["train_auc"] + rng.normal(scale=0.05, size=48).astype(np.float32))
    scores = reference_metrics(noisy, "train")
    assert scores["additive"]["mse"] < scores["mean"]["mse"]
