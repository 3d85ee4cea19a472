"""The csa_data layout: which files a ``raw_data`` folder holds and what their headers mean.

    raw_data/
      x_data/   cancer_*.tsv (one row a cell line), drug_*.tsv (one row a drug)
      y_data/   response.tsv (one row a measured pair)
      splits/   <DATASET>_all.txt, <DATASET>_split_<k>_{train,val,test}.txt (row numbers of response.tsv)

Source: the generators and loaders of JDACS4C-IMPROVE (benchmark-data-pilot1, IMPROVE).
"""

from __future__ import annotations

import re
from typing import Final

SAMPLE: Final = "improve_sample_id"
DRUG: Final = "improve_chem_id"
SOURCE: Final = "source"
TARGET: Final = "auc"

RESPONSE: Final = "y_data/response.tsv"
RESPONSE_COLUMNS: Final = (SOURCE, SAMPLE, DRUG, TARGET)
"""Columns of response.tsv that are needed; further ones (ic50, ...) are allowed and not read."""

SMILES: Final = "x_data/drug_SMILES.tsv"
SMILES_COLUMN: Final = "canSMILES"
DRUG_TABLES: Final = {"mordred": "x_data/drug_mordred.tsv", "ecfp4": "x_data/drug_ecfp4_nbits512.tsv"}

OMICS_LEVELS: Final[dict[str, tuple[str, ...]]] = {
    "cancer_gene_expression": ("Ensembl", "Entrez", "Gene_Symbol"),
    "cancer_copy_number": ("Entrez", "Gene_Symbol", "Ensembl"),
    "cancer_discretized_copy_number": ("Entrez", "Gene_Symbol", "Ensembl"),
    "cancer_mutation_count": ("Entrez", "Gene_Symbol", "Ensembl"),
    "cancer_DNA_methylation": ("TSS", "Entrez", "Ensembl", "Gene_Symbol"),
    "cancer_miRNA_expression": ("miRNA_ID",),
    "cancer_RPPA": ("Antibody",),
}
"""Header rows of each omics table from top to bottom; the order differs from file to file."""

PARTS: Final = ("train", "val", "test")
SPLITS: Final = 10
"""Splits of a dataset in the benchmark, numbered from 0."""

_SPLIT_FILE = re.compile(r"(?P<dataset>.+)_split_(?P<split>0|[1-9][0-9]{0,3})_(?P<part>train|val|test)\.txt")
_ALL_FILE = re.compile(r"(?P<dataset>.+)_all\.txt")


def omics_file(name: str) -> str:
    """Path of an omics table within ``raw_data``."""
    return f"x_data/{name}.tsv"


def split_file(dataset: str, split: int, part: str) -> str:
    """Path of one part of a split within ``raw_data``.

    >>> split_file("CCLE", 0, "val")
    'splits/CCLE_split_0_val.txt'
    """
    return f"splits/{dataset}_split_{split}_{part}.txt"


def all_file(dataset: str) -> str:
    """Path of the list of all rows of a dataset within ``raw_data``."""
    return f"splits/{dataset}_all.txt"


def parse_split_file(name: str) -> tuple[str, int, str] | None:
    """Dataset, split and part that a file name stands for, or ``None``.

    >>> parse_split_file("CCLE_split_0_val.txt")
    ('CCLE', 0, 'val')
    """
    match = _SPLIT_FILE.fullmatch(name)
    return (match["dataset"], int(match["split"]), match["part"]) if match else None


def parse_all_file(name: str) -> str | None:
    """Dataset whose rows a file such as ``CCLE_all.txt`` lists, or ``None``."""
    match = _ALL_FILE.fullmatch(name)
    return match["dataset"] if match else None


def role(file: str) -> str:
    """Name of a file in records: ``data/<file>`` or ``split/<file>``.

    >>> role("y_data/response.tsv"), role("splits/CCLE_split_0_val.txt")
    ('data/response.tsv', 'split/CCLE_split_0_val.txt')
    """
    folder, _, name = file.rpartition("/")
    return f"split/{name}" if folder == "splits" else f"data/{name}"
