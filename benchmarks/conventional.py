"""How networks are usually trained, to hold ours against: a dataset that makes one sample at a time, a DataLoader that
puts samples together, and a forward pass in which every pair has a drug and a cell line of its own.

The weights are those of our networks, so that both ways compute the same function. What a loader of the original code
does beside this (reading files, parsing SMILES for each sample) is left out: samples are made from arrays in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor, nn
from torch.utils.data import Dataset, default_collate

from hpo.models.base import Arrays
from hpo.models.paccmann.tokens import PAD, PADDED

Sample = tuple[Any, ...]


@dataclass(frozen=True)
class Conventional:
    """One model the conventional way.

    Attributes:
        sample: Makes the sample of a row of a part: inputs, then the measured AUC.
        collate: Puts samples together to tensors.
        forward: AUC of each pair from the network and the collated inputs.
    """

    sample: Callable[[str, int], Sample]
    collate: Callable[[list[Sample]], list[Tensor]]
    forward: Callable[..., Tensor]


class Samples(Dataset[Sample]):
    """The rows of a part, one sample at a time."""

    def __init__(self, way: Conventional, part: str, rows: int) -> None:
        self._way, self._part, self._rows = way, part, rows

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, row: int) -> Sample:
        return self._way.sample(self._part, row)


def graphdrp(arrays: Arrays, _sizes: object) -> Conventional:
    starts, bonds = arrays["atom_start"], np.asarray(arrays["bonds"])

    def sample(part: str, row: int) -> Sample:
        drug = int(arrays[f"{part}_drug"][row])
        first, stop = int(starts[drug]), int(starts[drug + 1])
        own = bonds[(bonds[:, 0] >= first) & (bonds[:, 0] < stop)] - first if drug not in edges else edges[drug]
        edges[drug] = own
        both = np.concatenate([own, own[:, ::-1]]).T.astype(np.int64)
        return arrays["atoms"][first:stop].copy(), both, *_genes_and_auc(arrays, part, row)

    def collate(samples: list[Sample]) -> list[Tensor]:
        sizes = [len(atoms) for atoms, *_ in samples]
        offsets = np.cumsum([0, *sizes[:-1]])
        moved = [torch.from_numpy(both + offset) for (_, both, *_), offset in zip(samples, offsets, strict=True)]
        owner = torch.repeat_interleave(torch.arange(len(samples)), torch.tensor(sizes))
        atoms = torch.cat([torch.from_numpy(atoms) for atoms, *_ in samples])
        return [atoms, torch.cat(moved, dim=1), owner, *default_collate([sample[2:] for sample in samples])]

    def forward(network: Any, atoms: Tensor, bonded: Tensor, owner: Tensor, genes: Tensor) -> Tensor:
        values = atoms
        for layer in network.layers:
            values = values.index_add(0, bonded[1], values[bonded[0]])
            values = F.relu(layer.outer(F.relu(layer.inner(values))))
            norm = layer.norm
            values = F.batch_norm(
                values, norm.running_mean, norm.running_var, norm.weight, norm.bias, network.training, 0.1, norm.eps
            )
        pooled = values.new_zeros(len(genes), values.shape[1]).index_add(0, owner, values)
        drugs = F.dropout(F.relu(network.drug(pooled)), 0.2, network.training)
        cells = genes[:, None]
        for convolution in network.convolutions:
            cells = F.max_pool1d(F.relu(convolution(cells)), 3)
        values = torch.cat([drugs, network.cell(cells.flatten(1))], dim=1)
        for layer in network.head[:2]:
            values = F.dropout(F.relu(layer(values)), 0.5, network.training)
        return torch.sigmoid(network.head[2](values))[:, 0]

    edges: dict[int, np.ndarray[Any, Any]] = {}
    return Conventional(sample, collate, forward)


def deepttc(arrays: Arrays, sizes: Any) -> Conventional:
    longest = 50

    def sample(part: str, row: int) -> Sample:
        drug = int(arrays[f"{part}_drug"][row])
        count = int(arrays["token_count"][drug])
        ids, mask = np.zeros(longest, dtype=np.int64), np.zeros(longest, dtype=np.float32)
        ids[:count], mask[:count] = arrays["tokens"][drug, :count], 1
        return ids, mask, *_genes_and_auc(arrays, part, row)

    def forward(network: Any, ids: Tensor, mask: Tensor, genes: Tensor) -> Tensor:
        training = network.training
        bias = ((1 - mask) * -10000)[:, None, None]
        values = network.norm(network.words(ids) + network.positions(torch.arange(longest, device=ids.device)))
        values = F.dropout(values, sizes.dropout, training)
        for layer in network.layers:
            query = _heads(layer.query(values), sizes.heads)
            key, value = (_heads(part, sizes.heads) for part in layer.key_value(values).chunk(2, dim=-1))
            scores = query @ key.transpose(-1, -2) / (sizes.hidden // sizes.heads) ** 0.5 + bias
            weights = F.dropout(torch.softmax(scores, dim=-1), sizes.attention_dropout, training)
            context = (weights @ value).transpose(1, 2).flatten(2)
            values = layer.attention_norm(F.dropout(layer.attended(context), sizes.hidden_dropout, training) + values)
            new = layer.outer(F.relu(layer.inner(values)))
            values = layer.norm(F.dropout(new, sizes.hidden_dropout, training) + values)
        for layer in network.cell:
            genes = F.relu(layer(genes))
        values = torch.cat([values[:, 0], genes], dim=1)
        for layer in network.head[:-1]:
            values = F.relu(F.dropout(layer(values), sizes.dropout, training))
        return network.head[-1](values)[:, 0]

    return Conventional(sample, default_collate, forward)


def paccmann(arrays: Arrays, sizes: Any) -> Conventional:
    variants = arrays["tokens"].shape[1]

    def sample(part: str, row: int) -> Sample:
        drug = int(arrays[f"{part}_drug"][row])
        variant = int(torch.randint(variants, ())) if part == "train" else 0
        count = int(arrays["token_count"][drug, variant])
        ids = np.full(PADDED, PAD, dtype=np.int64)
        ids[PADDED - count :] = arrays["tokens"][drug, variant, :count]
        return ids, *_genes_and_auc(arrays, part, row)

    def forward(network: Any, ids: Tensor, genes: Tensor) -> Tensor:
        training, rate = network.training, sizes.dropout
        embedded = network.embedding(ids)
        parts = [embedded]
        for convolution in network.convolutions:
            found = F.relu(convolution(embedded.transpose(1, 2)))
            parts.append(F.dropout(found, rate, training).transpose(1, 2))
        attention = torch.softmax(F.dropout(network.gene_attention(genes), rate, training), dim=1)
        context = _split(network.context(attention * genes), sizes.attention)
        encodings = []
        for number, (part, layer) in enumerate(zip(parts, network.positions, strict=True)):
            keys = _split(layer(part), sizes.attention)
            for head in range(sizes.heads):
                which = number * sizes.heads + head
                scores = torch.tanh(keys[head] + context[which][:, None]) @ network.scores[which]
                encodings.append((torch.softmax(scores, dim=1)[:, None] @ part)[:, 0])
        values = torch.cat(encodings, dim=1)
        for layer, norm in zip(network.dense, network.norms, strict=True):
            values = F.dropout(F.relu(norm(layer(values))), rate, training)
        return torch.sigmoid(network.output(values))[:, 0]

    return Conventional(sample, default_collate, forward)


CONVENTIONAL: dict[str, Callable[[Arrays, Any], Conventional]] = {
    "GraphDRP": graphdrp,
    "DeepTTC": deepttc,
    "Paccmann_MCA": paccmann,
}


def loss_of(way: Conventional, network: nn.Module, batch: list[Tensor]) -> Tensor:
    """Mean squared error of a collated batch."""
    *inputs, auc = batch
    return F.mse_loss(way.forward(network, *inputs), auc)


def _genes_and_auc(arrays: Arrays, part: str, row: int) -> tuple[np.ndarray[Any, Any], np.float32]:
    return arrays["cells"][arrays[f"{part}_cell"][row]].copy(), arrays[f"{part}_auc"][row]


def _heads(values: Tensor, heads: int) -> Tensor:
    return values.reshape(*values.shape[:2], heads, -1).transpose(1, 2)


def _split(values: Tensor, size: int) -> tuple[Tensor, ...]:
    return torch.split(values, size, dim=-1)
