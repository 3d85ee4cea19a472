"""The network of GraphDRP in plain PyTorch.

It takes the distinct drugs and cell lines of a batch and the pairs that they form. Encoding a drug once gives what
encoding it once a pair would: atoms are weighted by their drug's number of pairs in batch normalisation, and dropout
is drawn for each pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from numpy.typing import NDArray
from torch import Tensor, nn

from hpo.models.graphdrp.molecules import ATOM_FEATURES, neighbour_table, padded

WIDTH: Final = 32
LAYERS: Final = 5
EMBEDDING: Final = 128
CHANNELS: Final = (1, 32, 64, 128)
KERNEL: Final = 8
POOL: Final = 3
DRUG_DROPOUT: Final = 0.2
HEAD_DROPOUT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Graphs:
    """Molecular graphs of ``D`` drugs with ``N`` atoms in all; index ``N`` stands for no atom.

    Attributes:
        atoms: Float, shape ``(N, 78)``.
        neighbours: Bonded atoms of each atom, shape ``(N, largest degree)``.
        members: Atoms of each drug, shape ``(D, most atoms)``.
        drug: Drug of each atom, shape ``(N, 1)``.
    """

    atoms: Tensor
    neighbours: Tensor
    members: Tensor
    drug: Tensor

    @classmethod
    def from_arrays(cls, atoms: NDArray[Any], atom_start: NDArray[Any], bonds: NDArray[Any]) -> Graphs:
        """From the arrays of :func:`hpo.models.graphdrp.molecules.molecular_graphs`."""
        starts = atom_start.tolist()
        members = [range(start, stop) for start, stop in pairwise(starts)]
        return cls(
            torch.tensor(np.asarray(atoms)),
            torch.from_numpy(neighbour_table(len(atoms), bonds)),
            torch.from_numpy(padded(members, len(atoms))),
            torch.from_numpy(np.repeat(np.arange(len(members)), np.diff(atom_start))[:, None]),
        )

    def to(self, device: torch.device) -> Graphs:
        """The same graphs on ``device``."""
        return Graphs(*(tensor.to(device) for tensor in (self.atoms, self.neighbours, self.members, self.drug)))

    def select(self, drugs: Tensor) -> Graphs:
        """The graphs of ``drugs``, distinct and ascending."""
        none = len(self.atoms)
        members = self.members[drugs]
        kept = members[members < none]
        new = torch.full((none + 1,), len(kept), device=kept.device)
        new[kept] = torch.arange(len(kept), device=kept.device)
        return Graphs(
            self.atoms[kept], new[self.neighbours[kept]], new[members], torch.searchsorted(drugs, self.drug[kept])
        )


class _GatherSum(torch.autograd.Function):
    """``out[i] = sum of values[table[i]]``, where index ``len(values)`` adds nothing.

    ``back`` is the table of the transposed sum, so that the gradient is a gather too: deterministic on every device
    and faster than the scattered addition that PyTorch would use.
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor, table: Tensor, back: Tensor) -> Tensor:
        ctx.save_for_backward(back)
        return _gather_sum(values, table)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (back,) = ctx.saved_tensors
        return _gather_sum(gradients[0], back), None, None


def _gather_sum(values: Tensor, table: Tensor) -> Tensor:
    return F.embedding_bag(table, F.pad(values, (0, 0, 0, 1)), mode="sum")


def gather_sum(values: Tensor, table: Tensor, back: Tensor) -> Tensor:
    """Sum of ``values[table[i]]`` for each row ``i`` of ``table``; ``back`` is the table of the transposed sum."""
    result: Tensor = _GatherSum.apply(values, table, back)  # type: ignore[no-untyped-call]  # untyped in PyTorch
    return result


class NodeNorm(nn.Module):
    """Batch normalisation of atoms (Ioffe and Szegedy 2015), each counted as often as its drug occurs in the batch."""

    running_mean: Tensor
    running_var: Tensor
    eps: Final = 1e-5
    momentum: Final = 0.1

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.register_buffer("running_mean", torch.zeros(width))
        self.register_buffer("running_var", torch.ones(width))

    def forward(self, values: Tensor, count: Tensor) -> Tensor:
        """Normalise ``values``, shape ``(N, width)``, with ``count`` of each row, float, shape ``(N,)``."""
        if self.training:
            total = count.sum()
            share = count / total
            mean = share @ values
            variance = share @ torch.square(values - mean)
            with torch.no_grad():
                unbiased = variance * (total / (total - 1).clamp(min=1))
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
        else:
            mean, variance = self.running_mean, self.running_var
        return (values - mean) * (torch.rsqrt(variance + self.eps) * self.weight) + self.bias


class GraphLayer(nn.Module):
    """Graph isomorphism convolution (Xu et al. 2019) with epsilon 0, ReLU and batch normalisation."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.inner = nn.Linear(inputs, WIDTH)
        self.outer = nn.Linear(WIDTH, WIDTH)
        self.norm = NodeNorm(WIDTH)

    def forward(self, values: Tensor, neighbours: Tensor, count: Tensor) -> Tensor:
        """New features of each atom from its own and the sum of its neighbours'."""
        values = values + gather_sum(values, neighbours, neighbours)
        result: Tensor = self.norm(F.relu(self.outer(F.relu(self.inner(values)))), count)
        return result


def pooled_length(genes: int) -> int:
    """Length of the gene axis after the three convolutions and poolings; at least 1 from 118 genes on.

    >>> pooled_length(958), pooled_length(118), pooled_length(117)
    (32, 1, 0)
    """
    length = genes
    for _ in CHANNELS[1:]:
        length = max(0, length - KERNEL + 1) // POOL
    return length


class GraphDRPNetwork(nn.Module):
    """GraphDRP with graph isomorphism layers (GINConvNet); predicts AUC between 0 and 1.

    Args:
        genes: Genes of a cell line, at least 118.

    Source: Nguyen et al. (2022), IEEE/ACM TCBB 19(1):146-154, with the sizes of the IMPROVE curation.
    """

    def __init__(self, genes: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(GraphLayer(ATOM_FEATURES if i == 0 else WIDTH) for i in range(LAYERS))
        self.drug = nn.Linear(WIDTH, EMBEDDING)
        self.convolutions = nn.ModuleList(nn.Conv1d(inputs, outputs, KERNEL) for inputs, outputs in pairwise(CHANNELS))
        self.cell = nn.Linear(CHANNELS[-1] * pooled_length(genes), EMBEDDING)
        self.head = nn.ModuleList((nn.Linear(2 * EMBEDDING, 1024), nn.Linear(1024, 128), nn.Linear(128, 1)))

    def encode_drugs(self, graphs: Graphs, count: Tensor) -> Tensor:
        """Embedding of each drug before dropout, shape ``(D, 128)``; ``count`` is its number of pairs in the batch."""
        weight = count.to(graphs.atoms.dtype)[graphs.drug[:, 0]]
        values = graphs.atoms
        for layer in self.layers:
            values = layer(values, graphs.neighbours, weight)
        return F.relu(self.drug(gather_sum(values, graphs.members, graphs.drug)))

    def encode_cells(self, cells: Tensor) -> Tensor:
        """Embedding of each cell line, shape ``(C, 128)``, from its expression, shape ``(C, genes)``."""
        values = cells[:, None, :]
        for convolution in self.convolutions:
            # The larger of two values is positive as soon as one is: ReLU on what is left of them gives the same.
            values = F.relu(F.max_pool1d(convolution(values), POOL))
        result: Tensor = self.cell(values.flatten(1))
        return result

    def respond(self, drugs: Tensor, cells: Tensor) -> Tensor:
        """AUC of each pair, shape ``(n,)``, from the embeddings of its drug and cell line, shape ``(n, 128)`` each."""
        values = torch.cat([F.dropout(drugs, DRUG_DROPOUT, self.training), cells], dim=1)
        for layer in self.head[:2]:
            values = F.dropout(F.relu(layer(values)), HEAD_DROPOUT, self.training)
        result: Tensor = torch.sigmoid(self.head[2](values))[:, 0]
        return result
