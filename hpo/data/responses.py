"""Reads response.tsv."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hpo.data.layout import DRUG, RESPONSE_COLUMNS, SAMPLE, SOURCE, TARGET
from hpo.data.problems import Problems
from hpo.data.tables import Table, read_table
from hpo.identifiers import is_identifier

if TYPE_CHECKING:
    import pandas as pd


def read_responses(path: Path, problems: Problems) -> pd.DataFrame | None:
    """The columns that are needed: three ids as text, ``auc`` as float32; the index is the row number, from 0.

    Rules: every column of ``RESPONSE_COLUMNS`` is there once, no id is empty or padded with blanks, a source may
    name a folder, every ``auc`` is a finite number. Values outside 0..1 occur in real data and are accepted here.

    Returns:
        ``None`` if something was added to ``problems``.
    """
    import numpy as np
    import pandas as pd

    before = problems.count
    table = read_table(path, problems)
    if table is None or not _has_columns(table, RESPONSE_COLUMNS, problems):
        return None
    names = (SOURCE, SAMPLE, DRUG)
    ids = dict(zip(names, table.texts([table.columns.index(name) for name in names]), strict=True))
    for name, texts in ids.items():
        check_ids(table, name, texts, problems)
    _check_sources(table, ids[SOURCE], problems)
    auc = table.numbers([table.columns.index(TARGET)], problems, missing=False, dtype=np.float64)[:, 0]
    if problems.count > before:
        return None
    return pd.DataFrame({**ids, TARGET: auc.astype(np.float32)})


def _has_columns(table: Table, names: tuple[str, ...], problems: Problems) -> bool:
    missing = [name for name in names if name not in table.columns]
    if missing:
        found = ", ".join(table.columns[:8]) + (", …" if len(table.columns) > 8 else "")
        problems.add(
            f"columns of {table.path.name}",
            f"{table.path}: line 1: no column {', '.join(missing)}; must have {', '.join(names)}, has {found}",
        )
    return not missing


def check_ids(table: Table, name: str, ids: list[str], problems: Problems) -> None:
    """Add ids that are empty or padded with blanks."""
    for row, text in enumerate(ids):
        if not text or text != text.strip():
            what = "empty" if not text.strip() else f"{text[:40]!r}, with blanks around it"
            problems.add(
                f"ids in {table.path.name}", f"{table.path}: line {table.line(row)}: {name} is {what}; must be an id"
            )


def _check_sources(table: Table, sources: list[str], problems: Problems) -> None:
    """Add sources that may not become part of a file name."""
    for source in sorted({text for text in set(sources) if text.strip() and not is_identifier(text)}):
        problems.add(
            f"sources in {table.path.name}",
            f"{table.path}: line {table.line(sources.index(source))}: {SOURCE} {source[:40]!r} can't name a dataset; "
            "letters, digits and ._+- only, beginning with a letter or digit",
        )
