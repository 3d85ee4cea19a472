"""What trainings say, made fit for a record: one line, without control characters, paths, user and host names."""

from __future__ import annotations

import getpass
import re
import socket
from functools import cache
from typing import Final

from hpo.archive.messages import plain_message
from hpo.evaluation import MAX_MESSAGE

LAST_LINES: Final = 20
_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")
_GENERIC: Final = frozenset({"root", "user", "admin", "localhost", "node", "host", "job", "test", "main"})
"""Names that tell nothing about anybody, and occur in other meanings (root mean squared error)."""


def sanitise(text: str) -> str:
    """``text`` as one line of at most 2,000 characters that tells nothing about the machine.

    Absolute paths are shortened to their last part, the names of this user and host are replaced, terminal escapes
    and control characters removed.
    """
    text = _ESCAPES.sub("", text).encode("utf-8", "backslashreplace").decode("utf-8")
    text = plain_message(text)
    pattern = _private_names()
    if pattern is not None:
        text = pattern.sub("<name>", text)
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"


def with_output(what: str, output: bytes) -> str:
    """``what`` happened, followed by the last lines of ``output``, as a message for a record."""
    lines = [line.strip() for line in output.decode("utf-8", "backslashreplace").splitlines()]
    tail = " | ".join([line for line in lines if line][-LAST_LINES:])
    room = MAX_MESSAGE - len(what) - len("; last output: ")
    tail = sanitise(tail)[-room:] if tail else ""
    return sanitise(f"{what}; last output: {tail}" if tail else what)


def signature(message: str) -> str:
    """What two failures with one cause have in common: the first line, without numbers."""
    return re.sub(r"\d+", "#", message.partition(" | ")[0])[:200]


@cache
def _private_names() -> re.Pattern[str] | None:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = ""
    host = socket.gethostname()
    names = {name for name in (user, host, host.partition(".")[0]) if len(name) > 2 and name.lower() not in _GENERIC}
    if not names:
        return None
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(r"(?<![\w.-])(" + "|".join(map(re.escape, longest_first)) + r")(?![\w-])")
