"""The pairs of a batch as its distinct drugs and cell lines: each is encoded once, however many pairs it is in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from hpo.models.base import Arrays
from hpo.models.features import PARTS

PAIRS_AT_ONCE: Final = 8192
"""Pairs that are predicted at once."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs of cell lines and drugs.

    Attributes:
        rows: Row numbers, int64 on the device, shape ``(n,)``.
        cells: Distinct cell lines (rows of their table), ascending, int64 on the CPU, shape ``(C,)``.
        drugs: Distinct drugs likewise, shape ``(D,)``.
        cell: Position in ``cells`` of each pair, on the device, shape ``(n,)``.
        drug: Position in ``drugs`` of each pair, on the device, shape ``(n,)``.
        cell_count: How often each of ``cells`` occurs, float32 on the device, shape ``(C,)``.
        drug_count: How often each of ``drugs`` occurs, shape ``(D,)``.
    """

    rows: Tensor
    cells: Tensor
    drugs: Tensor
    cell: Tensor
    drug: Tensor
    cell_count: Tensor
    drug_count: Tensor


class PairTable:
    """The pairs of all parts.

    Their numbers stay on the CPU, where batches are drawn: which drugs and cell lines a batch has is known there
    without waiting for the device.

    Args:
        arrays: Prepared arrays of any model: ``<part>_cell`` and ``<part>_drug``.
        device: Where the network is.
    """

    def __init__(self, arrays: Arrays, device: torch.device) -> None:
        self._device = device
        self._cell = {part: np.array(arrays[f"{part}_cell"], dtype=np.int64) for part in PARTS}
        self._drug = {part: np.array(arrays[f"{part}_drug"], dtype=np.int64) for part in PARTS}

    def batch(self, part: str, rows: Tensor | slice) -> Batch:
        """The pairs of these rows (int64 on the CPU, or a slice of all) of a part."""
        if isinstance(rows, slice):
            rows = torch.arange(len(self._cell[part]))[rows]
        chosen = rows.numpy()
        cells, cell, cell_count = np.unique(self._cell[part][chosen], return_inverse=True, return_counts=True)
        drugs, drug, drug_count = np.unique(self._drug[part][chosen], return_inverse=True, return_counts=True)
        return Batch(
            rows.to(self._device),
            torch.from_numpy(cells),
            torch.from_numpy(drugs),
            torch.from_numpy(cell).to(self._device),
            torch.from_numpy(drug).to(self._device),
            torch.from_numpy(cell_count.astype(np.float32)).to(self._device),
            torch.from_numpy(drug_count.astype(np.float32)).to(self._device),
        )

    def whole(self, part: str) -> Batch:
        """All pairs of a part."""
        return self.batch(part, slice(None))


def as_tensor(array: np.ndarray[Any, Any], dtype: type, device: torch.device | str = "cpu") -> Tensor:
    """A copy of ``array``, which may be read-only, as a tensor."""
    return torch.from_numpy(np.array(array, dtype=dtype)).to(device)


def respond_to(batch: Batch, drugs: Tensor, cells: Tensor, respond: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Predictions for all pairs of ``batch``, some at once, shape ``(n,)``.

    Args:
        batch: The pairs.
        drugs: What its distinct drugs are encoded as, a row each.
        cells: The same of its distinct cell lines.
        respond: Predictions for rows of drugs and as many rows of cell lines.
    """
    return torch.cat(
        [respond(drugs[batch.drug[some]], cells[batch.cell[some]]) for some in chunks(len(batch.drug), PAIRS_AT_ONCE)]
    )


def chunks(length: int, size: int) -> list[slice]:
    """Slices of at most ``size`` that cover ``length``.

    >>> chunks(5, 3)
    [slice(0, 3, None), slice(3, 5, None)]
    """
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]
