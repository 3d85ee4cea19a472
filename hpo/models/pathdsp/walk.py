"""Random walk with restart over a gene network: how near each gene is to the altered or targeted ones."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hpo.data.annotations import GeneLinks

RESTART: Final = 0.5
"""Share of the walkers that go back to their seeds in each step."""

TOLERANCE: Final = 1e-5
"""A walk has settled when the sum of the absolute changes of a step is not above this."""


def transition_matrix(links: GeneLinks) -> sparse.csr_array[Any]:
    """Where a walker at each gene goes next, by the weights of its links: rows sum to 1, shape ``(genes, genes)``.

    A link counts in both directions; one that is listed in both counts with both weights.
    """
    size = len(links.genes)
    one_way = sparse.coo_array((links.weight, (links.source, links.target)), shape=(size, size)).tocsr()
    both = one_way + one_way.T
    return sparse.csr_array(sparse.diags_array(1.0 / both.sum(axis=1)) @ both)


def random_walk(matrix: sparse.csr_array[Any], seeds: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Settled walks with restart, a row each: ``p = (1 - RESTART) p A + RESTART p0``.

    ``p0`` is 1 at every seed, so the values of a row sum to the number of its seeds. Each row stops by itself, so a
    row does not depend on the others.

    Args:
        matrix: Of :func:`transition_matrix`, shape ``(genes, genes)``.
        seeds: Where each walk begins and restarts, shape ``(rows, genes)``.

    Source: Köhler et al. (2008), American Journal of Human Genetics 82(4):949-958.
    """
    start = seeds.astype(np.float64)
    result = start.copy()
    transposed = sparse.csr_array(matrix.T)
    active = np.flatnonzero(seeds.any(axis=1))
    while len(active):  # ends: the change halves in each step
        before = result[active]
        after = (1 - RESTART) * (transposed @ before.T).T + RESTART * start[active]
        result[active] = after
        active = active[np.abs(after - before).sum(axis=1) > TOLERANCE]
    return result
