"""Colour plots of the space of one run: every pair of hyperparameters, each point coloured by its loss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from reports.analysis.axes import Line
from reports.analysis.importance import importance_of
from reports.analysis.surface import RANKS, STEPS, Surface, surface
from reports.figures import style
from reports.figures.axes import place_text, range_text, set_x, set_y
from reports.figures.files import Figure
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

COLUMNS: Final = 3
PANEL: Final = (2.2, 2.1)
"""Width and height of a panel in inches."""

ALONE: Final = (4.4, 3.0)
"""The same of a single panel."""

LEGEND: Final = 1.2
"""Width of the legend in inches."""

MAX_POINTS: Final = 1500
"""Points up to which all are drawn; of more, only the best in each of :data:`CELLS` x :data:`CELLS` cells."""

CELLS: Final = 60
TIMES: Final = (1, 2, 5)
SIZES: Final = (3.4, 4.6, 6.0)
"""Diameter in points of dots trained at least as many times as :data:`TIMES` says."""

EDGE: Final[dict[str, Any]] = {"linestyle": "none", "markeredgecolor": style.MUTED, "markeredgewidth": 0.4}
RING: Final[dict[str, Any]] = {
    "markerfacecolor": "none",
    "markeredgecolor": style.VERMILLION,
    "markeredgewidth": 1.8,
}
SPREAD: Final = 0.56
"""Width over which points on a listed value are spread."""

GOLDEN: Final = (0.7548776662466927, 0.5698402909980532)
"""Steps of the two-dimensional sequence that spreads them evenly."""

NEAR: Final = 0.1

CAPTION: Final = (
    "Each dot is one point of the space, coloured by how far the mean loss of its trainings lies above the best of the "
    "run; larger dots were trained several times, and better ones lie on top. Between the dots nothing is known: the "
    "search chose where to look."
)
CAPTION_OF_LISTS: Final = " On listed values the dots are spread a little, so that they do not hide each other."


@dataclass(frozen=True)
class PairSurfaceData:
    """What the figure shows.

    Attributes:
        title: Model, dataset, size and run.
        surface: Points, hyperparameters and the best.
        pairs: Indices of the hyperparameters of each panel: horizontal, vertical.
    """

    title: str
    surface: Surface
    pairs: tuple[tuple[int, int], ...]


def pair_surface_data(record: Record) -> PairSurfaceData | None:
    """The figure's data from ``record``; ``None`` for a dead search or with fewer than two hyperparameters."""
    run = record.run
    found = surface(record, importance_of(record))
    if found is None:
        return None
    # The range with a logarithm lies horizontally, as in the other figures.
    order = sorted(range(len(found.lines)), key=lambda index: bool(found.lines[index].values))
    return PairSurfaceData(f"{run.model} on {run.dataset}, {run.size}, {run.run}", found, tuple(combinations(order, 2)))


def pair_surface_alt(data: PairSurfaceData) -> str:
    """The finding: where the best lies, and where the points near it lie."""
    found = data.surface
    best = "; ".join(f"{line.name} {place_text(line, line.place(found.best[line.name]))}" for line in found.lines)
    text = (
        f"{data.title}: loss over {' and '.join(line.name for line in found.lines)}. The best, "
        f"{style.number(found.loss)}, has {best}."
    )
    if not found.relative:
        return text
    near = found.points[found.points["above"] <= NEAR]
    if near.empty:
        return f"{text} No point has a mean loss within {NEAR:.0%} of it.".replace("%", " %")
    spans = [(line, line.places(near[line.name])) for line in found.lines]
    where = "; ".join(f"{line.name} {range_text(line, places.min(), places.max())}" for line, places in spans)
    return f"{text} {len(near)} of {len(found.points)} points have a mean loss within 10 % of it: {where}."


def draw_pair_surface(data: PairSurfaceData, fig: Canvas) -> None:
    """Draw ``data``, a panel a pair."""
    columns = min(COLUMNS, len(data.pairs))
    rows = math.ceil(len(data.pairs) / columns)
    grid = fig.subplots(rows, columns, squeeze=False)
    fig.suptitle(style.label(data.title), x=0.01, ha="left", fontsize=10)
    for index, (i, j) in enumerate(data.pairs):
        _draw_panel(grid[index // columns][index % columns], data.surface, i, j)
    for index in range(len(data.pairs), rows * columns):
        grid[index // columns][index % columns].set_visible(False)
    _legend(data.surface, fig)


def pair_surface_figure(record: Record) -> Figure | None:
    """The figure of ``record``; ``None`` for a dead search or with fewer than two recorded hyperparameters."""
    data = pair_surface_data(record)
    if data is None:
        return None
    count = len(data.pairs)
    across, down = ALONE if count == 1 else (PANEL[0] * min(COLUMNS, count), PANEL[1] * math.ceil(count / COLUMNS))
    width, height = across + LEGEND, down + 0.4
    found = data.surface
    lists = CAPTION_OF_LISTS if any(line.values for line in found.lines) else ""
    left_out = f" Not shown: {', '.join(found.left_out)}." if found.left_out else ""
    return Figure(
        name="surface",
        svg=style.render(lambda fig: draw_pair_surface(data, fig), width=width, height=height),
        data=frame_csv(found.points),
        alt=pair_surface_alt(data),
        caption=CAPTION + lists + left_out,
        width=width,
        height=height,
    )


def shown_points(points: pd.DataFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Rows of ``points`` to draw, the worst first: all of a few, of many the best in each small cell.

    Args:
        points: See :class:`Surface`.
        x: Horizontal places in units of the drawing, shape (points,).
        y: Vertical ones.
    """
    order = np.argsort(-points["val_loss"].to_numpy(dtype=np.float64), kind="stable")
    order = order[~np.isnan(x[order]) & ~np.isnan(y[order])]
    if len(order) <= MAX_POINTS:
        return np.asarray(order)
    cells = np.column_stack([_cell(x[order]), _cell(y[order])])[::-1]
    _, first = np.unique(cells, axis=0, return_index=True)
    kept: np.ndarray = order[::-1][np.sort(first)][::-1]
    return kept


def _cell(places: np.ndarray) -> np.ndarray:
    low, high = places.min(), places.max()
    cells: np.ndarray = np.floor((places - low) / ((high - low) or 1.0) * CELLS)
    return cells


def _draw_panel(axes: Axes, found: Surface, i: int, j: int) -> None:
    points = found.points
    across, down = found.lines[i], found.lines[j]
    for axis, line in ((set_x, across), (set_y, down)):
        axis(axes, line.covering(line.places(points[line.name])))
    axes.set_xlabel(style.label(across.name), fontsize=8)
    axes.set_ylabel(style.label(down.name), fontsize=8)
    axes.grid(True)
    x, y = _places(points, across, 0), _places(points, down, 1)
    steps = points["step"].astype("float64").to_numpy()
    times = np.searchsorted(TIMES, points["times"].to_numpy(), side="right") - 1
    rows = shown_points(points, across.steps(x), down.steps(y))
    for step, many in sorted({(steps[row], times[row]) for row in rows if not np.isnan(steps[row])}, reverse=True):
        some = rows[(steps[rows] == step) & (times[rows] == many)]
        colour = style.STEPS[int(step)]
        axes.plot(x[some], y[some], "o", markersize=SIZES[many], markerfacecolor=colour, zorder=3, **EDGE)
    dead = rows[np.isnan(steps[rows])]
    cross: dict[str, Any] = {"linestyle": "none", "zorder": 2}
    axes.plot(x[dead], y[dead], "x", color=style.GREY, markersize=4, **cross)
    failed = [line.places(found.failed[line.name]) for line in (across, down)]
    axes.plot(*failed, "X", color=style.PURPLE, markersize=4, **cross)
    best = _row_of_best(found)
    place = (
        (across.place(found.best[across.name]), down.place(found.best[down.name]))
        if best is None
        else (x[best], y[best])
    )
    axes.plot(*([at] for at in place), "o", markersize=10, zorder=5, clip_on=False, in_layout=False, **RING)


def _row_of_best(found: Surface) -> int | None:
    """The point that the best evaluation belongs to; ``None`` where it is in no row."""
    same = np.ones(len(found.points), dtype=bool)
    for line in found.lines:
        same &= line.places(found.points[line.name]) == line.place(found.best[line.name])
    rows = np.flatnonzero(same & ~found.points["dead"].to_numpy(dtype=bool))
    return int(rows[0]) if len(rows) else None


def _places(points: pd.DataFrame, line: Line, direction: int) -> np.ndarray:
    """Places of ``points``, spread around listed values."""
    places = line.places(points[line.name])
    if not line.values:
        return places
    offsets = (np.arange(1, len(places) + 1) * GOLDEN[direction]) % 1 - 0.5
    spread: np.ndarray = places + SPREAD * offsets
    return spread


def _legend(found: Surface, fig: Canvas) -> None:
    from matplotlib.lines import Line2D

    ends = STEPS if found.relative else RANKS
    words = [f"to {end:.0%}" for end in ends] + [f"over {ends[-1]:.0%}"]
    shown = sorted({int(step) for step in found.points["step"].dropna()})
    handles = [Line2D([], [], marker="o", markersize=5.5, markerfacecolor=style.STEPS[step], **EDGE) for step in shown]
    labels = [words[step].replace("%", " %") for step in shown]
    handles.append(Line2D([], [], linestyle="none", marker="o", markersize=8, **RING))
    labels.append(f"best {style.number(found.loss)}")
    if dead := int(found.points["dead"].sum()):
        handles.append(Line2D([], [], linestyle="none", marker="x", color=style.GREY, markersize=5))
        labels.append(f"dead ({dead})")
    if len(found.failed):
        handles.append(Line2D([], [], linestyle="none", marker="X", color=style.PURPLE, markersize=5))
        labels.append(f"failed ({len(found.failed)})")
    title = "mean loss\nabove the best" if found.relative else "rank among\nall points"
    fig.legend(
        handles,
        labels,
        loc="outside right upper",
        title=title,
        alignment="left",
        title_fontsize=8,
        handletextpad=0.3,
        borderpad=0.1,
    )
