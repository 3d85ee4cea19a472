"""HiDRA on one prepared split: everything lies on the device, a batch is a list of row numbers."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor

from hpo.models.base import Arrays
from hpo.models.features import PARTS
from hpo.models.hidra.network import HiDRANetwork
from hpo.models.pairs import Batch, PairTable, as_tensor, chunks

NUMBERS_AT_ONCE: Final = 8_000_000
"""Attention weights of the pairs that are predicted at once: 32 MB for each of a few tensors."""


class HiDRATask:
    """The network and the pairs of one split; see ``hpo.models.neural.Task``."""

    def __init__(self, arrays: Arrays, device: torch.device) -> None:
        starts = np.asarray(arrays["set_start"]).tolist()
        members = np.asarray(arrays["set_genes"]).tolist()
        pathways = [members[start:stop] for start, stop in pairwise(starts)]
        self.rows = len(arrays["train_auc"])
        self.network = HiDRANetwork(pathways, arrays["cells"].shape[1], arrays["drugs"].shape[1]).to(device)
        self._pairs = PairTable(arrays, device)
        self._sizes = {part: len(arrays[f"{part}_auc"]) for part in PARTS}
        self._at_once = max(1, NUMBERS_AT_ONCE // len(members))
        self._cells = as_tensor(arrays["cells"], np.float32, device)
        self._drugs = as_tensor(arrays["drugs"], np.float32, device)
        self._auc = as_tensor(arrays["train_auc"], np.float32, device)

    def loss(self, rows: Tensor) -> Tensor:
        """Mean squared error of training rows."""
        batch = self._pairs.batch("train", rows)
        return F.mse_loss(self._respond(batch), self._auc[batch.rows])

    def predict(self, part: str) -> Tensor:
        """AUC of all pairs of a part."""
        parts = chunks(self._sizes[part], self._at_once)
        return torch.cat([self._respond(self._pairs.batch(part, some)) for some in parts])

    def _respond(self, batch: Batch) -> Tensor:
        cells, drugs = self._cells[batch.cells], self._drugs[batch.drugs]
        result: Tensor = self.network(cells, drugs, batch.cell, batch.drug)
        return result
