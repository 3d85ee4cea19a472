"""Simulates cell lines: a few hidden pathway activities, and what they do to expression, mutations and copy number."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PATHWAYS: Final = 8
TISSUES: Final = 6
NO_PATHWAY_SHARE: Final = 0.2
"""Share of genes whose expression tells nothing about any pathway."""


def generator(seed: int, purpose: str) -> np.random.RandomState:
    """A generator for one purpose, so that a change in one table leaves the others as they are.

    ``RandomState`` rather than the newer ``Generator``: NumPy promises that its streams never change.
    """
    import numpy as np

    return np.random.RandomState(int(hashlib.sha256(f"{seed}:{purpose}".encode()).hexdigest()[:8], 16))


@dataclass(frozen=True, slots=True)
class Cells:
    """Simulated cell lines.

    Attributes:
        ids: ``improve_sample_id``.
        activity: Hidden pathway activities, standard normal, shape ``(cells, PATHWAYS)``.
        vigour: General resistance in decades of concentration, shape ``(cells,)``.
    """

    ids: tuple[str, ...]
    activity: NDArray[np.float64]
    vigour: NDArray[np.float64]


def simulate_cells(number: int, seed: int) -> Cells:
    """Cell lines of a few tissues, each tissue with typical pathway activities."""
    import numpy as np

    rng = generator(seed, "cells")
    centres = rng.normal(0, 0.7, (TISSUES, PATHWAYS))
    tissue = rng.randint(0, TISSUES, number)
    own = rng.normal(0, np.sqrt(1 - 0.7**2), (number, PATHWAYS))
    ids = tuple(f"DEMO-C{index:03d}" for index in range(1, number + 1))
    return Cells(ids, centres[tissue] + own, rng.normal(0, 0.35, number))


def simulate_expression(cells: Cells, genes: int, seed: int) -> NDArray[np.float64]:
    """Expression like log2(TPM + 1), never negative, shape ``(cells, genes)``.

    Most genes follow one pathway strongly and another weakly; the rest follow none.
    """
    import numpy as np

    rng = generator(seed, "expression")
    loadings = _loadings(genes, rng)
    signal = sum(np.outer(cells.activity[:, pathway], loadings[:, pathway]) for pathway in range(PATHWAYS))
    noise = rng.normal(0, 0.4, (len(cells.ids), genes))
    expression: NDArray[np.float64] = np.maximum(0.0, rng.uniform(1.5, 9, genes) + signal + noise)
    return expression


def expression_loadings(genes: int, seed: int) -> NDArray[np.float64]:
    """How strongly the expression of each gene follows each pathway, shape ``(genes, PATHWAYS)``."""
    return _loadings(genes, generator(seed, "expression"))


def _loadings(genes: int, rng: np.random.RandomState) -> NDArray[np.float64]:
    import numpy as np

    rows = np.arange(genes)
    loadings = np.zeros((genes, PATHWAYS))
    loadings[rows, rng.randint(0, PATHWAYS, genes)] = rng.choice([-1.0, 1.0], genes) * rng.uniform(0.6, 1.4, genes)
    loadings[rows, rng.randint(0, PATHWAYS, genes)] += rng.normal(0, 0.2, genes)
    loadings[rng.uniform(size=genes) < NO_PATHWAY_SHARE] = 0
    return loadings


def simulate_mutations(cells: Cells, genes: int, seed: int) -> NDArray[np.int64]:
    """Mutation counts, more of them where the gene's pathway is active, shape ``(cells, genes)``."""
    import numpy as np

    rng = generator(seed, "mutations")
    pathway = rng.randint(0, PATHWAYS, genes)
    rate = rng.uniform(0.02, 0.15, genes) * np.exp(0.8 * cells.activity[:, pathway])
    counts: NDArray[np.int64] = rng.poisson(rate).astype(np.int64)
    return counts


def simulate_copy_number(cells: Cells, genes: int, seed: int) -> NDArray[np.int64]:
    """Discretised copy number from -2 (deep deletion) to 2 (amplification), shape ``(cells, genes)``."""
    import numpy as np

    rng = generator(seed, "copy number")
    pathway = rng.randint(0, PATHWAYS, genes)
    level = 0.5 * cells.activity[:, pathway] + rng.normal(0, 0.7, (len(cells.ids), genes))
    steps: NDArray[np.int64] = np.clip(np.rint(level), -2, 2).astype(np.int64)
    return steps
