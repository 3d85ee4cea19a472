"""Dropout (Srivastava et al. 2014) that does not dominate a training on a CPU.

PyTorch draws a 32-bit number for each element, one after the other; on a CPU that takes longer than the layers around
it. Here four elements share one 64-bit number.
"""

from __future__ import annotations

from typing import Any, Final

import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor

_LEVELS: Final = 1 << 16
_LOWEST: Final = -(1 << 15)
_ELEMENTS: Final = 4
"""Elements that share a 64-bit number."""


def dropout(values: Tensor, rate: float, training: bool) -> Tensor:
    """``values`` with a share ``rate`` set to 0 and the others divided by what is left; as they are unless training.

    On a CPU the share is the nearest multiple of 1/65536, and the numbers come from PyTorch's default generator; on
    other devices this is PyTorch's own dropout.

    Args:
        values: Any shape.
        rate: 0 to less than 1.
        training: Whether to drop anything.
    """
    if not training or rate == 0:
        return values
    if values.device.type != "cpu":
        return F.dropout(values, rate)
    result: Tensor = _Dropout.apply(values, rate)  # type: ignore[no-untyped-call]  # untyped in PyTorch
    return result


class _Dropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, rate: float) -> Tensor:
        dropped = min(round(rate * _LEVELS), _LEVELS - 1)
        drawn = torch.empty((values.numel() + _ELEMENTS - 1) // _ELEMENTS, dtype=torch.int64).random_(-(1 << 63), None)
        keep = (drawn.view(torch.int16)[: values.numel()] >= _LOWEST + dropped).view(values.shape)
        ctx.save_for_backward(keep)
        ctx.scale = _LEVELS / (_LEVELS - dropped)
        return torch.where(keep, values, 0.0).mul_(ctx.scale)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (keep,) = ctx.saved_tensors
        return torch.where(keep, gradients[0], 0.0).mul_(ctx.scale), None
