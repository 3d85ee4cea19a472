"""Small csa_data folders for tests: sound ones, and ways to damage them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from hpo.catalogue import ModelCard
from hpo.data.csa import CsaData
from hpo.models.base import Arrays, Model, TestScore, Training

CELLS = ("ACH-1", "NA", "0012", "1e5", "ACH-5")
"""Ids that a careless reader turns into numbers or missing values."""
DRUGS = ("Drug_1", "nan", "Drug_3", "Drug_4")
GENES = ("AARS", "ABCB6", "KRAS", "ZW10")


def write_lines(path: Path, lines: Sequence[str], *, end: str = "\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(line + end for line in lines).encode("utf-8"))


def write_csa(
    root: Path,
    *,
    pairs: Mapping[str, Sequence[tuple[str, str, float]]] | None = None,
    splits: Mapping[str, Mapping[str, Sequence[int]]] | None = None,
    end: str = "\n",
) -> Path:
    """A sound ``raw_data`` folder; by default dataset ONE of 20 pairs (rows 0 to 19) and TWO of 10 (20 to 29)."""
    if pairs is None:
        every = [(cell, drug, 0.01 * (5 * i + j)) for i, cell in enumerate(CELLS) for j, drug in enumerate(DRUGS)]
        pairs = {"ONE": every, "TWO": every[:10]}
    if splits is None:
        splits = {
            "ONE": {"train": range(16), "val": [16, 17], "test": [18, 19]},
            "TWO": {"train": range(20, 26), "val": [26, 27], "test": [28, 29]},
        }
    cells = list(dict.fromkeys(cell for rows in pairs.values() for cell, _, _ in rows))
    drugs = list(dict.fromkeys(drug for rows in pairs.values() for _, drug, _ in rows))
    response = ["source\timprove_sample_id\timprove_chem_id\tstudy\tauc\tic50"]
    for source, rows in pairs.items():
        response += [f"{source}\t{cell}\t{drug}\t7\t{auc!r}\t" for cell, drug, auc in rows]
    write_lines(root / "y_data/response.tsv", response, end=end)
    header = ["\tENSG1\tENSG2\tENSG3\tENSG4", "\t16\t10058\t3845\t55055", "\t" + "\t".join(GENES)]
    values = [f"{cell}\t{i}.5\t{i + 1}\t{2 + i % 2}.25\t{-i}" for i, cell in enumerate(cells)]
    write_lines(root / "x_data/cancer_gene_expression.tsv", [*header, *values], end=end)
    smiles = ["improve_chem_id\tcanSMILES", *(f"{drug}\t{'C' * (i + 1)}" for i, drug in enumerate(drugs))]
    write_lines(root / "x_data/drug_SMILES.tsv", smiles, end=end)
    bits = ["improve_chem_id\tecfp4.0\tecfp4.1", *(f"{drug}\t{i % 2}\t{i // 2 % 2}" for i, drug in enumerate(drugs))]
    write_lines(root / "x_data/drug_ecfp4_nbits512.tsv", bits, end=end)
    mordred = ["improve_chem_id\tmordred.A\tmordred.B", *(f"{drug}\t{i}.25\t{-i}" for i, drug in enumerate(drugs))]
    write_lines(root / "x_data/drug_mordred.tsv", mordred, end=end)
    first = 0
    for source, parts in splits.items():
        rows = range(first, first + len(pairs[source]))
        write_lines(root / f"splits/{source}_all.txt", [str(row) for row in rows])
        for part, numbers in parts.items():
            write_lines(root / f"splits/{source}_split_0_{part}.txt", [str(row) for row in numbers])
        first += len(pairs[source])
    return root


def replace_line(path: Path, number: int, text: str | bytes) -> None:
    """Replace line ``number``, from 1."""
    lines = path.read_bytes().split(b"\n")
    lines[number - 1] = text if isinstance(text, bytes) else text.encode("utf-8")
    path.write_bytes(b"\n".join(lines))


class ToyModel(Model):
    """Prepares a few small arrays and trains nothing."""

    card = ModelCard(
        name="Toy",
        title="A model for tests",
        summary="",
        citation="",
        doi="",
        licence="",
        inputs=("x_data/cancer_gene_expression.tsv", "x_data/drug_ecfp4_nbits512.tsv", "y_data/response.tsv"),
        packages=(),
    )
    defaults: ClassVar[dict[str, Any]] = {}

    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        expression = data.gene_expression()
        bits = data.drug_table("ecfp4")
        responses = data.responses()
        arrays: dict[str, np.ndarray[Any, Any]] = {
            "cells": expression.to_numpy(),
            "drugs": bits.to_numpy(),
            "padding": np.zeros(20_000, np.float32),
        }
        for part in ("train", "val", "test"):
            rows = responses.loc[data.split(dataset, split, part)]
            known = rows["improve_sample_id"].isin(expression.index) & rows["improve_chem_id"].isin(bits.index)
            kept = rows[known]
            arrays[f"{part}_cell"] = expression.index.get_indexer(kept["improve_sample_id"]).astype(np.int32)
            arrays[f"{part}_drug"] = bits.index.get_indexer(kept["improve_chem_id"]).astype(np.int32)
            arrays[f"{part}_auc"] = kept["auc"].to_numpy(np.float32)
            arrays[f"dropped_{part}"] = np.array(len(rows) - len(kept))
        return arrays

    def train(
        self, hyperparameters: Any, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Any, TestScore | None]:
        raise NotImplementedError
