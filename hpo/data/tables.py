"""The one reader of tab-separated tables.

The parsers at hand repair what they should report: a row with a field too many shifts its columns into the index,
a second column ``auc`` is renamed, the id ``NA`` becomes missing, a blank line shifts all row numbers after it. So a
table is looked at line by line first, and parsed only when every line is sound.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.data.problems import Problems
from hpo.errors import MissingInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MISSING: Final = ("", "NA", "NaN", "nan", "N/A", "null")
"""Texts that stand for a missing number in a feature table; ids and targets are never missing."""

_BOM = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Table:
    """A sound table: text in UTF-8, every line with as many fields as the header.

    Attributes:
        path: File that it was read from, for messages.
        header: Header rows from top to bottom, each with all its cells.
        content: The file's bytes without a byte order mark.
        first: First cell of each line below the header, as text.
    """

    path: Path
    header: tuple[tuple[str, ...], ...]
    content: bytes
    first: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Lines below the header."""
        return len(self.first)

    @property
    def columns(self) -> tuple[str, ...]:
        """Cells of the last header row."""
        return self.header[-1]

    def line(self, row: int) -> int:
        """Number of the line, from 1, that holds ``row``, from 0."""
        return row + len(self.header) + 1

    def texts(self, columns: Sequence[int]) -> list[list[str]]:
        """Cells of some columns as they stand in the file, a list for each column; ``NA`` stays ``NA``."""
        import pandas as pd

        if list(columns) == [0]:
            return [list(self.first)]
        content = io.BytesIO(self.content)
        frame = pd.read_csv(content, usecols=sorted(columns), dtype=str, na_filter=False, **self._options())
        return [frame[column].to_numpy(object).tolist() for column in columns]

    def numbers(
        self, columns: Sequence[int], problems: Problems, *, missing: bool, dtype: type[np.floating[Any]]
    ) -> NDArray[Any]:
        """Cells of numeric columns, given in rising order: shape ``(rows, len(columns))``, a missing cell is NaN.

        Cells that are no finite number are added to ``problems``; where ``missing`` is false, so are missing ones.
        """
        import numpy as np
        import pandas as pd

        options: dict[str, Any] = {"usecols": sorted(columns), **self._options()}
        if missing:
            options |= {"keep_default_na": False, "na_values": list(MISSING)}
        else:
            options |= {"na_filter": False}
        try:
            frame = pd.read_csv(io.BytesIO(self.content), dtype=dtype, **options)
        except (ValueError, OverflowError):
            self._report_texts(columns, problems, missing=missing)
            return np.full((self.rows, len(columns)), np.nan, dtype=dtype)
        values: NDArray[Any] = frame.to_numpy(dtype)
        wrong = np.isinf(values) if missing else ~np.isfinite(values)
        if wrong.any():
            self._report_texts(columns, problems, missing=missing)
        return values

    def _report_texts(self, columns: Sequence[int], problems: Problems, *, missing: bool) -> None:
        """Find the cells that are no numbers; slow, and only done where there is one."""
        for column, texts in zip(columns, self.texts(columns), strict=True):
            for row, text in enumerate(texts):
                if missing and text in MISSING:
                    continue
                if not _is_finite_number(text):
                    problems.add(
                        f"no finite number in {self.path.name}",
                        f"{self.path}: line {self.line(row)}: {self.columns[column]} is {_shown(text)}; "
                        "must be a finite number",
                    )

    def _options(self) -> dict[str, Any]:
        return {"sep": "\t", "header": None, "skiprows": len(self.header), "low_memory": False, "encoding": "utf-8"}


def read_table(path: Path, problems: Problems, *, header_rows: int = 1) -> Table | None:
    """Read ``path``, or add what is wrong with its lines to ``problems`` and return ``None``.

    Accepted are LF and CRLF line ends, a UTF-8 byte order mark and quoted cells without line breaks.

    Raises:
        MissingInput: There is no such file.
    """
    if not path.is_file():
        raise MissingInput(f"{path}: no such file")
    content = path.read_bytes()
    before = problems.count
    header: list[tuple[str, ...]] = []
    first: list[str] = []
    content = content.removeprefix(_BOM)
    if _encoding_problem(content, path, problems):
        return None
    lines = content.split(b"\n")
    while lines and lines[-1].strip(b"\r") == b"":
        lines.pop()
    for number, raw in enumerate(lines, start=1):
        line = raw.removesuffix(b"\r")
        fields = _fields(line, path, number, problems)
        if fields is None:
            continue
        if number <= header_rows:
            header.append(_cells(line))
        else:
            first.append(_first_cell(line))
        if header and fields != len(header[0]):
            problems.add(
                f"number of fields in {path.name}",
                f"{path}: line {number}: {fields} fields; must be {len(header[0])} as in line 1 "
                "(a tab too many or too few)",
            )
    if not first and problems.count == before:
        found = "empty file" if not lines else f"{len(lines)} header lines and no row"
        problems.add(f"no rows in {path.name}", f"{path}: {found}; must have {header_rows} header lines and rows")
    if problems.count == before:
        _check_columns(path, header, problems)
    if problems.count > before:
        return None
    return Table(path, tuple(header), content, tuple(first))


def _check_columns(path: Path, header: list[tuple[str, ...]], problems: Problems) -> None:
    """Add columns that occur twice with the same cells in all header rows."""
    seen: set[tuple[str, ...]] = set()
    for column in zip(*header, strict=True):
        if column in seen:
            problems.add(
                f"duplicate column in {path.name}",
                f"{path}: line {len(header)}: column {' / '.join(column)!r} occurs twice; keep one of them",
            )
        seen.add(column)


def _encoding_problem(content: bytes, path: Path, problems: Problems) -> bool:
    kind = f"encoding of {path.name}"
    if content.startswith(_UTF16_MARKS):
        problems.add(kind, f"{path}: text in UTF-16; must be UTF-8")
        return True
    null = content.find(b"\0")
    if null >= 0:
        problems.add(kind, f"{path}: line {_line_of(content, null)}: holds a NUL byte; must be plain text")
        return True
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = content[error.start]
        problems.add(
            kind, f"{path}: line {_line_of(content, error.start)}: byte 0x{byte:02x} is no UTF-8 text (Latin-1?)"
        )
        return True
    return False


def _fields(line: bytes, path: Path, number: int, problems: Problems) -> int | None:
    """Number of fields of a line, or ``None`` if it has a problem of another kind."""
    if not line:
        problems.add(f"blank line in {path.name}", f"{path}: line {number}: blank; remove it, since rows are numbered")
        return None
    if b"\r" in line:
        problems.add(
            f"carriage return in {path.name}",
            f"{path}: line {number}: carriage return inside the line; lines must end with LF or CRLF",
        )
        return None
    if b'"' in line:
        try:
            return len(_cells(line))
        except csv.Error:
            problems.add(f"quotes in {path.name}", f"{path}: line {number}: a quote is opened and not closed")
            return None
    return line.count(b"\t") + 1


def _cells(line: bytes) -> tuple[str, ...]:
    text = line.decode("utf-8")
    if '"' not in text:
        return tuple(text.split("\t"))
    return tuple(next(csv.reader([text], delimiter="\t", strict=True)))


def _first_cell(line: bytes) -> str:
    return _cells(line)[0] if line.startswith(b'"') else line.partition(b"\t")[0].decode("utf-8")


def _line_of(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _is_finite_number(text: str) -> bool:
    try:
        return "_" not in text and math.isfinite(float(text))
    except ValueError:
        return False


def _shown(text: str) -> str:
    return f"{text[:40]!r}" if text else "empty"
