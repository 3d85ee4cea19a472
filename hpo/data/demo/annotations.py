"""Stand-ins for gene sets, gene links and drug targets that fit the simulation; none of them is real knowledge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from hpo.data.annotations import KEGG_SETS, LINKS, PATHWAY_SETS, TARGETS
from hpo.data.demo.biology import PATHWAYS, expression_loadings, generator
from hpo.data.demo.drugs import Drug

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RANDOM_SETS: Final = 4
"""Sets in each file that follow no pathway."""

RANDOM_SIZE: Final = 12
"""Genes of such a set."""

STRAY_GENES: Final = 2
"""Genes of every other set that don't belong to its pathway."""

LEAST_GENES: Final = 5
"""Fewest genes of a pathway that make a set."""

LINKED_WITHIN: Final = 0.3
LINKED_ACROSS: Final = 0.02
"""Shares of the pairs of genes that are linked: within a pathway, and of all others."""

TARGET_GENES: Final = 3
"""Targets of a drug."""

Rows = list[Sequence[str]]


def annotation_tables(
    drugs: Sequence[Drug], genes: Sequence[str], targets: NDArray[np.float64], seed: int
) -> dict[str, Rows]:
    """Rows of each annotation file, by its path below ``raw_data``.

    Args:
        drugs: All drugs.
        genes: Symbols of the expression table.
        targets: How much each drug depends on each pathway, shape ``(drugs, PATHWAYS)``.
        seed: Seed of the simulation.
    """
    loadings = expression_loadings(len(genes), seed)
    up = [(f"{pathway + 1}_UP", loadings[:, pathway] > 0.5) for pathway in range(PATHWAYS)]
    down = [(f"{pathway + 1}_DOWN", loadings[:, pathway] < -0.5) for pathway in range(PATHWAYS)]
    return {
        KEGG_SETS: _gene_sets(
            genes, [max(pair, key=lambda s: s[1].sum()) for pair in zip(up, down, strict=True)], seed
        ),
        PATHWAY_SETS: _gene_sets(genes, [*up, *down], seed),
        LINKS: _links(genes, abs(loadings).argmax(axis=1), seed),
        TARGETS: _targets(drugs, genes, loadings, targets, seed),
    }


def _gene_sets(genes: Sequence[str], sets: Sequence[tuple[str, NDArray[np.bool_]]], seed: int) -> Rows:
    """Lines of a GMT file: the genes of each pathway with a few strays, and random sets."""
    rng = generator(seed, f"{len(sets)} gene sets")
    rows: Rows = []
    for name, members in sets:
        found = members.nonzero()[0].tolist()
        if len(found) >= LEAST_GENES:
            strays = rng.choice(len(genes), STRAY_GENES, replace=False).tolist()
            rows.append(_set(f"PATHWAY_{name}", genes, [*found, *strays]))
    for number in range(1, RANDOM_SETS + 1):
        rows.append(_set(f"RANDOM_{number}", genes, rng.choice(len(genes), RANDOM_SIZE, replace=False).tolist()))
    return rows


def _set(name: str, genes: Sequence[str], members: Sequence[int]) -> list[str]:
    return [f"DEMO_{name}", "simulated, no real gene set", *(genes[member] for member in sorted(set(members)))]


def _links(genes: Sequence[str], pathway: NDArray[Any], seed: int) -> Rows:
    """Links with weights like STRING's combined scores, each in both directions as there."""
    rng = generator(seed, "links")
    rows: Rows = [("source", "target", "weight")]
    for first in range(len(genes)):
        for second in range(first + 1, len(genes)):
            share = LINKED_WITHIN if pathway[first] == pathway[second] else LINKED_ACROSS
            if rng.uniform() < share:
                weight = str(rng.randint(150, 1000))
                rows += [(genes[first], genes[second], weight), (genes[second], genes[first], weight)]
    return rows


def _targets(
    drugs: Sequence[Drug], genes: Sequence[str], loadings: NDArray[Any], targets: NDArray[np.float64], seed: int
) -> Rows:
    """A few of the genes that follow the pathway on which a drug depends most."""
    rng = generator(seed, "target genes")
    rows: Rows = [("drug", "gene", "origin")]
    for row, drug in enumerate(drugs):
        pathway = abs(targets[row]).argmax()
        likely = abs(loadings[:, pathway]) ** 2 + 1e-9
        chosen = rng.choice(len(genes), TARGET_GENES, replace=False, p=likely / likely.sum())
        rows += [(drug.name.upper(), genes[gene], "simulated") for gene in sorted(chosen.tolist())]
    return rows
