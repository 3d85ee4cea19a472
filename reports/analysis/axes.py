"""How a hyperparameter lies on a line: its ends, its scale, and the place of every value.

Figures and analyses share this, so that an axis looks the same wherever it is shown and importance, movement and
drawing mean the same by "half of the range".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from hpo.space.base import Axis

LOG_RATIO: Final = 100
"""Bounds this many times apart make an axis logarithmic although its space does not say so."""


@dataclass(frozen=True)
class Line:
    """One hyperparameter as a line.

    Attributes:
        name: Its name.
        lower: Least place: the lower bound of a range, 0 for listed values.
        upper: Greatest place: the upper bound, or the index of the last listed value.
        log: Whether equal ratios are equally far apart.
        values: Listed values in their order; empty for a range.
        ordered: Whether places have a distance; listed words have none.
        whole: Whether a range holds whole numbers only.
    """

    name: str
    lower: float
    upper: float
    log: bool = False
    values: tuple[Any, ...] = ()
    ordered: bool = True
    whole: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """Listed values as text; empty for a range."""
        return tuple(value_label(value) for value in self.values)

    def place(self, value: Any) -> float:
        """Where ``value`` lies: a number itself, a listed value at its index; NaN where it is unknown."""
        if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
            return math.nan
        if not self.values:
            return float(value)
        return float(self.values.index(value)) if value in self.values else math.nan

    def value(self, place: float) -> Any:
        """The value at ``place``, which must be one of the line's."""
        if self.values:
            return self.values[int(place)]
        return round(place) if self.whole else place

    def places(self, values: Iterable[Any]) -> np.ndarray:
        """:meth:`place` of each of ``values``, float64 of shape (values,)."""
        return np.array([self.place(value) for value in values], dtype=np.float64)

    def steps(self, places: np.ndarray) -> np.ndarray:
        """``places`` in units in which equal differences are equally far: decades on a logarithmic line."""
        if not self.log:
            return np.asarray(places, dtype=np.float64)
        decades: np.ndarray = np.log10(np.maximum(places, np.finfo(float).tiny))
        return decades

    def covering(self, places: np.ndarray) -> Line:
        """This line, made longer where ``places`` lie beyond its ends; imports have values outside of their space."""
        known = places[~np.isnan(places)]
        if self.values or not len(known):
            return self
        low, high = min(self.lower, float(known.min())), max(self.upper, float(known.max()))
        return replace(self, lower=low, upper=high, log=self.log and low > 0)

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of the line in the units of :meth:`steps`; each listed value has a cell of width 1 around it."""
        if self.values:
            return -0.5, len(self.values) - 0.5
        lower, upper = self.steps(np.array([self.lower, self.upper]))
        return float(lower), float(upper)

    def share(self, first: float, second: float) -> float:
        """Distance of two places as a share of the whole line, 0 to 1 for places on it; NaN without any length."""
        low, high = self.steps(np.array([self.lower, self.upper]))
        one, other = self.steps(np.array([first, second]))
        return float(abs(one - other) / (high - low)) if high > low else math.nan


def value_label(value: Any) -> str:
    """A listed value as text."""
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)


def lines(records: Sequence[Record]) -> dict[str, Line]:
    """The line of every searched hyperparameter of ``records``, by name in the order of the first space.

    Where spaces differ, a line spans all of them. Where a record has no space, its line spans the values evaluated.
    A hyperparameter without two different values or bounds has no line.
    """
    names = list(dict.fromkeys(name for record in records for name in record.axes))
    found = {name: _line(name, [record for record in records if name in record.axes]) for name in names}
    return {name: line for name, line in found.items() if line is not None}


def _line(name: str, records: Sequence[Record]) -> Line | None:
    values = pd.concat([record.evaluations[name].astype(object) for record in records]).dropna()
    axes = [axis for record in records if record.space is not None for axis in record.space.axes if axis.name == name]
    declared_by_all = len(axes) == len(records)
    if all(axis.kind in ("float", "int") for axis in axes) and (declared_by_all or values.map(_is_number).all()):
        seen = [] if declared_by_all else [float(value) for value in values]
        bounds = [*seen, *(bound for axis in axes for bound in _bounds(axis))]
        whole = bool(axes) and all(axis.kind == "int" for axis in axes)
        return _range(name, bounds, log=any(axis.log_scale for axis in axes), whole=whole)
    return _listed(name, axes, values.tolist())


def _range(name: str, bounds: Sequence[float], *, log: bool, whole: bool) -> Line | None:
    if not bounds or min(bounds) == max(bounds):
        return None
    low, high = min(bounds), max(bounds)
    return Line(name, low, high, low > 0 and (log or high >= LOG_RATIO * low), whole=whole)


def _bounds(axis: Axis) -> tuple[float, float]:
    return float(getattr(axis, "lower", math.nan)), float(getattr(axis, "upper", math.nan))


def _listed(name: str, axes: Sequence[Axis], values: Sequence[Any]) -> Line | None:
    declared = [value for axis in axes for value in getattr(axis, "values", ())]
    order = list(dict.fromkeys([*declared, *sorted(set(values) - set(declared), key=str)]))
    if len(order) < 2:
        return None
    numbers = all(_is_number(value) for value in order)
    if numbers:
        order.sort()
    ordered = numbers or (bool(axes) and all(axis.kind == "ordered" for axis in axes))
    return Line(name, 0.0, float(len(order) - 1), values=tuple(order), ordered=ordered)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool | np.bool_)
