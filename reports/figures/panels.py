"""Small multiples: panels of one size in rows and columns, placed in inches, which takes a tenth of a layout engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from matplotlib.lines import Line2D


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows and columns of panels; all lengths in inches.

    Attributes:
        rows: Number of rows.
        columns: Number of columns.
        width: Of a panel.
        height: Of a panel.
        left: Margin, for the labels of the first column.
        top: Margin, for titles.
        bottom: Margin, for labels and the legend.
        gap: Between columns.
        gap_below: Between rows.
        right: Margin.
    """

    rows: int
    columns: int
    width: float
    height: float
    left: float = 0.75
    top: float = 0.6
    bottom: float = 0.85
    gap: float = 0.5
    gap_below: float = 0.4
    right: float = 0.12

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the whole."""
        width = self.left + self.columns * self.width + (self.columns - 1) * self.gap + self.right
        return width, self.top + self.rows * self.height + (self.rows - 1) * self.gap_below + self.bottom

    def axes(self, fig: Canvas, row: int, column: int) -> Axes:
        """A new panel in its place."""
        fig.set_layout_engine("none")
        width, height = self.size
        x = self.left + column * (self.width + self.gap)
        y = height - self.top - (row + 1) * self.height - row * self.gap_below
        return fig.add_axes((x / width, y / height, self.width / width, self.height / height))


def dots(axes: Axes, xs: Any, ys: Any, *, color: str, size: float) -> Line2D:
    """Round dots of ``size`` points as one line of SVG: a marker takes five times the bytes.

    Each is a stretch of no length with round ends. Returns the mark for a legend.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    places = np.repeat(np.column_stack([xs, ys]).astype(np.float64), 2, axis=0)
    path = Path(places, np.tile([Path.MOVETO, Path.LINETO], len(places) // 2))
    path.should_simplify = False
    axes.add_patch(PathPatch(path, edgecolor=color, facecolor="none", linewidth=size, capstyle="round", alpha=0.75))
    (mark,) = axes.plot([], [], "o", color=color, markersize=max(size, 2.5), markeredgewidth=0)
    return mark


def empty_panel(axes: Axes, text: str, colour: str) -> None:
    """Make ``axes`` say ``text`` and nothing else."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=8, color=colour)
