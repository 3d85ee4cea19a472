"""The network of DeepTTC equals a plain re-derivation."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hpo.models.deepttc.network import DeepTTCNetwork, Sizes

SMALL = Sizes(layers=2, hidden=8, heads=2, intermediate=12)
GENES, UNITS = 6, 9
TOKENS = [[3, 1, 8, 2], [5, 0, 0, 0], [7, 7, 1, 0]]
COUNTS = [4, 1, 3]


@pytest.fixture
def network():
    torch.manual_seed(3)
    return DeepTTCNetwork(GENES, UNITS, SMALL).eval()


def test_parameter_count_at_958_genes_is_that_of_the_original():
    network = DeepTTCNetwork(958, 2586, Sizes())
    assert sum(parameter.numel() for parameter in network.parameters()) == 5_170_497


def linear(weights, name, values):
    return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def normalised(weights, name, values):
    mean, variance = values.mean(-1, keepdims=True), values.var(-1, keepdims=True)
    return (values - mean) / np.sqrt(variance + 1e-12) * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def naive_drug(weights, tokens, count, length=50):
    """The encoder over all 50 positions in 64 bits, one drug, head by head, every position of every layer."""
    ids = np.array(list(tokens[:count]) + [0] * (length - count))
    values = normalised(weights, "norm", weights["words.weight"][ids] + weights["positions.weight"][np.arange(length)])
    for i in range(SMALL.layers):
        name = f"layers.{i}"
        query = linear(weights, f"{name}.query", values)
        key, value = np.split(linear(weights, f"{name}.key_value", values), 2, axis=1)
        context = np.zeros_like(values)
        width = SMALL.hidden // SMALL.heads
        for head in range(SMALL.heads):
            part = slice(head * width, (head + 1) * width)
            scores = query[:, part] @ key[:, part].T / np.sqrt(width)
            scores[:, count:] -= 10000
            scores = np.exp(scores - scores.max(axis=1, keepdims=True))
            context[:, part] = scores / scores.sum(axis=1, keepdims=True) @ value[:, part]
        values = normalised(weights, f"{name}.attention_norm", linear(weights, f"{name}.attended", context) + values)
        inner = np.maximum(linear(weights, f"{name}.inner", values), 0)
        values = normalised(weights, f"{name}.norm", linear(weights, f"{name}.outer", inner) + values)
    return values[0]


def test_the_forward_pass_equals_a_plain_derivation(network):
    weights = {name: value.double().numpy() for name, value in network.state_dict().items()}
    cells = torch.randn(3, GENES)
    with torch.no_grad():
        drugs = network.encode_drugs(torch.tensor(TOKENS), torch.tensor(COUNTS))
        encoded = network.encode_cells(cells)
        auc = network.respond(drugs, encoded)
    for i in range(3):
        drug = naive_drug(weights, TOKENS[i], COUNTS[i])
        np.testing.assert_allclose(drugs[i].numpy(), drug, rtol=1e-4, atol=1e-5)
        cell = cells[i].double().numpy()
        for j in range(4):
            cell = np.maximum(linear(weights, f"cell.{j}", cell), 0)
        values = np.concatenate([drug, cell])
        for j in range(3):
            values = np.maximum(linear(weights, f"head.{j}", values), 0)
        assert auc[i].item() == pytest.approx(linear(weights, "head.3", values)[0], rel=1e-4, abs=1e-5)


def test_positions_beyond_the_longest_drug_change_nothing(network):
    padded = torch.nn.functional.pad(torch.tensor(TOKENS), (0, 6))
    with torch.no_grad():
        short = network.encode_drugs(torch.tensor(TOKENS), torch.tensor(COUNTS))
        torch.testing.assert_close(network.encode_drugs(padded, torch.tensor(COUNTS)), short)


def test_every_weight_receives_a_gradient(network):
    network.train()
    drugs = network.encode_drugs(torch.tensor(TOKENS), torch.tensor(COUNTS))
    torch.mean(network.respond(drugs, network.encode_cells(torch.randn(3, GENES))) ** 2).backward()
    without = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []


def test_dropout_acts_in_training_only(network):
    tokens, counts = torch.tensor(TOKENS), torch.tensor(COUNTS)
    with torch.no_grad():
        torch.testing.assert_close(network.encode_drugs(tokens, counts), network.encode_drugs(tokens, counts))
        network.train()
        assert not torch.equal(network.encode_drugs(tokens, counts), network.encode_drugs(tokens, counts))
