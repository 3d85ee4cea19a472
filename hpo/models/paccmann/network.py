"""The network of Paccmann_MCA in plain PyTorch.

Drugs and cell lines are encoded once a batch, whatever number of pairs they are in; only attention and the layers
behind it see pairs. Dropout inside the two encoders is therefore drawn once for a drug or cell line of a batch. The
one position that stands for hundreds of paddings is spared from it: what independent draws would do to so many equal
positions averages out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor, nn

from hpo.models.dropout import dropout
from hpo.models.paccmann.attention import attention_scores

KERNELS: Final = (3, 5, 11)
MARGIN: Final = max(KERNELS) // 2


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of the network and its rate of dropout.

    Attributes:
        embedding: Width of an embedded token.
        filters: Filters of each of the three convolutions.
        heads: Attention heads of each of the four representations of a drug.
        attention: Units of an attention head.
        dense: Widths of the layers behind attention.
        dropout: Share left out, everywhere.
    """

    embedding: int = 16
    filters: int = 64
    heads: int = 4
    attention: int = 64
    dense: tuple[int, ...] = (1024, 512)
    dropout: float = 0.1

    @property
    def widths(self) -> tuple[int, ...]:
        """Width of each representation of a drug: the embedding and the three convolutions."""
        return (self.embedding, *(self.filters for _ in KERNELS))


@dataclass(frozen=True, slots=True)
class Drugs:
    """Encoded drugs.

    Attributes:
        representations: All representations side by side, shape ``(D, T, sum of widths)``.
        positions: Their share in the attention of all heads, shape ``(D, H, T, attention)``.
        weight: Logarithm of how often each position counts, shape ``(D, T)``; minus infinity where there is none.
        length: Positions of each drug, shape ``(D,)``.
    """

    representations: Tensor
    positions: Tensor
    weight: Tensor
    length: Tensor


class PaccmannNetwork(nn.Module):
    """Multiscale convolutional attention; predicts AUC between 0 and 1.

    Args:
        genes: Genes of a cell line.
        tokens: Tokens of the vocabulary.
        sizes: Sizes and dropout.

    Source: Manica et al. (2019), Molecular Pharmaceutics 16(12):4797-4806, with the sizes of the IMPROVE curation.
    There, batch normalisation of the encoders is off, and that of the dense layers on.
    """

    def __init__(self, genes: int, tokens: int, sizes: Sizes) -> None:
        super().__init__()
        self._sizes = sizes
        heads = sizes.heads * len(sizes.widths)
        self.embedding = nn.Embedding(tokens, sizes.embedding)
        self.gene_attention = nn.Linear(genes, genes)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(sizes.embedding, sizes.filters, kernel, padding=kernel // 2) for kernel in KERNELS
        )
        self.positions = nn.ModuleList(nn.Linear(width, sizes.heads * sizes.attention) for width in sizes.widths)
        self.context = nn.Linear(genes, heads * sizes.attention)
        self.scores = nn.Parameter(torch.empty(heads, sizes.attention).uniform_(-1, 1) * sizes.attention**-0.5)
        widths = (sizes.heads * sum(sizes.widths), *sizes.dense)
        self.dense = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(widths))
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for width in sizes.dense)
        self.output = nn.Linear(sizes.dense[-1], 1)

    def encode_drugs(self, tokens: Tensor, weight: Tensor) -> Drugs:
        """Encode ``D`` drugs.

        Args:
            tokens: Shape ``(D, T)``, as :func:`hpo.models.paccmann.tokens.compacted` makes them with the number of
                tokens for none.
            weight: Logarithm of how often each position counts, shape ``(D, T)``.
        """
        embedded = F.embedding(tokens, F.pad(self.embedding.weight, (0, 0, 0, 1)))
        average = (weight > 0)[..., None]
        parts = [embedded]
        for convolution in self.convolutions:
            found = F.relu(convolution(embedded.transpose(1, 2))).transpose(1, 2)
            left = dropout(found, self._sizes.dropout, self.training)
            parts.append(left if left is found else torch.where(average, found, left))
        keys = torch.cat([layer(part) for layer, part in zip(self.positions, parts, strict=True)], dim=2)
        positions = keys.reshape(*tokens.shape, -1, self._sizes.attention)
        length = torch.isfinite(weight).sum(dim=1)
        return Drugs(torch.cat(parts, dim=2), positions.transpose(1, 2).contiguous(), weight, length)

    def encode_cells(self, cells: Tensor) -> Tensor:
        """What ``C`` cell lines, shape ``(C, genes)``, mean to the attention of all heads, shape ``(C, H, units)``."""
        attention = torch.softmax(dropout(self.gene_attention(cells), self._sizes.dropout, self.training), dim=1)
        context: Tensor = self.context(attention * cells)
        return context.reshape(len(cells), -1, self._sizes.attention)

    def respond(self, drugs: Drugs, cells: Tensor, drug: Tensor, cell: Tensor) -> Tensor:
        """AUC of each pair, shape ``(n,)``.

        Args:
            drugs: Encoded drugs.
            cells: Encoded cell lines, shape ``(C, H, units)``.
            drug: Drug of each pair, shape ``(n,)``.
            cell: Cell line of each pair, shape ``(n,)``.
        """
        scores = attention_scores(drugs.positions, cells, self.scores, drug, cell, drugs.length)
        attention = torch.softmax(scores + drugs.weight.index_select(0, drug)[:, None], dim=2)
        representations = torch.split(drugs.representations.index_select(0, drug), list(self._sizes.widths), dim=2)
        by_representation = torch.split(attention, self._sizes.heads, dim=1)
        attended = [(a @ r).flatten(1) for a, r in zip(by_representation, representations, strict=True)]
        values = torch.cat(attended, dim=1)
        for layer, norm in zip(self.dense, self.norms, strict=True):
            values = dropout(F.relu(norm(layer(values))), self._sizes.dropout, self.training)
        result: Tensor = torch.sigmoid(self.output(values))[:, 0]
        return result
