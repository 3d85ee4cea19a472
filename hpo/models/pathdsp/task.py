"""PathDSP on one prepared split: everything lies on the device, a batch is a list of row numbers."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from numpy.typing import NDArray
from torch import Tensor

from hpo.models.base import Arrays
from hpo.models.features import PARTS
from hpo.models.pairs import PAIRS_AT_ONCE, Batch, PairTable, as_tensor, chunks
from hpo.models.pathdsp.network import PathDSPNetwork, to_auc, to_log

EPSILON: Final = 1e-6
"""Keeps the gradient of the root finite where the error is 0."""

PUBLISHED_BATCH: Final = 12
"""Rows of a validation batch of the published runs."""


class PathDSPTask:
    """The network and the pairs of one split; see ``hpo.models.neural.Task``.

    Args:
        arrays: Of ``PathDSP.prepare``.
        device: Where all of it lies.
        dropout: Of the network.
        width: Of the network.
        logs: Whether predictions stay ``log10(auc + 0.01)``, which the network learns, or become AUC.
    """

    def __init__(self, arrays: Arrays, device: torch.device, *, dropout: float, width: int, logs: bool) -> None:
        self.rows = len(arrays["train_auc"])
        self.logs = logs
        self._pairs = PairTable(arrays, device)
        self._sizes = {part: len(arrays[f"{part}_auc"]) for part in PARTS}
        self._drugs, self._cells = _tables(arrays, "drugs", device), _tables(arrays, "cells", device)
        drug_features, cell_features = self._drugs["train"].shape[1], self._cells["train"].shape[1]
        self.network = PathDSPNetwork(drug_features, cell_features, dropout=dropout, width=width).to(device)
        self._truth = to_log(as_tensor(arrays["train_auc"], np.float32, device))

    def loss(self, rows: Tensor) -> Tensor:
        """Root of the mean squared error of training rows, on the scale of the logarithm."""
        batch = self._pairs.batch("train", rows)
        return torch.sqrt(F.mse_loss(self._respond("train", batch), self._truth[batch.rows]) + EPSILON)

    def predict(self, part: str) -> Tensor:
        """Predictions of all pairs of a part."""
        parts = chunks(self._sizes[part], PAIRS_AT_ONCE)
        logs = torch.cat([self._respond(part, self._pairs.batch(part, some)) for some in parts])
        return logs if self.logs else to_auc(logs)

    def _respond(self, part: str, batch: Batch) -> Tensor:
        drugs = self.network.encode_drugs(self._drugs[part][batch.drugs])
        cells = self.network.encode_cells(self._cells[part][batch.cells])
        return self.network.respond(drugs.index_select(0, batch.drug), cells.index_select(0, batch.cell))


def batch_error(prediction: NDArray[np.float32], truth: NDArray[Any]) -> float:
    """Mean root mean squared error of batches of :data:`PUBLISHED_BATCH` rows, by which published runs stop."""
    squares = np.square(prediction - truth, dtype=np.float64)
    starts = np.arange(0, len(squares), PUBLISHED_BATCH)
    counts = np.diff([*starts, len(squares)])
    return float(np.mean(np.sqrt(np.add.reduceat(squares, starts) / counts + EPSILON)))


def _tables(arrays: Arrays, name: str, device: torch.device) -> dict[str, Tensor]:
    """The table of cell lines or drugs for each part; published runs scaled each part by itself."""
    if name in arrays:
        return dict.fromkeys(PARTS, as_tensor(arrays[name], np.float32, device))
    return {part: as_tensor(arrays[f"{name}_{part}"], np.float32, device) for part in PARTS}
