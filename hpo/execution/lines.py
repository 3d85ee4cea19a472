"""Lines of a journal: how a record becomes bytes, and how damage is told from a torn end.

A line is the CRC-32 of its JSON text as eight lower-case hexadecimal digits, a blank, the JSON text (compact, sorted
keys, ASCII) and a line end. Each record carries ``v`` (version), ``seq`` (from 0) and ``prev``, the first 16 digits
of the SHA-256 of the line before, so a missing, repeated or exchanged line is noticed as well.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hpo.errors import BadData
from hpo.strict_json import parse_json

VERSION: Final = 1
FIRST: Final = "0" * 16
"""``prev`` of the first line."""

_PREFIX: Final = 9
_LINE_ANYWHERE = re.compile(rb"(?=([0-9a-f]{8}) (\{[^\n]*\})\n)")

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scan:
    """What the bytes of a segment hold.

    Attributes:
        entries: Records before the first damage, in order.
        length: Bytes of these records.
        torn: Why the bytes after them are no record; ``None`` where there are none.
        corrupt: Whether a whole record follows the damage, so that it is no torn end.
    """

    entries: tuple[Entry, ...]
    length: int
    torn: str | None = None
    corrupt: bool = False


def encode(entry: Mapping[str, Any], seq: int, prev: str) -> bytes:
    """The line of ``entry``; ``v``, ``seq`` and ``prev`` are added.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    complete = {**entry, "v": VERSION, "seq": seq, "prev": prev}
    text = json.dumps(complete, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    content = text.encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(content), content)


def link(line: bytes) -> str:
    """``prev`` of the line after ``line``."""
    return hashlib.sha256(line).hexdigest()[:16]


def scan(content: bytes) -> Scan:
    """Read lines until the first that is damaged, and judge what comes after it.

    A torn end is what a crash leaves: damage up to the end of the file, without a whole record in it.
    """
    entries: list[Entry] = []
    start, prev = 0, FIRST
    while start < len(content):
        end = content.find(b"\n", start) + 1
        line = content[start:end] if end else content[start:]
        try:
            entries.append(_decode(line, len(entries), prev))
        except _Damaged as damage:
            return Scan(tuple(entries), start, str(damage), _whole_record_after(content, start))
        start, prev = end, link(line)
    return Scan(tuple(entries), start)


class _Damaged(ValueError):
    pass


def _decode(line: bytes, seq: int, prev: str) -> Entry:
    if not line.endswith(b"\n"):
        raise _Damaged("the line has no end")
    text = line[_PREFIX:-1]
    if line[:_PREFIX] != b"%08x " % zlib.crc32(text):
        raise _Damaged("the checksum does not fit")
    try:
        entry = parse_json(text, "line")
    except BadData as error:
        raise _Damaged(str(error)) from error
    if not isinstance(entry, dict):
        raise _Damaged("the line is no object")
    if type(entry.get("v")) is not int or not 1 <= entry["v"] <= VERSION:
        raise _Damaged(f"version {entry.get('v')!r} is newer than this program; upgrade cross-hpo")
    if entry.get("seq") != seq or entry.get("prev") != prev:
        raise _Damaged(f"the line does not follow the one before it (expected number {seq})")
    return entry


def _whole_record_after(content: bytes, start: int) -> bool:
    """Whether a line with a good checksum begins at any byte from ``start``: the line end before it may be damaged."""
    return any(
        match.group(1) == b"%08x" % zlib.crc32(match.group(2)) for match in _LINE_ANYWHERE.finditer(content, start)
    )
