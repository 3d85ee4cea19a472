"""On real measurements: features can be made, and trees find more in them than additive effects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from hpo.data.csa import CsaData
from hpo.evaluation import Status
from hpo.models.base import Training
from hpo.models.references import reference_metrics
from hpo.models.registry import load, names
from tests.shared_data import real_mini


@pytest.mark.slow
@pytest.mark.shared_data
def test_trees_beat_additive_effects_on_ccle():
    model = load("LGBM")
    arrays = model.prepare(CsaData(real_mini()), "CCLE", 0)
    assert arrays["cells"].shape == (364, 137)
    assert arrays["drugs"].shape == (24, 1116)
    quick = {"colsample_bytree": 0.1, "learning_rate": 0.2, "n_estimators": 300}
    outcome, score = model.train(quick, arrays, Training(seed=1), test=True)
    assert outcome.status is Status.OK
    assert outcome.loss < 0.9 * reference_metrics(arrays, "val")["additive"]["mse"]
    assert score.metrics["test_mse"] < 0.9 * reference_metrics(arrays, "test")["additive"]["mse"]


@pytest.mark.slow
@pytest.mark.shared_data
def test_graphs_of_all_real_drugs_can_be_made_and_trained_on():
    model = load("GraphDRP")
    arrays = model.prepare(CsaData(real_mini()), "gCSI", 0)
    assert len(arrays["atom_start"]) == 17
    np.testing.assert_allclose(arrays["atoms"].sum(axis=1), 1, rtol=1e-6)
    quick = {"learning_rate": 1e-3, "batch_size": 64, "epochs": 3}
    outcome, _ = model.train(quick, arrays, Training(seed=1))
    assert outcome.loss < reference_metrics(arrays)["mean"]["mse"]


@pytest.mark.parametrize("name", names())
def test_the_versions_of_the_pipeline_are_those_of_the_models(name):
    """``dvc repro`` searches again when protocol.yaml changes, so it has to follow the models."""
    path = Path(__file__).parents[2] / "protocol.yaml"
    versions = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    model = load(name)
    assert versions["features"][name] == model.features_version
    assert versions["results"][name] == model.protocol_version
