"""Pathway scores of cell lines and drugs, and fingerprints of drugs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hpo.data.annotations import (
    DRUG_INFO,
    LINKS,
    PATHWAY_SETS,
    TARGETS,
    GeneLinks,
    GeneSets,
    read_drug_names,
    read_drug_targets,
    read_gene_links,
    read_gene_sets,
)
from hpo.errors import BadData
from hpo.models.features import complete_expression
from hpo.models.pathdsp.enrichment import (
    Membership,
    membership,
    network_enrichment,
    sampled_network_enrichment,
    single_sample_enrichment,
)
from hpo.models.pathdsp.walk import random_walk, transition_matrix

if TYPE_CHECKING:
    import pandas as pd

    from hpo.data.csa import CsaData

BITS: Final = 128
RADIUS: Final = 3

PUBLISHED_SIZES: Final = (15, 500)
"""Least and most genes of a set that gseapy, which the published runs used, scores by expression."""

PUBLISHED_SEED: Final = 42
"""Seed of the random gene lists of the published runs."""


@dataclass(frozen=True, slots=True)
class Network:
    """The gene network and the pathways in it.

    Attributes:
        place: Place of each gene in rows of walks.
        transition: Of :func:`hpo.models.pathdsp.walk.transition_matrix`.
        sets: The pathways that have a gene of the network.
        published: Whether scores are compared with three random gene lists, as published, instead of with all.
    """

    place: Mapping[str, int]
    transition: sparse.csr_array[Any]
    sets: Membership
    published: bool

    @classmethod
    def of(cls, links: GeneLinks, sets: GeneSets, *, published: bool) -> Network:
        """The network of ``links``.

        Raises:
            BadData: No pathway has a gene of it.
        """
        members = membership(sets, links.genes)
        if not members.names:
            raise BadData(f"{PATHWAY_SETS}: no set has a gene of {LINKS}; both must name genes by symbol")
        place = {gene: index for index, gene in enumerate(links.genes)}
        return cls(place, transition_matrix(links), members, published)

    def seeds(self, genes: Sequence[Sequence[str]]) -> NDArray[np.bool_]:
        """Which genes of the network are in each list, shape ``(lists, genes of the network)``."""
        result = np.zeros((len(genes), len(self.place)), dtype=np.bool_)
        for row, listed in enumerate(genes):
            result[row, [self.place[gene] for gene in listed if gene in self.place]] = True
        return result

    def scores(self, seeds: NDArray[np.bool_], factors: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Scores of the pathways after walks from ``seeds``, NaN for a row without seeds, shape ``(rows, pathways)``.

        Args:
            seeds: Shape ``(rows, genes of the network)``.
            factors: What the walkers at each gene count, same shape; 1 by default.
        """
        values = random_walk(self.transition, seeds)
        if factors is not None:
            values *= factors
        if self.published:
            return sampled_network_enrichment(values, self.sets, seed=PUBLISHED_SEED)
        return network_enrichment(values, self.sets)


@dataclass(frozen=True, slots=True)
class Tables:
    """What is known of cell lines: frames with a row a cell line and a column a gene."""

    expression: pd.DataFrame
    mutations: pd.DataFrame
    copies: pd.DataFrame

    @classmethod
    def read(cls, data: CsaData) -> Tables:
        """All genes of the three tables."""
        return cls(
            data.gene_expression(),
            data.omics("cancer_mutation_count"),
            data.omics("cancer_discretized_copy_number"),
        )

    @property
    def cells(self) -> pd.Index[str]:
        """Cell lines that all three tables have."""
        return self.expression.index.intersection(self.mutations.index).intersection(self.copies.index)


def cell_scores(
    tables: Tables, cells: Sequence[str], network: Network, sets: GeneSets, *, published: bool
) -> NDArray[np.float64]:
    """Pathway scores of ``cells`` from copy number, mutations and expression, side by side, NaN where undefined.

    Walks begin at the genes with a copy number other than 0, or with a mutation (a missing value is no alteration),
    and are multiplied by the expression of each gene that has one.

    Raises:
        BadData: An expression is missing, no pathway has an expressed gene, or no cell line has an altered gene in
            the network.
    """
    frame = tables.expression.loc[list(cells)]
    expression = complete_expression(frame, "PathDSP")
    least, most = PUBLISHED_SIZES if published else (1, None)
    expressed = membership(sets, list(frame.columns), least=least, most=most)
    if not expressed.names:
        raise BadData(
            f"{PATHWAY_SETS}: no set has {least} genes of x_data/cancer_gene_expression.tsv; both must name genes by "
            "symbol"
        )
    factors = np.ones((len(cells), len(network.place)))
    known = [column for column, gene in enumerate(frame.columns) if gene in network.place]
    factors[:, [network.place[frame.columns[column]] for column in known]] = expression[:, known]
    blocks = []
    for name, table in (("discretized_copy_number", tables.copies), ("mutation_count", tables.mutations)):
        values = table.loc[list(cells)]
        altered = np.nan_to_num(values.to_numpy(np.float64)) != 0
        seeds = network.seeds([list(values.columns[row]) for row in altered])
        if not seeds.any():
            raise BadData(f"x_data/cancer_{name}.tsv: no cell line has an altered gene that occurs in {LINKS}")
        blocks.append(network.scores(seeds, factors))
    return np.hstack([*blocks, single_sample_enrichment(expression, expressed)])


def drug_scores(data: CsaData, drugs: Sequence[str], network: Network) -> NDArray[np.float64]:
    """Pathway scores of the targets of ``drugs``, NaN for a drug without a known target in the network.

    Raises:
        BadData: No drug has one.
    """
    names = data.read(DRUG_INFO, read_drug_names)
    targets = data.read(TARGETS, read_drug_targets)
    genes = [[gene for name in names.get(drug, ()) for gene in targets.get(name, ())] for drug in drugs]
    seeds = network.seeds(genes)
    if not seeds.any():
        raise BadData(
            f"{TARGETS}: no drug of the dataset has a target that occurs in {LINKS}; drugs go by the column NAME of "
            f"{DRUG_INFO}, in capitals"
        )
    return network.scores(seeds)


def fingerprints(smiles: Mapping[str, str]) -> NDArray[np.float32]:
    """Morgan fingerprints of radius 3, folded to 128 bits, shape ``(drugs, 128)``.

    Raises:
        BadData: RDKit can't read a SMILES; all of them are named.
    """
    from rdkit import Chem, rdBase
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
    bits, problems = [], []
    for drug, text in smiles.items():
        with rdBase.BlockLogs():
            molecule: Chem.Mol | None = Chem.MolFromSmiles(text)
        if molecule is None:
            problems.append(f"x_data/drug_SMILES.tsv: {drug}: RDKit can't read the SMILES {text[:80]!r}")
        else:
            bits.append(generator.GetFingerprintAsNumPy(molecule))
    if problems:
        raise BadData(problems)
    return np.array(bits, dtype=np.float32)


def read_network(data: CsaData, *, published: bool) -> tuple[Network, GeneSets]:
    """The gene network and all pathways."""
    sets = data.read(PATHWAY_SETS, read_gene_sets)
    return Network.of(data.read(LINKS, read_gene_links), sets, published=published), sets
