"""The network of IGTD equals a plain re-derivation, and encoding an image once equals encoding it once a pair."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from hpo.models.igtd.network import IGTDNetwork, ImageEncoder, ImageNorm, sides


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(3)


def parameters(drug_side: int, cell_side: int) -> int:
    network = IGTDNetwork(drug_side, cell_side, filters=16, width=1000, dropout=0.1)
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(("drug", "count"), [(50, 1_307_218), (37, 2_151_826), (40, 2_567_826)])
def test_parameter_counts_are_those_of_the_original(drug, count):
    assert parameters(drug, 50) == count


@pytest.mark.parametrize(
    ("side", "maps"), [(50, [23, 9, 2]), (37, [16, 6]), (40, [18, 7]), (10, [3]), (6, [1]), (300, [148, 72, 34, 15])]
)
def test_layers_end_where_the_next_would_have_no_room(side, maps):
    assert sides(side) == maps
    encoder = ImageEncoder(side, 2)
    assert encoder(torch.zeros(1, side, side), torch.ones(1)).shape == (1, encoder.outputs)


def relu(values):
    return np.maximum(values, 0)


def naive_encoder(weights, name, image, layers):
    """One image through the convolutions, pixel by pixel, in 64 bits."""
    maps = image.astype(np.float64)[None]
    for i in range(layers):
        kernel, bias = weights[f"{name}.convolutions.{i}.weight"], weights[f"{name}.convolutions.{i}.bias"]
        side = maps.shape[1] - 4
        out = np.zeros((len(kernel), side, side))
        for channel in range(len(kernel)):
            for y in range(side):
                for x in range(side):
                    out[channel, y, x] = bias[channel] + (kernel[channel] * maps[:, y : y + 5, x : x + 5]).sum()
        w = {key: weights[f"{name}.norms.{i}.{key}"][:, None, None] for key in NORM}
        out = relu((out - w["running_mean"]) / np.sqrt(w["running_var"] + 1e-3) * w["weight"] + w["bias"])
        half = side // 2
        maps = np.array(
            [[[m[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].max() for x in range(half)] for y in range(half)] for m in out]
        )
    return maps.reshape(-1)


NORM = ("running_mean", "running_var", "weight", "bias")


def test_the_forward_pass_equals_a_plain_derivation():
    network = IGTDNetwork(8, 14, filters=3, width=20, dropout=0.3).eval()
    for norm in (*network.drug.norms, *network.cell.norms):
        norm.running_mean.uniform_(-0.3, 0.3)
        norm.running_var.uniform_(0.5, 2)
        nn.init.uniform_(norm.weight, -1, 1)
        nn.init.uniform_(norm.bias, -0.3, 0.3)
    for layer in network.hidden:
        nn.init.uniform_(layer.bias, -0.1, 0.3)
    weights = {name: value.detach().double().numpy() for name, value in network.state_dict().items()}
    drugs, cells = torch.rand(3, 8, 8), torch.rand(3, 14, 14)
    with torch.no_grad():
        auc = network.respond(network.drug(drugs, torch.ones(3)), network.cell(cells, torch.ones(3)))
    assert [len(network.drug.convolutions), len(network.cell.convolutions)] == [1, 1]
    for i in range(3):
        values = np.concatenate(
            [naive_encoder(weights, "drug", drugs[i].numpy(), 1), naive_encoder(weights, "cell", cells[i].numpy(), 1)]
        )
        for layer in range(5):
            values = relu(weights[f"hidden.{layer}.weight"] @ values + weights[f"hidden.{layer}.bias"])
        expected = weights["output.weight"] @ values + weights["output.bias"]
        assert auc[i].item() == pytest.approx(expected.item(), rel=1e-4, abs=1e-6)


def test_two_layers_equal_a_plain_derivation():
    encoder = ImageEncoder(22, 2).eval()
    assert len(encoder.convolutions) == 2
    image = torch.rand(1, 22, 22)
    weights = {f"e.{name}": value.detach().double().numpy() for name, value in encoder.state_dict().items()}
    with torch.no_grad():
        encoded = encoder(image, torch.ones(1))[0].numpy()
    np.testing.assert_allclose(encoded, naive_encoder(weights, "e", image[0].numpy(), 2), rtol=1e-4, atol=1e-5)


def test_encoding_an_image_once_equals_encoding_it_for_every_pair():
    once, repeated = (IGTDNetwork(8, 9, filters=2, width=20, dropout=0.0).double().train() for _ in range(2))
    repeated.load_state_dict(once.state_dict())
    drugs, cells, truth = torch.rand(3, 8, 8).double(), torch.rand(4, 9, 9).double(), torch.rand(7).double()
    drug, cell = torch.tensor([0, 0, 0, 1, 2, 2, 0]), torch.tensor([0, 1, 2, 3, 0, 1, 1])
    drug_count, cell_count = torch.bincount(drug).double(), torch.bincount(cell).double()

    a = once.respond(once.drug(drugs, drug_count)[drug], once.cell(cells, cell_count)[cell])
    ones = torch.ones(7).double()
    b = repeated.respond(repeated.drug(drugs[drug], ones), repeated.cell(cells[cell], ones))
    torch.testing.assert_close(a, b)
    torch.mean((a - truth) ** 2).backward()
    torch.mean((b - truth) ** 2).backward()
    for (name, first), second in zip(once.named_parameters(), repeated.parameters(), strict=True):
        torch.testing.assert_close(first.grad, second.grad, msg=name)
    for (name, first), second in zip(once.named_buffers(), repeated.buffers(), strict=True):
        torch.testing.assert_close(first, second, msg=name)


def test_running_statistics_are_the_mean_of_all_steps_at_first():
    norm = ImageNorm(2).double()
    steps = [torch.randn(3, 2, 4, 4).double() for _ in range(5)]
    for maps in steps:
        norm(maps, torch.ones(3).double())
    torch.testing.assert_close(norm.running_mean, torch.stack([m.mean(dim=(0, 2, 3)) for m in steps]).mean(dim=0))
    for _ in range(200):
        norm(steps[0], torch.ones(3).double())
    before = norm.running_mean.clone()
    norm(steps[1], torch.ones(3).double())
    torch.testing.assert_close(norm.running_mean, 0.99 * before + 0.01 * steps[1].mean(dim=(0, 2, 3)))


def test_weighted_normalisation_equals_that_of_repeated_images():
    ours, theirs = ImageNorm(3, slow_start=True).double(), nn.BatchNorm2d(3, eps=1e-3, momentum=0.01).double()
    nn.init.uniform_(ours.weight, 0.5, 2)
    theirs.weight.data.copy_(ours.weight.data)
    maps, count = torch.randn(4, 3, 5, 5).double(), torch.tensor([1.0, 3.0, 2.0, 1.0]).double()
    rows = torch.repeat_interleave(torch.arange(4), count.long())
    for _ in range(2):
        torch.testing.assert_close(ours(maps, count)[rows], theirs(maps[rows]))
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_var, theirs.running_var)
    ours.eval(), theirs.eval()
    torch.testing.assert_close(ours(maps, count), theirs(maps))


def test_weights_begin_as_in_the_original():
    network = IGTDNetwork(50, 50, filters=16, width=1000, dropout=0.1)
    first = network.hidden[0]
    bound = (6 / (512 + 1000)) ** 0.5
    assert 0.99 * bound < first.weight.abs().max().item() <= bound
    assert first.bias.abs().max() == 0
    kernel = network.drug.convolutions[1]
    bound = (6 / (25 * (16 + 32))) ** 0.5
    assert 0.99 * bound < kernel.weight.abs().max().item() <= bound


def test_dropout_leaves_out_outputs_of_all_hidden_layers_but_the_last():
    network = IGTDNetwork(6, 6, filters=1, width=40, dropout=0.5).train()
    drugs, cells = torch.rand(2, network.drug.outputs), torch.rand(2, network.cell.outputs)
    zeros = []
    for layer in network.hidden:
        layer.register_forward_pre_hook(lambda _, inputs: zeros.append((inputs[0] == 0).float().mean().item()))
        nn.init.constant_(layer.bias, 1.0)
        nn.init.constant_(layer.weight, 0.001)
    last = []
    network.output.register_forward_pre_hook(lambda _, inputs: last.append((inputs[0] == 0).any().item()))
    network.respond(drugs, cells)
    assert zeros[0] == 0
    assert all(0 < share < 1 for share in zeros[1:3])
    assert last == [False]
