"""Writes the demonstration data: the same seed gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.data.demo.annotations import annotation_tables
from hpo.data.demo.biology import (
    generator,
    simulate_cells,
    simulate_copy_number,
    simulate_expression,
    simulate_mutations,
)
from hpo.data.demo.chemistry import descriptors, fingerprints, molecules
from hpo.data.demo.curves import TESTED_DOSES, Curves, drug_potency, drug_targets, simulate_curves
from hpo.data.demo.drugs import Drug, demo_drugs
from hpo.data.demo.genes import expressed_genes
from hpo.data.demo.readme import readme
from hpo.data.layout import (
    DRUG,
    OMICS_LEVELS,
    PARTS,
    RESPONSE,
    SMILES,
    SMILES_COLUMN,
    SPLITS,
    all_file,
    omics_file,
    split_file,
)
from hpo.data.release import RELEASE_FILE, ReleaseName
from hpo.storage import publish_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CELL_LINES: Final = 150


@dataclass(frozen=True, slots=True)
class Screen:
    """A simulated study: which cell lines and drugs it measured, how many of the pairs, and how well."""

    name: str
    cells: range
    drugs: range
    measured: float
    noise: float


SCREENS: Final = (
    Screen("DEMO-A", range(120), range(24), 0.6, 0.2),
    Screen("DEMO-B", range(70, 150), range(14, 30), 0.7, 0.45),
)
"""``noise`` is the measurement error of log10 EC50 in decades; the two share 50 cell lines and 10 drugs."""


@dataclass(frozen=True, slots=True)
class Design:
    """What to simulate; the default is the demonstration.

    Attributes:
        cell_lines: Simulated cell lines.
        genes: Symbols of the expression table, sorted.
        screens: Studies of them.
    """

    cell_lines: int = CELL_LINES
    genes: tuple[str, ...] = field(default_factory=expressed_genes)
    screens: tuple[Screen, ...] = SCREENS


RESPONSE_COLUMNS: Final = (
    "source", "improve_sample_id", "improve_chem_id", "study", "auc", "ic50", "ec50", "ec50se", "r2fit", "einf",
    "hs", "aac1", "auc1", "dss1",
)  # fmt: skip


def write_demo(out: Path, *, seed: int = 1, design: Design | None = None) -> bool:
    """Create the folder ``out`` with ``README.md`` and ``raw_data``.

    Args:
        out: Folder to create.
        seed: Seed of the simulation.
        design: What to simulate, by default the demonstration.

    Returns:
        Whether it is new; ``False`` if it was there with the same content.

    Raises:
        OwnedOrExists: ``out`` is there and differs.
        MissingInput: RDKit or Mordred is not installed.
        StorageError: Writing failed.
    """
    return publish_folder(out, lambda folder: _fill(folder, seed, design or Design()))


def _fill(folder: Path, seed: int, design: Design) -> None:
    raw = folder / "raw_data"
    for name in ("x_data", "y_data", "splits", "annotations"):
        (raw / name).mkdir(parents=True)
    drugs = demo_drugs()
    mols = molecules([drug.smiles for drug in drugs])
    bits = fingerprints(mols)
    cells = simulate_cells(design.cell_lines, seed)
    genes = design.genes
    _omics(raw, "cancer_gene_expression", cells.ids, genes, simulate_expression(cells, len(genes), seed), ".4f")
    _omics(raw, "cancer_mutation_count", cells.ids, genes, simulate_mutations(cells, len(genes), seed), "d")
    _omics(raw, "cancer_discretized_copy_number", cells.ids, genes, simulate_copy_number(cells, len(genes), seed), "d")
    names, values = descriptors(mols)
    _drug_tables(raw, drugs, bits, names, values)
    targets, potency = drug_targets(drugs, bits, seed), drug_potency(drugs, seed)
    for file, table in annotation_tables(drugs, genes, targets, seed).items():
        _write_table(raw / file, table)
    lines: list[Sequence[str]] = []
    counts: dict[str, int] = {}
    for screen in design.screens:
        rng = generator(seed, screen.name)
        pairs = [(c, d) for c in screen.cells for d in screen.drugs if rng.uniform() < screen.measured]
        rows, columns = _columns(pairs)
        curves = simulate_curves(cells, targets, potency, rows, columns, rng, noise=screen.noise)
        _splits(raw, screen.name, len(lines), len(pairs))
        lines += _response_lines(screen.name, cells.ids, drugs, curves)
        counts[screen.name] = len(pairs)
    _write_table(raw / RESPONSE, [RESPONSE_COLUMNS, *lines])
    release = ReleaseName(f"demo-{seed}", synthetic=True)
    (raw / RELEASE_FILE).write_text(json.dumps(release.to_json(), indent=2) + "\n", encoding="ascii")
    text = readme(seed=seed, drugs=len(drugs), descriptors=len(names), genes=len(genes), counts=counts)
    (folder / "README.md").write_text(text, encoding="utf-8")


def _columns(pairs: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    import numpy as np

    array = np.array(pairs, dtype=np.int64)
    return array[:, 0], array[:, 1]


def _omics(raw: Path, name: str, cells: Sequence[str], genes: Sequence[str], values: NDArray[Any], number: str) -> None:
    """An omics table; Ensembl and Entrez ids are placeholders, since models go by symbol."""
    levels = {
        "Gene_Symbol": list(genes),
        "Ensembl": [f"DEMO-ENS{index:04d}" for index in range(1, len(genes) + 1)],
        "Entrez": [f"DEMO-{index:04d}" for index in range(1, len(genes) + 1)],
    }
    header = [["", *levels[level]] for level in OMICS_LEVELS[name]]
    rows = [[cell, *(format(value, number) for value in row)] for cell, row in zip(cells, values, strict=True)]
    _write_table(raw / omics_file(name), [*header, *rows])


def _drug_tables(
    raw: Path, drugs: Sequence[Drug], bits: NDArray[np.uint8], names: Sequence[str], values: NDArray[np.float64]
) -> None:
    _write_table(raw / SMILES, [(DRUG, SMILES_COLUMN), *((drug.id, drug.smiles) for drug in drugs)])
    info = [(drug.name, drug.mechanism, str(drug.pubchem_cid), drug.smiles, drug.id) for drug in drugs]
    _write_table(raw / "x_data/drug_info.tsv", [("NAME", "MECHANISM", "PUBCHEM_CID", SMILES_COLUMN, DRUG), *info])
    ecfp4 = [(DRUG, *(f"ecfp4.{bit}" for bit in range(bits.shape[1])))]
    ecfp4 += [(drug.id, *map(str, row)) for drug, row in zip(drugs, bits, strict=True)]
    _write_table(raw / "x_data/drug_ecfp4_nbits512.tsv", ecfp4)
    mordred = [(DRUG, *(f"mordred.{name}" for name in names))]
    mordred += [(drug.id, *(f"{value:.7g}" for value in row)) for drug, row in zip(drugs, values, strict=True)]
    _write_table(raw / "x_data/drug_mordred.tsv", mordred)


def _response_lines(
    name: str, cells: Sequence[str], drugs: Sequence[Drug], curves: Curves
) -> Iterable[tuple[str, ...]]:
    """Rows of response.tsv; what the simulation does not know (r2fit, dss1) stays empty."""
    import numpy as np

    auc, tested = curves.auc(), curves.auc(TESTED_DOSES)
    with np.errstate(divide="ignore", invalid="ignore"):
        ic50 = curves.log_ec50 + np.log10(0.5 / (0.5 - curves.floor)) / curves.slope
    for row in range(len(auc)):
        reaches_half = curves.floor[row] < 0.5
        yield (
            name,
            cells[curves.cell[row]],
            drugs[curves.drug[row]].id,
            name,
            f"{auc[row]:.4f}",
            f"{-ic50[row]:.3f}" if reaches_half else "",
            f"{-curves.log_ec50[row]:.3f}",
            f"{curves.error[row]:.3f}",
            "",
            f"{curves.floor[row]:.4f}",
            f"{curves.slope[row]:.4f}",
            f"{1 - tested[row]:.4f}",
            f"{tested[row]:.4f}",
            "",
        )


def _splits(raw: Path, name: str, first: int, rows: int) -> None:
    """Ten splits as the benchmark makes them: ten random folds, eight to train on, one each to validate and test."""
    import numpy as np

    numbers = np.arange(first, first + rows)
    folds = np.array_split(np.random.RandomState(1).permutation(numbers), SPLITS)
    _write_rows(raw / all_file(name), numbers)
    for split in range(SPLITS):
        turned = [*folds[split:], *folds[:split]]
        parts = (np.concatenate(turned[: SPLITS - 2]), turned[SPLITS - 2], turned[SPLITS - 1])
        for part, chosen in zip(PARTS, parts, strict=True):
            _write_rows(raw / split_file(name, split, part), np.sort(chosen))


def _write_rows(path: Path, rows: NDArray[np.int64]) -> None:
    path.write_bytes("".join(f"{row}\n" for row in rows).encode("ascii"))


def _write_table(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Tab-separated with CRLF line ends, like the benchmark's tables."""
    path.write_bytes("".join("\t".join(row) + "\r\n" for row in rows).encode("ascii"))
