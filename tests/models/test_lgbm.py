"""LGBM as a model: determinism on any number of threads, the kept binned data, and whether it learns."""

from __future__ import annotations

import numpy as np
import pytest

from hpo.data.csa import CsaData
from hpo.errors import BadData
from hpo.evaluation import Status
from hpo.models.base import Training
from hpo.models.references import reference_metrics
from hpo.models.registry import load
from tests.models.builders import write_csa

SMALL = {"min_child_samples": 5, "num_leaves": 7, "n_estimators": 200, "early_stopping_rounds": 20}
RANDOM = SMALL | {"subsample": 0.7, "colsample_bytree": 0.5}


def train(arrays, hyperparameters=SMALL, seed=1, threads=1, model=None, test=False):
    return (model or load("LGBM")).train(hyperparameters, arrays, Training(seed=seed, threads=threads), test=test)


def test_prepared_arrays_are_tables_and_pairs(lgbm_arrays):
    assert lgbm_arrays["cells"].shape == (40, 130)
    assert lgbm_arrays["drugs"].shape == (8, 10)
    assert lgbm_arrays["drugs"].dtype == np.float32
    assert np.isnan(lgbm_arrays["drugs"]).sum() == 1
    train_cells = lgbm_arrays["cells"][np.unique(lgbm_arrays["train_cell"])]
    np.testing.assert_allclose(train_cells.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(train_cells.std(axis=0), 1, atol=1e-5)


@pytest.mark.parametrize("hyperparameters", [SMALL, RANDOM])
def test_the_result_depends_on_the_seed_alone(lgbm_arrays, hyperparameters):
    first = train(lgbm_arrays, hyperparameters, test=True)
    assert first == train(lgbm_arrays, hyperparameters, test=True)
    assert first == train(lgbm_arrays, hyperparameters, threads=2, test=True)
    assert first[0].status is Status.OK


def test_row_and_feature_sampling_follow_the_seed(lgbm_arrays):
    assert train(lgbm_arrays, RANDOM, seed=1)[0].loss != train(lgbm_arrays, RANDOM, seed=2)[0].loss


def test_earlier_trainings_leave_no_trace(lgbm_arrays):
    fresh = train(lgbm_arrays, SMALL)
    model = load("LGBM")
    train(lgbm_arrays, RANDOM | {"min_child_samples": 40, "reg_lambda": 3.0, "max_depth": 2}, model=model)
    assert train(lgbm_arrays, SMALL, model=model) == fresh


def test_other_arrays_are_binned_anew(lgbm_arrays):
    model = load("LGBM")
    train(lgbm_arrays, model=model)
    other = dict(lgbm_arrays, train_auc=1 - lgbm_arrays["train_auc"], val_auc=1 - lgbm_arrays["val_auc"])
    assert train(other, model=model) == train(other)


def test_it_learns_more_than_additive_effects(lgbm_arrays):
    outcome, score = train(lgbm_arrays, test=True)
    assert outcome.loss < 0.8 * reference_metrics(lgbm_arrays, "val")["additive"]["mse"]
    assert score.metrics["test_mse"] < 0.8 * reference_metrics(lgbm_arrays, "test")["additive"]["mse"]


def test_the_best_round_is_scored_and_the_rounds_counted(lgbm_arrays):
    outcome, _ = train(lgbm_arrays)
    assert outcome.best_epoch is not None
    assert outcome.epochs_run in (200, outcome.best_epoch + 20)
    shorter, _ = train(lgbm_arrays, SMALL | {"n_estimators": outcome.best_epoch})
    assert shorter.loss == outcome.loss
    assert shorter.epochs_run == shorter.best_epoch == outcome.best_epoch


def test_trees_that_can_not_split_are_degenerate(lgbm_arrays):
    outcome, _ = train(lgbm_arrays, SMALL | {"min_child_samples": 10_000})
    assert outcome.status is Status.DEGENERATE
    assert outcome.loss == pytest.approx(reference_metrics(lgbm_arrays)["mean"]["mse"], rel=1e-4)


def test_wrong_hyperparameters_are_refused(lgbm_arrays):
    with pytest.raises(ValueError, match=r"max_bin is no hyperparameter.*num_leaves must be an integer of at least 2"):
        train(lgbm_arrays, {"max_bin": 15, "num_leaves": 1})


def test_drugs_without_descriptors_are_dropped_and_counted(tmp_path):
    raw = write_csa(tmp_path)
    path = raw / "x_data" / "drug_mordred.tsv"
    path.write_bytes(b"".join(line for line in path.read_bytes().splitlines(True) if b"Drug_4" not in line))
    arrays = load("LGBM").prepare(CsaData(raw), "TINY", 0)
    assert arrays["drugs"].shape[0] == 7
    assert arrays["dropped_train"] > 0


def test_no_drug_with_descriptors_is_an_error(tmp_path):
    raw = write_csa(tmp_path)
    path = raw / "x_data" / "drug_mordred.tsv"
    path.write_bytes(path.read_bytes().replace(b"Drug_", b"Compound_"))
    with pytest.raises(BadData, match="no response of the train part has features"):
        load("LGBM").prepare(CsaData(raw), "TINY", 0)
