"""Which commit of the published repository a source is: from its Git folder or its README."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from hpo.archive.importers.discover import HALL
from hpo.archive.importers.reading import open_below, open_root, read_bytes
from hpo.errors import BadData, CrossHpoError

_HASH: Final = re.compile(r"[0-9a-f]{40}")
_REFERENCE: Final = re.compile(r"ref: (refs/heads/(?:[A-Za-z0-9_+-][A-Za-z0-9._+-]*/)*[A-Za-z0-9_+-][A-Za-z0-9._+-]*)")
_STATED: Final = re.compile(r"\bcommit\b[^0-9A-Za-z]{1,10}([0-9a-f]{40})\b", re.IGNORECASE)
_READMES: Final = ("README.md", "README.adoc", "README.rst", "README.txt", "README")
_MAX_BYTES: Final = 1024 * 1024


def find_commit(source: Path) -> str | None:
    """The commit of ``source``, a clone, its ``HallOfFame`` folder or a part of it; ``None`` if nothing says it.

    The folder that holds ``HallOfFame`` is looked at, or ``source`` itself: first Git's ``HEAD``, then a README that
    has 40 hexadecimal digits after the word "commit".
    """
    try:
        top = open_root(_top(source.resolve()))
    except CrossHpoError:
        return None
    try:
        return _git_head(top) or _stated(top)
    finally:
        os.close(top)


def _top(source: Path) -> Path:
    parts = source.parts
    if HALL not in parts:
        return source
    return Path(*parts[: len(parts) - 1 - list(reversed(parts)).index(HALL)])


def _git_head(top: int) -> str | None:
    head = _text(top, (".git",), "HEAD")
    if head is None:
        return None
    if _HASH.fullmatch(head):
        return head
    match = _REFERENCE.fullmatch(head)
    if match is None:
        return None
    *folders, name = match[1].split("/")
    loose = _text(top, (".git", *folders), name)
    if loose is not None and _HASH.fullmatch(loose):
        return loose
    packed = re.search(rf"^([0-9a-f]{{40}}) {re.escape(match[1])}$", _text(top, (".git",), "packed-refs") or "", re.M)
    return packed[1] if packed else None


def _stated(top: int) -> str | None:
    for name in _READMES:
        match = _STATED.search(_text(top, (), name) or "")
        if match:
            return match[1].lower()
    return None


def _text(top: int, folders: tuple[str, ...], name: str) -> str | None:
    try:
        folder = open_below(top, folders)
    except BadData:
        return None
    try:
        return read_bytes(folder, name, _MAX_BYTES).decode("utf-8", "replace").strip()
    except BadData:
        return None
    finally:
        os.close(folder)
