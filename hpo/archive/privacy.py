"""What must not enter a record: absolute paths of people's machines, user names and host names.

Paths of containers and systems, such as ``/candle_data_dir``, ``/software`` or ``/usr/local``, are nobody's.
"""

from __future__ import annotations

import re
from typing import Final

PERSONAL_ROOTS: Final = (
    "home",
    "homes",
    "Users",
    "root",
    "eagle",
    "lus",
    "grand",
    "flare",
    "gpfs",
    "lambda_stor",
    "nfs",
    "scratch",
    "tmp",
    "var/tmp",
    "private/var",
)
"""First parts of paths below which people and projects have their folders."""

REPLACEMENT: Final = "<path>"

_PATH = re.compile(
    r"(?<![\w./~-])(?:file://)?/+(?:" + "|".join(PERSONAL_ROOTS) + r")/[^\s\"'`,;:|<>()\[\]{}]+"
    r"|(?<![\w])[A-Za-z]:\\+Users\\+[^\s\"'`,;|<>()\[\]{}]+"
)

_ANY_PATH = re.compile(
    r"(?<![\w./~:>-])(?:file://)?/+[^\s/\"'`,;:|<>()\[\]{}]+(?:/+[^\s/\"'`,;:|<>()\[\]{}]+)+"
    r"|(?<![\w])[A-Za-z]:\\+[^\s\"'`,;|<>()\[\]{}]+"
)
_SEPARATOR = re.compile(r"[/\\]")


def personal_paths(text: str) -> list[str]:
    """Every absolute path in ``text`` that leads to somebody's folder, in order, repeats included.

    >>> personal_paths("see /home/ada/runs/1.log and /usr/local/bin")
    ['/home/ada/runs/1.log']
    """
    return [match.group() for match in _PATH.finditer(text)]


def absolute_paths(text: str) -> list[str]:
    """Every absolute path of two or more parts in ``text``, whosever it is.

    >>> absolute_paths("/candle_data_dir/outputs and out/put")
    ['/candle_data_dir/outputs']
    """
    return [match.group() for match in _ANY_PATH.finditer(text)]


def without_paths(text: str) -> str:
    """``text`` with every absolute path of two or more parts, whosever it is, shortened to its last part.

    >>> without_paths("No such file: '/data/ada/response.tsv', see https://example.org/a/b")
    "No such file: '<path>/response.tsv', see https://example.org/a/b"
    """
    return _ANY_PATH.sub(_shortened, text)


def _shortened(match: re.Match[str]) -> str:
    return f"{REPLACEMENT}/{re.split(_SEPARATOR, match.group())[-1]}"
