"""The network of HiDRA in plain PyTorch.

It takes the distinct drugs and cell lines of a batch and the pairs that they form. Layers that depend on one of them
alone are computed once for each; batch normalisation counts a drug as often as it occurs in the pairs. Layers on the
same input are one layer here, whose blocks are initialised as if they were several.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor, nn

from hpo.models.hidra.attention import GeneAttention, drug_units, glorot_limit, similar_sizes

ENCODER: Final = (256, 128)
"""Layers of the drug encoder that leads to the head."""

STEERING: Final = (128, 32)
"""Layers of the drug encoder that steers the attention."""

HEAD: Final = 128
EPSILON: Final = 1e-3
MOMENTUM: Final = 0.01
"""Constants of batch normalisation in Keras."""


def pathway_units(pathways: int) -> int:
    """Units of the drug's share in the attention over ``pathways`` pathways.

    >>> pathway_units(186)
    12
    """
    return pathways // 16 + 1


class DrugLayer(nn.Module):
    """A layer, batch normalisation and ReLU on distinct drugs.

    Args:
        inputs: Features.
        blocks: Units; several numbers for as many independent layers side by side.
    """

    def __init__(self, inputs: int, *blocks: int) -> None:
        super().__init__()
        self.linear = _linear(inputs, sum(blocks))
        self.norm = _norm(sum(blocks))
        limits = torch.tensor([glorot_limit(inputs, units) for units in blocks for _ in range(units)])
        with torch.no_grad():
            self.linear.weight.uniform_(-1, 1).mul_(limits[:, None])

    def forward(self, values: Tensor, drug: Tensor, first: Tensor) -> Tensor:
        """Shape ``(D, units)``.

        Args:
            values: A row a drug.
            drug: Drug of each pair, by which training counts the drugs.
            first: First pair of each drug.
        """
        values = self.linear(values)
        if self.training:  # the statistics are those of the pairs; any pair of a drug then has the drug's value
            return F.relu(self.norm(values.index_select(0, drug)).index_select(0, first))
        return F.relu(self.norm(values))


class HiDRANetwork(nn.Module):
    """HiDRA; predicts the response of a pair without bounds.

    Args:
        pathways: Columns of the expression that belong to each pathway.
        genes: Columns of the expression.
        bits: Features of a drug.

    Source: Jin and Nam (2021), Journal of Chemical Information and Modeling 61(8):3858-3867.
    """

    _order: Tensor

    def __init__(self, pathways: Sequence[Sequence[int]], genes: int, bits: int) -> None:
        super().__init__()
        number = len(pathways)
        units = [drug_units(len(pathway)) for pathway in pathways]
        ends = [0, *accumulate(units)]
        self.first = DrugLayer(bits, ENCODER[0], STEERING[0])
        self.encoder = DrugLayer(ENCODER[0], ENCODER[1])
        self.steering = DrugLayer(STEERING[0], STEERING[1])
        self.terms = DrugLayer(STEERING[1], *units, pathway_units(number))
        groups = similar_sizes([len(pathway) for pathway in pathways])
        self.attention = nn.ModuleList(
            GeneAttention(
                [pathways[place] for place in group],
                genes,
                [range(ends[place], ends[place + 1]) for place in group],
                ends[-1] + pathway_units(number),
            )
            for group in groups
        )
        places = torch.tensor([place for group in groups for place in group])
        self.register_buffer("_order", torch.argsort(places), persistent=False)
        self.pathway_norm = _norm(number)
        self.pathway_attention = _linear(number + pathway_units(number), number)
        self.weighted_norm = _norm(number)
        self.joined = _linear(number + ENCODER[1], HEAD)
        self.joined_norm = _norm(HEAD)
        self.output = _linear(HEAD, 1)

    @property
    def weights(self) -> int:
        """Trainable numbers; what only fills up the attention to equal sizes is not counted."""
        result = sum(parameter.numel() for parameter in self.parameters())
        for group in self.attention.children():
            assert isinstance(group, GeneAttention)
            result += group.weights - sum(parameter.numel() for parameter in group.parameters())
        return result

    def forward(self, cells: Tensor, drugs: Tensor, cell: Tensor, drug: Tensor) -> Tensor:
        """Response of each pair, shape ``(n,)``.

        Args:
            cells: Expression of distinct cell lines, shape ``(C, genes)``.
            drugs: Bits of distinct drugs, float, shape ``(D, bits)``, each of at least one pair.
            cell: Cell line of each pair, shape ``(n,)``.
            drug: Drug of each pair, shape ``(n,)``.
        """
        if self.training and len(drug) == 1:  # a single row has no variance; twice the same row has 0
            return self.forward(cells, drugs, cell.repeat(2), drug.repeat(2))[:1]
        pairs = torch.arange(len(drug), device=drug.device)
        first = torch.full((len(drugs),), len(drug), device=drug.device).scatter_reduce(0, drug, pairs, "amin")
        encoded, steering = self.first(drugs, drug, first).split((ENCODER[0], STEERING[0]), dim=1)
        encoded, steering = self.encoder(encoded, drug, first), self.steering(steering, drug, first)
        terms = self.terms(steering, drug, first)
        values = F.relu(self.pathway_norm(self._pathways(cells, terms, cell, drug)))
        pathway_terms = terms[:, -pathway_units(values.shape[1]) :]
        logits = _split(self.pathway_attention, values, pathway_terms, drug)
        values = F.relu(self.weighted_norm(values * F.softmax(torch.tanh(logits), dim=1)))
        values = F.relu(self.joined_norm(_split(self.joined, values, encoded, drug)))
        result: Tensor = self.output(values)[:, 0]
        return result

    def _pathways(self, cells: Tensor, terms: Tensor, cell: Tensor, drug: Tensor) -> Tensor:
        """Weighted mean expression of each pathway, in their order, shape ``(n, pathways)``."""
        cells, terms = F.pad(cells, (0, 1)), F.pad(terms, (0, 1))
        values = [group(cells, terms, cell, drug) for group in self.attention]
        return torch.cat(values, dim=1).index_select(1, self._order)


def _split(layer: nn.Linear, pairs: Tensor, drugs: Tensor, drug: Tensor) -> Tensor:
    """``layer`` of the features of each pair followed by those of its drug, which are computed once a drug."""
    width = pairs.shape[1]
    by_pair = F.linear(pairs, layer.weight[:, :width], layer.bias)
    return by_pair + F.linear(drugs, layer.weight[:, width:]).index_select(0, drug)


def _linear(inputs: int, outputs: int) -> nn.Linear:
    layer = nn.Linear(inputs, outputs)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def _norm(width: int) -> nn.BatchNorm1d:
    return nn.BatchNorm1d(width, eps=EPSILON, momentum=MOMENTUM)
