"""A finished figure and its files: two SVG variants, the CSV of its data, and what a page says beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpo.strict_json import read_json
from reports.figures import style


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: Name of its files, e.g. ``convergence``.
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


def read_about(path: Path) -> dict[str, Any]:
    """``alt``, ``caption``, ``width`` and ``height`` of the figure whose JSON file is ``path``."""
    about: dict[str, Any] = read_json(path)
    return about
