"""Axes of hyperparameters: the same scale, ticks and words in every figure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from reports.analysis.axes import Line
from reports.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_TICKS: Final = 8
MAX_LABEL: Final = 12
MARGIN: Final = 0.04
"""Share of a range that is left free at both ends, so that marks on the bounds are seen whole."""


def set_x(axes: Axes, line: Line, *, ticks: int = 4, rotate: bool = True) -> None:
    """Scale, limits and ticks of ``line`` for the horizontal axis."""
    _set(axes.xaxis, axes.set_xscale, axes.set_xlim, line, ticks)
    if line.values:
        longest = max(map(len, line.labels))
        axes.tick_params(axis="x", labelrotation=45 if rotate and longest > 3 else 0, labelsize=7)


def set_y(axes: Axes, line: Line, *, ticks: int = 4) -> None:
    """Scale, limits and ticks of ``line`` for the vertical axis."""
    _set(axes.yaxis, axes.set_yscale, axes.set_ylim, line, ticks)
    if line.values:
        axes.tick_params(axis="y", labelsize=7)


def limits(line: Line) -> tuple[float, float]:
    """Ends of a drawn axis in the units of :meth:`Line.steps`."""
    low, high = line.ends
    margin = MARGIN * (high - low)
    return low - margin, high + margin


def _set(axis: Any, set_scale: Any, set_limits: Any, line: Line, ticks: int) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

    low, high = limits(line)
    if line.values:
        step = math.ceil(len(line.values) / MAX_TICKS)
        labels = [style.label(text)[:MAX_LABEL] for text in line.labels]
        axis.set_ticks(range(0, len(labels), step), labels[::step])
        set_limits(low, high)
        return
    if line.log:
        set_scale("log")
        axis.set_major_locator(LogLocator(subs=_subs(high - low), numticks=ticks + 1))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(lambda value, _: power(value))
        set_limits(10**low, 10**high)
    else:
        axis.set_major_locator(MaxNLocator(ticks))
        set_limits(low, high)


def _subs(decades: float) -> tuple[int, ...]:
    """What the powers of ten are multiplied by for ticks of an axis over so many ``decades``: two or three are seen."""
    return (1,) if decades > 2 else (1, 3) if decades > 1 else (1, 2, 5)


def power(value: float) -> str:
    """A tick of a logarithmic axis.

    >>> [power(v) for v in (1e-5, 0.001, 0.1, 10.0)]
    ['1e-5', '0.001', '0.1', '10']
    """
    return f"{value:.0e}".replace("e-0", "e-") if value < 0.001 else f"{value:g}"


def place_text(line: Line, place: float) -> str:
    """The value at ``place`` in words."""
    if math.isnan(place):
        return "not recorded"
    if line.values:
        return line.labels[int(place)]
    return f"{line.value(place):,}" if line.whole else style.number(float(place))


def range_text(line: Line, low: float, high: float) -> str:
    """The values from ``low`` to ``high``, or the one value."""
    return place_text(line, low) if low == high else f"{place_text(line, low)} to {place_text(line, high)}"
