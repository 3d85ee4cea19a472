"""Reading folders and files of unknown origin: nothing is followed, opened twice, executed or read without a limit.

Every name is opened relative to a folder that is already open and without following links (``O_NOFOLLOW``), so
that a link or a folder exchanged in the meantime can't lead out of the tree. Files are opened without blocking,
and used only if they turn out to be regular, so that a FIFO can't hang the program.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from hpo.errors import BadData, MissingInput

MAX_SHOWN: Final = 120
MAX_LINE: Final = 65_536
"""Characters of a line of a table; the published ones have fewer than 400."""

Kind = Literal["file", "folder", "link", "other"]

_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder, and what it is without following links."""

    name: str
    kind: Kind


def open_root(path: Path) -> int:
    """Open the folder that the user named; a link is followed here and nowhere else.

    Raises:
        MissingInput: There is no such folder, or it may not be read.
    """
    try:
        return os.open(path.resolve(strict=True), _FOLDER_FLAGS)
    except NotADirectoryError as error:
        raise MissingInput(f"{path}: a file; name a clone, its HallOfFame folder or a folder below it") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise MissingInput(f"{path}: no folder that can be read ({_reason(error)})") from error


def open_below(folder: int, parts: Sequence[str]) -> int:
    """Open the folder ``parts`` below the open folder ``folder``; the caller closes the descriptor.

    Raises:
        BadData: A part is no folder, is a symbolic link or may not be read.
    """
    current = os.dup(folder)
    for part in parts:
        try:
            deeper = os.open(part, _FOLDER_FLAGS, dir_fd=current)
        except (OSError, ValueError) as error:
            raise BadData(f"{shown(part)}: cannot be opened ({_reason(error)})") from error
        finally:
            os.close(current)
        current = deeper
    return current


def entries(folder: int, limit: int) -> list[Entry] | None:
    """Names in the open folder, sorted; ``None`` if there are more than ``limit``.

    Raises:
        BadData: The folder may not be read.
    """
    found: list[Entry] = []
    try:
        with os.scandir(folder) as names:
            for name in names:
                if len(found) == limit:
                    return None
                found.append(Entry(name.name, _kind(name)))
    except OSError as error:
        raise BadData(f"cannot be listed ({_reason(error)})") from error
    return sorted(found, key=lambda entry: entry.name)


def read_bytes(folder: int, name: str, max_bytes: int) -> bytes:
    """Content of the regular file ``name`` in the open folder.

    Raises:
        BadData: It is no regular file, may not be read or is larger than ``max_bytes``.
    """
    try:
        descriptor = os.open(name, _FILE_FLAGS, dir_fd=folder)
    except (OSError, ValueError) as error:
        raise BadData(f"{shown(name)}: cannot be opened ({_reason(error)})") from error
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise BadData(f"{shown(name)}: no regular file")
        try:
            content = stream.read(max_bytes + 1)
        except OSError as error:
            raise BadData(f"{shown(name)}: cannot be read ({_reason(error)})") from error
    if len(content) > max_bytes:
        size = max(status.st_size, len(content))
        raise BadData(f"{shown(name)}: {size:,} bytes, more than the {max_bytes:,} allowed for this kind of file")
    return content


def text_of(content: bytes, name: str, max_line: int = MAX_LINE) -> str:
    """``content`` as text with ``\\n`` line ends; a byte order mark is dropped.

    Raises:
        BadData: It is not UTF-8, holds control characters (a binary file) or a line longer than ``max_line``.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadData(f"{shown(name)}: not UTF-8 text (byte {error.start})") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > max_line:
            raise BadData(f"{shown(name)}: line {number} has {len(line):,} characters; at most {max_line:,} are read")
        if not line.isprintable() and any(_is_control(character) for character in line):
            raise BadData(f"{shown(name)}: line {number} holds control characters; this is no text file")
    return text


def shown(text: str) -> str:
    """``text`` on one line for messages: invisible, control and bidirectional characters escaped, long text cut.

    >>> shown("a\\nb\\u202ec")
    'a\\\\nb\\\\u202ec'
    """
    escaped = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text[: MAX_SHOWN + 1]
    )
    return escaped if len(escaped) <= MAX_SHOWN else escaped[: MAX_SHOWN - 1] + "…"


def _kind(entry: os.DirEntry[str]) -> Kind:
    try:
        if entry.is_symlink():
            return "link"
        if entry.is_dir(follow_symlinks=False):
            return "folder"
        return "file" if entry.is_file(follow_symlinks=False) else "other"
    except OSError:
        return "other"


def _is_control(character: str) -> bool:
    return character != "\t" and unicodedata.category(character) in {"Cc", "Cf", "Cs"}


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
