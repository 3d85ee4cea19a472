"""A small dataset in csa_data layout whose responses follow from its features."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hpo.data.landmark import landmark_symbols

SMILES = {
    "Drug_1": "CC(=O)Oc1ccccc1C(=O)O",
    "Drug_2": "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "Drug_3": "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
    "Drug_4": "O=c1[nH]cc(F)c(=O)[nH]1",
    "Drug_5": "NC(=O)N(O)CC#C",
    "Drug_6": "Clc1ccccc1C2=NCC(=O)Nc3ccc(cc23)Br",
    "Drug_7": "C",
    "Drug_8": "OCC1OC(n2ccc(=O)[nH]c2=O)C(O)C1O",
}
DESCRIPTORS = 10


def write_csa(root: Path, *, genes: int = 130, cells: int = 40, missing: float = 0.2, seed: int = 7) -> Path:
    """Write ``raw_data`` below ``root`` and return it.

    AUC is an effect of the cell line plus one of the drug plus a product of a gene programme and a descriptor.
    """
    rng = np.random.default_rng(seed)
    folder = root / "raw_data"
    for part in ("x_data", "y_data", "splits"):
        (folder / part).mkdir(parents=True)
    symbols = landmark_symbols()[:genes]
    programme = rng.normal(size=(cells, 3))
    expression = 6 + programme @ rng.normal(size=(3, genes)) + rng.normal(scale=0.3, size=(cells, genes))
    descriptors = rng.normal(size=(len(SMILES), DESCRIPTORS))
    cell_ids = [f"ACH-{i:06d}" for i in range(cells)]
    headers = ("\t".join(["", *row]) for row in (symbols, map(str, range(1, genes + 1)), symbols))
    ensembl, entrez, symbol = headers
    ensembl = "\t".join(["", *(f"ENSG{i:011d}" for i in range(genes))])
    rows = [
        "\t".join([cell, *(f"{value:.4f}" for value in row)]) for cell, row in zip(cell_ids, expression, strict=True)
    ]
    _write(folder / "x_data" / "cancer_gene_expression.tsv", [ensembl, entrez, symbol, *rows])
    names = [f"mordred.D{i}" for i in range(DESCRIPTORS)]
    table = ["\t".join([drug, *(f"{v:.4f}" for v in row)]) for drug, row in zip(SMILES, descriptors, strict=True)]
    table[1] = table[1].rsplit("\t", 1)[0] + "\t"
    _write(folder / "x_data" / "drug_mordred.tsv", ["\t".join(["improve_chem_id", *names]), *table])
    _write(folder / "x_data" / "drug_SMILES.tsv", ["improve_chem_id\tcanSMILES", *map("\t".join, SMILES.items())])
    auc = (
        0.65
        + 0.08 * programme[:, :1]
        + 0.1 * descriptors[None, :, 0]
        + 0.15 * np.tanh(programme[:, 1:2]) * np.sign(descriptors[None, :, 1])
        + rng.normal(scale=0.02, size=(cells, len(SMILES)))
    ).clip(0.02, 1)
    pairs = [(i, j) for i in range(cells) for j in range(len(SMILES)) if rng.random() > missing]
    drugs = list(SMILES)
    _write(
        folder / "y_data" / "response.tsv",
        ["source\timprove_sample_id\timprove_chem_id\tstudy\tauc"]
        + [f"TINY\t{cell_ids[i]}\t{drugs[j]}\t1\t{auc[i, j]:.6f}" for i, j in pairs],
    )
    order = rng.permutation(len(pairs))
    tenth = len(pairs) // 10
    parts = {"val": order[:tenth], "test": order[tenth : 2 * tenth], "train": order[2 * tenth :]}
    for part, numbers in parts.items():
        _write(folder / "splits" / f"TINY_split_0_{part}.txt", map(str, sorted(numbers)))
    _write(folder / "splits" / "TINY_all.txt", map(str, range(len(pairs))))
    return folder


def _write(path: Path, lines) -> None:
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode())
