"""The space of an Optuna study, from the distributions of its trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.importers.privacy import Scrubber
from hpo.archive.importers.reading import shown
from hpo.archive.importers.spaces import without_private_texts
from hpo.errors import BadData
from hpo.evaluation import Value
from hpo.space import Space
from hpo.space.item import element_type_of

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

MOST_STEPS: Final = 1000
"""Most values of a stepped integer that are listed."""


@dataclass(slots=True)
class Derived:
    """A space, and what had to be decided for it.

    Attributes:
        space: The space; ``None`` where a study has no parameters.
        texts: Parameters whose values, of several types, became texts.
        notes: One sentence each.
    """

    space: Space | None
    texts: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def derive_space(trials: Iterable[FrozenTrial], plain: Mapping[str, str], scrubber: Scrubber) -> Derived:
    """The space that holds all trials, parameters in the order of their first appearance.

    Args:
        trials: Trials of a study.
        plain: Names of parameters in the record, by those in the study.
        scrubber: Takes private texts out.

    Raises:
        BadData: A parameter is a range in one trial and a list in another; all such parameters at once.
    """
    seen: dict[str, list[BaseDistribution]] = {}
    for trial in trials:
        for name, distribution in trial.distributions.items():
            kept = seen.setdefault(name, [])
            if distribution not in kept:
                kept.append(distribution)
    mixed = [name for name, kinds in seen.items() if len({type(kind) for kind in kinds}) > 1]
    if mixed:
        raise BadData([f"parameter {shown(name)!r}: of different types in different trials" for name in mixed])
    derived = Derived(None)
    items = [_item(plain[name], kinds, derived) for name, kinds in seen.items()]
    if items:
        derived.space = Space.from_json(without_private_texts(items, scrubber), "the distributions of the study")
    return derived


def _item(name: str, kinds: Sequence[Any], derived: Derived) -> dict[str, Any]:
    """The entry of a space that all distributions of a parameter lie in."""
    if hasattr(kinds[0], "choices"):
        return _listed(name, list(dict.fromkeys(choice for kind in kinds for choice in _choices(kind))), derived)
    if len(kinds) > 1:
        derived.notes.append(f"{name}: its bounds changed during the study; the widest were taken.")
    low, high = min(kind.low for kind in kinds), max(kind.high for kind in kinds)
    log = all(kind.log for kind in kinds)
    steps = {kind.step for kind in kinds}
    is_int = isinstance(low, int)
    if low == high:
        return {"name": name, "type": "constant", "value": low}
    step = steps.pop() if len(steps) == 1 else None
    if is_int and step not in (None, 1) and (high - low) // step < MOST_STEPS:
        values = list(range(low, high + 1, step))
        return {"name": name, "type": "ordered", "element_type": "int", "values": values}
    if step is not None and not (is_int and step == 1):
        derived.notes.append(f"{name}: its step of {step} is left out, which a range here does not have.")
    item = {"name": name, "type": "int" if is_int else "float", "lower": low, "upper": high}
    return item | ({"use_log_scale": True} if log else {})


def _choices(kind: Any) -> list[Any]:
    """Choices as keys that tell 1, 1.0 and True apart."""
    return [(type(choice), choice) for choice in kind.choices]


def _listed(name: str, choices: list[Any], derived: Derived) -> dict[str, Any]:
    values: list[Any] = [choice for _, choice in choices]
    element_type = element_type_of(values)
    if element_type is None:
        derived.texts.add(name)
        derived.notes.append(f"{name}: its values have several types; they are texts here.")
        values, element_type = [as_text(value) for value in values], "string"
    if len(values) == 1:
        return {"name": name, "type": "constant", "value": values[0]}
    if element_type == "logical":
        return {"name": name, "type": "logical"}
    return {"name": name, "type": "categorical", "element_type": element_type, "values": values}


def as_text(value: Any) -> Value:
    """A choice of any type as text.

    >>> as_text(None), as_text(True), as_text(0.5)
    ('none', 'true', '0.5')
    """
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
