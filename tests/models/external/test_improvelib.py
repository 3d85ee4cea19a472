"""A model that is curated with IMPROVE's own package, run by its real command lines."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from hpo.data.prepared import features_for
from hpo.evaluation import Status
from hpo.models.base import Training
from tests.models.builders import write_csa
from tests.models.external.builders import HERE, model


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("improvelib") is None, reason="the package improvelib is not installed")
def test_a_model_that_uses_improvelib(tmp_path: Path) -> None:
    of = model(
        tmp_path,
        name="Curated",
        directory=str(HERE / "curated"),
        seed_flag=None,
        hyperparameters={"shrinkage": 1.0},
        fixed={"epochs": 3},
    )
    printed: list[bytes] = []
    of.sink = printed.append
    features = features_for(of, write_csa(tmp_path), "TINY", 0, tmp_path / "cache")
    of.use(features)
    of.keep = tmp_path / "kept"
    outcome, _ = of.train({"shrinkage": 0.25}, features.arrays, Training(1))
    assert outcome.status is Status.OK, outcome.message
    scores = json.loads((tmp_path / "kept" / "val_scores.json").read_text())
    assert outcome.loss == scores["mse"]
    assert outcome.metrics == {f"val_{name}": value for name, value in scores.items()}
    assert b"IMPROVE_RESULT val_loss:" in b"".join(printed)
    assert outcome.loss < np.var(features.arrays["val_auc"])
    assert "'shrinkage': 0.25" in (tmp_path / "kept" / "param_log_file.txt").read_text()
