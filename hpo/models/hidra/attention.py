"""Attention over the genes of many pathways at once.

Pathways of similar size are computed together, filled up to the largest of them. What is filled up stays 0: its
inputs are 0 or masked, so its weights get no gradient and Adam leaves them alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

GROWTH: Final = 1.5
"""Largest ratio of two sizes that are computed together."""


def drug_units(genes: int) -> int:
    """Units of the drug's share in the attention over ``genes`` genes.

    >>> drug_units(10), drug_units(389)
    (3, 98)
    """
    return genes // 4 + 1


def similar_sizes(sizes: Sequence[int]) -> list[list[int]]:
    """Places of ``sizes`` in groups, the smallest first, so that no group spans more than :data:`GROWTH`.

    >>> similar_sizes([10, 40, 14, 16])
    [[0, 2], [3], [1]]
    """
    groups: list[list[int]] = []
    for place in sorted(range(len(sizes)), key=lambda place: (sizes[place], place)):
        if groups and sizes[place] <= GROWTH * sizes[groups[-1][0]]:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def glorot_limit(inputs: float, outputs: float) -> float:
    """Bound of the uniform initial weights of a layer (Glorot and Bengio 2010), the default of Keras."""
    return float(np.sqrt(6.0 / (inputs + outputs)))


class GeneAttention(nn.Module):
    """Each pathway's weighted mean of its genes; the weights depend on the genes and on the drug.

    Args:
        genes: Columns of the expression of each pathway, any sizes.
        columns: Columns of the expression.
        drug_columns: Columns of the drugs' terms that belong to each pathway, ``drug_units`` of its size.
        drug_width: Columns of the drugs' terms.
    """

    genes: Tensor
    drug_places: Tensor
    mask: Tensor

    def __init__(
        self, genes: Sequence[Sequence[int]], columns: int, drug_columns: Sequence[Sequence[int]], drug_width: int
    ) -> None:
        super().__init__()
        sizes = [len(pathway) for pathway in genes]
        units = [len(pathway) for pathway in drug_columns]
        most, most_units = max(sizes), max(units)
        self.register_buffer("genes", _padded(genes, most, columns), persistent=False)
        self.register_buffer("drug_places", _padded(drug_columns, most_units, drug_width), persistent=False)
        self.register_buffer("mask", (self.genes < columns).float()[:, None, :], persistent=False)
        self.gene_weight = nn.Parameter(torch.zeros(len(genes), most, most))
        self.drug_weight = nn.Parameter(torch.zeros(len(genes), most_units, most))
        self.bias = nn.Parameter(torch.zeros(len(genes), 1, most))
        with torch.no_grad():
            for row, (size, unit) in enumerate(zip(sizes, units, strict=True)):
                limit = glorot_limit(size + unit, size)
                self.gene_weight[row, :size, :size].uniform_(-limit, limit)
                self.drug_weight[row, :unit, :size].uniform_(-limit, limit)
        self.weights = sum(size * (size + unit + 1) for size, unit in zip(sizes, units, strict=True))
        """Trainable numbers, those that only fill up left out."""

    def forward(self, cells: Tensor, drugs: Tensor, cell: Tensor, drug: Tensor) -> Tensor:
        """Mean expression of each pair and pathway, shape ``(n, pathways)``.

        Args:
            cells: Expression of distinct cell lines with a last column of zeros, shape ``(C, columns + 1)``.
            drugs: Terms of distinct drugs with a last column of zeros, shape ``(D, drug_width + 1)``.
            cell: Cell line of each pair, shape ``(n,)``.
            drug: Drug of each pair, shape ``(n,)``.
        """
        values = _gathered(cells, self.genes)
        by_cell = torch.baddbmm(self.bias, values, self.gene_weight)
        by_drug = torch.bmm(_gathered(drugs, self.drug_places), self.drug_weight)
        # The hyperbolic tangent bounds the logits, so the softmax needs no shift.
        logits = torch.tanh(by_cell.index_select(1, cell) + by_drug.index_select(1, drug))
        weights = torch.exp(logits) * self.mask
        return ((weights * values.index_select(1, cell)).sum(dim=2) / weights.sum(dim=2)).T


def _gathered(rows: Tensor, places: Tensor) -> Tensor:
    """``rows[:, places]`` with pathways first: shape ``(pathways, len(rows), places)``."""
    return rows.index_select(1, places.flatten()).view(len(rows), *places.shape).transpose(0, 1)


def _padded(lists: Sequence[Sequence[int]], width: int, fill: int) -> Tensor:
    table = torch.full((len(lists), width), fill)
    for row, items in enumerate(lists):
        table[row, : len(items)] = torch.tensor(items)
    return table
