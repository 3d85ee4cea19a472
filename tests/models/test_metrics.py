"""Metrics agree with SciPy's, and statuses follow from predictions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from hpo.evaluation import Status
from hpo.models.metrics import average_ranks, is_constant, outcome_from_predictions, regression_metrics, test_score

score_test_part = test_score  # pytest would collect it under its own name
del test_score

TRUTH = np.array([0.1, 0.5, 0.5, 0.9, 1.0], dtype=np.float32)
PREDICTION = np.array([0.2, 0.4, 0.6, 0.6, 0.95], dtype=np.float32)

auc = st.floats(0, 1.5, width=32)


def test_metrics_agree_with_scipy():
    scores = regression_metrics(TRUTH, PREDICTION)
    assert scores["mse"] == pytest.approx(np.mean((TRUTH.astype(float) - PREDICTION.astype(float)) ** 2))
    assert scores["rmse"] == pytest.approx(scores["mse"] ** 0.5)
    assert scores["pcc"] == pytest.approx(stats.pearsonr(TRUTH, PREDICTION).statistic)
    assert scores["scc"] == pytest.approx(stats.spearmanr(TRUTH, PREDICTION).statistic)
    assert scores["r2"] == pytest.approx(1 - scores["mse"] / np.var(TRUTH.astype(float)))


@given(arrays(np.float32, st.integers(1, 30), elements=auc))
def test_ranks_agree_with_scipy(values):
    np.testing.assert_array_equal(average_ranks(values), stats.rankdata(values))


@given(arrays(np.float32, st.tuples(st.just(2), st.integers(1, 20)), elements=auc))
def test_metrics_are_finite_or_left_out(pair):
    scores = regression_metrics(*pair)
    assert all(np.isfinite(value) for value in scores.values())
    assert all(-1 <= scores[name] <= 1 for name in ("pcc", "scc") if name in scores)


def test_what_is_undefined_is_left_out():
    assert set(regression_metrics(TRUTH, np.full(5, 0.5))) == {"mse", "rmse", "r2"}
    assert set(regression_metrics(np.full(5, 0.5), PREDICTION)) == {"mse", "rmse"}


def test_the_mean_scores_an_r2_of_zero():
    assert regression_metrics(TRUTH, np.full(5, TRUTH.astype(float).mean()))["r2"] == pytest.approx(0)


@pytest.mark.parametrize("prediction", [np.zeros(4), np.zeros((5, 1))])
def test_shapes_must_agree(prediction):
    with pytest.raises(ValueError, match="measurements of shape"):
        regression_metrics(TRUTH, prediction)


def test_a_good_prediction_is_ok():
    outcome = outcome_from_predictions(TRUTH, PREDICTION, epochs_run=7, best_epoch=3)
    assert outcome.status is Status.OK
    assert outcome.loss == outcome.metrics["val_mse"]
    assert set(outcome.metrics) == {"val_mse", "val_rmse", "val_pcc", "val_scc", "val_r2"}
    assert (outcome.epochs_run, outcome.best_epoch, outcome.message) == (7, 3, "")


def test_a_constant_prediction_is_degenerate_and_keeps_its_loss():
    outcome = outcome_from_predictions(TRUTH, np.ones(5, dtype=np.float32))
    assert outcome.status is Status.DEGENERATE
    assert outcome.loss == pytest.approx(np.mean((TRUTH - 1) ** 2))
    assert outcome.message == "constant output 1 on all 5 validation rows"


def test_one_row_can_not_be_constant():
    assert outcome_from_predictions(TRUTH[:1], PREDICTION[:1]).status is Status.OK


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_prediction_that_is_not_finite_is_invalid(bad):
    prediction = PREDICTION.copy()
    prediction[2] = bad
    outcome = outcome_from_predictions(TRUTH, prediction)
    assert (outcome.status, outcome.loss) == (Status.INVALID, None)
    assert outcome.message == "1 of 5 validation predictions are not finite"
    assert score_test_part(TRUTH, prediction).metrics == {}


def test_an_absurd_loss_is_invalid():
    outcome = outcome_from_predictions(TRUTH, PREDICTION * 1e6)
    assert outcome.status is Status.INVALID
    assert outcome.message.startswith("diverged: validation MSE")


def test_test_metrics_have_names_of_their_own():
    assert set(score_test_part(TRUTH, PREDICTION).metrics) == {
        "test_mse",
        "test_rmse",
        "test_pcc",
        "test_scc",
        "test_r2",
    }


def test_tiny_differences_count_as_constant():
    assert is_constant(np.array([1.0, 1.0 - 6e-8], dtype=np.float32))
    assert not is_constant(np.array([1.0, 0.999999], dtype=np.float32))
