"""Checksum files in the format of ``sha256sum``: 64 hexadecimal digits, two blanks, a relative path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from hpo.errors import BadData, MissingInput

_LINE = re.compile(r"(?P<digest>[0-9a-fA-F]{64}) [ *](?P<path>.+)")


def read_checksums(path: Path) -> dict[str, str]:
    """SHA-256 by relative path.

    Raises:
        MissingInput: There is no such file.
        BadData: A line is no checksum, or its path leaves the folder; all such lines at once.
    """
    if not path.is_file():
        raise MissingInput(f"{path}: no such file")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadData(f"{path}: not UTF-8 text (byte {error.start})") from error
    result: dict[str, str] = {}
    problems = []
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line)
        if not line.strip():
            continue
        name = PurePosixPath(match["path"]) if match else None
        if match is None or name is None or name.is_absolute() or ".." in name.parts:
            problems.append(f"{path}: line {number}: {line[:60]!r}; must be 64 hexadecimal digits, two blanks, a path")
        else:
            result[str(name)] = match["digest"].lower()
    if problems:
        raise BadData(problems)
    return result


def checksum_text(digests: Mapping[str, str]) -> str:
    """Content of a checksum file, sorted by path; ``sha256sum --check`` reads it."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests))
