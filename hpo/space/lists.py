"""Checks and builds what has single values: constants and the axes ``logical``, ``categorical`` and ``ordered``."""

from __future__ import annotations

from hpo.digest import canonical_json
from hpo.evaluation import Value
from hpo.space.axes import CategoricalAxis, LogicalAxis, OrderedAxis
from hpo.space.base import Constant
from hpo.space.findings import show
from hpo.space.item import Item, element_type_of, fits
from hpo.space.ranges import sigma_of


def constant(item: Item) -> Constant | None:
    """The constant that ``item`` describes, or ``None`` with its problems noted."""
    kind = item.element_type()
    if "value" not in item.content:
        return None
    value = item.content["value"]
    item.check_scalar(value, "value")
    if kind is not None and not item.is_bad and not fits(value, kind):
        item.problem(
            f"value must be of element_type {item.content['element_type']}, got {show(value)}",
            "Correct one of the two, or leave out element_type.",
        )
    if item.is_bad:
        return None
    return Constant(**item.common, value=float(value) if kind is float else value)


def logical_axis(item: Item) -> LogicalAxis | None:
    """The axis that ``item`` describes, or ``None`` with its problems noted."""
    item.check_own_element_type()
    return None if item.is_bad else LogicalAxis(**item.common)


def categorical_axis(item: Item) -> CategoricalAxis | None:
    """The axis that ``item`` describes, or ``None`` with its problems noted."""
    values = _values(item)
    return None if values is None or item.is_bad else CategoricalAxis(**item.common, values=values)


def ordered_axis(item: Item) -> OrderedAxis | None:
    """The axis that ``item`` describes, or ``None`` with its problems noted."""
    values, sigma = _values(item), sigma_of(item)
    if values is None or item.is_bad:
        return None
    return OrderedAxis(**item.common, values=values, declared_sigma=sigma)


def _values(item: Item) -> tuple[Value, ...] | None:
    kind = item.element_type()
    if "values" not in item.content:
        return None
    values = item.content["values"]
    if not isinstance(values, list):
        item.problem(f"values must be a list, got {show(values)}", "Write [value, value, …].")
        return None
    if not values:
        item.problem("values must not be empty, got []", "List at least two values.")
        return None
    if not all(item.check_scalar(value, "every one of values") for value in values):
        return None
    if "" in values:
        item.problem('values must not hold empty text, got ""', "In a table it reads as a missing value; name it.")
    if kind is not None:
        _check_fit(item, values, kind)
    typed = tuple(float(value) if kind is float and fits(value, float) else value for value in values)
    _check_differ(item, typed)
    return typed


def _check_fit(item: Item, values: list[Value], kind: type) -> None:
    wrong = [value for value in values if not fits(value, kind)]
    if wrong:
        guess = element_type_of(values)
        item.problem(
            f"values must all be of element_type {item.content['element_type']}, got {_shown(wrong)}",
            f'Write "element_type": "{guess}", or correct the values.' if guess else "Correct the values.",
        )


def _check_differ(item: Item, values: tuple[Value, ...]) -> None:
    seen: set[str] = set()
    twice: list[Value] = []
    for value in values:
        text = canonical_json(value)
        if text in seen:
            twice.append(value)
        seen.add(text)
    if twice:
        item.problem(f"values must differ, got {_shown(twice)} more than once", "Remove the repetitions.")


def _shown(values: list[Value]) -> str:
    return ", ".join(show(value) for value in values[:5]) + (", …" if len(values) > 5 else "")
