"""Curves that fall towards the lowest loss of a model on a dataset: one panel a dataset, one line a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from reports.figures import style
from reports.figures.files import Figure
from reports.figures.panels import Sheet, empty_panel
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

SIZES: Final = {
    "SMALL": (style.GREY, "o"),
    "MEDIUM": (style.BLUE, "s"),
    "LARGE": (style.VERMILLION, "D"),
    "XL": (style.PURPLE, "^"),
}
"""Colour and mark at the end of a line by size."""

OTHER: Final = (style.MUTED, "P")

RANDOM: Final = (style.GREEN, "v")

LEAST_TOP: Final = 0.05
MOST_TOP: Final = 1.0
"""Least and greatest top of the scale, as shares above the lowest loss; what lies above is cut off."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One line.

    Attributes:
        label: What it is, in the legend once for all that share it.
        name: Which run it is, in the data.
        look: Colour and mark.
        x: Places, rising.
        y: Shares above the lowest loss, falling; of the same length.
        dashed: Whether the line is dashed.
        stepped: Whether it falls in steps.
        low: Lower end of a band around it, of the same length as ``y``; empty for none.
        high: Its upper end.
    """

    label: str
    name: str
    look: tuple[str, str]
    x: np.ndarray
    y: np.ndarray
    dashed: bool = False
    stepped: bool = True
    low: np.ndarray = field(default_factory=lambda: np.empty(0))
    high: np.ndarray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, eq=False)
class CurvePanel:
    """One dataset; ``remark`` stands in place of curves that there are not."""

    dataset: str
    curves: Sequence[Curve]
    remark: str = ""


@dataclass(frozen=True, eq=False)
class Curves:
    """A row of panels.

    Attributes:
        title: What it is.
        across: Label of the horizontal axis, which is logarithmic.
        panels: One a dataset.
    """

    title: str
    across: str
    panels: Sequence[CurvePanel]


def sheet(data: Curves) -> Sheet:
    """Where the panels are."""
    return Sheet(rows=1, columns=max(2, len(data.panels)), width=1.7, height=1.65, gap=0.42)


def curves_figure(name: str, data: Curves, *, alt: str, caption: str) -> Figure:
    """``data`` drawn and as a table."""
    width, height = sheet(data).size
    return Figure(
        name=name,
        svg=style.render(partial(draw_curves, data), width=width, height=height),
        data=frame_csv(curves_table(data)),
        alt=alt,
        caption=caption,
        width=width,
        height=height,
    )


def draw_curves(data: Curves, fig: Canvas) -> None:
    """Draw ``data``; every panel has the scale of its dataset, from the lowest loss upwards."""
    places = sheet(data)
    fig.suptitle(style.label(data.title), x=0.01, ha="left", fontsize=10)
    handles: dict[str, Any] = {}
    for column, panel in enumerate(data.panels):
        axes = places.axes(fig, 0, column)
        axes.set_title(style.label(panel.dataset), fontsize=9)
        if not panel.curves:
            empty_panel(axes, panel.remark, style.MUTED)
            continue
        _panel(axes, panel, handles)
        axes.set_xlabel(data.across, fontsize=8)
        if column == 0:
            axes.set_ylabel("above the lowest loss", fontsize=8)
    height = places.size[1]
    labels = sorted(handles, key=_legend_order)
    fig.legend(
        [handles[label] for label in labels],
        labels,
        loc="lower left",
        bbox_to_anchor=(0.0, 0.02 / height),
        ncols=4,
        handletextpad=0.5,
        columnspacing=1.6,
        borderpad=0.1,
    )


def curves_table(data: Curves) -> pd.DataFrame:
    """Every point that is drawn: ``dataset``, ``run``, the place across, percent above the lowest loss, band."""
    name = data.across.replace(" ", "_")
    rows = [
        {
            "dataset": panel.dataset,
            "series": curve.label,
            "run": curve.name,
            name: x,
            "percent_above_lowest": 100 * y,
            "percent_low": 100 * curve.low[index] if len(curve.low) else None,
            "percent_high": 100 * curve.high[index] if len(curve.high) else None,
        }
        for panel in data.panels
        for curve in panel.curves
        for index, (x, y) in enumerate(zip(curve.x, curve.y, strict=True))
    ]
    columns = ["dataset", "series", "run", name, "percent_above_lowest", "percent_low", "percent_high"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def changes_only(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The points of a step line at which it falls, the first known one and the last."""
    known = ~np.isnan(y)
    x, y = x[known], y[known]
    if not len(y):
        return x, y
    keep = np.flatnonzero(np.append(True, y[1:] != y[:-1]) | (np.arange(len(y)) == len(y) - 1))
    return x[keep], y[keep]


def _panel(axes: Axes, panel: CurvePanel, handles: dict[str, Any]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(numticks=6))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
    axes.tick_params(labelsize=7)
    axes.grid(axis="y")
    axes.set_ylim(*_scale(panel))
    for curve in panel.curves:
        colour, mark = curve.look
        if len(curve.low):
            axes.fill_between(curve.x, curve.low, curve.high, color=colour, alpha=0.18, linewidth=0)
        (line,) = axes.plot(
            curve.x,
            curve.y,
            color=colour,
            marker=mark,
            markevery=[len(curve.x) - 1],
            markersize=4.5,
            linewidth=1.4,
            linestyle=(0, (4, 2)) if curve.dashed else "-",
            drawstyle="steps-post" if curve.stepped else "default",
        )
        handles.setdefault(curve.label, line)
    left = min(float(curve.x[0]) for curve in panel.curves)
    right = max(float(curve.x[-1]) for curve in panel.curves)
    axes.set_xlim(left / 1.1, right * 1.3 if right > left else left * 2)


def _legend_order(label: str) -> tuple[int, str]:
    """Sizes from small to large, then the others."""
    size = label.split(",")[0]
    return list(SIZES).index(size) if size in SIZES else len(SIZES), label


def _scale(panel: CurvePanel) -> tuple[float, float]:
    """From below the lowest loss to where the lines are after their first quarter, so that the end can be read."""
    starts = [float(curve.y[len(curve.y) // 4]) for curve in panel.curves]
    top = min(MOST_TOP, max(LEAST_TOP, 1.15 * max(starts)))
    return -0.05 * top, top
