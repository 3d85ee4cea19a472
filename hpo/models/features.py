"""Steps of ``prepare`` that models share: which genes, which rows, and standardisation without a leak."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from hpo.errors import BadData

if TYPE_CHECKING:
    import pandas as pd

    from hpo.data.csa import CsaData

PARTS: Final = ("train", "val", "test")

SCALED_ON: Final = {None: ("train",), "hof": ("train", "val")}
"""Published behaviour to reproduce (``None`` for none): parts whose cell lines and drugs scalers are fitted on."""

MIN_GENES: Final = 118
"""Landmark genes are used where the table has at least so many (as many as GraphDRP's convolutions need)."""


def gene_expression(data: CsaData) -> pd.DataFrame:
    """Expression of the genes that models use: rows are cell lines, columns gene symbols in alphabetical order.

    The original models use the LINCS landmark genes (958 in the benchmark). A table that holds fewer than
    :data:`MIN_GENES` of them is used whole.
    """
    table = data.gene_expression(level="Gene_Symbol")
    landmark = data.landmark_genes()
    return table[sorted(landmark if len(landmark) >= MIN_GENES else table.columns)]


@dataclass(frozen=True, slots=True)
class Pairs:
    """The responses of one split, as pairs of table rows.

    Attributes:
        cells: Ids of the cell lines that occur, sorted.
        drugs: Ids of the drugs that occur, sorted.
        arrays: ``<part>_cell`` and ``<part>_drug`` (int32, rows of ``cells`` and ``drugs``), ``<part>_auc`` (float32)
            and ``dropped_<part>`` (int64 scalar, responses left out for want of features), for train, val and test.
    """

    cells: list[str]
    drugs: list[str]
    arrays: dict[str, NDArray[Any]]


def response_pairs(data: CsaData, dataset: str, split: int, cells: pd.Index[str], drugs: pd.Index[str]) -> Pairs:
    """The responses of ``dataset`` whose cell line is in ``cells`` and whose drug is in ``drugs``.

    Raises:
        BadData: A part is left without rows.
    """
    responses = data.responses()
    tables = {}
    dropped = {}
    for part in PARTS:
        rows = responses.loc[data.split(dataset, split, part)]
        kept = rows[rows["improve_sample_id"].isin(cells) & rows["improve_chem_id"].isin(drugs)]
        tables[part], dropped[part] = kept, len(rows) - len(kept)
    problems = [
        f"{dataset} split {split}: no response of the {part} part has features "
        f"({dropped[part]} of {dropped[part]} rows have a cell line or drug without); "
        "compare the ids of y_data/response.tsv with those in x_data"
        for part in PARTS
        if tables[part].empty
    ]
    if problems:
        raise BadData(problems)
    cell_ids = sorted(set().union(*(table["improve_sample_id"] for table in tables.values())))
    drug_ids = sorted(set().union(*(table["improve_chem_id"] for table in tables.values())))
    cell_row = {cell: row for row, cell in enumerate(cell_ids)}
    drug_row = {drug: row for row, drug in enumerate(drug_ids)}
    arrays: dict[str, NDArray[Any]] = {}
    for part, table in tables.items():
        arrays[f"{part}_cell"] = table["improve_sample_id"].map(cell_row).to_numpy(np.int32)
        arrays[f"{part}_drug"] = table["improve_chem_id"].map(drug_row).to_numpy(np.int32)
        arrays[f"{part}_auc"] = table["auc"].to_numpy(np.float32)
        arrays[f"dropped_{part}"] = np.array(dropped[part], dtype=np.int64)
    return Pairs(cell_ids, drug_ids, arrays)


def complete_expression(table: pd.DataFrame, model: str) -> NDArray[np.float64]:
    """Values of ``table`` (rows are cell lines, columns genes), all of them finite.

    Raises:
        BadData: A value is missing; ``model`` says who needs it.
    """
    values = table.to_numpy(np.float64)
    missing = table.index[~np.isfinite(values).all(axis=1)]
    if len(missing):
        raise BadData(
            f"x_data/cancer_gene_expression.tsv: {len(missing)} cell lines miss the expression of a gene, "
            f"{missing[0]} for one; {model} needs all of them"
        )
    return values


def rows_of_parts(arrays: Mapping[str, NDArray[Any]], kind: str, parts: Iterable[str]) -> NDArray[np.int32]:
    """Rows of the table of cell lines (``kind`` is ``cell``) or drugs (``drug``) that ``parts`` refer to, repeated."""
    return np.concatenate([arrays[f"{part}_{kind}"] for part in parts])


def standardised(table: NDArray[Any], train_rows: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
    """``table`` with columns of mean 0 and standard deviation 1 over its rows ``train_rows``, each counted once.

    A column that is constant over those rows is only centred. Missing values (NaN, infinite) stay out of the
    statistics and come out as NaN.

    Args:
        table: Shape ``(rows, columns)``: one row a cell line or drug.
        train_rows: Rows that occur in the training part (or whichever parts the scale is to come from), repeats
            allowed.
    """
    values = np.where(np.isfinite(table), table, np.nan).astype(np.float64)
    train = values[np.unique(train_rows)]
    present = np.isfinite(train)
    count = np.maximum(present.sum(axis=0), 1)
    mean = np.where(present, train, 0.0).sum(axis=0) / count
    deviation = np.sqrt((np.where(present, train - mean, 0.0) ** 2).sum(axis=0) / count)
    varies = deviation > 10 * np.finfo(np.float64).eps * np.maximum(1.0, np.abs(mean))
    result: NDArray[np.float32] = ((values - mean) / np.where(varies, deviation, 1.0)).astype(np.float32)
    return result
