"""DeepTTC on one prepared split: everything lies on the device, a batch is a list of row numbers."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor

from hpo.models.base import Arrays
from hpo.models.deepttc.network import DeepTTCNetwork, Sizes
from hpo.models.pairs import PairTable, as_tensor, chunks, respond_to

_DRUGS_AT_ONCE: Final = 256


class DeepTTCTask:
    """The network and the pairs of one split; see ``hpo.models.neural.Task``."""

    def __init__(self, arrays: Arrays, sizes: Sizes, device: torch.device) -> None:
        self.network = DeepTTCNetwork(arrays["cells"].shape[1], int(arrays["units"]), sizes).to(device)
        self.rows = len(arrays["train_auc"])
        self._pairs = PairTable(arrays, device)
        self._cells = as_tensor(arrays["cells"], np.float32, device)
        self._tokens = as_tensor(arrays["tokens"], np.int64, device)
        self._counts = as_tensor(arrays["token_count"], np.int64, device)
        self._lengths = as_tensor(arrays["token_count"], np.int64)
        self._auc = as_tensor(arrays["train_auc"], np.float32, device)

    def loss(self, rows: Tensor) -> Tensor:
        """Mean squared error of training rows."""
        batch = self._pairs.batch("train", rows)
        drugs = self._encode_drugs(batch.drugs)
        cells = self.network.encode_cells(self._cells[batch.cells.to(self._cells.device)])
        prediction = self.network.respond(drugs.index_select(0, batch.drug), cells.index_select(0, batch.cell))
        return F.mse_loss(prediction, self._auc[batch.rows])

    def predict(self, part: str) -> Tensor:
        """AUC of all pairs of a part."""
        batch = self._pairs.whole(part)
        drugs = torch.cat([self._encode_drugs(batch.drugs[some]) for some in chunks(len(batch.drugs), _DRUGS_AT_ONCE)])
        cells = self.network.encode_cells(self._cells[batch.cells.to(self._cells.device)])
        return respond_to(batch, drugs, cells, self.network.respond)

    def _encode_drugs(self, drugs: Tensor) -> Tensor:
        longest = int(self._lengths[drugs].max())
        chosen = drugs.to(self._tokens.device)
        return self.network.encode_drugs(self._tokens[chosen, :longest], self._counts[chosen])
