"""Numbers and values as they stand in text files: one grammar, the whole text or nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from hpo.archive.tables import LOGICAL, REAL, TEXT
from hpo.evaluation import Value

_FLOAT: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_LOGICAL: Final = {"true": True, "1": True, "false": False, "0": False}
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


def number(text: str) -> float | None:
    """The finite number that the whole of ``text`` is, else ``None``.

    >>> [number(text) for text in ("1e-05", ".5", "nan", "1_0", "0.5 x")]
    [1e-05, 0.5, None, None, None]
    """
    text = text.strip()
    if len(text) > 64 or _FLOAT.fullmatch(text) is None:
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def count(text: str) -> int | None:
    """The whole number, zero or more, that ``text`` is, leading zeros allowed; else ``None``.

    >>> [count(text) for text in ("0007", "-1", "1.0")]
    [7, None, None]
    """
    text = text.strip()
    value = int(text) if _INTEGER.fullmatch(text) else -1
    return value if value >= 0 else None


def value_of(kind: str, values: Sequence[Value], text: str) -> Value | None:
    """The value of an axis of ``kind`` that ``text`` writes, inside the space or not; ``None`` if it writes none.

    A number is never rounded or clipped: a batch size of 1028 stays one where the space lists 1024.

    >>> value_of("ordered", [16, 32], "1028"), value_of("int", [], "3.5"), value_of("categorical", ["a"], "b")
    (1028, None, 'b')
    """
    text = text.strip()
    if not text:
        return None
    if kind == "float":
        return number(text)
    if kind == "int":
        return _whole(text)
    if kind == "logical":
        return _LOGICAL.get(text.lower())
    return _listed(values, text)


def value_from_json(kind: str, value: Any) -> Value | None:
    """The value of an axis of ``kind`` that a JSON file gives; ``None`` if it is none."""
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind == "int" and isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool):
        return value if kind not in ("float", "int") else None
    if isinstance(value, int):
        return value if kind != "logical" else None
    if isinstance(value, float):
        return value if kind not in ("int", "logical") else None
    return value if isinstance(value, str) and kind in ("categorical", "ordered") else None


def as_column(column: str, value: Value | None) -> Value | None:
    """``value`` as a cell of a column of ``evaluations.csv``; ``None`` if it is none.

    >>> as_column("Int64", 32.5), as_column("float64", 32), as_column("string", 32)
    (None, 32.0, '32')
    """
    if value is None:
        return None
    if column == TEXT:
        return str(value).lower() if isinstance(value, bool) else str(value)
    if column == LOGICAL:
        return value if isinstance(value, bool) else None
    if isinstance(value, bool | str):
        return None
    if column == REAL:
        return float(value)
    return int(value) if float(value).is_integer() and abs(value) < 2**63 else None


def timestamp(seconds: float) -> str | None:
    """Seconds since 1970 as UTC text; ``None`` before 2000 and after 2100, which no run can be from.

    >>> timestamp(1709933366.1065316)
    '2024-03-08T21:29:26.106532Z'
    """
    if not _EARLIEST <= seconds < _LATEST:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _whole(text: str) -> int | None:
    if _INTEGER.fullmatch(text):
        return int(text)
    value = number(text)
    return int(value) if value is not None and value.is_integer() and abs(value) < 1e15 else None


def _listed(values: Sequence[Value], text: str) -> Value | None:
    for value in values:
        if text in (str(value), str(value).lower() if isinstance(value, bool) else str(value)):
            return value
    if not values or all(isinstance(value, str) for value in values):
        return text if len(text) <= 200 else None
    if all(isinstance(value, bool) for value in values):
        return _LOGICAL.get(text.lower())
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return _whole(text)
    return number(text)
