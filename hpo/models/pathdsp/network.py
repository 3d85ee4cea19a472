"""The network of PathDSP in plain PyTorch.

Its first layer is linear in the features of the cell line and of the drug, so each part is computed once for each
distinct cell line and drug of a batch and added for each pair. That is the same sum in another order.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor, nn

SHARES: Final = (1.0, 0.8, 0.5, 0.1)
"""Units of the hidden layers in shares of the first one's."""

WIDTH: Final = 1000
BIAS: Final = 0.01
"""Initial bias of every layer."""

OFFSET: Final = 0.01
"""Added to the AUC before its logarithm is taken, so that 0 has one."""


def hidden_sizes(width: int) -> tuple[int, ...]:
    """Units of the hidden layers.

    >>> hidden_sizes(1000)
    (1000, 800, 500, 100)
    """
    return tuple(max(1, round(share * width)) for share in SHARES)


class PathDSPNetwork(nn.Module):
    """Fully connected layers with ELU and dropout; predicts the response of a pair without bounds.

    Args:
        drug_features: Features of a drug.
        cell_features: Features of a cell line.
        dropout: Share of the units left out after each hidden layer while training.
        width: Units of the first hidden layer.

    Source: Tang and Gottlieb (2021), Scientific Reports 11:3128, with the sizes of the IMPROVE curation.
    """

    def __init__(self, drug_features: int, cell_features: int, *, dropout: float, width: int = WIDTH) -> None:
        super().__init__()
        self.drug_features = drug_features
        self.dropout = dropout
        sizes = (drug_features + cell_features, *hidden_sizes(width), 1)
        first, *others = (_linear(inputs, outputs) for inputs, outputs in pairwise(sizes))
        self.first = first
        self.others = nn.ModuleList(others)

    def encode_drugs(self, drugs: Tensor) -> Tensor:
        """Share of the first layer that comes from the drugs, shape ``(D, width)``."""
        return F.linear(drugs, self.first.weight[:, : self.drug_features])

    def encode_cells(self, cells: Tensor) -> Tensor:
        """The other share, from the cell lines, with the bias, shape ``(C, width)``."""
        return F.linear(cells, self.first.weight[:, self.drug_features :], self.first.bias)

    def respond(self, drugs: Tensor, cells: Tensor) -> Tensor:
        """Response of each pair, shape ``(n,)``, from the encodings of its drug and cell line, ``(n, width)`` each."""
        values = drugs + cells
        for layer in self.others:
            values = layer(F.dropout(F.elu(values), self.dropout, self.training))
        result: Tensor = values[:, 0]
        return result


def _linear(inputs: int, outputs: int) -> nn.Linear:
    layer = nn.Linear(inputs, outputs)
    nn.init.kaiming_uniform_(layer.weight)
    nn.init.constant_(layer.bias, BIAS)
    return layer


def to_log(auc: Tensor) -> Tensor:
    """What the network learns: ``log10(auc + 0.01)``."""
    return torch.log10(auc + OFFSET)


def to_auc(logs: Tensor) -> Tensor:
    """Inverse of :func:`to_log`."""
    return torch.pow(10.0, logs) - OFFSET
