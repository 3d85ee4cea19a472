"""How much each position of a drug matters to a cell line: additive attention (Bahdanau et al. 2015) for all pairs.

The score of a position is ``v . tanh(p + c)`` with ``p`` of the position and ``c`` of the cell line. Since
``tanh(p + c) = 1 - 2 / (1 + exp(2p) exp(2c))``, exponentials are needed once a position of a drug and once a cell line;
what is left for each pair is a product and a reciprocal. They are made again on the way back instead of kept, in
blocks of pairs that fit a processor's cache, so that memory does not grow with pairs x positions x units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

_LIMIT: Final = 20.0
"""Bound on ``p`` and ``c``, so that the product of their exponentials is finite; tanh is 1 to 32 bits at 10."""

_ELEMENTS_AT_ONCE: Final = 1 << 19
"""Pairs x positions x units of a block on a CPU."""


def attention_scores(
    positions: Tensor, context: Tensor, weight: Tensor, drug: Tensor, cell: Tensor, length: Tensor
) -> Tensor:
    """Scores of the positions of each pair up to a constant, which a softmax over positions does not see.

    Args:
        positions: ``p`` of ``D`` drugs, ``H`` heads, ``T`` positions and ``A`` units, shape ``(D, H, T, A)``.
        context: ``c`` of ``C`` cell lines, shape ``(C, H, A)``.
        weight: ``v``, shape ``(H, A)``.
        drug: Drug of each pair, shape ``(n,)``.
        cell: Cell line of each pair, shape ``(n,)``.
        length: Positions of each drug, shape ``(D,)``; scores of further ones are meaningless.

    Returns:
        Shape ``(n, H, T)``.
    """
    result: Tensor = _Scores.apply(positions, context, weight, drug, cell, length)  # type: ignore[no-untyped-call]
    return result


class _Block(NamedTuple):
    """Pairs that are worked on at once: those of one drug, or of all drugs (``drug`` is -1)."""

    pairs: Tensor
    drug: int
    longest: int


class _Scores(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, positions: Tensor, context: Tensor, weight: Tensor, drug: Tensor, cell: Tensor, length: Tensor
    ) -> Tensor:
        positions, context = _doubled_exp(positions), _doubled_exp(context)
        ctx.save_for_backward(positions, context, weight, drug, cell, length)
        scores = positions.new_zeros(len(drug), *positions.shape[1:3])
        minus_twice = -2 * weight[..., None]
        for block in _blocks(drug, length, positions):
            inverse = _inverse(positions, context, drug, cell, block)
            scores[block.pairs, :, : block.longest] = (inverse @ minus_twice)[..., 0]
        return scores

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        positions, context, weight, drug, cell, length = ctx.saved_tensors
        to_positions, to_context = torch.zeros_like(positions), torch.zeros_like(context)
        to_weight = torch.zeros_like(weight)
        for block in _blocks(drug, length, positions):
            gradient = gradients[0][block.pairs, :, : block.longest]
            inverse = _inverse(positions, context, drug, cell, block)
            to_weight += (gradient[:, :, None] @ inverse)[:, :, 0].sum(dim=0)
            # A quarter of 1 - tanh squared.
            slope = torch.addcmul(inverse, inverse, inverse, value=-1)
            to_context.index_add_(0, cell[block.pairs], (gradient[:, :, None] @ slope)[:, :, 0])
            slope *= gradient[..., None]
            if block.drug < 0:
                to_positions.index_add_(0, drug, slope)
            else:
                to_positions[block.drug, :, : block.longest] += slope.sum(dim=0)
        four_times = 4 * weight
        return (
            to_positions.mul_(four_times[:, None]),
            to_context.mul_(four_times),
            to_weight.mul_(-2),
            None,
            None,
            None,
        )


def _doubled_exp(values: Tensor) -> Tensor:
    return values.clamp(-_LIMIT, _LIMIT).mul_(2).exp_()


def _inverse(positions: Tensor, context: Tensor, drug: Tensor, cell: Tensor, block: _Block) -> Tensor:
    """``1 / (1 + exp(2p) exp(2c))`` of a block, shape ``(pairs, H, longest, A)``."""
    cells = context.index_select(0, cell[block.pairs])[:, :, None]
    drugs = positions.index_select(0, drug) if block.drug < 0 else positions[block.drug, :, : block.longest]
    return (drugs * cells).add_(1).reciprocal_()


def _blocks(drug: Tensor, length: Tensor, positions: Tensor) -> Iterator[_Block]:
    """On a CPU blocks of one drug each, which need no gathering; elsewhere one block, since starting work costs."""
    if drug.device.type != "cpu":
        yield _Block(torch.arange(len(drug), device=drug.device), -1, positions.shape[2])
        return
    order = torch.argsort(drug, stable=True)
    counts = torch.bincount(drug, minlength=len(length)).tolist()
    for number, (pairs, longest) in enumerate(zip(torch.split(order, counts), length.tolist(), strict=True)):
        size = longest * positions.shape[1] * positions.shape[3]
        for some in torch.split(pairs, max(1, _ELEMENTS_AT_ONCE // size)):
            if len(some):
                yield _Block(some, number, longest)
