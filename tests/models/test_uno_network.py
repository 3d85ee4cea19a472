"""The network of Uno equals a plain re-derivation, in evaluation and with the dropout that it drew."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from hpo.models.uno import network as module
from hpo.models.uno.network import UnoNetwork


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(3)


@pytest.mark.parametrize(("layers", "count"), [(5, 10_012_001), (3, 8_010_001)])
def test_parameter_counts_are_those_of_the_original(layers, count):
    with torch.device("meta"):
        network = UnoNetwork(958, 1826, width=1000, interaction_layers=layers, dropout=0.1)
    assert sum(parameter.numel() for parameter in network.parameters()) == count + 1000 * (958 + 1826)


def relu(values):
    return np.maximum(values, 0)


def naive(weights, cell, drug, layers):
    """One pair through the layers in 64 bits."""

    def dense(name, values):
        return weights[f"{name}.weight"] @ values + weights[f"{name}.bias"]

    for i in range(3):
        cell, drug = relu(dense(f"cell.layers.{i}", cell)), relu(dense(f"drug.layers.{i}", drug))
    values = np.concatenate([cell, drug])
    for i in range(layers):
        values = relu(dense(f"interaction.{i}", values))
    return 1 / (1 + np.exp(-dense("output", values)))


@pytest.mark.parametrize("layers", [3, 5])
def test_the_forward_pass_equals_a_plain_derivation(layers):
    network = UnoNetwork(7, 4, width=9, interaction_layers=layers, dropout=0.5).eval()
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            nn.init.uniform_(parameter, -0.3, 0.5)
    weights = {name: value.detach().double().numpy() for name, value in network.state_dict().items()}
    cells, drugs = torch.randn(3, 7), torch.randn(2, 4)
    cell, drug = torch.tensor([0, 2, 1, 2]), torch.tensor([1, 1, 0, 0])
    with torch.no_grad():
        auc = network.respond(network.cell(cells, cell), network.drug(drugs, drug))
    expected = [naive(weights, cells[c].numpy(), drugs[d].numpy(), layers) for c, d in zip(cell, drug, strict=True)]
    np.testing.assert_allclose(auc.numpy(), np.ravel(expected), rtol=1e-4)


def test_training_without_dropout_is_the_same_function():
    network = UnoNetwork(7, 4, width=9, interaction_layers=3, dropout=0.0)
    cells, drugs = torch.randn(3, 7), torch.randn(2, 4)
    cell, drug = torch.tensor([0, 2, 1, 2]), torch.tensor([1, 1, 0, 0])
    results = [net.respond(net.cell(cells, cell), net.drug(drugs, drug)) for net in (network.train(), network.eval())]
    torch.testing.assert_close(*results)


def test_dropout_is_drawn_for_every_pair_and_hidden_layer(monkeypatch):
    drawn = []

    def recorded(values, rate, training):
        drawn.append((tuple(values.shape), rate, training))
        return values

    monkeypatch.setattr(module, "dropout", recorded)
    network = UnoNetwork(7, 4, width=9, interaction_layers=5, dropout=0.3).train()
    cell = drug = torch.zeros(6, dtype=torch.long)  # one cell line and one drug, six pairs
    network.respond(network.cell(torch.randn(1, 7), cell), network.drug(torch.randn(1, 4), drug))
    assert drawn == [((6, 9), 0.3, True)] * (3 + 3 + 5)


def test_weights_begin_as_in_the_original():
    network = UnoNetwork(50, 30, width=100, interaction_layers=3, dropout=0.1)
    bound = (6 / (50 + 100)) ** 0.5
    assert 0.97 * bound < network.cell.layers[0].weight.abs().max().item() <= bound
    assert all(parameter.abs().max() == 0 for name, parameter in network.named_parameters() if name.endswith("bias"))
