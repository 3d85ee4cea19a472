"""HiDRA: the network against a loop over its pathways, features, training, and the published behaviour."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hpo.data.annotations import KEGG_SETS
from hpo.data.csa import CsaData
from hpo.errors import BadData
from hpo.evaluation import Status
from hpo.models.base import Training
from hpo.models.hidra.attention import drug_units, similar_sizes
from hpo.models.hidra.network import HiDRANetwork
from hpo.models.hidra.task import HiDRATask
from hpo.models.references import reference_metrics
from hpo.models.registry import load
from tests.models.pathway_builders import write_pathway_csa

QUICK = {"learning_rate": 3e-3, "batch_size": 64, "epochs": 2}
PATHWAYS = [[0, 5, 3], [7, 2, 9, 1, 4, 6, 8, 0, 10], [4], [11, 2, 3, 8], [1, 0, 9, 7, 6, 5, 4, 3, 2, 8]]
"""Of 12 genes; sizes 3, 9, 1, 4 and 10, which fall into several groups."""


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    return write_pathway_csa(tmp_path_factory.mktemp("pathways"))


@pytest.fixture(scope="module")
def arrays(raw):
    return load("HiDRA").prepare(CsaData(raw), "TINY", 0)


@pytest.fixture
def network():
    torch.manual_seed(3)
    network = HiDRANetwork(PATHWAYS, 12, 20).double()
    for norm in (module for module in network.modules() if isinstance(module, torch.nn.BatchNorm1d)):
        with torch.no_grad():  # so that every constant matters
            norm.weight.uniform_(0.5, 1.5), norm.bias.uniform_(-0.3, 0.5)
            norm.running_mean.uniform_(-0.5, 0.5), norm.running_var.uniform_(0.5, 2)
    return network


@pytest.fixture
def pairs():
    """Cell lines, drugs and seven pairs in which each occurs."""
    torch.manual_seed(4)
    cells, drugs = torch.randn(4, 12).double(), (torch.rand(3, 20) < 0.4).double()
    return cells, drugs, torch.tensor([3, 0, 1, 1, 2, 3, 0]), torch.tensor([0, 2, 2, 1, 0, 2, 2])


def train(arrays, seed=1, test=False, **changes):
    return load("HiDRA").train(QUICK | changes, arrays, Training(seed=seed), test=test)


def relu(values):
    return np.maximum(values, 0)


class Naive:
    """The network as it is told: pair by pair, pathway by pathway, each with layers of its own."""

    def __init__(self, network, training):
        self.network, self.training = network, training

    def norm(self, module, values, columns=slice(None)):
        mean, variance = values.mean(axis=0), values.var(axis=0)
        if not self.training:
            mean, variance = module.running_mean.numpy()[columns], module.running_var.numpy()[columns]
        weight, bias = (tensor.detach().numpy()[columns] for tensor in (module.weight, module.bias))
        return (values - mean) / np.sqrt(variance + 1e-3) * weight + bias

    def dense(self, layer, values, columns=slice(None)):
        weight, bias = (tensor.detach().numpy()[columns] for tensor in (layer.linear.weight, layer.linear.bias))
        return relu(self.norm(layer.norm, values @ weight.T + bias, columns))

    def attention(self, pathway):
        """Weights of the genes, of the drug, and bias of a pathway's layer."""
        for group, places in zip(
            self.network.attention, similar_sizes([len(genes) for genes in PATHWAYS]), strict=True
        ):
            if pathway in places:
                row, genes = places.index(pathway), len(PATHWAYS[pathway])
                weights = (group.gene_weight[row], group.drug_weight[row], group.bias[row])
                gene, drug, bias = (tensor.detach().numpy() for tensor in weights)
                return gene[:genes, :genes], drug[: drug_units(genes), :genes], bias[0, :genes]
        raise AssertionError

    def __call__(self, cells, drugs, cell, drug):
        network = self.network
        expression, bits = cells.numpy()[cell], drugs.numpy()[drug]
        encoded = self.dense(network.encoder, self.dense(network.first, bits, slice(256)))
        steering = self.dense(network.steering, self.dense(network.first, bits, slice(256, None)))
        values, begin = [], 0
        for pathway, columns in enumerate(PATHWAYS):
            end = begin + drug_units(len(columns))
            term = self.dense(network.terms, steering, slice(begin, end))
            gene, by_drug, bias = self.attention(pathway)
            genes = expression[:, columns]
            logits = np.tanh(np.hstack([genes, term]) @ np.vstack([gene, by_drug]) + bias)
            weights = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            values.append((weights * genes).sum(axis=1))
            begin = end
        values = relu(self.norm(network.pathway_norm, np.stack(values, axis=1)))
        term = self.dense(network.terms, steering, slice(begin, None))
        logits = np.tanh(self.linear(network.pathway_attention, np.hstack([values, term])))
        weights = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        values = relu(self.norm(network.weighted_norm, values * weights))
        joined = self.linear(network.joined, np.hstack([values, encoded]))
        return self.linear(network.output, relu(self.norm(network.joined_norm, joined)))[:, 0]

    @staticmethod
    def linear(layer, values):
        return values @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()


@pytest.mark.parametrize("training", [False, True])
def test_forward_equals_a_loop_over_pairs_and_pathways(network, pairs, training):
    network.train(training)
    expected = Naive(network, training)(*pairs)
    np.testing.assert_allclose(network(*pairs).detach().numpy(), expected, rtol=1e-9)


def test_running_statistics_count_a_drug_once_a_pair(network, pairs):
    _, drugs, _, drug = pairs
    layer = network.train().first
    theirs = torch.nn.BatchNorm1d(layer.norm.num_features, eps=1e-3, momentum=0.01).double()
    theirs.load_state_dict(layer.norm.state_dict())
    theirs(layer.linear(drugs)[drug])
    network(*pairs)
    torch.testing.assert_close(layer.norm.running_mean, theirs.running_mean)
    torch.testing.assert_close(layer.norm.running_var, theirs.running_var)


def test_the_number_of_weights_is_that_of_the_layers_of_the_original():
    """Dense layers with bias and batch normalisation of two numbers a unit, for sizes as different as KEGG's."""
    sizes = [10, 53, 69, 389, 11, 120, 30, 54] * 4
    genes, bits, number = 400, 512, len(sizes)
    network = HiDRANetwork([list(range(size)) for size in sizes], genes, bits)

    def dense(inputs, units, norm=2):
        return (inputs + 1 + norm) * units

    expected = dense(bits, 256) + dense(256, 128) + dense(bits, 128) + dense(128, 32)
    for size in sizes:
        units = size // 4 + 1
        expected += dense(32, units) + dense(size + units, size, norm=0) + 2
    steering = number // 16 + 1
    expected += dense(32, steering) + dense(number + steering, number, norm=0) + 2 * number
    expected += dense(number + 128, 128) + dense(128, 1, norm=0)
    assert network.weights == expected


def test_what_fills_up_pathways_stays_zero_and_all_else_learns(network, pairs):
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    used = {name: before[name] != 0 for name in before if name.startswith("attention") and "weight" in name}
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        torch.mean((network.train()(*pairs) - torch.rand(7).double()) ** 2).backward()
        optimizer.step()
    for name, value in network.named_parameters():
        changed = value.detach() != before[name]
        if name in used:
            assert not changed[~used[name]].any(), name
            assert (value.detach()[~used[name]] == 0).all()
        # The attention over a single gene is always 1, and ReLU silences some units.
        assert changed.any() or "attention.0" in name, name


def test_groups_hold_every_pathway_once_and_none_much_larger_than_another():
    sizes = np.random.default_rng(1).integers(1, 400, 186).tolist()
    groups = similar_sizes(sizes)
    assert sorted(place for group in groups for place in group) == list(range(186))
    assert all(max(sizes[i] for i in group) <= 1.5 * min(sizes[i] for i in group) for group in groups)
    assert len(groups) < 16


def test_features_are_the_known_genes_of_known_sets_scaled_by_cell_line(raw, arrays):
    starts, genes = arrays["set_start"], arrays["set_genes"]
    assert np.diff(starts).tolist() == [5, 20, 8, 17, 6, 16], "genes that the table lacks are left out"
    assert arrays["cells"].shape == (40, len(set(genes.tolist())))
    np.testing.assert_allclose(arrays["cells"].mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(arrays["cells"].std(axis=1), 1, atol=1e-5)
    assert arrays["drugs"].shape == (8, 512)
    assert arrays["drugs"].dtype == np.uint8
    data = CsaData(raw)
    symbols = (raw / KEGG_SETS).read_text().splitlines()[1].split("\t")[3:]
    expression = data.gene_expression().loc["ACH-000005", symbols].to_numpy(np.float64)
    ours = arrays["cells"][5, genes[starts[1] : starts[2]]]
    assert np.corrcoef(ours, expression)[0, 1] == pytest.approx(1, abs=1e-6)


def test_published_runs_scaled_each_gene_over_all_cell_lines_of_the_table(raw, arrays):
    model = load("HiDRA", "hof")
    published = model.prepare(CsaData(raw), "TINY", 0)
    assert published["cells"].shape == arrays["cells"].shape
    np.testing.assert_allclose(published["cells"].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(published["cells"].std(axis=0), 1, atol=1e-5)
    assert model.protocol()["selection"].startswith("none: the least validation loss")
    assert load("HiDRA").protocol()["name"] == "auc-mse"


def test_batches_are_the_rows_of_the_tables(arrays):
    task = HiDRATask(arrays, torch.device("cpu"))
    task.network.eval()
    rows = torch.tensor([9, 2, 2, 30])
    with torch.no_grad():
        prediction = task.predict("train")[rows]
        loss = task.loss(rows)
    torch.testing.assert_close(loss, torch.mean((prediction - torch.tensor(arrays["train_auc"])[rows]) ** 2))
    alone = task.network(
        torch.tensor(arrays["cells"][arrays["train_cell"][9:10]]),
        torch.tensor(arrays["drugs"][arrays["train_drug"][9:10]]).float(),
        torch.tensor([0]),
        torch.tensor([0]),
    )
    torch.testing.assert_close(alone[0], prediction[0])


def test_the_same_seed_gives_the_same_result_bit_for_bit(arrays):
    first, second = train(arrays, test=True), train(arrays, test=True)
    assert first == second
    assert first[0].status is Status.OK
    assert train(arrays, seed=2)[0].loss != first[0].loss


def test_a_network_without_inputs_is_dead_and_one_that_overflows_invalid(arrays):
    blind = {**arrays, "cells": np.zeros_like(arrays["cells"]), "drugs": np.zeros_like(arrays["drugs"])}
    outcome, _ = train(blind, epochs=50)
    assert (outcome.status, outcome.epochs_run) == (Status.DEGENERATE, 2)
    outcome, score = train(arrays, learning_rate=1e38, test=True)
    assert (outcome.status, score) == (Status.INVALID, None)


def test_a_batch_of_one_response_is_no_problem(arrays):
    one = {**arrays, **{f"train_{name}": arrays[f"train_{name}"][:5] for name in ("cell", "drug", "auc")}}
    assert train(one, batch_size=1, epochs=1)[0].loss is not None
    assert train(one, batch_size=4, epochs=1)[0].loss is not None


@pytest.mark.slow
def test_it_learns_more_than_the_mean(arrays):
    outcome, score = train(arrays, epochs=35, batch_size=16, test=True)
    assert outcome.loss < 0.7 * reference_metrics(arrays, "val")["mean"]["mse"]
    assert score.metrics["test_mse"] < 0.8 * reference_metrics(arrays, "test")["mean"]["mse"]


def test_sets_of_unknown_genes_are_an_error(tmp_path):
    raw = write_pathway_csa(tmp_path)
    (raw / KEGG_SETS).write_text("A\tx\tQQQ1\tQQQ2\n")
    with pytest.raises(BadData, match=r"annotations/kegg_gene_sets\.gmt: none of its genes is in"):
        load("HiDRA").prepare(CsaData(raw), "TINY", 0)
