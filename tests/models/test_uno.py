"""Uno as a model: features, the learning rate, determinism, dead networks, and whether it learns."""

from __future__ import annotations

import numpy as np
import pytest

import hpo.models.neural
from hpo.data.csa import CsaData
from hpo.errors import BadData
from hpo.evaluation import Outcome, Status
from hpo.models.base import Training
from hpo.models.features import rows_of_parts
from hpo.models.references import reference_metrics
from hpo.models.registry import load
from tests.models.builders import DESCRIPTORS, SMILES, write_csa

QUICK = {"learning_rate": 1e-3, "batch_size": 32, "epochs": 2, "width": 32, "warmup_epochs": 1}


@pytest.fixture(scope="module")
def arrays(tiny_csa):
    arrays = load("Uno").prepare(tiny_csa, "TINY", 0)
    for array in arrays.values():
        array.setflags(write=False)
    return arrays


def train(arrays, seed=1, test=False, compat=None, **changes):
    return load("Uno", compat).train(QUICK | changes, arrays, Training(seed=seed), test=test)


def with_descriptors(root, change) -> CsaData:
    """The tiny data with ``change`` applied to the rows (lists of text) of the table of descriptors."""
    raw = write_csa(root)
    path = raw / "x_data" / "drug_mordred.tsv"
    header, *lines = path.read_text().splitlines()
    rows = [line.split("\t") for line in lines]
    change(rows)
    path.write_text("".join("\t".join(row) + "\n" for row in [header.split("\t"), *rows]))
    return CsaData(raw)


def test_all_genes_and_descriptors_are_scaled_and_complete(arrays):
    assert arrays["cells"].shape == (40, 130)
    assert arrays["drugs"].shape == (len(SMILES), DESCRIPTORS)
    for kind in ("cell", "drug"):
        assert np.isfinite(arrays[f"{kind}s"]).all()
        seen = arrays[f"{kind}s"][np.unique(rows_of_parts(arrays, kind, ("train",)))]
        np.testing.assert_allclose(seen.mean(axis=0), 0, atol=1e-5)


def test_a_missing_value_becomes_the_mean(tiny_csa, arrays):
    missing = np.isnan(tiny_csa.drug_table("mordred").to_numpy())
    assert missing.sum() == 1
    assert arrays["drugs"][missing].tolist() == [0]


def test_a_column_that_training_sees_constant_is_left_out(tmp_path):
    def change(rows):
        for row in rows:
            row[3] = "5.0"
            row[4] = ""

    assert load("Uno").prepare(with_descriptors(tmp_path, change), "TINY", 0)["drugs"].shape[1] == DESCRIPTORS - 2


def test_published_runs_leave_out_drugs_with_a_missing_value(tiny_csa, arrays):
    published = load("Uno", "hof").prepare(tiny_csa, "TINY", 0)
    assert published["drugs"].shape == (len(SMILES) - 1, DESCRIPTORS)
    assert published["dropped_train"] > 0
    assert len(published["train_auc"]) + published["dropped_train"] == len(arrays["train_auc"])


def test_without_a_complete_drug_there_is_nothing_to_publish(tmp_path):
    def change(rows):
        for row in rows:
            row[1 + int(row[0][-1]) % 3] = ""

    with pytest.raises(BadData, match="no response of the train part has features"):
        load("Uno", "hof").prepare(with_descriptors(tmp_path, change), "TINY", 0)


def schedules(monkeypatch, compat=None, **hyperparameters):
    """The schedule that a training with these hyperparameters follows."""
    seen = []

    def record(task, arrays, schedule, **_):
        seen.append((task, schedule))
        return Outcome(Status.FAILED), None

    monkeypatch.setattr(hpo.models.neural, "fit_and_score", record)
    arrays = {f"{part}_{kind}": np.zeros(2) for part in ("train", "val", "test") for kind in ("cell", "drug", "auc")}
    arrays |= {"cells": np.zeros((1, 3)), "drugs": np.zeros((1, 2))}
    load("Uno", compat).train({"width": 2, **hyperparameters}, arrays, Training(seed=1))
    return seen[0]


def test_the_rate_is_that_of_adam_whatever_the_batch_size(monkeypatch):
    for batch_size in (32, 256):
        _, schedule = schedules(monkeypatch, learning_rate=2e-4, batch_size=batch_size)
        falling = [1 - i / 100 for i in range(6)]
        rates = [schedule.learning_rate(falling[:i]) for i in range(7)]
        np.testing.assert_allclose(rates, 2e-4 * np.array([0.01, 0.208, 0.406, 0.604, 0.802, 1, 1]))
        assert schedule.learning_rate([1.0] * 9) == pytest.approx(1e-4)
        assert schedule.learning_rate([1.0] * 200) == pytest.approx(2e-8)
        assert schedule.learning_rate([1.0] * 5 + [0.99999, 0.99998]) == pytest.approx(1e-4)


def test_published_runs_multiply_the_rate_by_the_batch_size(monkeypatch):
    task, schedule = schedules(monkeypatch, compat="hof", learning_rate=1e-6, batch_size=64, warmup_epochs=0)
    assert schedule.learning_rate([]) == pytest.approx(6.4e-5)
    assert len(task.network.interaction) == 3
    _, schedule = schedules(monkeypatch, compat="hof", warmup_epochs=0)
    assert schedule.learning_rate([]) == pytest.approx(3.2e-4)


def test_defaults_come_to_the_same_rate_either_way(monkeypatch):
    task, schedule = schedules(monkeypatch, warmup_epochs=0)
    assert schedule.learning_rate([]) == pytest.approx(3.2e-4)
    assert len(task.network.interaction) == 5


def test_the_same_seed_gives_the_same_result_bit_for_bit(arrays):
    first = train(arrays, test=True)
    assert first == train(arrays, test=True)
    assert first[0].status is Status.OK
    assert train(arrays, seed=2)[0].loss != first[0].loss


def test_it_learns(arrays):
    outcome, score = train(arrays, epochs=40, batch_size=16, width=64, dropout=0.0, test=True)
    assert outcome.loss < 0.5 * reference_metrics(arrays)["mean"]["mse"]
    assert score.metrics["test_mse"] < 0.7 * reference_metrics(arrays, "test")["mean"]["mse"]


def test_a_high_learning_rate_ends_in_a_dead_network_that_is_stopped_at_once(arrays):
    outcome, _ = train(arrays, learning_rate=1.0, epochs=60, warmup_epochs=0)
    assert outcome.status is Status.DEGENERATE
    assert outcome.epochs_run < 60
    assert outcome.message.startswith("constant output")


def test_weights_that_overflow_are_invalid(arrays):
    outcome, score = train(arrays, learning_rate=1e30, warmup_epochs=0, test=True)
    assert (outcome.status, outcome.loss, score) == (Status.INVALID, None, None)


def test_a_batch_of_one_row_trains(arrays):
    alone = {name: array[:1] if name.startswith("train_") else array for name, array in arrays.items()}
    assert train(alone, epochs=1)[0].status in (Status.OK, Status.DEGENERATE)


def test_wrong_hyperparameters_are_refused(arrays):
    with pytest.raises(ValueError, match=r"momentum is no hyperparameter.*width must be an integer of at least 1"):
        load("Uno").train({"momentum": 0.9, "width": 0}, arrays, Training(seed=1))
