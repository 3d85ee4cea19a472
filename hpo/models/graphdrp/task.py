"""GraphDRP on one prepared split: everything lies on the device, a batch is a list of row numbers."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor

from hpo.models.base import Arrays
from hpo.models.features import PARTS
from hpo.models.graphdrp.network import GraphDRPNetwork, Graphs
from hpo.models.pairs import PAIRS_AT_ONCE, as_tensor

_CELLS_AT_ONCE: Final = 256


class GraphDRPTask:
    """The network and the pairs of one split; see ``hpo.models.neural.Task``."""

    def __init__(self, arrays: Arrays, device: torch.device) -> None:
        self.network = GraphDRPNetwork(arrays["cells"].shape[1]).to(device)
        self.rows = len(arrays["train_auc"])
        self._graphs = Graphs.from_arrays(arrays["atoms"], arrays["atom_start"], arrays["bonds"]).to(device)
        self._cells = as_tensor(arrays["cells"], np.float32, device)
        self._cell = {part: as_tensor(arrays[f"{part}_cell"], np.int64, device) for part in PARTS}
        self._drug = {part: as_tensor(arrays[f"{part}_drug"], np.int64, device) for part in PARTS}
        self._auc = as_tensor(arrays["train_auc"], np.float32, device)

    def loss(self, rows: Tensor) -> Tensor:
        """Mean squared error of training rows."""
        rows = rows.to(self._auc.device)
        drugs, drug, pairs = torch.unique(self._drug["train"][rows], return_inverse=True, return_counts=True)
        cells, cell = torch.unique(self._cell["train"][rows], return_inverse=True)
        graphs = self._graphs if len(drugs) == len(self._graphs.members) else self._graphs.select(drugs)
        drug_embeddings = self.network.encode_drugs(graphs, pairs)
        cell_embeddings = self.network.encode_cells(self._cells[cells])
        prediction = self.network.respond(drug_embeddings[drug], cell_embeddings[cell])
        return F.mse_loss(prediction, self._auc[rows])

    def predict(self, part: str) -> Tensor:
        """AUC of all pairs of a part."""
        cells, cell = torch.unique(self._cell[part], return_inverse=True)
        graphs = self._graphs
        drug_embeddings = self.network.encode_drugs(graphs, torch.ones(len(graphs.members), device=cell.device))
        cell_embeddings = torch.cat(
            [self.network.encode_cells(self._cells[some]) for some in _chunks(cells, _CELLS_AT_ONCE)]
        )
        pairs = torch.stack([self._drug[part], cell], dim=1)
        return torch.cat(
            [
                self.network.respond(drug_embeddings[some[:, 0]], cell_embeddings[some[:, 1]])
                for some in _chunks(pairs, PAIRS_AT_ONCE)
            ]
        )


def _chunks(rows: Tensor, size: int) -> list[Tensor]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
