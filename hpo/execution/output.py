"""What trainings print: kept for people, but never more than fits."""

from __future__ import annotations

import contextlib
from collections import deque
from pathlib import Path
from typing import Final

HEAD: Final = 512 * 1024
TAIL: Final = 512 * 1024
"""Bytes kept of one evaluation: of its beginning and of its end."""
MAX_FILE: Final = 8 * 1024 * 1024
"""Bytes after which a log is put aside (as ``.old``) and begun anew."""


class CappedLog:
    """A log of evaluations, a section each. Logs are a service: where they can't be written, they are dropped."""

    def __init__(self, folder: str | None, name: str) -> None:
        self._path = None if folder is None else Path(folder) / name
        self._title = ""
        self._written = 0
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._dropped = 0
        self._last = b""

    @property
    def tail(self) -> bytes:
        """The last output of the current evaluation, at least its last 4 KiB."""
        return self._last + b"".join(self._tail)[-4096:]

    def begin(self, title: str) -> None:
        """Begin the section of an evaluation."""
        self._title = title
        self._written = self._tail_size = self._dropped = 0
        self._tail.clear()
        self._last = b""

    def write(self, content: bytes) -> None:
        """Add output: the first 512 KiB go to the file at once, of the rest the last 512 KiB are kept until the end."""
        head, rest = content[: HEAD - self._written], content[HEAD - self._written :]
        if head:
            self._append((b"" if self._written else f"=== {self._title}\n".encode()) + head)
            self._written += len(head)
            self._last = (self._last + head)[-4096:]
        if rest:
            self._tail.append(rest)
            self._tail_size += len(rest)
            while self._tail_size - len(self._tail[0]) >= TAIL:
                removed = self._tail.popleft()
                self._tail_size -= len(removed)
                self._dropped += len(removed)

    def end(self) -> None:
        """End the section: write what was kept of the end."""
        if self._tail:
            note = f"\n=== {self._dropped:,} bytes left out\n".encode() if self._dropped else b""
            self._append(note + b"".join(self._tail))

    def _append(self, content: bytes) -> None:
        if self._path is None:
            return
        with contextlib.suppress(OSError):
            if self._path.exists() and self._path.stat().st_size > MAX_FILE:
                self._path.replace(self._path.with_suffix(".old"))
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as stream:
                stream.write(content)
