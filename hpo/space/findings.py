"""What checking a space file has found: the parameters, or every problem, each with its remedy."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from hpo.space.base import Axis, Constant

MAX_SHOWN: Final = 60


@dataclass
class Findings:
    """Collects while a file is checked.

    Attributes:
        where: Name of the file.
        parameters: Valid parameters so far.
        problems: A message per broken law: file, parameter, law, value; the remedy on a line of its own.
        warnings: What is legal but probably not meant.
    """

    where: str
    parameters: list[Axis | Constant] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, label: str | None, law: str, remedy: str) -> None:
        """Note a problem of the parameter ``label``, or of the whole file."""
        place = f"{self.where}: {label}" if label else self.where
        self.problems.append(f"{place}: {law}\n  {remedy}")


def show(value: Any) -> str:
    """``value`` as JSON on one line of at most 60 characters, for messages."""
    try:
        text = json.dumps(value, ensure_ascii=True)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
