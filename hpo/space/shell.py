"""Reads assignments of variables from a shell script without running any of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_ASSIGNMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_DEFAULT: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*):?-([^{}$`]*)\}")
_VARIABLE: Final = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_OPENS: Final = frozenset({"if", "for", "while", "until", "case", "{"})
_CLOSES: Final = frozenset({"fi", "done", "esac", "}"})
_CONTROL: Final = frozenset({"then", "else", "elif", "do", *_OPENS, *_CLOSES})
_SILENT: Final = frozenset({"echo", "printf", "set", ":", "true"})
"""Commands that say nothing about a setting."""

_READS_FILE: Final = frozenset({"source", "source_cfg", "source_site", "."})

MAX_SHOWN: Final = 80
MAX_QUOTED_LINES: Final = 200


@dataclass(frozen=True, slots=True)
class Assignment:
    """A variable that the script sets unconditionally.

    Attributes:
        line: Line from 1.
        name: Of the variable.
        value: After quotes, defaults and variables of the same script are resolved.
        overridable: Whether it is a default, ``${NAME:-value}``, that the caller's environment can replace.
    """

    line: int
    name: str
    value: str
    overridable: bool


class Script:
    """The assignments of a script, and the lines that could not be read.

    Lines inside ``if``, loops and functions depend on where the script runs, so assignments there are not taken.
    """

    def __init__(self, text: str) -> None:
        self.assignments: list[Assignment] = []
        self.not_understood: list[str] = []
        self._values: dict[str, str] = {}
        self._depth = 0
        for number, line, words in _lines(text):
            if words is None:
                self._skip(number, line, "quotes don't match")
            else:
                says_nothing = words[0] in _CONTROL or words[0] in _SILENT
                for conditional, command in _commands(words):
                    self._read(number, line, command, conditional, says_nothing)

    def _read(self, number: int, line: str, command: list[str], conditional: bool, says_nothing: bool) -> None:
        first = command[0]
        self._depth += (first in _OPENS) - (first in _CLOSES) + (command[-1] == "{" != first)
        self._depth = max(0, self._depth)
        inside = conditional or self._depth > 0 or first in _CONTROL
        words = command[1:] if first in _CONTROL or first == "export" else command
        words = words[1:] if words and words[0] == "export" else words
        assignments = [match for word in words if (match := _ASSIGNMENT.fullmatch(word))]
        if words and len(assignments) == len(words):
            if inside:
                self._skip(number, line, "depends on a condition")
            else:
                for match in assignments:
                    self._assign(number, line, match[1], match[2])
        elif first in _READS_FILE:
            self._skip(number, line, "reads another file; convert that one as well")
        elif not says_nothing and first not in _CONTROL and first not in _SILENT and command[-1] != "{":
            self._skip(number, line, "no assignment")

    def _assign(self, number: int, line: str, name: str, raw: str) -> None:
        default = _DEFAULT.fullmatch(raw)
        value = default[2] if default else _VARIABLE.sub(self._known, raw)
        if "$" in value or "`" in value:
            self._skip(number, line, "its value is known only when the script runs")
            return
        self._values[name] = value
        self.assignments.append(Assignment(number, name, value, overridable=default is not None))

    def _known(self, match: re.Match[str]) -> str:
        return self._values.get(match[1] or match[2], match[0])

    def _skip(self, number: int, line: str, reason: str) -> None:
        text = " ".join(line.split())
        shown = text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
        if not any(sentence.startswith(f"line {number}: ") for sentence in self.not_understood[-1:]):
            self.not_understood.append(f"line {number}: {reason}: {shown}")


def _lines(text: str) -> Iterator[tuple[int, str, list[str] | None]]:
    """Number, text and words of each command line; lines go on after a backslash and inside quotes.

    The words are ``None`` where a quote is never closed.
    """
    lines = text.splitlines()
    index = 0
    while index < len(lines):
        end = index
        while lines[end].endswith("\\") and end + 1 < len(lines):
            end += 1
        joined = " ".join(line.removesuffix("\\") for line in lines[index : end + 1])
        words = _words(joined)
        while words is None and end + 1 < len(lines) and end - index < MAX_QUOTED_LINES:
            end += 1
            joined += "\n" + lines[end]
            words = _words(joined)
        if words is None:
            end, joined = index, lines[index]
        if words != []:
            yield index + 1, joined, words
        index = end + 1


def _words(line: str) -> list[str] | None:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    try:
        return list(lexer)
    except ValueError:
        return None


def _commands(words: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """The commands of a line, each with whether it runs only if the one before it succeeded or failed."""
    command: list[str] = []
    conditional = False
    for word in [*words, ";"]:
        if set(word) <= set(";&|") and word:
            if command:
                yield conditional, command
            command, conditional = [], word not in (";", ";;", "&")
        else:
            command.append(word)
