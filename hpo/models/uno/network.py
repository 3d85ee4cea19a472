"""The network of Uno in plain PyTorch.

It takes the distinct drugs and cell lines of a batch. The first layer of a tower, by far the largest, is worked out
once for each of them; what follows is worked out for each pair while training, since dropout is drawn for each pair,
and once for each drug and cell line otherwise.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor, nn

from hpo.models.dropout import dropout

TOWER_LAYERS: Final = 3


class Tower(nn.Module):
    """Three fully connected layers over the features of a drug or cell line, each with ReLU and dropout.

    Args:
        features: Number of features.
        width: Units of each layer.
        rate: Share of the outputs of each layer that is left out in training.
    """

    def __init__(self, features: int, width: int, rate: float) -> None:
        super().__init__()
        self.layers = _layers(features, width, TOWER_LAYERS)
        self.rate = rate

    def forward(self, table: Tensor, position: Tensor) -> Tensor:
        """Encoding of each pair, shape ``(n, width)``.

        Args:
            table: Features of the distinct drugs or cell lines, shape ``(m, features)``.
            position: Row of ``table`` of each pair, shape ``(n,)``.
        """
        values = F.relu(self.layers[0](table))
        if not self.training:
            return self._rest(values)[position]
        return self._rest(dropout(values[position], self.rate, training=True))

    def _rest(self, values: Tensor) -> Tensor:
        for layer in self.layers[1:]:
            values = dropout(F.relu(layer(values)), self.rate, self.training)
        return values


class UnoNetwork(nn.Module):
    """Two towers and the layers over both; the output is a sigmoid.

    Weights begin as Keras has them: Glorot's uniform distribution, biases 0.

    Args:
        genes: Features of a cell line.
        descriptors: Features of a drug.
        width: Units of each layer; 1000 in the original.
        interaction_layers: Layers over both towers; 5 in the original.
        dropout: Share of the outputs of each hidden layer that is left out in training.
    """

    def __init__(self, genes: int, descriptors: int, *, width: int, interaction_layers: int, dropout: float) -> None:
        super().__init__()
        self.cell = Tower(genes, width, dropout)
        self.drug = Tower(descriptors, width, dropout)
        self.interaction = _layers(2 * width, width, interaction_layers)
        self.output = nn.Linear(width, 1)
        self.rate = dropout
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def respond(self, cells: Tensor, drugs: Tensor) -> Tensor:
        """AUC of each pair, shape ``(n,)``, from the encodings of its cell line and drug, shape ``(n, width)`` each."""
        values = torch.cat([cells, drugs], dim=1)
        for layer in self.interaction:
            values = dropout(F.relu(layer(values)), self.rate, self.training)
        result: Tensor = torch.sigmoid(self.output(values))[:, 0]
        return result


def _layers(inputs: int, width: int, count: int) -> nn.ModuleList:
    return nn.ModuleList(nn.Linear(i, o) for i, o in pairwise([inputs, *[width] * count]))
