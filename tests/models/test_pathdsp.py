"""PathDSP: features, the network against a plain re-derivation, training, and the published behaviour."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from hpo.data.annotations import LINKS, PATHWAY_SETS, TARGETS, read_drug_targets, read_gene_links
from hpo.data.csa import CsaData
from hpo.errors import BadData
from hpo.evaluation import Status
from hpo.models.base import Training
from hpo.models.pathdsp.features import Tables, cell_scores, drug_scores, fingerprints, read_network
from hpo.models.pathdsp.network import PathDSPNetwork, to_auc, to_log
from hpo.models.pathdsp.task import PathDSPTask, batch_error
from hpo.models.references import reference_metrics
from hpo.models.registry import load
from tests.models.builders import SMILES
from tests.models.pathway_builders import UNALTERED, UNTARGETED, UNTESTED, write_pathway_csa

QUICK = {"learning_rate": 1e-3, "batch_size": 32, "epochs": 2, "width": 50}
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    return write_pathway_csa(tmp_path_factory.mktemp("pathways"))


@pytest.fixture(scope="module")
def arrays(raw):
    return load("PathDSP").prepare(CsaData(raw), "TINY", 0)


@pytest.fixture(scope="module")
def published(raw):
    return load("PathDSP", "hof").prepare(CsaData(raw), "TINY", 0)


def train(arrays, seed=1, compat=None, test=False, **changes):
    return load("PathDSP", compat).train(QUICK | changes, arrays, Training(seed=seed), test=test)


def test_parameter_count_at_912_features_is_that_of_the_original():
    network = PathDSPNetwork(512, 400, dropout=0.1)
    assert sum(parameter.numel() for parameter in network.parameters()) == 2_164_501


def test_encoding_parts_once_equals_layers_on_joined_features():
    torch.manual_seed(3)
    network = PathDSPNetwork(7, 9, dropout=0.3, width=20).double().eval()
    drugs, cells = torch.randn(3, 7).double(), torch.randn(4, 9).double()
    drug, cell = torch.tensor([0, 2, 2, 1, 0]), torch.tensor([3, 0, 1, 1, 2])
    found = network.respond(network.encode_drugs(drugs)[drug], network.encode_cells(cells)[cell])
    values = np.hstack([drugs.numpy()[drug], cells.numpy()[cell]])
    layers = [network.first, *network.others]
    for layer in layers:
        values = values @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
        if layer is not layers[-1]:
            values = np.where(values > 0, values, np.exp(np.minimum(values, 0)) - 1)
    np.testing.assert_allclose(found.detach().numpy(), values[:, 0], rtol=1e-12)


def test_layers_begin_as_described():
    torch.manual_seed(3)
    network = PathDSPNetwork(100, 200, dropout=0.1, width=100)
    for layer in (network.first, *network.others):
        assert torch.all(layer.bias == 0.01)
        assert layer.weight.abs().max() <= (6 / layer.in_features) ** 0.5
        assert layer.weight.abs().max() > 0.9 * (6 / layer.in_features) ** 0.5 or layer.weight.numel() < 50


def test_the_target_can_be_turned_back():
    auc = torch.tensor([0.0, 0.2, 1.0, 1.4])
    torch.testing.assert_close(to_auc(to_log(auc)), auc, atol=1e-6, rtol=1e-6)
    assert to_log(torch.tensor([0.99])).item() == pytest.approx(0, abs=1e-6)


def test_the_loss_is_the_root_of_the_squared_error_of_the_logarithm(arrays):
    task = PathDSPTask(arrays, CPU, dropout=0.0, width=20, logs=True)
    rows = torch.tensor([3, 9, 4])
    prediction = task.network.respond(
        task.network.encode_drugs(torch.tensor(arrays["drugs"][arrays["train_drug"][rows]])),
        task.network.encode_cells(torch.tensor(arrays["cells"][arrays["train_cell"][rows]])),
    )
    truth = torch.log10(torch.tensor(arrays["train_auc"][rows]) + 0.01)
    torch.testing.assert_close(task.loss(rows), torch.sqrt(F.mse_loss(prediction, truth) + 1e-6))


def test_features_are_the_blocks_of_the_cell_line_and_of_the_drug(arrays):
    assert arrays["cells"].shape == (39, 18), "copy number, mutations and expression of six pathways"
    assert arrays["drugs"].shape == (8, 128 + 6)
    assert arrays["cells"].dtype == arrays["drugs"].dtype == np.float32
    np.testing.assert_array_equal(arrays["drugs"][:, :128], fingerprints(SMILES))
    assert set(np.unique(arrays["drugs"][:, :128])) == {0, 1}
    rows = np.unique(arrays["train_cell"])
    np.testing.assert_allclose(arrays["cells"][rows].mean(axis=0)[12:], 0, atol=1e-5)
    np.testing.assert_allclose(arrays["cells"][rows].std(axis=0)[12:], 1, atol=1e-5)


def test_scores_are_walks_from_altered_genes_times_expression_or_from_targets(raw):
    """One cell line and one drug, recomputed from the files by linear algebra."""
    data = CsaData(raw)
    network, sets = read_network(data, published=False)
    tables, links = Tables.read(data), data.read(LINKS, read_gene_links)
    weights = np.zeros((len(links.genes), len(links.genes)))
    np.add.at(weights, (links.source, links.target), links.weight)
    weights += weights.T
    walk = 0.5 * np.linalg.inv(np.eye(len(weights)) - 0.5 * weights / weights.sum(axis=1, keepdims=True))
    members = [[links.genes.index(gene) for gene in genes if gene in links.genes] for genes in sets.genes]

    def scores(values):
        found = [values[places].mean() for places in members if places]
        sizes = [len(places) for places in members if places]
        return (np.array(found) - values.mean()) / (values.std() / np.sqrt(sizes))

    cell = "ACH-000011"
    ours = cell_scores(tables, [UNALTERED, cell], network, sets, published=False)
    copies, expression = tables.copies.loc[cell], tables.expression.loc[cell]
    seeds = [bool(copies[gene] != 0) for gene in links.genes]
    expected = scores(seeds @ walk * expression[list(links.genes)].to_numpy())
    np.testing.assert_allclose(ours[1, : len(expected)], expected, rtol=1e-3, atol=1e-4)
    assert np.isnan(ours[0, : 2 * len(expected)]).all()
    drugs = drug_scores(data, ["Drug_3", UNTARGETED], network)
    (target,) = data.read(TARGETS, read_drug_targets)["NAME DRUG_3"]
    expected = scores(walk[links.genes.index(target)])
    np.testing.assert_allclose(drugs[0], expected, rtol=1e-3, atol=1e-4)
    assert np.isnan(drugs[1]).all()


def test_what_has_no_seed_gets_the_mean_and_what_is_not_in_a_table_is_left_out(raw, arrays):
    responses = CsaData(raw).responses()
    cells = sorted(set(responses["improve_sample_id"]) - {UNTESTED})
    assert not arrays["cells"][cells.index(UNALTERED), :12].any()
    assert arrays["cells"][cells.index(UNALTERED), 12:].any()
    drugs = sorted(SMILES)
    assert not arrays["drugs"][drugs.index(UNTARGETED), 128:].any()
    dropped = sum(int(arrays[f"dropped_{part}"]) for part in ("train", "val", "test"))
    assert dropped == (responses["improve_sample_id"] == UNTESTED).sum() > 0


def test_published_runs_leave_out_what_has_no_seed_and_scale_each_part(raw, published):
    assert published["cells_train"].shape == (38, 6 + 6 + 3), "gseapy scores sets of 15 to 500 genes"
    assert published["drugs_val"].shape == (7, 134)
    for part in ("train", "val", "test"):
        rows = published[f"cells_{part}"][published[f"{part}_cell"]]
        np.testing.assert_allclose(rows.mean(axis=0, dtype=np.float64), 0, atol=1e-5)
        np.testing.assert_allclose(rows.std(axis=0, dtype=np.float64), 1, atol=1e-4)
    responses = CsaData(raw).responses()
    known = ~responses["improve_sample_id"].isin([UNTESTED, UNALTERED]) & (responses["improve_chem_id"] != UNTARGETED)
    assert sum(len(published[f"{part}_auc"]) for part in ("train", "val", "test")) == known.sum()


def test_published_losses_are_on_the_logarithm(published):
    outcome, score = train(published, compat="hof", test=True)
    protocol = load("PathDSP", "hof").protocol()
    assert (protocol["name"], protocol["target"]) == ("improve-hof-log10auc", "log10(auc + 0.01)")
    assert load("PathDSP").protocol()["target"] == "auc"
    assert outcome.metrics["val_mse"] == outcome.loss
    variance = np.var(np.log10(published["val_auc"] + 0.01))
    assert outcome.metrics["val_r2"] == pytest.approx(1 - outcome.loss / variance, rel=1e-4)
    assert "test_mse" in score.metrics


def test_published_runs_stop_by_the_mean_error_of_batches_of_twelve():
    truth = np.zeros(14)
    prediction = np.concatenate([np.full(12, 0.3), [0.5, 0.5]]).astype(np.float32)
    assert batch_error(prediction, truth) == pytest.approx((0.3 + 0.5) / 2, rel=1e-4)
    assert batch_error(prediction[:12], truth[:12]) == pytest.approx(0.3, rel=1e-4)


def test_the_same_seed_gives_the_same_result_bit_for_bit(arrays):
    first, second = train(arrays, test=True), train(arrays, test=True)
    assert first == second
    assert first[0].status is Status.OK
    assert train(arrays, seed=2)[0].loss != first[0].loss
    assert train(arrays, dropout=0.4)[0].loss != first[0].loss
    assert train(arrays, weight_decay=0.1)[0].loss != first[0].loss


def test_weights_that_overflow_are_invalid(arrays):
    outcome, score = train(arrays, learning_rate=1e30, test=True)
    assert (outcome.status, outcome.loss, score) == (Status.INVALID, None, None)
    assert outcome.epochs_run == 1


def test_a_dead_network_is_stopped(arrays):
    constant = {**arrays, "cells": np.zeros_like(arrays["cells"]), "drugs": np.zeros_like(arrays["drugs"])}
    outcome, _ = train(constant, epochs=50)
    assert (outcome.status, outcome.epochs_run) == (Status.DEGENERATE, 2)
    assert outcome.message.startswith("constant output")


def test_a_last_batch_of_one_response_is_no_problem(arrays):
    rows = len(arrays["train_auc"])
    assert train(arrays, batch_size=rows - 1, epochs=1)[0].status is Status.OK
    assert train(arrays, batch_size=1, epochs=1)[0].loss is not None


@pytest.mark.slow
def test_it_learns_more_than_the_mean(arrays):
    outcome, score = train(arrays, epochs=30, width=200, batch_size=16, test=True)
    assert outcome.loss < 0.6 * reference_metrics(arrays, "val")["mean"]["mse"]
    assert score.metrics["test_mse"] < 0.8 * reference_metrics(arrays, "test")["mean"]["mse"]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (PATHWAY_SETS, "A\tx\tQQQ1\tQQQ2\n", "no set has a gene of annotations/gene_links.tsv"),
        (TARGETS, "drug\tgene\nSOMETHING\tQQQ1\n", "no drug of the dataset has a target"),
        (LINKS, "source\ttarget\tweight\nQQQ1\tQQQ2\t1\n", "no set has a gene of"),
        ("x_data/drug_SMILES.tsv", "improve_chem_id\tcanSMILES\nDrug_1\tCC(\nDrug_2\tC1\n", "Drug_1.*Drug_2"),
    ],
)
def test_annotations_that_fit_nothing_are_errors(tmp_path, file, content, message):
    raw = write_pathway_csa(tmp_path)
    (raw / file).write_text(content)
    with pytest.raises(BadData, match=f"(?s){message}"):
        load("PathDSP").prepare(CsaData(raw), "TINY", 0)


def test_a_response_without_a_logarithm_is_an_error(tmp_path):
    raw = write_pathway_csa(tmp_path)
    path = raw / "y_data" / "response.tsv"
    lines = path.read_text().splitlines()
    row = int((raw / "splits" / "TINY_split_0_train.txt").read_text().splitlines()[0])
    lines[row + 1] = lines[row + 1].rsplit("\t", 1)[0] + "\t-0.02"
    path.write_text("\r\n".join(lines) + "\r\n", newline="")
    with pytest.raises(BadData, match=r"an auc of TINY is -0.02; PathDSP learns log10"):
        load("PathDSP").prepare(CsaData(raw), "TINY", 0)
