"""DeepTTC as a model: features, determinism, and what stops a training."""

from __future__ import annotations

import numpy as np
import pytest

from hpo.data.csa import CsaData
from hpo.data.layout import role
from hpo.data.prepared import prepare
from hpo.errors import BadData, MissingInput
from hpo.evaluation import Status
from hpo.models.base import Training
from hpo.models.deepttc.subwords import MERGES_FILE, UNITS_FILE
from hpo.models.references import reference_metrics
from hpo.models.registry import load
from tests.models.builders import SMILES, write_csa
from tests.models.conftest import read_only

QUICK = {
    "learning_rate": 1e-3,
    "batch_size": 32,
    "epochs": 2,
    "layers": 1,
    "hidden_size": 16,
    "attention_heads": 2,
    "intermediate_size": 16,
}


@pytest.fixture(scope="module")
def arrays(tiny_csa):
    return read_only(load("DeepTTC").prepare(tiny_csa, "TINY", 0))


def train(arrays, seed=1, test=False, compat=None, **changes):
    return load("DeepTTC", compat).train(QUICK | changes, arrays, Training(seed=seed), test=test)


def test_prepared_arrays_fit_together(arrays):
    assert arrays["cells"].shape == (40, 130)
    assert len(arrays["tokens"]) == len(arrays["token_count"]) == len(SMILES)
    assert arrays["tokens"].max() < arrays["units"]
    assert str(arrays["tokens_from"]) == "merges learned from the training part"


def test_the_originals_tables_are_used_where_they_are(tmp_path):
    raw = write_csa(tmp_path)
    (raw / "annotations").mkdir()
    (raw / MERGES_FILE).write_text("#version: 0.2\nC C\n")
    data = CsaData(raw)
    with pytest.raises(MissingInput, match="subword_units_map"):
        load("DeepTTC").prepare(data, "TINY", 0)
    (raw / UNITS_FILE).write_text("index\n" + "\n".join(sorted(set("".join(SMILES.values())))) + "\n")
    prepared = prepare(load("DeepTTC"), data, "TINY", 0, tmp_path / "out")
    assert str(prepared.arrays["tokens_from"]) == MERGES_FILE
    assert {role(MERGES_FILE), role(UNITS_FILE)} <= set(prepared.digests)
    (raw / UNITS_FILE).write_text("index\nC\nC\n")
    with pytest.raises(BadData, match="line 3: unit 'C' is there twice"):
        load("DeepTTC").prepare(CsaData(raw), "TINY", 0)


def test_the_same_seed_gives_the_same_result_bit_for_bit(arrays):
    first = train(arrays, test=True)
    assert first == train(arrays, test=True)
    assert first[0].status is Status.OK
    assert train(arrays, seed=2)[0].loss != first[0].loss


def test_a_high_learning_rate_ends_at_once(arrays):
    outcome, _ = train(arrays, learning_rate=1e30, epochs=50)
    assert outcome.status in (Status.DEGENERATE, Status.INVALID)
    assert outcome.epochs_run < 4


def test_a_last_batch_of_one_response_is_no_problem(arrays):
    outcome, _ = train(arrays, batch_size=len(arrays["train_auc"]) - 1, epochs=1)
    assert outcome.status is Status.OK


def test_published_behaviour_is_ten_epochs_of_patience(arrays):
    stuck = {"learning_rate": 1e-12, "epochs": 30, "batch_size": 300, "dropout": 0.0}
    ours, _ = train(arrays, patience=1, **stuck)
    published, _ = train(arrays, patience=1, compat="hof", **stuck)
    assert ours.epochs_run < published.epochs_run
    assert load("DeepTTC", "hof").protocol()["name"] == "improve-hof-auc"


def test_a_width_that_the_heads_do_not_divide_is_refused(arrays):
    with pytest.raises(ValueError, match="hidden_size must be a multiple of attention_heads, got 16 and 3"):
        train(arrays, attention_heads=3)


def test_it_learns_more_than_the_mean(arrays):
    outcome, score = train(arrays, epochs=10, batch_size=32)
    assert outcome.loss < 0.8 * reference_metrics(arrays, "val")["mean"]["mse"]
    assert score is None
    assert np.isfinite(outcome.loss)
