"""A finished figure and its files: two SVG variants, the CSV of its data, and what a page says beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hpo.strict_json import read_json
from reports.figures import style

ABSENT: Final = ".absent.txt"
"""What the name of the file ends with that says why there is no figure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: Name of its files, e.g. ``convergence``, after a folder of its own where it has one.
        svg: Drawing with stand-in colours, see :mod:`reports.figures.style`.
        data: What it shows, as CSV.
        alt: The finding, for readers who don't see the figure.
        caption: How to read it, in one or two sentences.
        width: Inches.
        height: Inches.
    """

    name: str
    svg: str
    data: str
    alt: str
    caption: str
    width: float
    height: float

    def files(self) -> dict[str, str]:
        """Content by name of file."""
        about = {"alt": self.alt, "caption": self.caption, "width": self.width, "height": self.height}
        drawings = {f"{self.name}-{theme}.svg": svg for theme, svg in style.themed(self.svg).items()}
        return {**drawings, f"{self.name}.csv": self.data, f"{self.name}.json": json.dumps(about, indent=2) + "\n"}


@dataclass(frozen=True, slots=True)
class Absent:
    """A figure that cannot honestly be drawn, and why: what the page says in its place.

    Attributes:
        name: Name that the figure would have.
        reason: Whole sentences.
    """

    name: str
    reason: str

    def files(self) -> dict[str, str]:
        """Content by name of file."""
        return {f"{self.name}{ABSENT}": self.reason + "\n"}


def read_absent(folder: Path) -> list[str]:
    """Why figures of ``folder`` are absent, by their names; nothing where there is no such folder."""
    return [path.read_text(encoding="utf-8").strip() for path in sorted(folder.glob(f"*{ABSENT}"))]


def read_about(path: Path) -> dict[str, Any]:
    """``alt``, ``caption``, ``width`` and ``height`` of the figure whose JSON file is ``path``."""
    about: dict[str, Any] = read_json(path)
    return about
