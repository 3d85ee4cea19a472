"""Points of a space as rows of numbers, for breeding and modelling many at once.

A numeric or ordered axis is one column, the place on its own scale from 0 to 1. A categorical or logical axis is one
column while breeding, the number of the value, and a column per value for the model, so that all values are equally
far apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hpo.evaluation import Hyperparameters, Value
from hpo.space import Axis, IntAxis, Space
from hpo.space.axes import CategoricalAxis, ListedAxis, LogicalAxis, NumericAxis, OrderedAxis
from hpo.space.scale import to_scale

Matrix = NDArray[np.float64]

_HALF: float = 0.5**0.5
"""Coordinate of a value that an axis without order has: two different values are 1 apart."""


def is_nominal(axis: Axis) -> bool:
    """Whether the values of ``axis`` have no order."""
    return isinstance(axis, CategoricalAxis | LogicalAxis)


def places(space: Space, points: Sequence[Mapping[str, Value]]) -> Matrix:
    """``points`` as rows, a column per axis.

    Raises:
        ValueError: A value is missing or not legal.
    """
    columns = [[_place(axis, point[axis.name]) for point in points] for axis in space.axes]
    return np.array(columns, dtype=np.float64).reshape(len(space.axes), len(points)).T


def point_at(space: Space, row: NDArray[np.float64]) -> Hyperparameters:
    """The point of a row of :func:`places`."""
    return {axis.name: _value(axis, float(place)) for axis, place in zip(space.axes, row, strict=True)}


def values_of(axis: Axis) -> tuple[Value, ...]:
    """The values of an axis without order."""
    assert isinstance(axis, ListedAxis)
    return axis.values


def snapped(space: Space, rows: Matrix) -> Matrix:
    """``rows`` with every place moved to that of the value which it stands for."""
    result = rows.copy()
    for column, axis in enumerate(space.axes):
        places_ = rows[:, column]
        if isinstance(axis, OrderedAxis):
            count = len(axis.values)
            result[:, column] = (np.minimum(np.floor(places_ * count), count - 1) + 0.5) / count
        elif isinstance(axis, IntAxis):
            log = axis.log_scale
            lower, upper = to_scale(axis.lower - 0.5, log), to_scale(axis.upper + 0.5, log)
            scaled = lower + places_ * (upper - lower)
            values = np.clip(np.rint(10**scaled if log else scaled), axis.lower, axis.upper)
            result[:, column] = ((np.log10(values) if log else values) - lower) / (upper - lower)
    return result


def features(space: Space, rows: Matrix) -> tuple[Matrix, NDArray[np.int64]]:
    """``rows`` of :func:`places` as the model sees them, and the axis that each column belongs to."""
    columns: list[NDArray[np.float64]] = []
    owners: list[int] = []
    for number, axis in enumerate(space.axes):
        if is_nominal(axis):
            count = len(values_of(axis))
            columns += [_HALF * (rows[:, number] == value) for value in range(count)]
            owners += [number] * count
        else:
            columns.append(rows[:, number])
            owners.append(number)
    return np.stack(columns, axis=1), np.array(owners, dtype=np.int64)


def step(axis: Axis) -> float:
    """Standard deviation of a mutation of ``axis`` as a share of its range; 0 where values have no order."""
    if isinstance(axis, NumericAxis):
        return min(axis.sigma / axis.width_on(axis.log_scale), 0.5)
    return min(axis.sigma / len(axis.values), 0.5) if isinstance(axis, OrderedAxis) else 0.0


def _place(axis: Axis, value: Value) -> float:
    return values_of(axis).index(value) if is_nominal(axis) else axis.to_unit(value)


def _value(axis: Axis, place: float) -> Value:
    return values_of(axis)[int(place)] if is_nominal(axis) else axis.from_unit(place)
