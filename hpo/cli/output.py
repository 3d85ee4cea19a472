"""How commands print: JSON for programs, tables of at most 100 columns for people."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rich.console import Console

MAX_WIDTH: Final = 100
UNKNOWN: Final = "–"


def console(*, stderr: bool = False) -> Console:
    """A console for tables and progress: the terminal's width, at most 100 columns; 100 where there is no terminal."""
    from rich.console import Console

    plain = Console(stderr=stderr)
    width = min(plain.width, MAX_WIDTH) if plain.is_terminal else MAX_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False)


def print_json(value: Any) -> None:
    """Print ``value`` as indented JSON; NaN and infinities become null."""
    json.dump(_finite(value), sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> None:
    """Print a table; numbers are aligned right and shortened to four significant digits, ``None`` is a dash."""
    from rich import box
    from rich.table import Table

    rows = [list(row) for row in rows]
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for index, column in enumerate(columns):
        values = [row[index] for row in rows if row[index] is not None]
        numeric = bool(values) and all(
            isinstance(value, int | float) and not isinstance(value, bool) for value in values
        )
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


def _cell(value: Any) -> str:
    from rich.markup import escape

    if value is None or (isinstance(value, float) and math.isnan(value)):
        return UNKNOWN
    if isinstance(value, float):
        return f"{value:.4g}"
    return escape(str(value))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(child) for child in value]
    return value
