"""The network of IGTD in plain PyTorch: two stacks of convolutions and a fully connected head.

It takes the distinct drugs and cell lines of a batch. Encoding an image once gives what encoding it once a pair
would: in batch normalisation an image counts as often as it occurs in the batch, and dropout acts on pairs only.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor, nn

from hpo.models.dropout import dropout

KERNEL: Final = 5
POOL: Final = 2
MAX_LAYERS: Final = 4
WIDTHS: Final = (1.0, 0.5, 0.25, 0.125, 0.06)
"""Widths of the head's hidden layers as shares of the first."""


def sides(side: int) -> list[int]:
    """Sides of the feature maps after each convolution and pooling; a layer must leave room for the next.

    >>> sides(50), sides(37), sides(10)
    ([23, 9, 2], [16, 6], [3])
    """
    result: list[int] = []
    while len(result) < MAX_LAYERS and (not result or side >= POOL * 2 + KERNEL - 1):
        side = (side - KERNEL + 1) // POOL
        result.append(side)
    return result


class ImageNorm(nn.Module):
    """Batch normalisation of feature maps (Ioffe and Szegedy 2015), each image with its number of pairs as weight.

    Epsilon and momentum are those of Keras (0.99 there is 0.01 here). Its running statistics begin at 0 and 1 and
    still consist of these to a third after a hundred steps; here they are the mean of all steps until there were a
    hundred, and its running statistics from then on.

    Args:
        channels: Channels of the maps.
        slow_start: Begin as Keras does.
    """

    running_mean: Tensor
    running_var: Tensor
    eps: Final = 1e-3
    momentum: Final = 0.01

    def __init__(self, channels: int, *, slow_start: bool = False) -> None:
        super().__init__()
        self._steps = 0
        self._slow_start = slow_start
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, maps: Tensor, count: Tensor) -> Tensor:
        """Normalise ``maps``, shape ``(n, channels, side, side)``, with ``count`` of each, float, shape ``(n,)``."""
        if self.training:
            pixels = maps.shape[2] * maps.shape[3]
            total = count.sum() * pixels
            share = count / total
            mean = share @ maps.sum(dim=(2, 3))
            variance = share @ torch.square(maps - mean[:, None, None]).sum(dim=(2, 3))
            self._steps += 1
            part = self.momentum if self._slow_start else max(self.momentum, 1 / self._steps)
            with torch.no_grad():
                self.running_mean.lerp_(mean, part)
                self.running_var.lerp_(variance * (total / (total - 1).clamp(min=1)), part)
        else:
            mean, variance = self.running_mean, self.running_var
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return torch.addcmul((self.bias - mean * scale)[:, None, None], maps, scale[:, None, None])


class ImageEncoder(nn.Module):
    """Convolution, batch normalisation, ReLU and pooling, as often as the image allows; twice the channels each time.

    Args:
        side: Pixels of a side of the image, at least 6.
        filters: Channels of the first layer.
        slow_start: See ``ImageNorm``.
    """

    def __init__(self, side: int, filters: int, *, slow_start: bool = False) -> None:
        super().__init__()
        layers = sides(side)
        channels = [1, *(filters * 2**layer for layer in range(len(layers)))]
        self.convolutions = nn.ModuleList(nn.Conv2d(i, o, KERNEL) for i, o in pairwise(channels))
        self.norms = nn.ModuleList(ImageNorm(width, slow_start=slow_start) for width in channels[1:])
        self.outputs = channels[-1] * layers[-1] ** 2
        # With the channels of a pixel side by side a training step takes a quarter less time on a CPU.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in its stubs

    def forward(self, images: Tensor, count: Tensor) -> Tensor:
        """Encode ``images``, shape ``(n, side, side)``, that occur ``count`` times each; shape ``(n, outputs)``."""
        maps = images[:, None].contiguous(memory_format=torch.channels_last)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            # The order of the two does not matter, and pooling leaves a quarter.
            maps = F.relu(F.max_pool2d(norm(convolution(maps), count), POOL))
        return maps.flatten(1)


class IGTDNetwork(nn.Module):
    """A stack of convolutions for the drug, one for the cell line, and five hidden layers over both; linear output.

    Weights begin as Keras has them: Glorot's uniform distribution, biases 0.

    Args:
        drug_side: Pixels of a side of the image of a drug.
        cell_side: Those of a cell line.
        filters: Channels of the first convolutions; 16 in the original.
        width: Width of the head's first layer; 1000 in the original.
        dropout: Share of the outputs of each hidden layer but the last that is left out in training.
        slow_start: See ``ImageNorm``.
    """

    def __init__(
        self, drug_side: int, cell_side: int, *, filters: int, width: int, dropout: float, slow_start: bool = False
    ) -> None:
        super().__init__()
        self.drug = ImageEncoder(drug_side, filters, slow_start=slow_start)
        self.cell = ImageEncoder(cell_side, filters, slow_start=slow_start)
        widths = [max(1, round(width * share)) for share in WIDTHS]
        self.hidden = nn.ModuleList(
            nn.Linear(i, o) for i, o in pairwise([self.drug.outputs + self.cell.outputs, *widths])
        )
        self.output = nn.Linear(widths[-1], 1)
        self.dropout = dropout
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]  # every layer here has one

    def respond(self, drugs: Tensor, cells: Tensor) -> Tensor:
        """AUC of each pair, shape ``(n,)``, from the encodings of its drug and cell line."""
        values = torch.cat([drugs, cells], dim=1)
        for layer in self.hidden[:-1]:
            values = dropout(F.relu(layer(values)), self.dropout, self.training)
        values = F.relu(self.hidden[-1](values))
        result: Tensor = self.output(values)[:, 0]
        return result
