"""The training loop, on a network of two weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from hpo.models.neural import Schedule, batches, evaluate, fit


class Line:
    """Fits a line through ten points; counts what the loop asks for."""

    def __init__(self, start=0.0):
        self.network = nn.Linear(1, 1)
        nn.init.constant_(self.network.weight, start)
        nn.init.constant_(self.network.bias, 0.0)
        self.x = torch.linspace(0, 1, 10)[:, None]
        self.y = 0.3 + 0.5 * self.x[:, 0]
        self.rows = 10
        self.seen = []

    def loss(self, rows):
        self.seen.append(rows.tolist())
        return torch.mean((self.network(self.x[rows])[:, 0] - self.y[rows]) ** 2)

    def predict(self, part):
        assert part == "val"
        assert not self.network.training
        return self.network(self.x)[:, 0]


def schedule(**changes):
    values = {"learning_rate": 0.05, "batch_size": 4, "epochs": 5, "patience": 5}
    return Schedule(**(values | changes))


def test_every_row_is_seen_once_an_epoch_in_a_seeded_order():
    first, second, other = Line(), Line(), Line()
    for task, seed in ((first, 1), (second, 1), (other, 2)):
        fit(task, task.y.numpy(), schedule(epochs=2), seed=seed)
    epoch = [row for batch in first.seen[:3] for row in batch]
    assert sorted(epoch) == list(range(10))
    assert first.seen == second.seen != other.seen
    assert first.seen[:3] != first.seen[3:]


def test_the_weights_of_the_best_epoch_are_restored():
    task = Line(start=0.5)
    truth = task.y.numpy() - 0.3  # the start is right for validation, and training leads away from it
    result = fit(task, truth, schedule(epochs=30, patience=4), seed=0)
    assert (result.best_epoch, result.epochs_run) == (1, 5)
    assert result.message == ""
    again = Line(start=0.5)
    fit(again, truth, schedule(epochs=1), seed=0)
    np.testing.assert_array_equal(evaluate(task, "val"), evaluate(again, "val"))


def test_training_ends_with_the_epochs_while_it_improves():
    task = Line()
    result = fit(task, task.y.numpy(), schedule(epochs=7, learning_rate=0.005), seed=0)
    assert result.epochs_run == result.best_epoch == 7


class Dead(Line):
    def predict(self, part):
        return torch.ones(10)


def test_a_constant_network_is_stopped_after_two_epochs():
    task = Dead()
    result = fit(task, task.y.numpy(), schedule(epochs=100, patience=50), seed=0)
    assert (result.epochs_run, result.best_epoch) == (2, 1)
    assert result.message == "constant output from epoch 1 on"


class Diverging(Line):
    def predict(self, part):
        return super().predict(part) if len(self.seen) < 4 else torch.full((10,), torch.nan)


def test_a_network_that_is_not_finite_is_stopped_at_once():
    task = Diverging()
    result = fit(task, task.y.numpy(), schedule(epochs=100), seed=0)
    assert (result.epochs_run, result.best_epoch) == (2, 1)
    assert result.message == "not finite from epoch 2 on"
    never = Diverging()
    never.seen = [[]] * 4
    assert fit(never, never.y.numpy(), schedule(), seed=0).best_epoch is None


@given(st.integers(1, 60), st.integers(1, 20))
def test_no_batch_but_an_only_one_has_a_single_row(rows, size):
    parts = batches(torch.arange(rows), size)
    assert torch.cat(parts).tolist() == list(range(rows))
    if size > 1 and rows > 1:
        assert min(len(part) for part in parts) > 1
        assert max(len(part) for part in parts) <= size + 1


@pytest.mark.parametrize(("rows", "size", "sizes"), [(9, 4, [4, 5]), (8, 4, [4, 4]), (1, 4, [1]), (3, 1, [1, 2])])
def test_a_last_row_joins_the_batch_before(rows, size, sizes):
    assert [len(part) for part in batches(torch.arange(rows), size)] == sizes
