"""GraphDRP as a model: features, determinism, dead networks, and whether it learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hpo.data.csa import CsaData
from hpo.errors import BadData
from hpo.evaluation import Status
from hpo.models.base import Training
from hpo.models.references import reference_metrics
from hpo.models.registry import load
from tests.models.builders import SMILES, write_csa

QUICK = {"learning_rate": 1e-3, "batch_size": 32, "epochs": 2, "patience": 3}


def train(arrays, seed=1, threads=1, test=False, **changes):
    return load("GraphDRP").train(QUICK | changes, arrays, Training(seed=seed, threads=threads), test=test)


def test_prepared_arrays_fit_together(graphdrp_arrays):
    arrays = graphdrp_arrays
    assert arrays["cells"].shape == (40, 130)
    assert arrays["cells"].dtype == np.float32
    assert len(arrays["atom_start"]) == len(SMILES) + 1
    assert arrays["atom_start"][-1] == len(arrays["atoms"])
    assert arrays["train_drug"].max() < len(SMILES)


def test_the_same_seed_gives_the_same_result_bit_for_bit(graphdrp_arrays):
    first, second = train(graphdrp_arrays, test=True), train(graphdrp_arrays, test=True)
    assert first == second
    assert first[0].status is Status.OK
    assert train(graphdrp_arrays, seed=2)[0].loss != first[0].loss


def test_training_leaves_pytorch_as_it_was(graphdrp_arrays):
    torch.manual_seed(11)
    expected, threads = torch.rand(3), torch.get_num_threads()
    torch.manual_seed(11)
    train(graphdrp_arrays, epochs=1, threads=threads + 1)
    torch.testing.assert_close(torch.rand(3), expected)
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


def test_a_high_learning_rate_ends_in_a_dead_network_that_is_stopped_at_once(graphdrp_arrays):
    outcome, _ = train(graphdrp_arrays, learning_rate=0.05, epochs=100, patience=50, batch_size=8)
    assert outcome.status is Status.DEGENERATE
    assert outcome.epochs_run < 10
    assert outcome.loss is not None
    assert outcome.message.startswith("constant output 1 on all")


def test_weights_that_overflow_are_invalid(graphdrp_arrays):
    outcome, score = train(graphdrp_arrays, learning_rate=1e30, test=True)
    assert (outcome.status, outcome.loss, score) == (Status.INVALID, None, None)
    assert outcome.message == "not finite from epoch 1 on"
    assert outcome.epochs_run == 1


def test_a_last_batch_of_one_response_is_no_problem(graphdrp_arrays):
    rows = len(graphdrp_arrays["train_auc"])
    outcome, _ = train(graphdrp_arrays, batch_size=rows - 1, epochs=1)
    assert outcome.status is Status.OK
    outcome, _ = train(graphdrp_arrays, batch_size=1, epochs=1)
    assert outcome.loss is not None


@pytest.mark.slow
def test_it_learns_more_than_the_mean(graphdrp_arrays):
    outcome, score = train(graphdrp_arrays, epochs=25, patience=10, batch_size=16, test=True)
    assert outcome.loss < 0.5 * reference_metrics(graphdrp_arrays, "val")["mean"]["mse"]
    assert score.metrics["test_mse"] < 0.7 * reference_metrics(graphdrp_arrays, "test")["mean"]["mse"]


def test_test_metrics_come_only_when_asked_for(graphdrp_arrays):
    assert train(graphdrp_arrays, epochs=1)[1] is None
    assert "test_mse" in train(graphdrp_arrays, epochs=1, test=True)[1].metrics


def test_wrong_hyperparameters_are_refused(graphdrp_arrays):
    with pytest.raises(ValueError, match=r"dropout is no hyperparameter.*batch_size must be an integer"):
        train(graphdrp_arrays, dropout=0.1, batch_size=0)


def test_too_few_genes_are_an_error_that_says_how_many_are_needed(tmp_path):
    data = CsaData(write_csa(tmp_path, genes=117))
    with pytest.raises(BadData, match="117 genes; the three convolutions of GraphDRP need at least 118"):
        load("GraphDRP").prepare(data, "TINY", 0)


def test_a_missing_expression_is_an_error_that_names_a_cell_line(tmp_path):
    raw = write_csa(tmp_path)
    path = raw / "x_data" / "cancer_gene_expression.tsv"
    lines = path.read_text().splitlines()
    lines[5] = lines[5].rsplit("\t", 1)[0] + "\t"
    path.write_text("\r\n".join(lines) + "\r\n", newline="")
    with pytest.raises(BadData, match="1 cell lines miss the expression of a gene, ACH-000002 for one"):
        load("GraphDRP").prepare(CsaData(raw), "TINY", 0)
