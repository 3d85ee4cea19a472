"""Paccmann_MCA on one prepared split: everything lies on the device, a batch is a list of row numbers."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor

from hpo.models.base import Arrays
from hpo.models.paccmann.network import MARGIN, Drugs, PaccmannNetwork, Sizes
from hpo.models.paccmann.tokens import compacted
from hpo.models.pairs import PairTable, as_tensor, chunks

_CELLS_AT_ONCE: Final = 512
_PAIRS_AT_ONCE: Final = 512


class PaccmannTask:
    """The network and the pairs of one split; see ``hpo.models.neural.Task``.

    Args:
        arrays: Prepared arrays.
        sizes: Sizes of the network.
        device: Where to train.
        augment: Whether a training step writes each of its drugs by a SMILES drawn from its variants.
    """

    def __init__(self, arrays: Arrays, sizes: Sizes, device: torch.device, *, augment: bool) -> None:
        vocabulary = int(arrays["vocabulary"])
        self.network = PaccmannNetwork(arrays["cells"].shape[1], vocabulary, sizes).to(device)
        self.rows = len(arrays["train_auc"])
        self._pairs = PairTable(arrays, device)
        self._cells = as_tensor(arrays["cells"], np.float32, device)
        self._auc = as_tensor(arrays["train_auc"], np.float32, device)
        count = arrays["token_count"]
        drugs, self._variants = count.shape
        tokens, weight = compacted(
            arrays["tokens"].reshape(drugs * self._variants, -1), count.reshape(-1), vocabulary, MARGIN
        )
        if not augment:
            self._variants = 1
            tokens, weight = tokens[:: count.shape[1]], weight[:: count.shape[1]]
        self._lengths = torch.from_numpy(np.isfinite(weight).sum(axis=1))
        self._tokens = torch.from_numpy(tokens).to(device)
        self._weight = torch.from_numpy(weight).to(device)

    def loss(self, rows: Tensor) -> Tensor:
        """Mean squared error of training rows."""
        batch = self._pairs.batch("train", rows)
        variant = torch.randint(self._variants, batch.drugs.shape)
        drugs = self._encode_drugs(batch.drugs * self._variants + variant)
        cells = self.network.encode_cells(self._cells[batch.cells.to(self._cells.device)])
        return F.mse_loss(self.network.respond(drugs, cells, batch.drug, batch.cell), self._auc[batch.rows])

    def predict(self, part: str) -> Tensor:
        """AUC of all pairs of a part, by the SMILES of the data."""
        whole = self._pairs.whole(part)
        present = self._cells[whole.cells.to(self._cells.device)]
        cells = torch.cat([self.network.encode_cells(present[some]) for some in chunks(len(present), _CELLS_AT_ONCE)])
        order = torch.argsort(whole.drug, stable=True)
        result = torch.empty(len(order), device=order.device)
        for some in torch.split(order, _PAIRS_AT_ONCE):
            batch = self._pairs.batch(part, some.cpu())
            drugs = self._encode_drugs(batch.drugs * self._variants)
            result[some] = self.network.respond(drugs, cells, batch.drug, whole.cell[some])
        return result

    def _encode_drugs(self, variants: Tensor) -> Drugs:
        longest = int(self._lengths[variants].max())
        chosen = variants.to(self._tokens.device)
        return self.network.encode_drugs(self._tokens[chosen, :longest], self._weight[chosen, :longest])
