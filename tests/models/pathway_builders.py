"""What PathDSP and HiDRA read beside the tables of ``write_csa``, made from the same genes, cell lines and drugs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hpo.data.annotations import KEGG_SETS, LINKS, PATHWAY_SETS, TARGETS
from hpo.data.landmark import landmark_symbols
from tests.models.builders import SMILES, write_csa

GENES = 130
UNTARGETED = "Drug_7"
"""Has a name and no known target."""
UNALTERED = "ACH-000003"
"""Has neither a mutation nor a changed copy number."""
UNTESTED = "ACH-000039"
"""Is not in the table of mutations."""


def write_pathway_csa(root: Path, *, cells: int = 40, seed: int = 7) -> Path:
    """``write_csa`` with mutations, copy numbers, fingerprints, drug names and annotations; returns ``raw_data``."""
    raw = write_csa(root, genes=GENES, cells=cells, seed=seed)
    rng = np.random.default_rng(seed)
    genes = landmark_symbols()[:GENES]
    ids = [f"ACH-{i:06d}" for i in range(cells)]
    alterations = {
        "cancer_mutation_count": rng.poisson(0.1, (cells, GENES)),
        "cancer_discretized_copy_number": rng.integers(-2, 3, (cells, GENES)) * (rng.random((cells, GENES)) < 0.1),
    }
    for name, values in alterations.items():
        values[ids.index(UNALTERED)] = 0
        symbol, entrez = "\t".join(["", *genes]), "\t".join(["", *map(str, range(1, GENES + 1))])
        ensembl = "\t".join(["", *(f"ENSG{i:011d}" for i in range(GENES))])
        rows = ["\t".join([cell, *map(str, row)]) for cell, row in zip(ids, values, strict=True)]
        kept = [row for row in rows if not (name == "cancer_mutation_count" and row.startswith(UNTESTED))]
        _write(raw / "x_data" / f"{name}.tsv", [entrez, symbol, ensembl, *kept])
    bits = rng.integers(0, 2, (len(SMILES), 512))
    head = "\t".join(["improve_chem_id", *(f"ecfp4.{i}" for i in range(512))])
    table = ["\t".join([drug, *map(str, row)]) for drug, row in zip(SMILES, bits, strict=True)]
    _write(raw / "x_data" / "drug_ecfp4_nbits512.tsv", [head, *table])
    _write(raw / "x_data" / "drug_info.tsv", ["NAME\timprove_chem_id", *(f"name {drug}\t{drug}" for drug in SMILES)])
    (raw / "annotations").mkdir()
    sets = [rng.choice(GENES, size, replace=False) for size in (5, 20, 8, 17, 6, 16)]
    lines = [
        "\t".join([f"SET_{i}", "made up", "NOT_A_GENE", *(genes[g] for g in chosen)]) for i, chosen in enumerate(sets)
    ]
    lines.append("SET_UNKNOWN\tmade up\tNOT_A_GENE\tNEITHER")
    _write(raw / KEGG_SETS, lines)
    _write(raw / PATHWAY_SETS, lines)
    linked = [(a, b) for a in range(100) for b in range(a + 1, 100) if (b - a == 1 or rng.random() < 0.03)]
    _write(
        raw / LINKS,
        ["source\ttarget\tweight", *(f"{genes[a]}\t{genes[b]}\t{rng.integers(150, 1000)}" for a, b in linked)],
    )
    targets = [f"NAME {drug.upper()}\t{genes[i * 7]}" for i, drug in enumerate(SMILES) if drug != UNTARGETED]
    _write(raw / TARGETS, ["drug\tgene", *targets, f"NAME {UNTARGETED.upper()}\tNOT_A_GENE"])
    return raw


def _write(path: Path, lines) -> None:
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode())
