"""The network of GraphDRP equals a plain re-derivation, and encoding a drug once equals encoding it once a pair."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from hpo.models.graphdrp import network as module
from hpo.models.graphdrp.molecules import molecular_graphs
from hpo.models.graphdrp.network import GraphDRPNetwork, Graphs, NodeNorm, gather_sum, pooled_length
from tests.models.builders import SMILES

GENES = 118


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(3)


@pytest.fixture
def arrays():
    return molecular_graphs(SMILES)


@pytest.fixture
def graphs(arrays):
    return Graphs.from_arrays(arrays["atoms"], arrays["atom_start"], arrays["bonds"])


def test_parameter_count_at_958_genes_is_that_of_the_original_without_its_unused_embedding():
    network = GraphDRPNetwork(958)
    assert sum(parameter.numel() for parameter in network.parameters()) == 1_017_889
    assert pooled_length(958) == 32


@pytest.mark.parametrize(("genes", "length"), [(117, 0), (118, 1), (137, 1), (735, 23), (958, 32)])
def test_the_gene_axis_shrinks_as_computed(genes, length):
    assert pooled_length(genes) == length
    if length:
        assert GraphDRPNetwork(genes).encode_cells(torch.zeros(2, genes)).shape == (2, 128)


def relu(values):
    return np.maximum(values, 0)


def naive_drug(weights, atoms, edges):
    """The drug encoder in evaluation mode, atom by atom, in 64 bits."""
    values = atoms.astype(np.float64)
    for i in range(5):
        w = {name: weights[f"layers.{i}.{name}"] for name in NAMES_OF_A_LAYER}
        rows = []
        for atom in range(len(values)):
            message = values[atom].copy()
            for first, second in edges:
                if first == atom:
                    message += values[second]
                if second == atom:
                    message += values[first]
            hidden = relu(w["inner.weight"] @ message + w["inner.bias"])
            out = relu(w["outer.weight"] @ hidden + w["outer.bias"])
            rows.append(
                (out - w["norm.running_mean"]) / np.sqrt(w["norm.running_var"] + 1e-5) * w["norm.weight"]
                + w["norm.bias"]
            )
        values = np.array(rows)
    return relu(weights["drug.weight"] @ values.sum(axis=0) + weights["drug.bias"])


NAMES_OF_A_LAYER = (
    "inner.weight",
    "inner.bias",
    "outer.weight",
    "outer.bias",
    "norm.weight",
    "norm.bias",
    "norm.running_mean",
    "norm.running_var",
)


def naive_cell(weights, genes):
    """The cell encoder, position by position, in 64 bits."""
    values = genes.astype(np.float64)[None, :]
    for i in range(3):
        kernel, bias = weights[f"convolutions.{i}.weight"], weights[f"convolutions.{i}.bias"]
        length = values.shape[1] - 7
        out = np.zeros((len(kernel), length))
        for channel in range(len(kernel)):
            for position in range(length):
                out[channel, position] = bias[channel] + (kernel[channel] * values[:, position : position + 8]).sum()
        out = relu(out)
        values = np.array([[max(row[3 * p : 3 * p + 3]) for p in range(length // 3)] for row in out])
    return weights["cell.weight"] @ values.reshape(-1) + weights["cell.bias"]


def naive_response(weights, drug, cell):
    values = np.concatenate([drug, cell])
    for i in range(2):
        values = relu(weights[f"head.{i}.weight"] @ values + weights[f"head.{i}.bias"])
    return 1 / (1 + np.exp(-(weights["head.2.weight"] @ values + weights["head.2.bias"])))[0]


def test_the_forward_pass_equals_a_plain_derivation(arrays, graphs):
    network = GraphDRPNetwork(GENES).eval()
    for layer in network.layers:
        layer.norm.running_mean.uniform_(-0.1, 0.1)
        layer.norm.running_var.uniform_(0.5, 2)
        nn.init.uniform_(layer.norm.bias, -0.3, 0.3)
    cells = torch.randn(3, GENES)
    weights = {name: value.detach().double().numpy() for name, value in network.state_dict().items()}
    with torch.no_grad():
        drugs = network.encode_drugs(graphs, torch.ones(len(SMILES)))
        encoded = network.encode_cells(cells)
    for i, (text, embedding) in enumerate(zip(SMILES.values(), drugs, strict=True)):
        alone = molecular_graphs({"drug": text})
        drug = naive_drug(weights, alone["atoms"], alone["bonds"].tolist())
        np.testing.assert_allclose(embedding.numpy(), drug, rtol=1e-4, atol=1e-5)
        cell = naive_cell(weights, cells[i % 3].numpy())
        np.testing.assert_allclose(encoded[i % 3].numpy(), cell, rtol=1e-4, atol=1e-5)
        with torch.no_grad():
            auc = network.respond(embedding[None], encoded[i % 3][None])
        assert auc.item() == pytest.approx(naive_response(weights, drug, cell), rel=1e-4)


def test_encoding_a_drug_once_equals_encoding_it_for_every_pair(arrays, graphs, monkeypatch):
    """Loss, gradients and running statistics of a batch, against graphs repeated as often as they occur."""
    monkeypatch.setattr(module, "DRUG_DROPOUT", 0.0)
    monkeypatch.setattr(module, "HEAD_DROPOUT", 0.0)
    once = GraphDRPNetwork(GENES).double().train()
    repeated = GraphDRPNetwork(GENES).double().train()
    repeated.load_state_dict(once.state_dict())
    cells, truth = torch.randn(4, GENES).double(), torch.rand(9).double()
    drug, cell = torch.tensor([0, 0, 0, 2, 2, 5, 5, 7, 7]), torch.tensor([0, 1, 2, 3, 0, 1, 2, 3, 0])
    distinct, position, count = torch.unique(drug, return_inverse=True, return_counts=True)
    texts = list(SMILES.values())
    copies = molecular_graphs({f"pair {i}": texts[d] for i, d in enumerate(drug.tolist())})
    copied = Graphs.from_arrays(copies["atoms"].astype(np.float64), copies["atom_start"], copies["bonds"])
    doubled = Graphs.from_arrays(arrays["atoms"].astype(np.float64), arrays["atom_start"], arrays["bonds"])

    a = once.respond(once.encode_drugs(doubled.select(distinct), count)[position], once.encode_cells(cells)[cell])
    b = repeated.respond(repeated.encode_drugs(copied, torch.ones(9)), repeated.encode_cells(cells[cell]))
    torch.testing.assert_close(a, b)
    torch.mean((a - truth) ** 2).backward()
    torch.mean((b - truth) ** 2).backward()
    for (name, first), second in zip(once.named_parameters(), repeated.parameters(), strict=True):
        torch.testing.assert_close(first.grad, second.grad, msg=name)
    for (name, first), second in zip(once.named_buffers(), repeated.buffers(), strict=True):
        torch.testing.assert_close(first, second, msg=name)


def test_weighted_normalisation_equals_that_of_repeated_rows():
    ours, theirs = NodeNorm(4).double(), nn.BatchNorm1d(4).double()
    values, count = torch.randn(6, 4).double(), torch.tensor([1.0, 0.0, 3.0, 2.0, 1.0, 4.0]).double()
    rows = torch.repeat_interleave(torch.arange(6), count.long())
    for _ in range(2):
        torch.testing.assert_close(ours(values, count)[rows], theirs(values[rows]))
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_var, theirs.running_var)
    ours.eval(), theirs.eval()
    torch.testing.assert_close(ours(values, count), theirs(values))


def test_the_gradient_of_a_gathered_sum_is_the_transposed_sum():
    table = torch.tensor([[1, 4], [0, 2], [1, 3], [2, 4]])
    values = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: gather_sum(v, table, table), (values,))
    members, owner = torch.tensor([[0, 1, 2], [3, 4, 4]]), torch.tensor([[0], [0], [0], [1]])
    assert torch.autograd.gradcheck(lambda v: gather_sum(v, members, owner), (values,))


def test_selected_graphs_are_those_of_the_drugs_alone(graphs):
    selected = graphs.select(torch.tensor([1, 6, 7]))
    texts = list(SMILES.values())
    alone = molecular_graphs({str(i): texts[i] for i in (1, 6, 7)})
    expected = Graphs.from_arrays(alone["atoms"], alone["atom_start"], alone["bonds"])
    torch.testing.assert_close(selected.atoms, expected.atoms)
    assert selected.drug.tolist() == expected.drug.tolist()
    for name in ("neighbours", "members"):
        rows = getattr(selected, name).tolist()
        none = len(selected.atoms)
        wanted = [sorted(i for i in row if i < none) for row in getattr(expected, name).tolist()]
        assert [sorted(i for i in row if i < none) for row in rows] == wanted


def test_every_weight_receives_a_gradient(graphs):
    network = GraphDRPNetwork(GENES).train()
    drugs = network.encode_drugs(graphs, torch.ones(len(SMILES)))
    prediction = network.respond(drugs, network.encode_cells(torch.randn(len(SMILES), GENES)))
    torch.mean((prediction - torch.rand(len(SMILES))) ** 2).backward()
    without = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []
