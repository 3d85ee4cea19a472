"""Hyperparameters that a model knows: what each means, its default, and which values are possible.

These are laws of the model (a batch has at least one row); the range that a search covers is in a space file.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hpo.evaluation import Hyperparameters, Value


@dataclass(frozen=True, slots=True)
class Parameter:
    """One hyperparameter of a model; its type is the type of ``default``.

    Attributes:
        name: As in space files and tables.
        default: The original code's default, which the baseline of a search uses.
        description: What it does, in one line.
        lower: Least possible value of a number; ``None`` for no bound.
        upper: Greatest possible value of a number; ``None`` for no bound.
        above: Whether ``lower`` itself is impossible.
    """

    name: str
    default: Value
    description: str
    lower: float | None = None
    upper: float | None = None
    above: bool = False

    @property
    def law(self) -> str:
        """The possible values in words, e.g. ``an integer of at least 1``."""
        kind = {bool: "true or false", int: "an integer", float: "a number", str: "text"}[type(self.default)]
        bounds = []
        if self.lower is not None:
            bounds.append(f"{'above' if self.above else 'of at least'} {self.lower:g}")
        if self.upper is not None:
            bounds.append(f"of at most {self.upper:g}")
        return " ".join([kind, " and ".join(bounds)]).strip()

    def checked(self, value: Value) -> Value:
        """``value`` in the parameter's type.

        Raises:
            ValueError: The value is of another type, not finite or out of bounds.
        """
        kind = type(self.default)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)) or self._outside(value):
            raise ValueError(f"{self.name} must be {self.law}, got {value!r}")
        return value

    def _outside(self, value: Value) -> bool:
        if isinstance(value, bool | str):
            return False
        too_low = self.lower is not None and (value < self.lower or (self.above and value == self.lower))
        return too_low or (self.upper is not None and value > self.upper)


def defaults_of(parameters: Iterable[Parameter]) -> Hyperparameters:
    """Default value by name."""
    return {parameter.name: parameter.default for parameter in parameters}


def resolve(parameters: Iterable[Parameter], given: Mapping[str, Value]) -> Hyperparameters:
    """The value of every parameter: as given, else its default.

    Raises:
        ValueError: A given name is unknown or its value impossible; all such problems at once.
    """
    known = {parameter.name: parameter for parameter in parameters}
    problems = [f"{name} is no hyperparameter (there are {', '.join(known)})" for name in given if name not in known]
    values: Hyperparameters = {}
    for name, parameter in known.items():
        try:
            values[name] = parameter.checked(given.get(name, parameter.default))
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise ValueError("; ".join(problems))
    return values
