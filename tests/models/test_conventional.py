"""What benchmarks hold our training against computes the same: a drug and a cell line encoded for every pair."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from hpo.models.deepttc.network import Sizes as DeepTTCSizes
from hpo.models.deepttc.task import DeepTTCTask
from hpo.models.graphdrp.task import GraphDRPTask
from hpo.models.neural import evaluate
from hpo.models.paccmann.network import Sizes as PaccmannSizes
from hpo.models.paccmann.task import PaccmannTask
from hpo.models.registry import load

CPU = torch.device("cpu")
DEEPTTC = DeepTTCSizes(2, 16, 2, 24, dropout=0.0, attention_dropout=0.0, hidden_dropout=0.0)
PACCMANN = PaccmannSizes(4, 5, 2, 6, (12, 8), dropout=0.0)


@pytest.fixture(scope="module")
def conventional():
    path = Path(__file__).parents[2] / "benchmarks" / "conventional.py"
    spec = importlib.util.spec_from_file_location("conventional", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setitem(sys.modules, "conventional", module)  # its dataclass looks itself up
    spec.loader.exec_module(module)
    yield module
    monkeypatch.undo()


@pytest.fixture
def deepttc(tiny_csa):
    torch.manual_seed(2)
    arrays = load("DeepTTC").prepare(tiny_csa, "TINY", 0)
    return "DeepTTC", arrays, DEEPTTC, DeepTTCTask(arrays, DEEPTTC, CPU)


@pytest.fixture
def paccmann(tiny_csa):
    torch.manual_seed(2)
    arrays = load("Paccmann_MCA").prepare(tiny_csa, "TINY", 0)
    arrays["tokens"], arrays["token_count"] = arrays["tokens"][:, :1], arrays["token_count"][:, :1]
    return "Paccmann_MCA", arrays, PACCMANN, PaccmannTask(arrays, PACCMANN, CPU, augment=True)


def collated(conventional, name, arrays, sizes, part, rows):
    way = conventional.CONVENTIONAL[name](arrays, sizes)
    samples = conventional.Samples(way, part, len(arrays[f"{part}_auc"]))
    return way, way.collate([samples[row] for row in rows])


@pytest.mark.parametrize("model", ["deepttc", "paccmann"])
def test_predictions_losses_and_gradients_are_the_same(model, conventional, request):
    name, arrays, sizes, task = request.getfixturevalue(model)
    ours = evaluate(task, "val")
    way, batch = collated(conventional, name, arrays, sizes, "val", range(len(ours)))
    with torch.inference_mode():
        np.testing.assert_allclose(way.forward(task.network, *batch[:-1]).numpy(), ours, atol=1e-5)
    task.network.train()
    rows = torch.arange(3, 70)
    loss = task.loss(rows)
    gradients = torch.autograd.grad(loss, list(task.network.parameters()))
    way, batch = collated(conventional, name, arrays, sizes, "train", rows.tolist())
    their_loss = conventional.loss_of(way, task.network, batch)
    torch.testing.assert_close(their_loss, loss)
    theirs = torch.autograd.grad(their_loss, list(task.network.parameters()))
    for (parameter, _), ours_, theirs_ in zip(task.network.named_parameters(), gradients, theirs, strict=True):
        # Batch normalisation and sums over hundreds of paddings lose digits in 32 bits; in 64 they agree to 7.
        assert (ours_ - theirs_).abs().max() < 1e-2 * theirs_.abs().max() + 1e-5, parameter


def test_predictions_of_graphs_are_the_same(conventional, graphdrp_arrays):
    torch.manual_seed(2)
    task = GraphDRPTask(graphdrp_arrays, CPU)
    ours = evaluate(task, "val")
    way, batch = collated(conventional, "GraphDRP", graphdrp_arrays, None, "val", range(len(ours)))
    with torch.inference_mode():
        np.testing.assert_allclose(way.forward(task.network, *batch[:-1]).numpy(), ours, atol=1e-5)
