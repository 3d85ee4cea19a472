"""Checks and builds the numeric axes, type ``float`` and ``int``."""

from __future__ import annotations

import re
from typing import Any, Final

from hpo.space.axes import FloatAxis, IntAxis
from hpo.space.findings import show
from hpo.space.item import Item, is_number

MAX_INTEGER: Final = 10**12
"""Largest bound of an int axis: below it, rounding is exact on a linear and on a log scale."""

MAX_FLOAT: Final = 1e300
"""Largest bound of a float axis: leaves room for what is computed from it."""

MIN_LOG: Final = 1e-300
"""Least bound of a log scale: below it, floats lose their precision."""

_NUMERIC_TEXT: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


def float_axis(item: Item) -> FloatAxis | None:
    """The axis that ``item`` describes, or ``None`` with its problems noted."""
    bounds = _bounds(item, MAX_FLOAT)
    log, sigma = _log_scale(item, bounds), sigma_of(item)
    item.check_own_element_type()
    if bounds is None or item.is_bad:
        return None
    lower, upper = (float(bound) for bound in bounds)
    return FloatAxis(**item.common, lower=lower, upper=upper, use_log_scale=log, declared_sigma=sigma)


def int_axis(item: Item) -> IntAxis | None:
    """The axis that ``item`` describes, or ``None`` with its problems noted."""
    bounds = _bounds(item, MAX_INTEGER)
    log, sigma = _log_scale(item, bounds), sigma_of(item)
    item.check_own_element_type()
    if bounds is None or item.is_bad:
        return None
    lower, upper = (int(bound) for bound in bounds)
    return IntAxis(**item.common, lower=lower, upper=upper, use_log_scale=log, declared_sigma=sigma)


def sigma_of(item: Item) -> float | None:
    """``sigma``, a number or, as in some published files, its text; ``None`` if there is none or a problem."""
    if "sigma" not in item.content:
        return None
    declared = value = item.content["sigma"]
    if isinstance(value, str) and len(value) <= 40 and _NUMERIC_TEXT.fullmatch(value):
        value = float(value)
    if not is_number(value) or not value > 0:
        item.problem(
            f"sigma must be a number above 0, got {show(declared)}",
            "It is the standard deviation of a mutation; where it is left out, a tenth of the range is used.",
        )
        return None
    return float(value)


def _bounds(item: Item, largest: float) -> tuple[float, float] | None:
    lower, upper = (_bound(item, key, largest) for key in ("lower", "upper"))
    if lower is None or upper is None:
        return None
    if not lower < upper:
        remedy = 'Write "type": "constant" with "value".' if lower == upper else "Exchange the two."
        item.problem(f"lower must be less than upper, got lower = {show(lower)}, upper = {show(upper)}", remedy)
        return None
    return lower, upper


def _bound(item: Item, key: str, largest: float) -> float | None:
    if key not in item.content:
        return None
    value = item.content[key]
    if item.kind == "int" and type(value) is not int:
        item.problem(f"{key} of type int must be an integer, got {show(value)}", _integer_remedy(value))
    elif not is_number(value):
        quoted = isinstance(value, str) and _NUMERIC_TEXT.fullmatch(value)
        remedy = f"Write {value.strip()} without quotes." if quoted else "Write a finite number."
        item.problem(f"{key} must be a number, got {show(value)}", remedy)
    elif abs(value) > largest:
        item.problem(f"{key} must be between -{largest:g} and {largest:g}, got {show(value)}", "Narrow the range.")
    else:
        return value
    return None


def _log_scale(item: Item, bounds: tuple[float, float] | None) -> bool:
    value = item.content.get("use_log_scale", False)
    if not isinstance(value, bool):
        item.problem(f"use_log_scale must be true or false, got {show(value)}", "Write it without quotes.")
        return False
    if value and bounds is not None and bounds[0] < MIN_LOG:
        item.problem(
            f"use_log_scale needs lower > 0, got lower = {show(bounds[0])}",
            "Give a positive lower bound, or leave use_log_scale out.",
        )
    return bool(value)


def _integer_remedy(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_INTEGER:
        return f"Write {int(value)}."
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d+\s*", value):
        return f"Write {value.strip()} without quotes."
    return 'Write whole numbers, or "type": "float".'
