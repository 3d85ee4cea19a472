"""Optimum map of one model: where each dataset's best lies, over two hyperparameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from reports.analysis.axes import Line
from reports.analysis.movement import ModelOptima
from reports.analysis.optimum import Optimum, good_range
from reports.figures import style
from reports.figures.axes import limits, place_text, set_x, set_y
from reports.figures.files import Figure
from reports.figures.marks import dataset_marks
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

SIZE: Final = (5.4, 3.9)
"""Width and height in inches."""

STEP: Final = 0.13
"""Places by which datasets are set apart on a listed axis."""

LABEL: Final = (0.028, 0.05)
"""Width of a character and height of a line as shares of the drawing, for placing labels."""

CAPTION: Final = (
    "Each large mark is the best of one dataset, as in the table; thin lines span the values of its good evaluations. "
    "Small marks are the bests of the model's other runs on the same dataset: where they lie as far apart as those of "
    "different datasets, the dataset does not explain the difference. The axes are the whole searched range."
)
CAPTION_OF_LISTS: Final = " On listed values the datasets are set apart a little."


@dataclass(frozen=True)
class Spot:
    """A best on the map.

    Attributes:
        optimum: Whose.
        x: Horizontal place.
        y: Vertical place.
        chosen: Whether it is the one of its dataset.
    """

    optimum: Optimum
    x: float
    y: float
    chosen: bool


@dataclass(frozen=True)
class MapData:
    """What the figure shows.

    Attributes:
        title: Model and hyperparameters.
        across: Horizontal hyperparameter.
        down: Vertical one.
        spots: Bests with both recorded.
        dead: Datasets without a living network.
        unknown: Datasets whose best lacks one of the two.
        others: Hyperparameters that are not shown.
    """

    title: str
    across: Line
    down: Line
    spots: tuple[Spot, ...]
    dead: tuple[str, ...]
    unknown: tuple[str, ...]
    others: tuple[str, ...]


def map_data(optima: ModelOptima) -> MapData | None:
    """The figure's data; ``None`` unless the best of two hyperparameters is known on two datasets."""
    lines = _axes(optima)
    if lines is None:
        return None
    across, down = lines
    keys = {one.run.key for one in optima.chosen}
    spots = [_spot(one, across, down, one.run.key in keys) for one in optima.all if one.loss is not None]
    known = tuple(spot for spot in spots if not math.isnan(spot.x + spot.y))
    chosen = [spot.optimum.run.dataset for spot in known if spot.chosen]
    return MapData(
        title=f"{optima.model}: best {across.name} and {down.name} by dataset",
        across=across.covering(np.array([spot.x for spot in known])),
        down=down.covering(np.array([spot.y for spot in known])),
        spots=known,
        dead=tuple(optima.dead),
        unknown=tuple(
            one.run.dataset for one in optima.chosen if one.loss is not None and one.run.dataset not in chosen
        ),
        others=tuple(line.name for line in optima.axes.values() if line.name not in (across.name, down.name)),
    )


def _axes(optima: ModelOptima) -> tuple[Line, Line] | None:
    """The two hyperparameters whose best is known on the most datasets: a range across, a list down where possible."""
    known = {movement.line.name: len(movement.places) for movement in optima.moving if movement.line.ordered}
    if len(known) < 2:
        return None
    order = [line for line in optima.axes.values() if line.name in known]
    first, second = sorted(order, key=lambda line: (-known[line.name], not line.log, not line.values))[:2]
    return (second, first) if first.values and not second.values else (first, second)


def _spot(one: Optimum, across: Line, down: Line, chosen: bool) -> Spot:
    return Spot(one, across.place(one.values.get(across.name)), down.place(one.values.get(down.name)), chosen)


def map_table(data: MapData) -> pd.DataFrame:
    """One row a best: what the figure shows."""
    rows = []
    for spot in data.spots:
        one = spot.optimum
        row = {
            "dataset": one.run.dataset,
            "run": one.run.key,
            "shown_as": "best" if spot.chosen else "other run",
            "val_loss": one.loss,
        }
        for line in (data.across, data.down):
            low, high = good_range(one, line)
            row |= {line.name: one.values[line.name], f"{line.name}_low": low, f"{line.name}_high": high}
        rows.append(row)
    return pd.DataFrame(rows, dtype=object)


def map_alt(data: MapData) -> str:
    """The finding: where every best lies."""
    chosen = [spot for spot in data.spots if spot.chosen]
    places = "; ".join(
        f"{spot.optimum.run.dataset} at {place_text(data.across, spot.x)} and {place_text(data.down, spot.y)}"
        for spot in chosen
    )
    dead = f" No living network on {', '.join(data.dead)}." if data.dead else ""
    unknown = f" Not recorded for {', '.join(data.unknown)}." if data.unknown else ""
    return f"{data.title}: {places}.{dead}{unknown}"


def draw_map(data: MapData, fig: Canvas) -> None:
    """Draw ``data``: colour and shape are the dataset's, and its name stands beside its best."""
    from matplotlib.patheffects import withStroke

    axes = fig.subplots()
    axes.set_title(style.label(data.title))
    set_x(axes, data.across, ticks=5)
    set_y(axes, data.down, ticks=5)
    axes.set_xlabel(style.label(data.across.name))
    axes.set_ylabel(style.label(data.down.name))
    axes.grid(True)
    marks = dataset_marks(spot.optimum.run.dataset for spot in data.spots)
    names = list(marks)
    for spot in sorted(data.spots, key=lambda spot: spot.chosen):
        dataset = spot.optimum.run.dataset
        shift = STEP * (names.index(dataset) - (len(names) - 1) / 2)
        _draw_spot(axes, data, spot, shift, *marks[dataset])
    chosen = [spot for spot in data.spots if spot.chosen]
    shifts = [STEP * (names.index(spot.optimum.run.dataset) - (len(names) - 1) / 2) for spot in chosen]
    at = np.array([_fraction(data, spot, shift) for spot, shift in zip(chosen, shifts, strict=True)])
    labels = [style.label(spot.optimum.run.dataset) for spot in chosen]
    for text, (x, y), alignment in zip(labels, *label_places(at, labels), strict=True):
        name = axes.text(x, y, text, transform=axes.transAxes, ha=alignment, va="center", fontsize=8.5, zorder=6)
        name.set_path_effects([withStroke(linewidth=2.5, foreground=style.PAPER)])
    if data.dead:
        text = f"dead: {', '.join(data.dead)}"
        axes.text(0.01, 0.01, style.label(text), transform=axes.transAxes, fontsize=8, color=style.MUTED)


def map_figure(optima: ModelOptima) -> Figure | None:
    """The figure of ``optima``; ``None`` unless the best of two hyperparameters is known on two datasets."""
    data = map_data(optima)
    if data is None:
        return None
    width, height = SIZE
    lists = CAPTION_OF_LISTS if data.across.values or data.down.values else ""
    others = f" Not shown: {', '.join(data.others)}." if data.others else ""
    return Figure(
        name=f"map-{optima.collection.id}",
        svg=style.render(partial(draw_map, data), width=width, height=height),
        data=frame_csv(map_table(data)),
        alt=map_alt(data),
        caption=CAPTION + lists + others,
        width=width,
        height=height,
    )


def label_places(at: np.ndarray, labels: Sequence[str]) -> tuple[list[tuple[float, float]], list[str]]:
    """Where to write each of ``labels`` beside the points ``at``, so that they hide neither each other nor a point.

    Args:
        at: Points as shares of the drawing, shape (labels, 2).
        labels: What is written.

    Returns:
        Places in the same shares, and horizontal alignments.
    """
    taken = [(x - 0.02, x + 0.02, y - 0.025, y + 0.025) for x, y in at]
    places: list[tuple[float, float]] = []
    alignments: list[str] = []
    for (x, y), label in zip(at, labels, strict=True):
        options = [
            (x + side * 0.03, y + lift, "left" if side > 0 else "right")
            for lift in (0.0, 0.05, -0.05, 0.1, -0.1)
            for side in (1, -1)
        ]
        boxes = [_box(option, label) for option in options]
        costs = [sum(_overlap(box, other) for other in taken) + 10 * _outside(box) for box in boxes]
        best = costs.index(min(costs))
        taken.append(boxes[best])
        places.append(options[best][:2])
        alignments.append(options[best][2])
    return places, alignments


Box = tuple[float, float, float, float]


def _box(option: tuple[float, float, str], label: str) -> Box:
    x, y, alignment = option
    width, height = LABEL[0] * len(label), LABEL[1]
    left = x if alignment == "left" else x - width
    return left, left + width, y - height / 2, y + height / 2


def _overlap(one: Box, other: Box) -> float:
    across = min(one[1], other[1]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[2], other[2])
    return max(0.0, across) * max(0.0, down)


def _outside(box: Box) -> float:
    return max(0.0, -box[0]) + max(0.0, box[1] - 1) + max(0.0, -box[2]) + max(0.0, box[3] - 1)


def _fraction(data: MapData, spot: Spot, shift: float) -> tuple[float, float]:
    shares = []
    for line, place in ((data.across, spot.x), (data.down, spot.y)):
        low, high = limits(line)
        step = float(line.steps(np.array([place]))[0]) + (shift if line.values else 0)
        shares.append((step - low) / (high - low))
    return shares[0], shares[1]


def _draw_spot(axes: Axes, data: MapData, spot: Spot, shift: float, colour: str, shape: str) -> None:
    x = spot.x + (shift if data.across.values else 0)
    y = spot.y + (shift if data.down.values else 0)
    if not spot.chosen:
        axes.plot([x], [y], shape, color=colour, markersize=5, alpha=0.85, markeredgewidth=0, zorder=3)
        return
    thin: dict[str, Any] = {"color": colour, "linewidth": 1.1, "alpha": 0.85, "zorder": 2}
    across, down = (spot.optimum.range(line) for line in (data.across, data.down))
    if across is not None:
        axes.plot([end + x - spot.x for end in across], [y, y], **thin)
    if down is not None:
        axes.plot([x, x], [end + y - spot.y for end in down], **thin)
    edge: dict[str, Any] = {"markeredgecolor": style.INK, "markeredgewidth": 0.8, "clip_on": False, "in_layout": False}
    axes.plot([x], [y], shape, color=colour, markersize=9, zorder=5, **edge)
