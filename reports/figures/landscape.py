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
from reports.analysis.comparable import loss_label
from reports.analysis.convergence import spans_decade
from reports.analysis.overview import is_dead
from reports.figures import style
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
MAX_TICKS: Final = 8

CAPTION: Final = (
    "Each dot is one training. A narrow valley means that the value matters; a flat cloud, that it hardly does. Values "
    "were chosen by the search and not at random, so a gap may only mean that the search went elsewhere."
)


@dataclass(frozen=True)
class Panel:
    """One hyperparameter.

    Attributes:
        name: Name of the hyperparameter.
        log: Whether the axis is logarithmic.
        places: Where each evaluation lies: the value itself, or the index of a listed one; NaN where unknown.
        labels: Listed values in their order; empty for a range.
    """

    name: str
    log: bool
    places: np.ndarray
    labels: tuple[str, ...]


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
    run, table = record.run, record.evaluations
    columns = ["evaluation", "origin", "status", "val_loss", *record.axes]
    points = table.loc[table["val_loss"].notna(), columns].reset_index(drop=True)
    found = [_panel(name, points[name], record) for name in record.axes]
    panels = tuple(panel for panel in found if panel is not None)[:MAX_PANELS]
    shown = {panel.name for panel in panels}
    ok = points[points["status"] == Status.OK].sort_values("val_loss", kind="stable")
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
    fig.supylabel(f"{data.loss_label}, lower is better", fontsize=9)
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


def _panel(name: str, values: pd.Series, record: Record) -> Panel | None:
    known = values.dropna()
    if known.nunique() < 2:
        return None
    axis = next((axis for axis in record.space.axes if axis.name == name), None) if record.space else None
    listed: Sequence[Any] = () if axis is None or axis.kind in ("float", "int") else getattr(axis, "values", ())
    if axis is not None and axis.kind == "logical":
        listed = (False, True)
    if not listed and not pd.api.types.is_numeric_dtype(values.dtype):
        listed = sorted(known.unique().tolist(), key=str)
    if not listed:
        numbers = values.astype("float64")
        return Panel(name, _is_log(axis, numbers), numbers.to_numpy(), ())
    extra = [value for value in known.unique().tolist() if value not in listed]
    order = [*listed, *sorted(extra, key=str)]
    places = values.map({value: float(place) for place, value in enumerate(order)}).astype("float64")
    return Panel(name, False, places.to_numpy(), tuple(_text(value) for value in order))


def _is_log(axis: Any, numbers: pd.Series) -> bool:
    """Whether the axis of the space is logarithmic, or its bounds (the values, where unknown) span two decades."""
    if axis is None:
        low, high = float(numbers.min()), float(numbers.max())
    else:
        low, high = float(axis.lower), float(axis.upper)
    return bool(axis is not None and axis.log_scale) or (low > 0 and high >= 100 * low)


def _draw_panel(axes: Axes, data: LandscapeData, panel: Panel) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

    axes.set_xlabel(style.label(panel.name), fontsize=8)
    axes.grid(axis="y")
    points, losses = data.points, data.points["val_loss"].astype("float64")
    if data.log:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(lambda value, _: style.number(value, 1))
    if panel.log:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(numticks=5))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(
            lambda value, _: f"{value:.0e}".replace("e-0", "e-") if value < 0.001 else f"{value:g}"
        )
    elif panel.labels:
        step = math.ceil(len(panel.labels) / MAX_TICKS)
        axes.set_xticks(range(0, len(panel.labels), step), [style.label(text)[:12] for text in panel.labels[::step]])
        axes.set_xlim(-0.6, len(panel.labels) - 0.4)
        axes.tick_params(axis="x", labelrotation=45 if max(map(len, panel.labels)) > 3 else 0, labelsize=7)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4))
    _limits(axes, data)
    ok = (points["status"] == Status.OK).to_numpy(dtype=bool)
    small: dict[str, Any] = {
        "markersize": 3.0 if len(points) < 200 else 2.0,
        "rasterized": len(points) > MAX_VECTOR_POINTS,
    }
    axes.plot(panel.places[ok], losses[ok], "o", color=style.GREY, markeredgewidth=0, label="evaluation", **small)
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
    at = _value(panel, panel.places[best])
    if len(places) < 2 or places.min() == places.max():
        return at
    return f"{at} (within 5 %: {_value(panel, places.min())} to {_value(panel, places.max())})"


def _value(panel: Panel, place: float) -> str:
    if math.isnan(place):
        return "not recorded"
    return panel.labels[int(place)] if panel.labels else style.number(float(place))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
