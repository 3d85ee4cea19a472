"""IGTD on one prepared split: everything lies on the device, a batch is a list of row numbers."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor

from hpo.models.base import Arrays
from hpo.models.igtd.network import IGTDNetwork, ImageEncoder
from hpo.models.pairs import PairTable, as_tensor, chunks, respond_to

_IMAGES_AT_ONCE: Final = 256


class IGTDTask:
    """The network and the pairs of one split; see ``hpo.models.neural.Task``.

    Args:
        arrays: Prepared arrays.
        device: Where to train.
        network: Keywords of ``IGTDNetwork`` other than the sides.
    """

    def __init__(self, arrays: Arrays, device: torch.device, **network: Any) -> None:
        self._cells = as_tensor(arrays["cells"], np.float32, device)
        self._drugs = as_tensor(arrays["drugs"], np.float32, device)
        self._auc = as_tensor(arrays["train_auc"], np.float32, device)
        self._pairs = PairTable(arrays, device)
        self.rows = len(self._auc)
        self.network = IGTDNetwork(self._drugs.shape[1], self._cells.shape[1], **network).to(device)

    def loss(self, rows: Tensor) -> Tensor:
        """Mean squared error of training rows."""
        batch = self._pairs.batch("train", rows)
        drugs = self.network.drug(self._drugs[batch.drugs], batch.drug_count)
        cells = self.network.cell(self._cells[batch.cells], batch.cell_count)
        prediction = self.network.respond(drugs[batch.drug], cells[batch.cell])
        return F.mse_loss(prediction, self._auc[batch.rows])

    def predict(self, part: str) -> Tensor:
        """AUC of all pairs of a part."""
        whole = self._pairs.whole(part)
        drugs = _encode(self.network.drug, self._drugs[whole.drugs])
        cells = _encode(self.network.cell, self._cells[whole.cells])
        return respond_to(whole, drugs, cells, self.network.respond)


def _encode(encoder: ImageEncoder, images: Tensor) -> Tensor:
    count = torch.ones(len(images), device=images.device)
    return torch.cat([encoder(images[some], count[some]) for some in chunks(len(images), _IMAGES_AT_ONCE)])
