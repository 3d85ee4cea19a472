"""Canonical JSON and SHA-256 digests: what makes two spaces, settings or files the same."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from pathlib import Path
from typing import Any


def canonical_json(value: Any) -> str:
    """``value`` as JSON text that is equal for equal content: sorted keys, no blanks, ASCII, NFC, ``-0.0`` as ``0.0``.

    Floats are written by ``repr`` and so come back exactly; an int and a float of the same value differ.

    Raises:
        ValueError: A float is NaN or infinite.

    >>> canonical_json({"b": -0.0, "a": [1, 1.0]})
    '{"a":[1,1.0],"b":0.0}'
    """
    return json.dumps(_normalised(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 of :func:`canonical_json` of ``value``, 64 hexadecimal digits.

    >>> digest({"learning_rate": 0.001})[:12]
    '3b323295ff8b'
    """
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of the bytes of the file ``path``."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _normalised(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, float):
        return value + 0.0
    if isinstance(value, dict):
        return {_normalised(key): _normalised(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_normalised(child) for child in value]
    return value
