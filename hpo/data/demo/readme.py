"""The README of the demonstration data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_TEXT: Final = """\
# Demonstration data: simulated, not measured

These files show how Cross-HPO works. **No number here was measured**: cell lines, expression, mutations, copy number
and every drug response come from a random simulation. Nothing may be concluded from them about a drug, a gene or a
model on real data.

Real are only the {drugs} drugs (names, PubChem ids and structures of approved drugs, and the fingerprints and
{descriptors} Mordred descriptors computed from them) and the gene symbols. The Ensembl and Entrez lines of the omics
tables hold placeholders. `raw_data/annotations` holds gene sets, gene links and drug targets that were drawn to fit the
simulation: they are **not** those of KEGG, MSigDB, STRING or DrugBank.

| dataset | responses |
|---|--:|
{counts}

The layout is that of the IMPROVE benchmark (csa_data): `raw_data/x_data`, `raw_data/y_data/response.tsv`,
`raw_data/splits` with ten splits a dataset, row numbers from 0.

How it was simulated (seed {seed}):

- Every cell line has eight hidden pathway activities, typical of one of six tissues. Most of the {genes} genes follow
  one pathway strongly.
- Every drug depends on two pathways, by mechanism, and on a projection of its fingerprint, so similar structures act
  alike.
- The product of the two shifts the EC50 of a Hill curve. `auc` is the mean viability from 1e-10 to 1e-4 M, `auc1`
  from 1e-8 to 1e-5 M, `aac1` is 1 - `auc1`; `ic50` and `ec50` are -log10 M; `r2fit` and `dss1` stay empty.
- DEMO-B is smaller and noisier than DEMO-A; they share cell lines and drugs, so transfer between them can be shown.

Made by `cross-hpo data demo --seed {seed}`; the same seed gives the same bytes.
"""


def readme(*, seed: int, drugs: int, descriptors: int, genes: int, counts: Mapping[str, int]) -> str:
    """Text of README.md, which says first of all that the data are simulated."""
    table = "\n".join(f"| {name} | {count:,} |" for name, count in counts.items())
    return _TEXT.format(seed=seed, drugs=drugs, descriptors=descriptors, genes=genes, counts=table)
