"""Builds a parameter of any type from its JSON object."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

from hpo.space.advice import advise
from hpo.space.base import Axis, Constant
from hpo.space.findings import show
from hpo.space.item import Item
from hpo.space.lists import categorical_axis, constant, logical_axis, ordered_axis
from hpo.space.ranges import float_axis, int_axis

BUILDERS: Final[dict[str, Callable[[Item], Axis | Constant | None]]] = {
    "constant": constant,
    "int": int_axis,
    "float": float_axis,
    "logical": logical_axis,
    "categorical": categorical_axis,
    "ordered": ordered_axis,
}


def build(item: Item) -> Axis | Constant | None:
    """The parameter that ``item`` describes, or ``None`` with its problems noted."""
    item.check_keys()
    parameter = BUILDERS[item.kind](item)
    if isinstance(parameter, Axis) and "default" in item.content:
        parameter = _with_default(parameter, item)
    if isinstance(parameter, Axis):
        item.findings.warnings += advise(parameter)
    return parameter


def _with_default(axis: Axis, item: Item) -> Axis | None:
    value = item.content["default"]
    typed = axis.normalised(value) if isinstance(value, bool | int | float | str) else value
    if axis.contains(typed):
        return dataclasses.replace(axis, default=typed)
    item.problem(f"default must be {axis.law}, got {show(value)}", "Correct it, or leave it out.")
    return None
