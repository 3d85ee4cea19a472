"""The scale of an axis: linear or decades. Here, and nowhere else, is what ``use_log_scale`` means."""

from __future__ import annotations

import math
from typing import Final, Literal

Bounds = Literal["clamp", "reflect"]
"""What becomes of a step over a bound: it ends on the bound, or is mirrored back inside."""

BOUNDS: Final[tuple[Bounds, ...]] = ("clamp", "reflect")


def to_scale(value: float, log: bool) -> float:
    """``value`` in decades (``log10``) if ``log``, else as it is."""
    return math.log10(value) if log else float(value)


def from_scale(position: float, log: bool) -> float:
    """What :func:`to_scale` made ``position`` of, up to rounding; too many decades raise ``OverflowError``."""
    return 10.0**position if log else position


def clamp(position: float, lower: float, upper: float) -> float:
    """``position``, or the bound that it exceeds; bounds are inclusive.

    >>> clamp(1.5, 0.0, 1.0)
    1.0
    """
    return max(lower, min(upper, position))


def reflect(position: float, lower: float, upper: float) -> float:
    """``position``, mirrored at the bounds as often as it takes to lie between them.

    >>> reflect(1.25, 0.0, 1.0), reflect(-2.25, 0.0, 1.0), reflect(0.5, 0.0, 1.0)
    (0.75, 0.25, 0.5)
    """
    if lower <= position <= upper:
        return position
    width = upper - lower
    if width == 0.0:
        return lower
    folded = math.fmod(abs(position - lower), 2.0 * width)
    return clamp(lower + min(folded, 2.0 * width - folded), lower, upper)


def bring_inside(position: float, lower: float, upper: float, bounds: Bounds) -> float:
    """``position`` between the inclusive bounds, by the rule ``bounds``.

    Raises:
        ValueError: There is no such rule.
    """
    if bounds == "clamp":
        return clamp(position, lower, upper)
    if bounds == "reflect":
        return reflect(position, lower, upper)
    raise ValueError(f"bounds must be one of {', '.join(BOUNDS)}, got {bounds!r}")
