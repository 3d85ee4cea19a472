"""The network of Paccmann_MCA equals a plain re-derivation over the full padded sequence."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hpo.models.paccmann import attention as module
from hpo.models.paccmann.attention import attention_scores
from hpo.models.paccmann.network import KERNELS, MARGIN, PaccmannNetwork, Sizes
from hpo.models.paccmann.tokens import compacted

SMALL = Sizes(embedding=4, filters=3, heads=2, attention=5, dense=(7, 6))
GENES, TOKENS, PADDED = 5, 9, 40
DRUGS = [[2, 5, 6, 3], [2, 8, 7, 7, 5, 4, 3], [2, *([6] * 36), 3]]


@pytest.fixture
def network():
    torch.manual_seed(3)
    network = PaccmannNetwork(GENES, TOKENS, SMALL).eval()
    for norm in network.norms:
        norm.running_mean.uniform_(-0.1, 0.1)
        norm.running_var.uniform_(0.5, 2)
    return network


@pytest.fixture
def drugs():
    count = np.array([len(drug) for drug in DRUGS])
    table = np.zeros((len(DRUGS), count.max()), dtype=np.int32)
    for row, drug in enumerate(DRUGS):
        table[row, : len(drug)] = drug
    return [torch.from_numpy(array) for array in compacted(table, count, TOKENS, MARGIN, padded=PADDED)]


def test_parameter_count_is_that_of_the_original_without_its_unused_normalisation():
    network = PaccmannNetwork(2128, 575, Sizes())
    assert sum(parameter.numel() for parameter in network.parameters()) == 8_176_129


def softmax(values, axis):
    values = np.exp(values - values.max(axis=axis, keepdims=True))
    return values / values.sum(axis=axis, keepdims=True)


def linear(weights, name, values):
    return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def naive_representations(weights, drug):
    """The embedding and the three convolutions of all padded positions, position by position, in 64 bits."""
    ids = [0] * (PADDED - len(drug)) + drug
    embedded = weights["embedding.weight"][ids]
    result = [embedded]
    for i, kernel in enumerate(KERNELS):
        weight, bias = weights[f"convolutions.{i}.weight"], weights[f"convolutions.{i}.bias"]
        outside = np.zeros((kernel // 2, SMALL.embedding))
        wide = np.concatenate([outside, embedded, outside])
        rows = [(weight * wide[t : t + kernel].T).sum(axis=(1, 2)) + bias for t in range(PADDED)]
        result.append(np.maximum(np.array(rows), 0))
    return result


def naive_response(weights, drug, genes):
    context = linear(weights, "context", softmax(linear(weights, "gene_attention", genes), 0) * genes)
    encodings = []
    for k, values in enumerate(naive_representations(weights, drug)):
        positions = linear(weights, f"positions.{k}", values)
        for head in range(SMALL.heads):
            own = slice(head * SMALL.attention, (head + 1) * SMALL.attention)
            number = k * SMALL.heads + head
            shared = slice(number * SMALL.attention, (number + 1) * SMALL.attention)
            scores = np.tanh(positions[:, own] + context[shared]) @ weights["scores"][number]
            encodings.append(softmax(scores, 0) @ values)
    values = np.concatenate(encodings)
    for i in range(len(SMALL.dense)):
        values = linear(weights, f"dense.{i}", values) - weights[f"norms.{i}.running_mean"]
        values = values / np.sqrt(weights[f"norms.{i}.running_var"] + 1e-5) * weights[f"norms.{i}.weight"]
        values = np.maximum(values + weights[f"norms.{i}.bias"], 0)
    return 1 / (1 + np.exp(-linear(weights, "output", values)[0]))


def test_the_forward_pass_equals_a_plain_derivation(network, drugs):
    weights = {name: value.double().numpy() for name, value in network.state_dict().items()}
    cells = torch.randn(4, GENES) * 3
    drug, cell = torch.tensor([0, 1, 2, 1, 0]), torch.tensor([0, 3, 2, 1, 1])
    with torch.no_grad():
        auc = network.respond(network.encode_drugs(*drugs), network.encode_cells(cells), drug, cell)
    for i in range(len(drug)):
        expected = naive_response(weights, DRUGS[drug[i]], cells[cell[i]].double().numpy())
        assert auc[i].item() == pytest.approx(expected, rel=1e-5)


def test_drugs_beside_a_longer_one_stay_as_they_are(network, drugs):
    cells = network.encode_cells(torch.randn(1, GENES))
    with torch.no_grad():
        together = network.respond(network.encode_drugs(*drugs), cells, torch.arange(3), torch.zeros(3).long())
        tokens, weight = (values[:1, : len(DRUGS[0]) + 2 * MARGIN + 1] for values in drugs)
        alone = network.respond(network.encode_drugs(tokens, weight), cells, torch.arange(1), torch.arange(1))
    torch.testing.assert_close(alone, together[:1])


def scores_of(positions, context, weight, drug, cell):
    return torch.einsum("nhta,ha->nht", torch.tanh(positions[drug] + context[cell][:, :, None]), weight)


@pytest.mark.parametrize("elements", [1, 1 << 19])
def test_scores_and_their_gradients_are_those_of_tanh(monkeypatch, elements):
    monkeypatch.setattr(module, "_ELEMENTS_AT_ONCE", elements)
    torch.manual_seed(1)
    inputs = [
        torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in ((3, 2, 6, 4), (5, 2, 4), (2, 4))
    ]
    drug, cell = torch.tensor([2, 0, 2, 2, 0]), torch.tensor([4, 0, 1, 1, 3])
    ours = torch.softmax(attention_scores(*inputs, drug, cell, torch.tensor([6, 6, 6])), dim=2)
    theirs = torch.softmax(scores_of(*inputs, drug, cell), dim=2)
    torch.testing.assert_close(ours, theirs)
    target = torch.rand_like(ours)
    for a, b in zip(
        torch.autograd.grad((ours * target).sum(), inputs),
        torch.autograd.grad((theirs * target).sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(a, b)


def test_one_block_for_all_drugs_gives_the_same(monkeypatch):
    """What runs on a GPU: one block that gathers."""
    torch.manual_seed(1)
    inputs = [
        torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in ((3, 2, 6, 4), (5, 2, 4), (2, 4))
    ]
    rest = torch.tensor([2, 0, 2, 2, 0]), torch.tensor([4, 0, 1, 1, 3]), torch.tensor([6, 6, 6])
    by_drug = attention_scores(*inputs, *rest)
    monkeypatch.setattr(module, "_blocks", lambda *_: [module._Block(torch.arange(5), -1, 6)])
    at_once = attention_scores(*inputs, *rest)
    torch.testing.assert_close(at_once, by_drug)
    target = torch.rand_like(at_once)
    gradients = torch.autograd.grad((at_once * target).sum(), inputs)
    monkeypatch.undo()
    for a, b in zip(gradients, torch.autograd.grad((by_drug * target).sum(), inputs), strict=True):
        torch.testing.assert_close(a, b)


def test_extreme_scores_stay_finite():
    positions = torch.full((1, 1, 2, 1), 100.0)
    scores = attention_scores(
        positions, torch.full((1, 1, 1), -100.0), torch.ones(1, 1), torch.zeros(1).long(), torch.zeros(1).long(),
        torch.tensor([2]),
    )  # fmt: skip
    assert torch.isfinite(scores).all()


def test_every_weight_receives_a_gradient(network, drugs):
    network.train()
    cells = network.encode_cells(torch.randn(4, GENES))
    prediction = network.respond(network.encode_drugs(*drugs), cells, torch.tensor([0, 1, 2, 1]), torch.arange(4))
    torch.mean((prediction - torch.rand(4)) ** 2).backward()
    without = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []


def test_the_position_that_stands_for_paddings_is_spared_from_dropout(drugs):
    torch.manual_seed(1)
    network = PaccmannNetwork(GENES, TOKENS, Sizes(filters=64, dropout=0.5)).train()
    with torch.no_grad():
        first, second = (network.encode_drugs(*drugs).representations for _ in range(2))
    average = drugs[1] > 0
    assert average.sum() == 2  # the longest drug has too little padding
    torch.testing.assert_close(first[average], second[average])
    assert not torch.equal(first[~average], second[~average])
