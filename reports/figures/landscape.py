"""Landscape of one run: the loss over each searched hyperparameter, one panel an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from hpo.evaluation import Origin, Status
from reports.analysis.axes import Line, lines
from reports.analysis.comparable import loss_label
from reports.analysis.convergence import spans_decade
from reports.analysis.dead import dead_told_apart
from reports.analysis.overview import is_dead
from reports.figures import style
from reports.figures.axes import place_text, range_text, set_x
from reports.figures.files import Figure
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

COLUMNS: Final = 3
MAX_PANELS: Final = 9
PANEL: Final = (2.1, 2.0)
"""Width and height of a panel in inches."""

MIN_WIDTH: Final = 3.8
"""Inches that a title needs."""

MAX_VECTOR_POINTS: Final = 1500

CAPTION: Final = (
    "Each dot is one training. A narrow valley means that the value matters; a flat cloud, that it hardly does. Values "
    "were chosen by the search and not at random, so a gap may only mean that the search went elsewhere."
)


@dataclass(frozen=True)
class Panel:
    """One hyperparameter.

    Attributes:
        line: Where its values lie.
        places: Place of each evaluation; NaN where unknown.
    """

    line: Line
    places: np.ndarray

    @property
    def name(self) -> str:
        """Name of the hyperparameter."""
        return self.line.name


@dataclass(frozen=True)
class LandscapeData:
    """What the figure shows.

    Attributes:
        title: Model, dataset, size and run.
        loss_label: Name of the loss, for the axis.
        points: ``evaluation``, ``origin``, ``status``, ``val_loss`` and the hyperparameters of measured ones.
        panels: Hyperparameters with at least two values, in the space's order.
        left_out: Hyperparameters without a panel: constant, not recorded, or too many.
        best: Row of the best in ``points``; ``None`` if there is none.
        log: Whether the loss axis is logarithmic.
    """

    title: str
    loss_label: str
    points: pd.DataFrame
    panels: tuple[Panel, ...]
    left_out: tuple[str, ...]
    best: int | None
    log: bool


def landscape_data(record: Record) -> LandscapeData:
    """The figure's data from ``record``."""
    run, table = record.run, dead_told_apart(record)
    columns = ["evaluation", "origin", "status", "val_loss", *record.axes]
    points = table.loc[table["val_loss"].notna(), columns].reset_index(drop=True)
    measured = {name: line for name, line in lines([record]).items() if points[name].nunique() > 1}
    places = {name: line.places(points[name].astype(object)) for name, line in measured.items()}
    panels = tuple(Panel(measured[name].covering(places[name]), places[name]) for name in measured)[:MAX_PANELS]
    shown = {panel.name for panel in panels}
    finds = (points["status"] == Status.OK) & (points["origin"] != Origin.REPLICATE).fillna(True)
    ok = points[finds].sort_values("val_loss", kind="stable")
    return LandscapeData(
        title=f"{run.model} on {run.dataset}, {run.size}, {run.run}",
        loss_label=loss_label(run),
        points=points,
        panels=panels,
        left_out=tuple(name for name in record.axes if name not in shown),
        best=None if ok.empty or is_dead(run) else int(ok.index[0]),
        log=spans_decade(ok["val_loss"].astype("float64")),
    )


def landscape_alt(data: LandscapeData) -> str:
    """The finding: where the best lies, and how wide the good values spread."""
    if data.best is None:
        return f"{data.title}: loss over {_names(data.panels)}; no evaluation gave a living network."
    losses = data.points["val_loss"].astype("float64")
    good = data.points[(losses <= 1.05 * losses.iloc[data.best]) & (data.points["status"] == Status.OK)]
    parts = [f"{panel.name} {_spread(panel, good.index, data.best)}" for panel in data.panels]
    return (
        f"{data.title}: loss over {_names(data.panels)}. The best, {style.number(float(losses.iloc[data.best]))}, has "
        f"{'; '.join(parts)}. Within 5 % of it lie {len(good)} of {len(data.points)} evaluations."
    )


def draw_landscape(data: LandscapeData, fig: Canvas) -> None:
    """Draw ``data``, the panels side by side with one loss axis."""
    rows = math.ceil(len(data.panels) / COLUMNS)
    columns = min(COLUMNS, len(data.panels))
    grid = fig.subplots(rows, columns, squeeze=False, sharey=True)
    fig.suptitle(style.label(data.title), x=0.01, ha="left", fontsize=10)
    fig.supylabel(style.lower_is_better(data.loss_label), fontsize=9)
    for index, panel in enumerate(data.panels):
        _draw_panel(grid[index // columns][index % columns], data, panel)
    for index in range(len(data.panels), rows * columns):
        grid[index // columns][index % columns].set_visible(False)
    handles, labels = grid[0][0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower left", ncols=4, handletextpad=0.5, columnspacing=1.6, borderpad=0.1)


def landscape_figure(record: Record) -> Figure | None:
    """The figure of ``record``; ``None`` where no hyperparameter has two measured values."""
    data = landscape_data(record)
    if not data.panels:
        return None
    rows = math.ceil(len(data.panels) / COLUMNS)
    width, height = max(MIN_WIDTH, PANEL[0] * min(COLUMNS, len(data.panels)) + 0.5), PANEL[1] * rows + 0.75
    left_out = f" Not shown, for want of values: {', '.join(data.left_out)}." if data.left_out else ""
    return Figure(
        name="landscape",
        svg=style.render(lambda fig: draw_landscape(data, fig), width=width, height=height),
        data=frame_csv(data.points),
        alt=landscape_alt(data),
        caption=CAPTION + left_out,
        width=width,
        height=height,
    )


def _draw_panel(axes: Axes, data: LandscapeData, panel: Panel) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    axes.set_xlabel(style.label(panel.name), fontsize=8)
    axes.grid(axis="y")
    points, losses = data.points, data.points["val_loss"].astype("float64")
    if data.log:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(lambda value, _: style.number(value, 1))
    set_x(axes, panel.line)
    _limits(axes, data)
    ok = (points["status"] == Status.OK).to_numpy(dtype=bool)
    small: dict[str, Any] = {
        "markersize": 3.0 if len(points) < 200 else 2.0,
        "rasterized": len(points) > MAX_VECTOR_POINTS,
    }
    axes.plot(
        panel.places[ok],
        losses[ok],
        "o",
        color=style.GREY,
        markeredgewidth=0,
        label="evaluation" if ok.any() else None,
        **small,
    )
    if (~ok).any():
        top = axes.get_ylim()[1]
        heights = np.minimum(losses[~ok], top)
        axes.plot(
            panel.places[~ok], heights, "x", color=style.GREY, markersize=4, label="constant output", clip_on=False
        )
    default = (points["origin"] == Origin.DEFAULT).fillna(False).to_numpy(dtype=bool) & ok
    if default.any():
        axes.plot(
            panel.places[default], losses[default], "D", color=style.GREEN, markersize=5, label="default", zorder=4
        )
    if data.best is not None:
        ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": style.VERMILLION, "markeredgewidth": 1.6}
        place, loss = [panel.places[data.best]], [losses.iloc[data.best]]
        axes.plot(place, loss, "o", markersize=8, label="best", zorder=5, linestyle="none", **ring)


def _limits(axes: Axes, data: LandscapeData) -> None:
    living = data.points.loc[data.points["status"] == Status.OK, "val_loss"].astype("float64")
    losses = living if len(living) else data.points["val_loss"].astype("float64")
    low, high = float(losses.min()), float(losses.max())
    if data.log:
        axes.set_ylim(low / (high / low) ** 0.08, high * (high / low) ** 0.08)
    else:
        margin = (high - low) or abs(high) or 1.0
        axes.set_ylim(low - 0.1 * margin, high + 0.1 * margin)


def _names(panels: Sequence[Panel]) -> str:
    return ", ".join(panel.name for panel in panels)


def _spread(panel: Panel, good: Any, best: int) -> str:
    """The best value, and the range of values within 5 % of its loss."""
    places = panel.places[list(good)]
    places = places[~np.isnan(places)]
    at = place_text(panel.line, panel.places[best])
    if len(places) < 2 or places.min() == places.max():
        return at
    return f"{at} (within 5 %: {range_text(panel.line, places.min(), places.max())})"
