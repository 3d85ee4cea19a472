"""The training loop, on a network of two weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from hpo.models.neural import Schedule, batches, evaluate, fit
from hpo.models.rates import Plateau


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


class Prescribed(Line):
    """Has the validation losses that it is told to have."""

    def __init__(self, losses):
        super().__init__()
        self.losses = losses
        self.asked = 0

    def predict(self, part):
        self.asked += 1
        return torch.linspace(0, 1e-3, 10) + self.losses[self.asked - 1]


def fit_prescribed(losses, **changes):
    task = Prescribed(losses)
    score = lambda prediction, truth: float(prediction.mean() - truth.mean())  # noqa: E731
    settings = schedule(epochs=len(losses), patience=2) if not changes else schedule(epochs=len(losses), **changes)
    return fit(task, np.full(10, 5e-4), settings, seed=0, score=score)


def test_patience_counts_from_the_last_loss_that_was_better_by_min_delta():
    losses = [1.0, 0.95, 0.9, 0.85, 0.8, 0.75]
    assert fit_prescribed(losses, patience=2).epochs_run == 6
    result = fit_prescribed(losses, patience=2, min_delta=0.2)
    assert (result.epochs_run, result.best_epoch) == (3, 3)
    result = fit_prescribed(losses, patience=3, min_delta=0.12)
    assert (result.epochs_run, result.best_epoch) == (6, 6)


def test_without_patience_all_epochs_are_trained():
    result = fit_prescribed([1.0, 0.5, 0.6, 0.7, 0.8, 0.9], patience=None)
    assert (result.epochs_run, result.best_epoch) == (6, 2)


@pytest.mark.parametrize(("keep_latest", "epochs_run", "best"), [(0, 4, 2), (3, 5, 3), (6, 7, 6), (7, 8, 8), (8, 8, 8)])
def test_the_latest_weights_are_kept_for_as_long_as_asked(keep_latest, epochs_run, best):
    losses = [1.0, 0.5, 0.6, 0.7, 0.8, 0.6, 0.9, 0.8]
    patience = 1 if keep_latest == 6 else 2
    result = fit_prescribed(losses, patience=patience, keep_latest=keep_latest)
    assert (result.epochs_run, result.best_epoch) == (epochs_run, best)


def test_the_score_chooses_the_best_epoch():
    task = Line()
    settings = schedule(epochs=6, learning_rate=0.005)
    worst = fit(task, task.y.numpy(), settings, seed=0, score=lambda p, t: -float(np.mean((p - t) ** 2)))
    assert worst.best_epoch == 1


def test_the_rate_of_an_epoch_follows_from_the_losses_before_it():
    seen = []

    def rates(losses):
        seen.append(list(losses))
        return 0.05 if len(losses) < 2 else 0.0

    task, other = Line(), Line()
    fit(task, task.y.numpy(), schedule(epochs=4, learning_rate=rates), seed=0)
    assert [len(losses) for losses in seen] == [0, 0, 1, 2, 3]  # the first time to build the optimiser
    assert seen[4][2] == seen[4][1]  # a rate of 0 changes nothing
    fit(other, other.y.numpy(), schedule(epochs=2), seed=0)
    np.testing.assert_array_equal(evaluate(task, "val"), evaluate(other, "val"))


def test_a_constant_rate_as_a_function_gives_the_same_bit_for_bit():
    first, second = Line(), Line()
    fit(first, first.y.numpy(), schedule(), seed=0)
    fit(second, second.y.numpy(), schedule(learning_rate=lambda _: 0.05), seed=0)
    np.testing.assert_array_equal(evaluate(first, "val"), evaluate(second, "val"))


def test_weight_decay_and_clipped_gradients_change_the_weights():
    def weights(**changes):
        task = Line()
        fit(task, task.y.numpy(), schedule(**changes), seed=0)
        return task.network.weight.item()

    assert len({weights(), weights(weight_decay=0.1), weights(clip_value=1e-9)}) == 3
    assert weights(clip_value=1e9) == weights()


def plateau(**changes):
    values = {"full": 1.0, "factor": 0.5, "patience": 2, "min_delta": 0.1, "least": 0.2}
    return Plateau(**(values | changes))


@pytest.mark.parametrize(
    ("losses", "rate"),
    [
        ([], 1.0),
        ([5.0, 5.0], 1.0),
        ([5.0, 5.0, 5.0], 0.5),
        ([5.0, 4.95, 4.91], 0.5),  # better, but not by 0.1
        ([5.0, 5.0, 4.0, 4.0], 1.0),
        ([5.0] * 5, 0.25),
        ([5.0] * 7, 0.2),
        ([5.0] * 99, 0.2),
    ],
)
def test_the_rate_falls_at_every_plateau_down_to_the_least(losses, rate):
    assert plateau()(losses) == rate


def test_a_warm_up_is_linear_and_undoes_what_plateaus_took():
    rates = plateau(warmup=4, start=0.1)
    falling = [9.0, 8.0, 7.0, 6.0, 5.0]
    np.testing.assert_allclose([rates(falling[:i]) for i in range(6)], [0.1, 0.325, 0.55, 0.775, 1.0, 1.0])
    np.testing.assert_allclose([rates([9.0] * i) for i in range(8)], [0.1, 0.325, 0.55, 0.775, 1.0, 0.5, 0.5, 0.25])


@given(st.lists(st.floats(0, 10), max_size=40), st.integers(0, 6), st.integers(1, 5))
def test_rates_stay_between_the_least_and_the_full_one(losses, warmup, patience):
    rates = plateau(warmup=warmup, start=0.01, patience=patience)
    assert 0.01 <= rates(losses) <= 1.0
    if len(losses) > warmup:
        assert rates(losses) >= 0.2


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
