"""Values of hyperparameters as places from 0 to 1, by the conventions of HPO-B: categories one column each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from hpo.evaluation import Value
from hpo.space import Axis, CategoricalAxis, LogicalAxis
from hpo.space.axes import ListedAxis, NumericAxis


def names(axis: Axis) -> list[str]:
    """Columns of ``axis``: its name, or ``<name>.ohe._<value>`` for every category."""
    if isinstance(axis, CategoricalAxis):
        return [f"{axis.name}.ohe._{value}" for value in axis.values]
    return [axis.name]


def encode(axis: Axis, value: Value) -> list[float]:
    """Places of ``value`` in the columns of ``axis``.

    Numbers lie on the scale of the axis, ordered values at equal distances, the first at 0 and the last at 1.

    Raises:
        ValueError: ``value`` is not legal.
    """
    if isinstance(axis, CategoricalAxis):
        return [float(value == known) for known in axis.values]
    if isinstance(axis, LogicalAxis):
        return [float(value)]
    if isinstance(axis, ListedAxis):
        return [axis.values.index(value) / max(1, len(axis.values) - 1)]
    return [min(1.0, max(0.0, axis.to_unit(value)))]


def describe(axis: Axis) -> dict[str, Any]:
    """What ``axis`` is: bounds before and after the logarithm, or the listed values."""
    described: dict[str, Any] = {"type": axis.kind}
    if isinstance(axis, NumericAxis):
        bounds = {"min_before_tf": axis.lower, "max_before_tf": axis.upper}
        scale = math.log if axis.log_scale else float
        return described | bounds | {"min": scale(axis.lower), "max": scale(axis.upper)}
    if isinstance(axis, ListedAxis):
        described |= {"categories": list(axis.values)}
    return described


def same_axes(axes: Iterable[Axis]) -> list[Any]:
    """What must be equal for two spaces to be the same here: steps of mutation and defaults don't matter."""
    return [[axis.name, axis.log_scale, describe(axis)] for axis in axes]
