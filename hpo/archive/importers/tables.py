"""``hpo.csv`` and ``output.csv``: one line an evaluation, as Supervisor's scripts write them.

Both have a header and carry the iteration from 1, the sample from 0, hyperparameters and the validation loss:
``hpo.csv`` in the columns ``iteration``, ``sample``, ``result`` and ``walltime``; ``output.csv`` in ``run_id``
(``run_<restart>_<iteration>_<sample>``) and ``val_loss``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from hpo.archive.importers.cells import count, number
from hpo.archive.importers.reading import shown
from hpo.errors import BadData

MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 300

_METRIC: Final = "val_loss"
_OWN_COLUMNS: Final = frozenset({"iteration", "sample", "metric", "result", "walltime", "run_id", "val_loss"})
_RUN_ID: Final = re.compile(r"run_([0-9]{1,6})_([0-9]{1,6})_([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Attributes:
        line: Its number in the file, from 1.
        key: Restart, iteration from 1, and sample from 0; what makes two lines the same evaluation.
        cells: Hyperparameters as written, by column.
        result: The loss as written.
        loss: The loss; ``None`` if ``result`` is no finite number of at least 0.
        walltime: Seconds, or ``None``.
    """

    line: int
    key: tuple[int, int, int]
    cells: dict[str, str]
    result: str
    loss: float | None
    walltime: float | None


@dataclass(slots=True)
class Table:
    """What one file holds: every line is a row, a phantom or unreadable.

    Attributes:
        name: File name.
        parameters: Columns of hyperparameters, in file order.
        rows: The first row of each key, in file order.
        phantoms: Lines that repeat the key of an earlier one; no evaluations.
        contradictions: Lines of ``phantoms`` that give the same key another loss or other hyperparameters.
        unreadable: Lines that can't be told an evaluation from: number and reason.
        stray: Lines from which the stray field before ``metric`` was taken out.
    """

    name: str
    parameters: tuple[str, ...]
    rows: dict[tuple[int, int, int], Row] = field(default_factory=dict)
    phantoms: list[int] = field(default_factory=list)
    contradictions: list[int] = field(default_factory=list)
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    stray: int = 0

    @property
    def lines(self) -> int:
        """Lines below the header that are not blank."""
        return len(self.rows) + len(self.phantoms) + len(self.unreadable)


def parse_table(text: str, name: str, header: Sequence[str] | None = None) -> Table:
    """Read the text of ``hpo.csv`` or ``output.csv``; lines that can't be read are listed, not raised.

    Args:
        text: Content of the file.
        name: Its name.
        header: The columns of a file without a header line.

    Raises:
        BadData: There is no header, a column is missing or double, the metric is another, or there are too many.
    """
    lines = _fields(text)
    if header is None:
        try:
            _, header = next(lines)
        except StopIteration:
            raise BadData(f"{shown(name)}: empty") from None
    header = [column.strip() for column in header]
    _check_header(header, name)
    own = {column: header.index(column) for column in _OWN_COLUMNS if column in header}
    table = Table(name, tuple(column for column in header if column not in _OWN_COLUMNS))
    for line, fields in lines:
        if table.lines >= MAX_ROWS:
            raise BadData(f"{shown(name)}: more than {MAX_ROWS:,} rows; no size of a search has so many")
        if len(fields) == len(header) + 1 and _has_stray_field(fields, own.get("metric")):
            del fields[own["metric"]]
            table.stray += 1
        row = _row(line, header, fields, own)
        if isinstance(row, str):
            table.unreadable.append((line, row))
        elif row.key in table.rows:
            table.phantoms.append(line)
            first = table.rows[row.key]
            if (first.cells, first.result) != (row.cells, row.result):
                table.contradictions.append(line)
        else:
            table.rows[row.key] = row
    return table


def _fields(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number and fields of each line that is not blank; an unclosed quote spoils its own line only."""
    for number_, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number_, next(csv.reader([line]))
            except csv.Error as error:
                yield number_, [f"no CSV: {error}"]


def _check_header(header: list[str], name: str) -> None:
    problems = []
    double = sorted({column for column in header if header.count(column) > 1})
    if double:
        problems.append(f"{shown(name)}: line 1: column {shown(', '.join(double))} occurs twice")
    if len(header) > MAX_COLUMNS:
        problems.append(f"{shown(name)}: line 1: {len(header)} columns, more than {MAX_COLUMNS}")
    wanted = ("run_id", "val_loss") if "run_id" in header else ("iteration", "sample", "result")
    missing = [column for column in wanted if column not in header]
    if missing:
        problems.append(f"{shown(name)}: line 1: no column {', '.join(missing)}; found {shown(', '.join(header))}")
    if problems:
        raise BadData(problems)


def _has_stray_field(fields: list[str], metric: int | None) -> bool:
    """Whether Supervisor's table script wrote a number before the metric's name, shifting the rest by one."""
    return metric is not None and number(fields[metric]) == 0 and fields[metric + 1].strip() == _METRIC


def _row(line: int, header: list[str], fields: list[str], own: dict[str, int]) -> Row | str:
    """The row that ``fields`` are, or why they are none."""
    if len(fields) != len(header):
        return f"{len(fields)} fields where the header has {len(header)}"
    key = _key(fields, own)
    if isinstance(key, str):
        return key
    if "metric" in own and fields[own["metric"]].strip() != _METRIC:
        return f"metric {shown(fields[own['metric']])!r}; only {_METRIC} is known"
    result = fields[own["val_loss"] if "run_id" in own else own["result"]].strip()
    loss = number(result)
    walltime = number(fields[own["walltime"]]) if "walltime" in own else None
    return Row(
        line=line,
        key=key,
        cells={column: text.strip() for column, text in zip(header, fields, strict=True) if column not in _OWN_COLUMNS},
        result=result,
        loss=loss if loss is not None and loss >= 0 else None,
        walltime=walltime if walltime is not None and walltime >= 0 else None,
    )


def _key(fields: list[str], own: dict[str, int]) -> tuple[int, int, int] | str:
    if "run_id" in own:
        text = fields[own["run_id"]].strip()
        match = _RUN_ID.fullmatch(text)
        if match is None:
            return f"run_id {shown(text)!r} is not run_<restart>_<iteration>_<sample>"
        restart, iteration, sample = (int(part) for part in match.groups())
    else:
        texts = fields[own["iteration"]], fields[own["sample"]]
        numbers = [count(text) for text in texts]
        if numbers[0] is None or numbers[1] is None:
            return f"iteration {shown(texts[0])!r} or sample {shown(texts[1])!r} is no whole number"
        restart, iteration, sample = 1, numbers[0], numbers[1]
    if not 1 <= iteration <= 100_000:
        return f"iteration {iteration}: iterations count from 1"
    return restart, iteration, sample
