"""What a converted file became, and what happened to each part of the original."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Conversion:
    """A converted file and the report on it, a sentence per item.

    Attributes:
        content: A CANDLE JSON list, or sections of a settings file.
        kept: Taken over with the same meaning.
        changed: Taken over, but written or meant differently.
        left_out: Understood, but it has no place in the result.
        not_understood: Neither taken over nor understood: look at it yourself.
    """

    content: Any = None
    kept: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    not_understood: list[str] = field(default_factory=list)

    def report(self) -> list[tuple[str, list[str]]]:
        """Headings and their sentences, without the empty ones."""
        parts = [
            ("kept", self.kept),
            ("changed", self.changed),
            ("left out", self.left_out),
            ("not understood", self.not_understood),
        ]
        return [(heading, sentences) for heading, sentences in parts if sentences]
