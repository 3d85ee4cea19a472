"""The network of DeepTTC in plain PyTorch.

Drugs and cell lines are encoded once a batch, whatever number of pairs they are in. Dropout inside the drug encoder is
therefore drawn once for a drug of a batch and not for each of its pairs; what it does to one pair is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor, nn

from hpo.models.deepttc.subwords import MAX_TOKENS
from hpo.models.dropout import dropout

GENE_WIDTHS: Final = (1024, 256, 64, 256)
HEAD_WIDTHS: Final = (1024, 1024, 512, 1)
NORM_EPS: Final = 1e-12
MASKED: Final = -10000.0
"""Added to the attention score of a position without a unit; its weight is then exactly 0 in 32 bits."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of the drug encoder and its rates of dropout.

    Attributes:
        layers: Encoder layers.
        hidden: Width of a position; a multiple of ``heads``.
        heads: Attention heads.
        intermediate: Width of the layer between two positions' layers.
        dropout: Share left out of the embedded drug and of the hidden layers of the head.
        attention_dropout: Share of attention weights left out.
        hidden_dropout: Share left out of the output of attention and of the intermediate layer.
    """

    layers: int = 8
    hidden: int = 128
    heads: int = 8
    intermediate: int = 512
    dropout: float = 0.1
    attention_dropout: float = 0.1
    hidden_dropout: float = 0.1


class EncoderLayer(nn.Module):
    """Self-attention and a two-layer network, each with a residual and then normalised (Vaswani et al. 2017).

    Args:
        sizes: Sizes and dropout.
    """

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self._sizes = sizes
        self.query = nn.Linear(sizes.hidden, sizes.hidden)
        self.key_value = nn.Linear(sizes.hidden, 2 * sizes.hidden)
        self.attended = nn.Linear(sizes.hidden, sizes.hidden)
        self.attention_norm = nn.LayerNorm(sizes.hidden, eps=NORM_EPS)
        self.inner = nn.Linear(sizes.hidden, sizes.intermediate)
        self.outer = nn.Linear(sizes.intermediate, sizes.hidden)
        self.norm = nn.LayerNorm(sizes.hidden, eps=NORM_EPS)

    def forward(self, values: Tensor, bias: Tensor, queries: int) -> Tensor:
        """New values of the first ``queries`` positions, shape ``(D, queries, hidden)``.

        Args:
            values: Shape ``(D, T, hidden)``.
            bias: Added to attention scores, shape ``(D, 1, 1, T)``.
            queries: Positions wanted, 1 to ``T``.
        """
        sizes, training = self._sizes, self.training
        kept = values[:, :queries]
        query = self._heads(self.query(kept))
        key, value = (self._heads(part) for part in self.key_value(values).chunk(2, dim=-1))
        scores = query @ key.transpose(-1, -2) * (sizes.hidden // sizes.heads) ** -0.5 + bias
        weights = dropout(torch.softmax(scores, dim=-1), sizes.attention_dropout, training)
        context = (weights @ value).transpose(1, 2).flatten(2)
        values = self.attention_norm(dropout(self.attended(context), sizes.hidden_dropout, training) + kept)
        new = self.outer(F.relu(self.inner(values)))
        result: Tensor = self.norm(dropout(new, sizes.hidden_dropout, training) + values)
        return result

    def _heads(self, values: Tensor) -> Tensor:
        """Shape ``(D, T, hidden)`` to ``(D, heads, T, hidden / heads)``."""
        return values.reshape(*values.shape[:2], self._sizes.heads, -1).transpose(1, 2)


class DeepTTCNetwork(nn.Module):
    """DeepTTC; predicts AUC without a bound.

    Args:
        genes: Genes of a cell line.
        units: Rows of the table of sub-words.
        sizes: Sizes of the drug encoder, and dropout.

    Source: Jiang et al. (2022), Briefings in Bioinformatics 23(3):bbac100, with the sizes of the IMPROVE curation.
    """

    def __init__(self, genes: int, units: int, sizes: Sizes) -> None:
        super().__init__()
        self._dropout = sizes.dropout
        self.words = nn.Embedding(units, sizes.hidden)
        self.positions = nn.Embedding(MAX_TOKENS, sizes.hidden)
        self.norm = nn.LayerNorm(sizes.hidden, eps=NORM_EPS)
        self.layers = nn.ModuleList(EncoderLayer(sizes) for _ in range(sizes.layers))
        self.cell = nn.ModuleList(nn.Linear(*widths) for widths in pairwise((genes, *GENE_WIDTHS)))
        joint = sizes.hidden + GENE_WIDTHS[-1]
        self.head = nn.ModuleList(nn.Linear(*widths) for widths in pairwise((joint, *HEAD_WIDTHS)))

    def encode_drugs(self, tokens: Tensor, counts: Tensor) -> Tensor:
        """Embedding of each drug, shape ``(D, hidden)``: the encoder's output at its first sub-word.

        Positions beyond the longest drug change nothing, and of the last layer only the first position is computed.

        Args:
            tokens: Numbers of the sub-words, shape ``(D, T)``, T at most :data:`MAX_TOKENS`.
            counts: Sub-words of each drug, shape ``(D,)``.
        """
        length = tokens.shape[1]
        place = torch.arange(length, device=tokens.device)
        bias = torch.where(place < counts[:, None], 0.0, MASKED)[:, None, None, :].to(self.positions.weight.dtype)
        values = self.norm(self.words(tokens) + self.positions(place))
        values = dropout(values, self._dropout, self.training)
        for number, layer in enumerate(self.layers, start=1):
            values = layer(values, bias, 1 if number == len(self.layers) else length)
        result: Tensor = values[:, 0]
        return result

    def encode_cells(self, cells: Tensor) -> Tensor:
        """Embedding of each cell line, shape ``(C, 256)``, from its expression, shape ``(C, genes)``."""
        for layer in self.cell:
            cells = F.relu(layer(cells))
        return cells

    def respond(self, drugs: Tensor, cells: Tensor) -> Tensor:
        """AUC of each pair, shape ``(n,)``, from the embeddings of its drug and cell line."""
        values = torch.cat([drugs, cells], dim=1)
        for layer in self.head[:-1]:
            values = F.relu(dropout(layer(values), self._dropout, self.training))
        result: Tensor = self.head[-1](values)[:, 0]
        return result
