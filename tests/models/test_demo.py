"""On the demonstration data: models train, and trees find more than additive effects."""

from __future__ import annotations

import pytest

from hpo.data.csa import CsaData
from hpo.data.demo.files import write_demo
from hpo.data.prepared import prepare
from hpo.evaluation import Status
from hpo.models.base import Training
from hpo.models.references import reference_metrics
from hpo.models.registry import load

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo")
    write_demo(out / "demo")
    return CsaData(out / "demo" / "raw_data")


@pytest.mark.parametrize("dataset", ["DEMO-A", "DEMO-B"])
def test_trees_beat_additive_effects(demo, dataset, tmp_path):
    model = load("LGBM")
    arrays = prepare(model, demo, dataset, 0, tmp_path / "features").arrays
    outcome, _ = model.train({"colsample_bytree": 0.2}, arrays, Training(seed=1))
    assert outcome.loss < 0.7 * reference_metrics(arrays)["additive"]["mse"]


@pytest.mark.parametrize(
    ("name", "quick"),
    [
        ("GraphDRP", {"learning_rate": 1e-3, "batch_size": 64, "epochs": 10}),
        ("PathDSP", {"batch_size": 12, "dropout": 0.0, "width": 200, "epochs": 10}),
        ("HiDRA", {"learning_rate": 5e-3, "batch_size": 16, "epochs": 8}),
    ],
)
def test_networks_learn_from_prepared_features(demo, tmp_path, name, quick):
    model = load(name)
    arrays = prepare(model, demo, "DEMO-B", 0, tmp_path / "features").arrays
    outcome, _ = model.train({**quick, "patience": 10}, arrays, Training(seed=1))
    assert outcome.status is Status.OK
    assert outcome.loss < reference_metrics(arrays)["mean"]["mse"]
