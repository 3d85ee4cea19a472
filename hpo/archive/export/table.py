"""All evaluations of all runs as one tidy table for pandas and R, and what each of its columns means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.export.output import need_package, write_file, write_text
from hpo.archive.tidy import tidy_evaluations

if TYPE_CHECKING:
    from pandas import DataFrame

    from hpo.archive.schema import RunInfo
    from hpo.archive.store import HallOfFame

HYPERPARAMETER_COLUMN: Final = "hp_<name>"
"""Stands for one column a hyperparameter."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table.

    Attributes:
        name: Its name; ``hp_<name>`` stands for one column a hyperparameter.
        kind: ``text``, ``whole number``, ``number`` or ``time``.
        unit: Unit, empty where there is none.
        meaning: What it says, and when a cell is empty.
    """

    name: str
    kind: str
    unit: str
    meaning: str


DICTIONARY: Final = (
    Column("model", "text", "", "Drug-response model, in upstream's spelling."),
    Column("dataset", "text", "", "Study whose responses were fitted; `unknown` where an import does not say it."),
    Column("size", "text", "", "Size of the search: SMALL, MEDIUM, LARGE, XL or a name of its own."),
    Column("strategy", "text", "", "How candidates were chosen: ga, random, …"),
    Column("run", "text", "", "Name of the run; with model, dataset and size it is the key of the record."),
    Column("release", "text", "", "Which cut of the dataset was used; losses of different ones are not comparable."),
    Column("source", "text", "", "`cross-hpo` for own runs, `improve` for the published Hall of Fame."),
    Column("evaluation", "whole number", "", "Number of the evaluation within its run, from 0; imports may have gaps."),
    Column("generation", "whole number", "", "Generation from 0; the published iteration less 1."),
    Column(
        "origin", "text", "", "default, initial, crossover, mutation, model, random or replicate; empty where unknown."
    ),
    Column("status", "text", "", "ok, degenerate (a dead network), or why there is no loss."),
    Column("val_loss", "number", "of the protocol", "Objective on the validation part, lower is better."),
    Column("val_mse", "number", "squared AUC", "Mean squared error on the validation part."),
    Column("val_rmse", "number", "AUC", "Root of the mean squared error on the validation part."),
    Column("val_pcc", "number", "", "Pearson correlation on the validation part, -1 to 1."),
    Column("val_scc", "number", "", "Spearman correlation on the validation part, -1 to 1."),
    Column("val_r2", "number", "", "Coefficient of determination on the validation part, at most 1."),
    Column("epochs_run", "whole number", "epochs", "Epochs (boosting rounds for trees) trained; empty where unknown."),
    Column("best_epoch", "whole number", "epochs", "Epoch, from 1, whose weights were scored; empty where unknown."),
    Column("seed", "whole number", "", "Seed of the training; empty where unknown."),
    Column("worker", "whole number", "", "Worker that ran it, from 0; empty where unknown."),
    Column("started", "time", "UTC", "When it started, ISO 8601; empty where unknown."),
    Column("walltime", "number", "seconds", "From start to result; empty where unknown."),
    Column("parents", "text", "", "Evaluations that it was bred from, joined by `;`."),
    Column("message", "text", "", "Why it is not ok."),
    Column("recovered", "text", "", "Imports: hyperparameters found outside of the table, joined by `;`."),
    Column(HYPERPARAMETER_COLUMN, "any", "", "Value of the hyperparameter; empty where not searched or unknown."),
)
"""Every column of the exported table, in its order."""


def export_table(hall: HallOfFame, runs: Sequence[RunInfo], output: Path, *, is_parquet: bool) -> None:
    """Write all evaluations of ``runs`` as one table.

    Raises:
        MissingInput: ``pyarrow`` is not installed, or a record is incomplete.
        BadData: A record can't be understood.
        StorageError: The file could not be written.
    """
    if is_parquet:
        need_package("pyarrow", "parquet", "'cross-hpo[parquet]'")
    table = tidy_evaluations(hall.path, runs)
    if is_parquet:
        write_file(output, lambda path: _write_parquet(table, path))
    else:
        write_text(output, csv_text(table))


def _write_parquet(table: DataFrame, path: Path) -> None:
    """The table with a type, a meaning and a unit for each column; times, which are text in CSV, as UTC instants."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {column.name: column for column in DICTIONARY}
    times = {
        name: pd.to_datetime(table[name], utc=True, format="ISO8601").astype("datetime64[us, UTC]")
        for name in table.columns
        if name in columns and columns[name].kind == "time"
    }
    typed = pa.Table.from_pandas(table.assign(**times), preserve_index=False)
    described = [field.with_metadata(_described(field.name, columns)) for field in typed.schema]
    pq.write_table(typed.cast(pa.schema(described, metadata=typed.schema.metadata)), path, compression="zstd")


def _described(name: str, columns: dict[str, Column]) -> dict[str, str]:
    column = columns.get(name, columns[HYPERPARAMETER_COLUMN])
    return {"description": column.meaning} | ({"unit": column.unit} if column.unit else {})


def columns_unknown(names: Iterable[str]) -> list[str]:
    """Which of ``names`` the dictionary does not describe."""
    known = {column.name for column in DICTIONARY}
    return [name for name in names if name not in known and not name.startswith("hp_")]


def csv_text(table: DataFrame) -> str:
    """The table as CSV: LF, floats as ``repr`` writes them, empty cells for what is unknown.

    A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers are left as they are.
    """
    safe = table.copy()
    for name in safe.columns:
        if not _is_numeric(safe[name]):
            safe[name] = safe[name].astype(object).map(defused, na_action="ignore")
    text: str = safe.to_csv(index=False, lineterminator="\n")
    return text


def defused(value: Any) -> Any:
    """``value``, with an apostrophe in front if it is a text that begins like a formula.

    >>> defused("=HYPERLINK(1)"), defused("ok"), defused(-1.5)
    ("'=HYPERLINK(1)", 'ok', -1.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _is_numeric(column: Any) -> bool:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return bool(is_numeric_dtype(column.dtype) or is_bool_dtype(column.dtype))
