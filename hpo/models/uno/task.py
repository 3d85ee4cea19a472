"""Uno on one prepared split: everything lies on the device, a batch is a list of row numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor

from hpo.models.base import Arrays
from hpo.models.pairs import PairTable, as_tensor, respond_to
from hpo.models.uno.network import UnoNetwork


class UnoTask:
    """The network and the pairs of one split; see ``hpo.models.neural.Task``.

    Args:
        arrays: Prepared arrays.
        device: Where to train.
        network: Keywords of ``UnoNetwork`` other than the numbers of features.
    """

    def __init__(self, arrays: Arrays, device: torch.device, **network: Any) -> None:
        self._cells = as_tensor(arrays["cells"], np.float32, device)
        self._drugs = as_tensor(arrays["drugs"], np.float32, device)
        self._auc = as_tensor(arrays["train_auc"], np.float32, device)
        self._pairs = PairTable(arrays, device)
        self.rows = len(self._auc)
        self.network = UnoNetwork(self._cells.shape[1], self._drugs.shape[1], **network).to(device)

    def loss(self, rows: Tensor) -> Tensor:
        """Mean squared error of training rows."""
        batch = self._pairs.batch("train", rows)
        cells = self.network.cell(self._cells[batch.cells], batch.cell)
        drugs = self.network.drug(self._drugs[batch.drugs], batch.drug)
        return F.mse_loss(self.network.respond(cells, drugs), self._auc[batch.rows])

    def predict(self, part: str) -> Tensor:
        """AUC of all pairs of a part."""
        whole = self._pairs.whole(part)
        each_cell, each_drug = (torch.arange(len(some), device=self._auc.device) for some in (whole.cells, whole.drugs))
        cells = self.network.cell(self._cells[whole.cells], each_cell)
        drugs = self.network.drug(self._drugs[whole.drugs], each_drug)
        return respond_to(whole, drugs, cells, lambda drug, cell: self.network.respond(cell, drug))
