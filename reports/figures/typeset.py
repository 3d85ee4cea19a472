"""Places panels and draws their ticks, labels and grid lines, in a third of the time that Matplotlib takes for it.

Matplotlib makes five artists of every tick, and its layout engines measure all of them twice before they are drawn.
Here every axis becomes one path of marks, one of grid lines and a text a label, and margins follow from the widths of
the font's characters. Locators, formatters and tick parameters are those of the figure: a drawing sets them as usual.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

POINTS: Final = 72.0
"""Points an inch; all lengths below are in points."""

EDGE: Final = 3.0
"""Between what is outermost and the edge of the figure."""

GAP: Final = 7.0
"""Between neighbouring panels with all their labels."""

LINE: Final = 1.0
LEADING: Final = 1.2
"""Height of a line, and distance of lines, as multiples of the size of the font."""

ROUGHLY: Final = 0.7
"""Share of a figure that its panels take, at the least."""

BELOW: Final = 0.5
"""Place of grid and ticks in the order of drawing: below all data."""


@dataclass(frozen=True, slots=True)
class Margins:
    """What a panel needs around it for labels and titles, in points."""

    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    top: float = 0.0


@dataclass(frozen=True, slots=True)
class Ticks:
    """Major or minor ticks of an axis.

    Attributes:
        sample: A tick of Matplotlib's that looks like all of them.
        places: In units of the data, shape (ticks,).
        labels: One a place.
        offset: What all labels leave out, such as a common power of ten; empty for nothing.
    """

    sample: Any
    places: np.ndarray
    labels: Sequence[str]
    offset: str = ""

    @property
    def is_labelled(self) -> bool:
        """Whether any label is seen."""
        return self.sample.label1.get_visible() and any(self.labels)

    @property
    def reach(self) -> float:
        """Points from the axis to the labels."""
        return float(self.sample.get_tick_padding() + self.sample.get_pad())

    @property
    def box(self) -> tuple[float, float]:
        """Width and height of the largest label, in points."""
        if not self.is_labelled:
            return 0.0, 0.0
        sizes = [text_size(label, self.sample.label1) for label in self.labels]
        return max(width for width, _ in sizes), max(height for _, height in sizes)


def typeset(fig: Figure) -> None:
    """Place the panels of ``fig`` that lie in a grid, and draw the axes of all panels.

    Panels that were placed by hand stay where they are. Of a grid, all columns are equally wide and all rows equally
    high. Nothing may be drawn into the figure afterwards.
    """
    panels = [axes for axes in fig.axes if axes.get_visible()]
    found = {axes: (_ticks(axes.xaxis), _ticks(axes.yaxis)) for axes in panels}
    if any(axes.get_subplotspec() is not None for axes in panels):
        _place(fig, {axes: _margins(axes, *found[axes], width=_rough_width(fig, axes)) for axes in panels})
    for axes, (across, up) in found.items():
        _draw(axes, axes.xaxis, across)
        _draw(axes, axes.yaxis, up)
        # With a height of its own a title need not be kept clear of ticks, for which they would all be measured.
        axes.set_title("", loc="center", y=1.0)
        axes.xaxis.set_visible(False)
        axes.yaxis.set_visible(False)


def text_size(text: str, like: Any) -> tuple[float, float]:
    """Width and height in points of ``text`` in the size and rotation of the artist ``like``."""
    lines, size, angle = text.split("\n"), like.get_fontsize(), math.radians(like.get_rotation())
    width = size * max(sum(map(_advance, line)) for line in lines)
    height = size * (LINE + LEADING * (len(lines) - 1))
    cosine, sine = abs(math.cos(angle)), abs(math.sin(angle))
    return width * cosine + height * sine, width * sine + height * cosine


@lru_cache(maxsize=1 << 12)
def _advance(character: str) -> float:
    """Width of ``character`` in DejaVu Sans as a multiple of the size of the font."""
    from matplotlib.font_manager import FontProperties, findfont, get_font
    from matplotlib.ft2font import LoadFlags

    font = get_font(findfont(FontProperties(family=["DejaVu Sans"])))
    font.set_size(100, POINTS)
    return font.load_char(ord(character), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / 100


def _ticks(axis: Axis) -> list[Ticks]:
    """What Matplotlib would draw on ``axis``."""
    from matplotlib.ticker import NullLocator

    if not axis.get_visible():
        return []
    groups: list[tuple[Any, Any]] = []
    if not isinstance(axis.get_major_locator(), NullLocator):
        groups.append((axis.major, axis.majorTicks))
    if not isinstance(axis.get_minor_locator(), NullLocator):
        groups.append((axis.minor, axis.minorTicks))
    found = []
    for group, made in groups:
        places = np.asarray(axis.get_majorticklocs() if group is axis.major else axis.get_minorticklocs(), dtype=float)
        labels = group.formatter.format_ticks(places)
        seen = _seen(axis, places)
        shown = [label for label, is_seen in zip(labels, seen, strict=True) if is_seen]
        if len(shown):
            found.append(Ticks(made[0], places[seen], shown, group.formatter.get_offset()))
    return found


def _seen(axis: Axis, places: np.ndarray) -> np.ndarray:
    """Which ``places`` lie within the view, rounding aside."""
    transform = axis.get_transform()
    low, high = sorted(transform.transform(np.asarray(axis.get_view_interval(), dtype=float)))
    steps = transform.transform(places)
    slack = 1e-10 * abs(high - low)
    return np.asarray((steps >= low - slack) & (steps <= high + slack))


def _rough_width(fig: Figure, axes: Axes) -> float:
    """About how wide a panel will be, in points: enough to tell whether a label stands out at its sides."""
    spec = axes.get_subplotspec()
    columns = 1 if spec is None else spec.get_gridspec().ncols
    return ROUGHLY * POINTS * float(fig.get_size_inches()[0]) / columns


def _margins(axes: Axes, across: Sequence[Ticks], up: Sequence[Ticks], *, width: float) -> Margins:
    left = max((ticks.reach + ticks.box[0] for ticks in up), default=0.0)
    bottom = max((ticks.reach + ticks.box[1] for ticks in across), default=0.0)
    if label := axes.get_ylabel():
        left += axes.yaxis.labelpad + text_size(label, axes.yaxis.label)[0]
    if label := axes.get_xlabel():
        bottom += axes.xaxis.labelpad + text_size(label, axes.xaxis.label)[1]
    # The outermost labels stand out by half of their size where a tick lies at the end.
    beside = max((ticks.box[0] / 2 for ticks in across if ticks.is_labelled), default=0.0)
    above = max((ticks.box[1] / 2 for ticks in up if ticks.is_labelled), default=0.0)
    if title := axes.get_title(loc="left"):
        sample: Any = axes.title
        above = max(above, 6.0 + text_size(title, sample)[1])
    ends = [max(0.0, beside - share * width) for share in _ends(axes, across)]
    return Margins(max(left, ends[0]), ends[1], bottom, above)


def _ends(axes: Axes, across: Sequence[Ticks]) -> tuple[float, float]:
    """How far the outermost labels below are from the left and the right end, as shares of the width."""
    labelled = [ticks.places for ticks in across if ticks.is_labelled]
    if not labelled:
        return 0.0, 0.0
    transform = axes.xaxis.get_transform()
    low, high = transform.transform(np.asarray(axes.get_xlim(), dtype=float))
    shares = (transform.transform(np.concatenate(labelled)) - low) / (high - low)
    return float(shares.min()), 1 - float(shares.max())


def _place(fig: Figure, margins: dict[Axes, Margins]) -> None:
    """Give every panel of the grid its place between what surrounds the whole."""
    width, height = (POINTS * length for length in fig.get_size_inches())
    outer = _surroundings(fig)
    spots = {axes: spec for axes in margins if (spec := axes.get_subplotspec()) is not None}
    rows, columns = next(iter(spots.values())).get_gridspec().get_geometry()
    left, right = np.zeros(columns), np.zeros(columns)
    bottom, top = np.zeros(rows), np.zeros(rows)
    for axes, spec in spots.items():
        own, row, column = margins[axes], spec.rowspan.start, spec.colspan.start
        left[column], right[column] = max(left[column], own.left), max(right[column], own.right)
        bottom[row], top[row] = max(bottom[row], own.bottom), max(top[row], own.top)
    across = width - outer.left - outer.right - left.sum() - right.sum() - GAP * (columns - 1)
    up = height - outer.bottom - outer.top - bottom.sum() - top.sum() - GAP * (rows - 1)
    panel = max(1.0, across / columns), max(1.0, up / rows)
    for axes, spec in spots.items():
        row, column = spec.rowspan.start, spec.colspan.start
        x = outer.left + left[: column + 1].sum() + right[:column].sum() + column * (panel[0] + GAP)
        y = height - outer.top - top[: row + 1].sum() - bottom[:row].sum() - row * (panel[1] + GAP) - panel[1]
        axes.set_position((x / width, y / height, panel[0] / width, panel[1] / height))
    _place_shared_labels(fig, spots, outer)


def _surroundings(fig: Figure) -> Margins:
    """Room at the edges of ``fig``, with title, shared labels and legends outside of the panels."""
    left = right = bottom = top = EDGE
    for legend in fig.legends:
        box = legend.get_window_extent()
        scale = POINTS / fig.dpi
        outside = str(vars(legend).get("_outside_loc"))
        if outside == "lower":
            bottom += box.height * scale + 2 * EDGE
        elif outside == "right":
            right += box.width * scale + 2 * EDGE
    if title := fig.get_suptitle():
        top += text_size(title, _shared(fig, "_suptitle"))[1] + 2 * EDGE
    if label := fig.get_supylabel():
        left += text_size(label, _shared(fig, "_supylabel"))[0] + EDGE
    if label := fig.get_supxlabel():
        bottom += text_size(label, _shared(fig, "_supxlabel"))[1] + EDGE
    return Margins(left, right, bottom, top)


def _place_shared_labels(fig: Figure, spots: dict[Axes, Any], outer: Margins) -> None:
    """Title to the upper edge, shared labels to the left and above the legend, in the middle of the panels."""
    width, height = (POINTS * length for length in fig.get_size_inches())
    boxes = [axes.get_position() for axes in spots]
    if fig.get_suptitle():
        _shared(fig, "_suptitle").set_y(1 - EDGE / height)
    if fig.get_supylabel():
        label = _shared(fig, "_supylabel")
        half = text_size(fig.get_supylabel(), label)[1] / 2 / height
        middle = (min(box.y0 for box in boxes) + max(box.y1 for box in boxes)) / 2
        label.set(x=EDGE / width, y=min(max(middle, half), 1 - outer.top / height - half))
    if fig.get_supxlabel():
        label = _shared(fig, "_supxlabel")
        below = outer.bottom - text_size(fig.get_supxlabel(), label)[1] - EDGE
        label.set(x=(min(box.x0 for box in boxes) + max(box.x1 for box in boxes)) / 2, y=below / height)


def _shared(fig: Figure, name: str) -> Any:
    """The text of ``fig`` under the name that Matplotlib keeps it by: there is no other way to it."""
    return vars(fig)[name]


def _draw(axes: Axes, axis: Axis, groups: Sequence[Ticks]) -> None:
    """Draw grid, marks, labels of the ticks and the label of ``axis``, which lies below or to the left."""
    if not axis.get_visible():
        return
    horizontal = axis is axes.xaxis
    figure: Any = axes.figure
    extent = axes.get_position().size[1 if horizontal else 0] * figure.get_size_inches()[1 if horizontal else 0]
    point = 1 / (POINTS * extent)
    along = axes.get_xaxis_transform() if horizontal else axes.get_yaxis_transform()
    out = 0.0
    for ticks in groups:
        _draw_marks(axes, ticks, along, horizontal, point)
        if ticks.is_labelled:
            out = max(out, ticks.reach + ticks.box[1 if horizontal else 0])
            _draw_labels(axes, ticks, along, horizontal, point)
    label: Any = axis.label
    if label.get_text():
        away = -(out + axis.labelpad) * point
        x, y = (0.5, away) if horizontal else (away, 0.5)
        axes.text(x, y, label.get_text(), transform=axes.transAxes, **_looks(label))


def _draw_marks(axes: Axes, ticks: Ticks, along: Any, horizontal: bool, point: float) -> None:
    line: Any = ticks.sample.gridline
    if line.get_visible():
        _add(axes, _strokes(ticks.places, 0.0, 1.0, horizontal), along, line.get_color(), line.get_linewidth(), True)
    mark: Any = ticks.sample.tick1line
    if mark.get_visible() and mark.get_markersize():
        strokes = _strokes(ticks.places, -mark.get_markersize() * point, 0.0, horizontal)
        _add(axes, strokes, along, mark.get_markeredgecolor(), mark.get_markeredgewidth(), False)


def _strokes(places: np.ndarray, start: float, end: float, horizontal: bool) -> np.ndarray:
    """Ends of one stroke a place, across the axis; shape (2 * places, 2)."""
    across = np.tile([start, end], len(places))
    both = (np.repeat(places, 2), across) if horizontal else (across, np.repeat(places, 2))
    return np.column_stack(both)


def _add(axes: Axes, strokes: np.ndarray, transform: Any, colour: str, width: float, clipped: bool) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    path = Path(strokes, np.tile([Path.MOVETO, Path.LINETO], len(strokes) // 2))
    path.should_simplify = False
    look: dict[str, Any] = {"edgecolor": colour, "facecolor": "none", "linewidth": width, "zorder": BELOW}
    patch = PathPatch(path, transform=transform, capstyle="butt", **look)
    axes.add_artist(patch)
    if not clipped:
        patch.set_clip_on(False)


def _draw_labels(axes: Axes, ticks: Ticks, along: Any, horizontal: bool, point: float) -> None:
    looks, away = _looks(ticks.sample.label1), -ticks.reach * point
    for place, label in zip(ticks.places, ticks.labels, strict=True):
        if label:
            x, y = (place, away) if horizontal else (away, place)
            axes.text(x, y, label, transform=along, **looks)
    if ticks.offset:
        y, side = (3 * away, "top") if horizontal else (1.0, "bottom")
        axes.text(1.0, y, ticks.offset, transform=axes.transAxes, **looks | {"ha": "right", "va": side})


def _looks(text: Any) -> dict[str, Any]:
    return {
        "color": text.get_color(),
        "fontsize": text.get_fontsize(),
        "rotation": text.get_rotation(),
        "rotation_mode": text.get_rotation_mode(),
        "ha": text.get_horizontalalignment(),
        "va": text.get_verticalalignment(),
        "zorder": BELOW,
        "clip_on": False,
    }
