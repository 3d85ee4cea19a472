"""The one reader of JSON that other people wrote.

The standard parser accepts duplicate keys, NaN, UTF-16 and lone surrogates, each of which changes meaning
silently or fails much later; see RFC 8259, section 4 and 8.1, and RFC 7493 (I-JSON) for the rules kept here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from hpo.errors import BadData, MissingInput

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = 64
MAX_INTEGER_DIGITS: Final = 18


def read_json(path: Path, *, max_bytes: int = MAX_BYTES) -> Any:
    """Parse the JSON file ``path``.

    Raises:
        MissingInput: The file does not exist or is no regular file.
        BadData: It is larger than ``max_bytes``, not UTF-8, not JSON, or breaks a rule of this module.
    """
    if not path.is_file():
        raise MissingInput(f"{path}: no such file")
    size = path.stat().st_size
    if size > max_bytes:
        raise BadData(f"{path}: {size:,} bytes, more than the {max_bytes:,} allowed for this kind of file")
    return parse_json(path.read_bytes(), str(path))


def parse_json(content: bytes, where: str) -> Any:
    """Parse ``content``; ``where`` names it in messages.

    Raises:
        BadData: The content breaks one of the rules: UTF-8 (a byte order mark is dropped), no duplicate key, no
            NaN or Infinity, no number that overflows, nesting of at most 64 levels, integers of at most 18
            digits, no lone surrogate.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadData(f"{where}: not UTF-8 text (byte {error.start})") from error
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            parse_int=_short_integer,
        )
    except json.JSONDecodeError as error:
        raise BadData(f"{where}: line {error.lineno}, column {error.colno}: no valid JSON ({error.msg})") from error
    except _RuleBroken as error:
        raise BadData(f"{where}: {error}") from error
    except RecursionError as error:
        raise BadData(f"{where}: nested deeper than {MAX_DEPTH} levels") from error
    problem = _deep_problem(value)
    if problem:
        raise BadData(f"{where}: {problem}")
    return value


class _RuleBroken(ValueError):
    pass


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise _RuleBroken(f"key {key!r} occurs twice in one object; keep one of them")
        result[key] = value
    return result


def _refuse_constant(name: str) -> Any:
    raise _RuleBroken(f"{name} is no JSON number; write null where a value is unknown")


def _finite_float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _RuleBroken(f"number {text} is too large for a 64-bit float")
    return value


def _short_integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_INTEGER_DIGITS:
        raise _RuleBroken(f"integer of {len(text)} digits; at most {MAX_INTEGER_DIGITS} are exact everywhere")
    return int(text)


def _deep_problem(value: Any) -> str | None:
    """The first too deep or surrogate-holding part of ``value``, walked without recursion."""
    stack: list[tuple[Any, int]] = [(value, 1)]
    while stack:
        item, depth = stack.pop()
        if depth > MAX_DEPTH:
            return f"nested deeper than {MAX_DEPTH} levels"
        if isinstance(item, str):
            if not item.isascii() and any("\ud800" <= character <= "\udfff" for character in item):
                return "text holds a lone surrogate, which is no character"
        elif isinstance(item, dict):
            stack.extend((key, depth) for key in item)
            stack.extend((child, depth + 1) for child in item.values())
        elif isinstance(item, list):
            stack.extend((child, depth + 1) for child in item)
    return None
