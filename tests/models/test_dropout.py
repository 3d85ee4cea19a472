"""Dropout that draws 16 bits for each element."""

from __future__ import annotations

import pytest
import torch

from hpo.models.dropout import dropout


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(4)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_share_and_the_mean_are_right(rate):
    result = dropout(torch.ones(300, 333), rate, True)
    kept = result != 0
    assert abs(kept.float().mean().item() - (1 - rate)) < 0.01
    torch.testing.assert_close(result[kept], torch.full_like(result[kept], 1 / (1 - rate)), rtol=2e-4, atol=0)


def test_neighbours_are_dropped_independently():
    """Four elements share a number: no two of them may go together more often than by chance."""
    dropped = (dropout(torch.ones(40_000, 4), 0.3, True) == 0).float()
    together = dropped.T @ dropped / len(dropped)
    for i in range(4):
        for j in range(i):
            assert abs(together[i, j].item() - 0.09) < 0.01


def test_the_gradient_has_the_same_mask():
    values = torch.rand(7, 5, 3, requires_grad=True)
    result = dropout(values, 0.4, True)
    result.sum().backward()
    torch.testing.assert_close(values.grad * values.detach(), result.detach())
    assert 0 < (values.grad == 0).sum() < values.numel()


def test_numbers_follow_the_seed():
    first = dropout(torch.ones(99), 0.5, True)
    torch.manual_seed(4)
    assert torch.equal(first, dropout(torch.ones(99), 0.5, True))
    assert not torch.equal(first, dropout(torch.ones(99), 0.5, True))


@pytest.mark.parametrize(("rate", "training"), [(0.0, True), (0.5, False)])
def test_nothing_is_dropped_without_need(rate, training):
    values = torch.rand(5)
    assert dropout(values, rate, training) is values


def test_64_bit_values_keep_their_type():
    assert dropout(torch.ones(8, dtype=torch.float64), 0.5, True).dtype == torch.float64
