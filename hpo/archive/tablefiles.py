"""``evaluations.csv`` and ``generations.csv``: tables as files that come back exactly as they were written.

UTF-8 with LF, a comma between cells, floats as ``repr`` writes them, ``true`` and ``false``, and an empty cell for
what is unknown.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.tables import (
    GENERATION_COLUMNS,
    LOG_COLUMNS,
    LOGICAL,
    REAL,
    RECOVERED,
    TEXT,
    WHOLE,
    axis_columns,
    evaluation_types,
    filled,
)
from hpo.errors import BadData

if TYPE_CHECKING:
    from pandas import DataFrame


def write_table(frame: DataFrame) -> bytes:
    """``frame`` as CSV; equal tables give equal bytes."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(zip(*(_cells(frame[name]) for name in frame.columns), strict=True))
    return stream.getvalue().encode("utf-8")


def read_evaluations(content: bytes, axes: Mapping[str, str] | None, where: str) -> DataFrame:
    """The table in ``content``.

    Args:
        content: The file ``evaluations.csv``, or several of the same columns after one another.
        axes: Type by name of axis; ``None`` where the space is unknown: types are then those of the cells.
        where: Name of the file for messages.

    Raises:
        BadData: It is no such CSV, columns differ, or a cell has a wrong type; all wrong cells at once.
    """
    header = read_header(content, where)
    try:
        names = axis_columns(header)
    except BadData as error:
        raise BadData(f"{where}: line 1: {error}") from error
    if axes is None:
        axes = guess_axes(content, where)
    if tuple(axes) != names:
        raise BadData(f"{where}: line 1: axes of the space are {', '.join(axes)}, columns are {', '.join(names)}")
    return read_table(content, evaluation_types(axes, recovered=RECOVERED in header), where)


def guess_axes(content: bytes, where: str) -> dict[str, str]:
    """Type of every hyperparameter column judged by its cells, for records without a space.

    Raises:
        BadData: It is no CSV with the columns of ``evaluations.csv``.
    """
    rows = [row for _, row in _rows(content, where)]
    header, *body = rows
    guesses = {}
    for name in axis_columns(header):
        position = header.index(name)
        cells = [row[position] for row in body if len(row) == len(header) and row[position]]
        fitting = (kind for kind in (LOGICAL, WHOLE, REAL) if cells and all(_fits(cell, kind) for cell in cells))
        guesses[name] = next(fitting, TEXT if cells else REAL)
    return guesses


def read_generations(content: bytes, where: str) -> DataFrame:
    """The table of generations in ``content``.

    Raises:
        BadData: It is no such CSV, columns differ, or a cell has a wrong type; all wrong cells at once.
    """
    types = GENERATION_COLUMNS | (LOG_COLUMNS if "log_min" in read_header(content, where) else {})
    return read_table(content, types, where)


def first_line(content: bytes) -> bytes:
    """The first line without its end; the rest, which may be large, is not copied."""
    end = content.find(b"\n")
    return content if end < 0 else content[:end]


def read_header(content: bytes, where: str) -> list[str]:
    """Names of the columns.

    Raises:
        BadData: The first line is no UTF-8 text, empty, or names a column twice.
    """
    try:
        line = first_line(content).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadData(f"{where}: line 1: not UTF-8 text (byte {error.start})") from error
    header = next(csv.reader([line]), [])
    if not header or len(set(header)) < len(header):
        raise BadData(f"{where}: line 1: expected the names of the columns, each once, got {line!r:.200}")
    return header


def read_table(content: bytes, types: Mapping[str, str], where: str) -> DataFrame:
    """The CSV in ``content`` with exactly the columns ``types``.

    Raises:
        BadData: Columns differ, a line has another number of cells, or a cell has a wrong type; all at once.
    """
    import pandas as pd

    header = read_header(content, where)
    if header != list(types):
        raise BadData(f"{where}: line 1: columns must be {','.join(types)}, got {','.join(header)!r:.300}")
    try:
        frame = pd.read_csv(
            io.BytesIO(content),
            dtype=dict(types),
            keep_default_na=False,
            na_values=[""],
            **_exact_floats(pd.__version__),
            index_col=False,
            encoding="utf-8",
            on_bad_lines="error",
        )
    except (ValueError, TypeError, OverflowError) as error:
        raise BadData(list(_wrong_cells(content, types, where)) or f"{where}: {error}") from error
    return filled(frame)


def _cells(column: Any) -> list[str]:
    kind = str(column.dtype)
    texts = column.astype(object).where(column.notna(), None).tolist()
    if kind == LOGICAL:
        return ["" if value is None else str(value).lower() for value in texts]
    if kind == REAL:
        return ["" if value is None else repr(float(value)) for value in texts]
    return ["" if value is None else str(value) for value in texts]


def _rows(content: bytes, where: str) -> Iterable[tuple[int, list[str]]]:
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
        for row in reader:
            yield reader.line_num, row
    except UnicodeDecodeError as error:
        raise BadData(f"{where}: not UTF-8 text (byte {error.start})") from error
    except csv.Error as error:
        raise BadData(f"{where}: no valid CSV ({error})") from error


def _exact_floats(version: str) -> dict[str, Any]:
    """Arguments with which pandas of ``version`` reads floats exactly; from 3.1 it does so by itself and warns."""
    newer = tuple(int(part) for part in version.split(".")[:2]) >= (3, 1)
    return {} if newer else {"float_precision": "round_trip"}


def _wrong_cells(content: bytes, types: Mapping[str, str], where: str) -> Iterable[str]:
    for line, row in _rows(content, where):
        if line == 1:
            continue
        if len(row) != len(types):
            yield f"{where}: line {line}: {len(row)} cells, but {len(types)} columns"
            continue
        for (name, kind), cell in zip(types.items(), row, strict=True):
            if cell and not _fits(cell, kind):
                yield f"{where}: line {line}: {name}: expected {_KINDS[kind]}, got {cell!r:.80}"


_KINDS: Final = {WHOLE: "a whole number", REAL: "a number", LOGICAL: "true or false", TEXT: "text"}


def _fits(cell: str, kind: str) -> bool:
    if kind == TEXT:
        return True
    if kind == LOGICAL:
        return cell in ("true", "false")
    try:
        return abs(int(cell)) < 2**63 if kind == WHOLE else bool(float(cell) == float(cell))
    except ValueError:
        return False
