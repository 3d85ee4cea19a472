"""What a setting may be: each law decides, normalises and says in words what is allowed."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from hpo.evaluation import Value


class Law(ABC):
    """The values that a setting may take; ``str()`` completes the sentence "must be …"."""

    @abstractmethod
    def allows(self, value: object) -> bool:
        """Whether the setting may be ``value``."""

    def normalised(self, value: Value) -> Value:
        """The allowed ``value`` in the type that records keep."""
        return value


@dataclass(frozen=True, slots=True)
class Whole(Law):
    """An integer with inclusive bounds."""

    lower: int
    upper: int

    def allows(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.lower <= value <= self.upper

    def __str__(self) -> str:
        return f"an integer from {self.lower:,} to {self.upper:,}"


@dataclass(frozen=True, slots=True)
class Share(Law):
    """A finite number of at most ``upto``; at least 0, or above ``above`` where that is given."""

    upto: float
    above: float | None = None

    def allows(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return False
        return (value >= 0.0 if self.above is None else value > self.above) and value <= self.upto

    def normalised(self, value: Value) -> Value:
        return float(value)

    def __str__(self) -> str:
        lower = "from 0" if self.above is None else f"above {self.above:g} and"
        return f"a number {lower} {'to' if self.above is None else 'at most'} {self.upto:g}"


@dataclass(frozen=True, slots=True)
class Flag(Law):
    """True or false."""

    def allows(self, value: object) -> bool:
        return isinstance(value, bool)

    def __str__(self) -> str:
        return "true or false"


class Either(Law):
    """One of some words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def allows(self, value: object) -> bool:
        return value in self.words

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}"
