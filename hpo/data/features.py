"""Reads feature tables: omics of cell lines, and descriptors, fingerprints and SMILES of drugs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpo.data.layout import DRUG, SAMPLE, SMILES_COLUMN
from hpo.data.problems import Problems
from hpo.data.responses import check_ids
from hpo.data.tables import Table, read_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Features:
    """A table of numbers: one row an id.

    Attributes:
        index: Name of the ids: ``improve_sample_id`` or ``improve_chem_id``.
        ids: One for each row.
        header: Header rows without the cell above the ids.
        values: Shape ``(len(ids), columns)``.
    """

    index: str
    ids: list[str]
    header: tuple[tuple[str, ...], ...]
    values: NDArray[Any]

    def frame(self, level: int = 0) -> pd.DataFrame:
        """As a data frame whose columns are the named, first-occurring cells of header row ``level``."""
        import pandas as pd

        names = self.header[level]
        first: dict[str, int] = {}
        for column, name in enumerate(names):
            if name:
                first.setdefault(name, column)
        values = self.values if len(first) == len(names) else self.values[:, list(first.values())]
        return pd.DataFrame(values, index=pd.Index(self.ids, name=self.index), columns=list(first), copy=True)


def read_omics(path: Path, levels: tuple[str, ...], problems: Problems) -> Features | None:
    """An omics table with one header row for each of ``levels`` and no name above the ids, float32.

    Rules: the header rows are there in this order, every cell line occurs once, every value is a finite number or
    missing. Columns of the same name at one level are allowed (promoters of one gene).

    Returns:
        ``None`` if something was added to ``problems``.
    """
    import numpy as np

    before = problems.count
    table = read_table(path, problems, header_rows=len(levels))
    if table is None or not _is_omics_header(table, levels, problems):
        return None
    ids = _ids(table, 0, SAMPLE, problems)
    columns = list(range(1, len(table.columns)))
    values = table.numbers(columns, problems, missing=True, dtype=np.float32)
    if problems.count > before:
        return None
    return Features(SAMPLE, ids, tuple(row[1:] for row in table.header), values)


def read_drug_features(path: Path, problems: Problems, *, bits: bool) -> Features | None:
    """A drug table with one header row: ``improve_chem_id`` and numeric columns.

    Rules: every drug occurs once; with ``bits`` every value is 0 or 1 (uint8), else a finite number or missing
    (float32).

    Returns:
        ``None`` if something was added to ``problems``.
    """
    import numpy as np

    before = problems.count
    table = read_table(path, problems)
    if table is None or not _has_id_column(table, problems):
        return None
    id_column = table.columns.index(DRUG)
    ids = _ids(table, id_column, DRUG, problems)
    columns = [column for column in range(len(table.columns)) if column != id_column]
    values = table.numbers(columns, problems, missing=not bits, dtype=np.float32)
    if bits:
        _check_bits(table, columns, values, problems)
    if problems.count > before:
        return None
    header = (tuple(table.columns[column] for column in columns),)
    return Features(DRUG, ids, header, values.astype(np.uint8) if bits else values)


def read_smiles(path: Path, problems: Problems) -> pd.Series[str] | None:
    """SMILES by ``improve_chem_id``; every drug occurs once and has one.

    Returns:
        ``None`` if something was added to ``problems``.
    """
    import pandas as pd

    before = problems.count
    table = read_table(path, problems)
    if table is None or not _has_id_column(table, problems):
        return None
    if SMILES_COLUMN not in table.columns:
        problems.add(f"columns of {path.name}", f"{path}: line 1: no column {SMILES_COLUMN}")
        return None
    ids = _ids(table, table.columns.index(DRUG), DRUG, problems)
    (smiles,) = table.texts([table.columns.index(SMILES_COLUMN)])
    for row, text in enumerate(smiles):
        if not text.strip():
            problems.add("SMILES", f"{path}: line {table.line(row)}: {ids[row]} has no {SMILES_COLUMN}")
    if problems.count > before:
        return None
    return pd.Series(smiles, index=pd.Index(ids, name=DRUG), name=SMILES_COLUMN)


def _ids(table: Table, column: int, name: str, problems: Problems) -> list[str]:
    (ids,) = table.texts([column])
    check_ids(table, name, ids, problems)
    first: dict[str, int] = {}
    for row, text in enumerate(ids):
        if text and text in first:
            problems.add(
                f"duplicate ids in {table.path.name}",
                f"{table.path}: line {table.line(row)}: {name} {text[:40]!r} again, first in line "
                f"{table.line(first[text])}; must occur once",
            )
        first.setdefault(text, row)
    return ids


def _has_id_column(table: Table, problems: Problems) -> bool:
    if DRUG not in table.columns:
        problems.add(
            f"columns of {table.path.name}",
            f"{table.path}: line 1: no column {DRUG}; has {', '.join(table.columns[:5])[:200]}",
        )
    return DRUG in table.columns


def _is_omics_header(table: Table, levels: tuple[str, ...], problems: Problems) -> bool:
    """Whether the header rows are there and in order, as far as their cells tell."""
    kind = f"header of {table.path.name}"
    expected = f"must be {len(levels)} header lines ({', '.join(levels)}) whose first cell is empty"
    for number, (level, row) in enumerate(zip(levels, table.header, strict=True), start=1):
        if row[0] not in ("", level, SAMPLE):
            problems.add(kind, f"{table.path}: line {number}: begins with {row[0][:40]!r}; {expected}")
            return False
        actual = _identified_level(row[1:])
        if actual is not None and actual != level and {actual, level} <= {"Ensembl", "Entrez", "Gene_Symbol"}:
            problems.add(kind, f"{table.path}: line {number}: holds {actual} ids where {level} is expected; {expected}")
            return False
    if table.first[0] == "":
        problems.add(kind, f"{table.path}: line {len(levels) + 1}: no id; {expected}, then one row a cell line")
        return False
    if len(table.columns) == 1:
        problems.add(kind, f"{table.path}: line 1: no column beside the ids")
        return False
    return True


def _identified_level(cells: tuple[str, ...]) -> str | None:
    """Level that most cells look like: Ensembl ids and Entrez numbers are recognisable, symbols are not."""
    ensembl = sum(cell.startswith("ENSG") for cell in cells)
    entrez = sum(cell.removesuffix(".0").isdigit() for cell in cells)
    half = len(cells) / 2
    return "Ensembl" if ensembl > half else "Entrez" if entrez > half else None


def _check_bits(table: Table, columns: list[int], values: NDArray[np.float32], problems: Problems) -> None:
    for row, column in zip(*((values != 0) & (values != 1)).nonzero(), strict=True):
        if values[row, column] == values[row, column]:
            problems.add(
                f"bits in {table.path.name}",
                f"{table.path}: line {table.line(int(row))}: {table.columns[columns[column]]} is "
                f"{values[row, column]:g}; must be 0 or 1",
            )
