"""Scores of pathways: how much of a quantity over genes lies in the genes of each.

Every function takes a membership matrix, so that all samples and pathways are a few matrix products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from hpo.data.annotations import GeneSets

EXPONENT: Final = 0.25
"""Weight of the rank of a gene in single-sample enrichment."""

RANDOM_LISTS: Final = 3
"""Random gene lists behind the published z-scores."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Which genes belong to which set.

    Attributes:
        names: Sets that have at least the asked number of the genes, in the order of the file.
        matrix: 1 where a gene belongs to a set, float64, shape ``(sets, genes)``.
    """

    names: tuple[str, ...]
    matrix: sparse.csr_array[Any]

    @property
    def sizes(self) -> NDArray[np.float64]:
        """Genes of each set."""
        return np.asarray(self.matrix.sum(axis=1), dtype=np.float64)


def membership(sets: GeneSets, genes: Sequence[str], *, least: int = 1, most: int | None = None) -> Membership:
    """The sets with ``least`` to ``most`` of ``genes``; other genes of theirs don't count.

    A set of all genes is left out whatever ``most`` is: nothing lies outside to compare it with.
    """
    place = {gene: index for index, gene in enumerate(genes)}
    most = len(genes) - 1 if most is None else min(most, len(genes) - 1)
    names, rows = [], []
    for name, members in zip(sets.names, sets.genes, strict=True):
        found = [place[gene] for gene in members if gene in place]
        if least <= len(found) <= most:
            names.append(name)
            rows.append(found)
    columns = np.array([column for row in rows for column in row], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)]).astype(np.int64)
    matrix = sparse.csr_array((np.ones(len(columns)), columns, starts), shape=(len(rows), len(genes)))
    return Membership(tuple(names), matrix)


def single_sample_enrichment(expression: NDArray[np.float64], sets: Membership) -> NDArray[np.float64]:
    """Enrichment of each set among the highly expressed genes of each sample, shape ``(samples, sets)``.

    Genes are put in order of falling expression. The score is the sum, over all places of that order, of the share of
    the set found so far (genes weighted by their rank to the power of :data:`EXPONENT`) less the share of the other
    genes found so far. Equal expressions share the mean of their places. A sample's scores depend on no other sample;
    the constant that gseapy divides all of them by is left out.

    Args:
        expression: Shape ``(samples, genes)``, on any increasing scale, without missing values.
        sets: Membership of the same genes.

    Source: Barbie et al. (2009), Nature 462:108-112.
    """
    genes = expression.shape[1]
    rank = stats.rankdata(expression, axis=1)  # the highest expression has the highest rank
    weight = rank**EXPONENT
    # A gene at place k (from 1) is counted at the places k to the last: rank of them, since rank = genes + 1 - k.
    inside = (weight * rank) @ sets.matrix.T / (weight @ sets.matrix.T)
    outside = (genes * (genes + 1) / 2 - rank @ sets.matrix.T) / (genes - sets.sizes)
    result: NDArray[np.float64] = np.asarray(inside - outside)
    return result


def network_enrichment(values: NDArray[np.float64], sets: Membership) -> NDArray[np.float64]:
    """How far the mean of each set lies from that of random gene lists, in standard deviations, ``(samples, sets)``.

    The lists have the length of the set and are drawn with replacement, as in the original, but all of them count:
    their mean is that of all genes, and their standard deviation that of all genes over the root of the length. The
    original draws three lists. NaN where all values of a sample are the same.

    Args:
        values: Shape ``(samples, genes)``.
        sets: Membership of the same genes.

    Source: Liu et al. (2017), NetPEA, as adapted by Tang and Gottlieb (2021), Scientific Reports 11:3128.
    """
    return _z_score(
        _means(values, sets),
        values.mean(axis=1, keepdims=True),
        values.std(axis=1, keepdims=True) / np.sqrt(sets.sizes),
    )


def sampled_network_enrichment(values: NDArray[np.float64], sets: Membership, *, seed: int) -> NDArray[np.float64]:
    """As :func:`network_enrichment`, against :data:`RANDOM_LISTS` lists a set that all samples share, as published.

    Three lists estimate a standard deviation badly, so scores can be huge; NaN where the three have the same mean.
    """
    rng = np.random.RandomState(seed)
    genes = values.shape[1]
    total = np.zeros((len(values), len(sets.names)))
    squares = np.zeros_like(total)
    for _ in range(RANDOM_LISTS):
        drawn = [rng.randint(0, genes, int(size)) for size in sets.sizes]
        means = np.stack([values[:, places].mean(axis=1) for places in drawn], axis=1)
        total += means
        squares += means**2
    mean = total / RANDOM_LISTS
    return _z_score(_means(values, sets), mean, np.sqrt(np.maximum(squares / RANDOM_LISTS - mean**2, 0.0)))


def _means(values: NDArray[np.float64], sets: Membership) -> NDArray[np.float64]:
    return np.asarray(values @ sets.matrix.T) / sets.sizes


def _z_score(
    score: NDArray[np.float64], mean: NDArray[np.float64], deviation: NDArray[np.float64]
) -> NDArray[np.float64]:
    known = deviation > 1e-7 * np.abs(mean)  # less is the rounding of equal values
    return np.where(known, (score - mean) / np.where(known, deviation, 1.0), np.nan)
