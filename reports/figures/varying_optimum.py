"""Varying optimum of one model: for every hyperparameter where its best lies on each dataset, and how sharply."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from reports.analysis.axes import Line
from reports.analysis.movement import ModelOptima, Movement
from reports.analysis.optimum import Optimum, good_range
from reports.figures import style
from reports.figures.axes import place_text, range_text, set_x
from reports.figures.files import Figure
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

MAX_PANELS: Final = 8
COLUMNS: Final = 4
PANEL: Final = 1.85
"""Width of a panel in inches."""

ROW: Final = 0.3
"""Inches a dataset."""

OTHER: Final[dict[str, Any]] = {
    "markersize": 4,
    "markerfacecolor": style.PAPER,
    "markeredgecolor": style.MUTED,
    "markeredgewidth": 1.0,
}
MIN_SPREAD: Final = 0.005

CAPTION: Final = (
    "The ring is the best of the run in the table, the bar spans the values of its good evaluations: those within 3 % "
    "of the best, or within twice the noise of repeats where that is more. Small dots are the bests of the model's "
    "other runs on the dataset. The axis is the whole searched range; good in one hyperparameter does not mean good "
    "with any value of the others."
)
CAPTION_OF_DEFAULT: Final = " The diamond is the model's default."


@dataclass(frozen=True)
class VaryingData:
    """What the figure shows.

    Attributes:
        title: Model and collection.
        optima: The model's optima.
        lines: Hyperparameters with a panel, in the order of the space.
        left_out: Hyperparameters without one, for want of two recorded optima or of room.
    """

    title: str
    optima: ModelOptima
    lines: tuple[Line, ...]
    left_out: tuple[str, ...]


def varying_data(optima: ModelOptima) -> VaryingData | None:
    """The figure's data; ``None`` unless the best of a hyperparameter is known on two datasets."""
    shown = [movement.line for movement in optima.moving][:MAX_PANELS]
    if not shown:
        return None
    lines = tuple(line.covering(_places_on(optima.all, line)) for line in shown)
    names = {line.name for line in lines}
    searched = dict.fromkeys(name for one in optima.chosen for name in one.values)
    return VaryingData(f"{optima.model}: best by dataset", optima, lines, tuple(n for n in searched if n not in names))


def varying_table(data: VaryingData) -> pd.DataFrame:
    """One row an optimum and hyperparameter: what the figure shows."""
    keys = {one.run.key for one in data.optima.chosen}
    rows = []
    for one in data.optima.all:
        default = {} if one.run.baseline is None else one.run.baseline.hyperparameters
        for line in data.lines if one.loss is not None else ():
            low, high = good_range(one, line)
            rows.append(
                {
                    "dataset": one.run.dataset,
                    "run": one.run.key,
                    "shown_as": "best" if one.run.key in keys else "other run",
                    "val_loss": one.loss,
                    "hyperparameter": line.name,
                    "best": one.values.get(line.name),
                    "low": low,
                    "high": high,
                    "default": default.get(line.name),
                    "good": one.good,
                    "tolerance": one.tolerance,
                }
            )
        if one.loss is None and one.run.key in keys:
            rows.append({"dataset": one.run.dataset, "run": one.run.key, "shown_as": "dead"})
    columns = ["dataset", "run", "shown_as", "val_loss", "hyperparameter", "best", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "default", "good", "tolerance"], dtype=object)


def varying_alt(data: VaryingData) -> str:
    """The finding: which hyperparameters move with the dataset, by how much, and whether one value would do."""
    names = {line.name for line in data.lines}
    sentences = [movement_text(movement) for movement in data.optima.moving if movement.line.name in names]
    dead = f" No living network on {', '.join(data.optima.dead)}." if data.optima.dead else ""
    return f"{data.optima.model}, best hyperparameters by dataset. {' '.join(sentences)}{dead}"


def movement_text(movement: Movement) -> str:
    """What ``movement`` says, in a sentence or two."""
    line, places = movement.line, movement.places
    where = f"The best {line.name} {_where(line, places)}"
    if len(set(places.values())) == 1:
        return f"{where}."
    few = f"{', '.join(movement.few)} {'has' if len(movement.few) == 1 else 'have'} fewer than five good points"
    if movement.common is not None:
        return f"{where}; the good values of every dataset include {range_text(line, *movement.common)}."
    if movement.few:
        return f"{where}; the good values do not meet, but {few}, so whether it moves is not settled."
    return f"{where}; no value is good on every dataset: it moves."


def _where(line: Line, places: Any) -> str:
    low, high = min(places, key=places.get), max(places, key=places.get)
    if places[low] == places[high]:
        return f"is {place_text(line, places[low])} on {'both' if len(places) == 2 else f'all {len(places)}'} datasets"
    if not line.ordered:
        return "is " + ", ".join(f"{place_text(line, place)} on {dataset}" for dataset, place in places.items())
    share = line.share(places[low], places[high])
    percent = "less than 1 %" if share < MIN_SPREAD else f"{share:.0%}".replace("%", " %")
    scale = " (log scale)" if line.log else ""
    return (
        f"lies from {place_text(line, places[low])} ({low}) to {place_text(line, places[high])} ({high}), {percent} of "
        f"the searched range{scale}"
    )


def draw_varying(data: VaryingData, fig: Canvas) -> None:
    """Draw ``data``: a panel a hyperparameter, a row a dataset."""
    columns = min(COLUMNS, len(data.lines))
    rows = math.ceil(len(data.lines) / columns)
    grid = fig.subplots(rows, columns, squeeze=False, sharey=True)
    fig.suptitle(style.label(data.title), x=0.01, ha="left", fontsize=10)
    for index, line in enumerate(data.lines):
        _draw_panel(grid[index // columns][index % columns], data.optima, line)
    for index in range(len(data.lines), rows * columns):
        grid[index // columns][index % columns].set_visible(False)
    _legend(data, fig)


def varying_figure(optima: ModelOptima) -> Figure | None:
    """The figure of ``optima``; ``None`` unless the best of a hyperparameter is known on two datasets."""
    data = varying_data(optima)
    if data is None:
        return None
    columns = min(COLUMNS, len(data.lines))
    rows = math.ceil(len(data.lines) / columns)
    width = max(4.6, PANEL * columns + 0.7)
    height = rows * (0.75 + ROW * len(optima.chosen)) + 0.65
    default = CAPTION_OF_DEFAULT if any(one.run.baseline is not None for one in optima.chosen) else ""
    left_out = f" Not shown: {', '.join(data.left_out)}." if data.left_out else ""
    return Figure(
        name=f"varying-{optima.collection.id}",
        svg=style.render(partial(draw_varying, data), width=width, height=height),
        data=frame_csv(varying_table(data)),
        alt=varying_alt(data),
        caption=CAPTION + default + left_out,
        width=width,
        height=height,
    )


def _places_on(optima: Sequence[Optimum], line: Line) -> np.ndarray:
    values = [one.values.get(line.name) for one in optima]
    return np.concatenate([line.places(values), *(one.places(line) for one in optima)])


def _draw_panel(axes: Axes, optima: ModelOptima, line: Line) -> None:
    set_x(axes, line, ticks=3)
    axes.set_xlabel(style.label(line.name), fontsize=8)
    axes.set_ylim(len(optima.chosen) - 0.5, -0.5)
    axes.set_yticks(range(len(optima.chosen)), [style.label(one.run.dataset) for one in optima.chosen], fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    for row, one in enumerate(optima.chosen):
        if one.loss is None:
            axes.text(
                0.5, row, "dead", transform=axes.get_yaxis_transform(), ha="center", va="center", color=style.MUTED
            )
            continue
        _draw_row(axes, line, row, one)
        others = [
            line.place(other.values.get(line.name)) for other in optima.others if other.run.dataset == one.run.dataset
        ]
        axes.plot(others, [row] * len(others), "o", zorder=3, **OTHER)


def _draw_row(axes: Axes, line: Line, row: int, one: Optimum) -> None:
    places = one.places(line)
    if len(places) and line.ordered:
        ends = [places.min(), places.max()]
        axes.plot(ends, [row, row], color=style.BLUE, linewidth=4, solid_capstyle="butt", zorder=2)
    elif len(places):
        axes.plot(sorted(set(places)), [row] * len(set(places)), "s", color=style.BLUE, markersize=5)
    if one.run.baseline is not None:
        default = line.place(one.run.baseline.hyperparameters.get(line.name))
        axes.plot([default], [row], "D", color=style.GREEN, markersize=4.5, zorder=4)
    place = line.place(one.values.get(line.name))
    if math.isnan(place):
        right: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "ha": "right", "va": "center"}
        axes.text(0.99, row, "not recorded", fontsize=7, color=style.MUTED, **right)
        return
    ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": style.VERMILLION, "markeredgewidth": 1.8}
    axes.plot([place], [row], "o", markersize=8, zorder=5, clip_on=False, in_layout=False, **ring)


def _legend(data: VaryingData, fig: Canvas) -> None:
    from matplotlib.lines import Line2D

    def mark(shape: str, colour: str, size: float, **more: Any) -> Line2D:
        return Line2D([], [], linestyle="none", marker=shape, color=colour, markersize=size, **more)

    ring = mark("o", style.VERMILLION, 7, markerfacecolor="none", markeredgewidth=1.8)
    entries = [(ring, "best"), (Line2D([], [], color=style.BLUE, linewidth=4), "good values")]
    if data.optima.others:
        entries.append((Line2D([], [], linestyle="none", marker="o", **OTHER), "best of another run"))
    if any(one.run.baseline is not None for one in data.optima.chosen):
        entries.append((mark("D", style.GREEN, 4.5), "default"))
    handles, labels = zip(*entries, strict=True)
    fig.legend(handles, labels, loc="outside lower left", ncols=4, handletextpad=0.5, columnspacing=1.4, borderpad=0.1)
