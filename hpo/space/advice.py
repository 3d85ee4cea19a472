"""What is legal in a space file but probably not meant, in a sentence with what would be usual."""

from __future__ import annotations

import math
from typing import Final

from hpo.space.axes import ListedAxis, NumericAxis, OrderedAxis
from hpo.space.base import Axis

TINY_STEP: Final = 1e-3
"""A sigma below this part of the range hardly moves anything."""

MANY_DECADES: Final = 3
"""A range of this many decades that is drawn linearly leaves the lower ones all but empty."""


def advise(axis: Axis) -> list[str]:
    """Sentences about ``axis``; none if there is nothing to say."""
    advice = []
    if isinstance(axis, NumericAxis):
        unit = " decades" if axis.log_scale else ""
        advice += _about_sigma(axis.name, axis.declared_sigma, axis.width_on(axis.log_scale), unit)
        advice += _about_scale(axis)
    if isinstance(axis, OrderedAxis):
        advice += _about_sigma(axis.name, axis.declared_sigma, len(axis.values) - 1, " places")
    if isinstance(axis, ListedAxis) and len(axis.values) == 1:
        advice.append(f"'{axis.name}': there is only one value, so nothing is searched; type constant says so")
    return advice


def _about_sigma(name: str, sigma: float | None, width: float, unit: str) -> list[str]:
    if sigma is None or width == 0:
        return []
    usual = f"a tenth of the range is usual, here {width / 10:.3g}{unit}"
    if sigma > width:
        return [
            f"'{name}': sigma {sigma:g}{unit} is wider than the range of {width:.3g}{unit}, so most mutations end "
            f"on a bound; {usual}"
        ]
    if sigma < TINY_STEP * width:
        return [
            f"'{name}': sigma {sigma:g}{unit} is less than a thousandth of the range of {width:.3g}{unit}, so "
            f"mutations hardly move; {usual}"
        ]
    return []


def _about_scale(axis: NumericAxis) -> list[str]:
    if axis.log_scale or axis.lower <= 0 or axis.upper < axis.lower * 10**MANY_DECADES:
        return []
    decades = math.log10(axis.upper) - math.log10(axis.lower)
    return [
        f"'{axis.name}': {decades:.2g} decades on a linear scale, so nine of ten draws lie in the uppermost one; "
        '"use_log_scale": true spreads them evenly'
    ]
