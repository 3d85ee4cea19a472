"""The kinds of searched axes: float, int, logical, categorical and ordered."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any, ClassVar

from hpo.evaluation import Value
from hpo.space.base import Axis, parse_value
from hpo.space.scale import Bounds, bring_inside, clamp, from_scale, to_scale


@dataclass(frozen=True, kw_only=True)
class NumericAxis(Axis):
    """A range of numbers between inclusive bounds.

    Attributes:
        lower: Least value.
        upper: Greatest value.
        use_log_scale: Whether values are drawn and varied in decades; needs ``lower > 0``.
        declared_sigma: ``sigma`` of the file: in decades where a log scale is honoured, else in units of the
            axis. It is used as declared, also for integers (Supervisor cuts off its decimals there).
    """

    lower: float
    upper: float
    use_log_scale: bool = False
    declared_sigma: float | None = None

    @property
    def log_scale(self) -> bool:
        return self.use_log_scale

    @property
    def sigma(self) -> float:
        """Standard deviation of a mutation in the axis's own scale: decades for a log scale."""
        return self.sigma_on(self.use_log_scale)

    def sigma_on(self, log: bool) -> float:
        """Standard deviation of a mutation on the scale that is in force, by default a tenth of the range."""
        return self.declared_sigma if self.declared_sigma is not None else self.width_on(log) / 10

    def width_on(self, log: bool) -> float:
        """Width of the range, in decades if ``log``."""
        return to_scale(self.upper, log) - to_scale(self.lower, log)

    def meaning(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": self.kind,
            "lower": self.lower,
            "upper": self.upper,
            "use_log_scale": self.use_log_scale,
            # Both: which one is in force is a setting of the search.
            "sigma": [float(self.sigma_on(False)), float(self.sigma)],
            "default": self.default,
        }

    def _draw(self, rng: random.Random, honour_log: bool) -> float:
        log = self.use_log_scale and honour_log
        return from_scale(rng.uniform(to_scale(self.lower, log), to_scale(self.upper, log)), log)

    def _step(self, value: float, rng: random.Random, honour_log: bool, bounds: Bounds) -> float:
        log = self.use_log_scale and honour_log
        lower, upper = to_scale(self.lower, log), to_scale(self.upper, log)
        position = to_scale(value, log) + rng.gauss(0, self.sigma_on(log))
        return from_scale(bring_inside(position, lower, upper, bounds), log)


@dataclass(frozen=True, kw_only=True)
class FloatAxis(NumericAxis):
    """A range of floats."""

    kind: ClassVar[str] = "float"

    @property
    def law(self) -> str:
        return f"a number from {self.lower!r} to {self.upper!r}"

    def contains(self, value: object) -> bool:
        return type(value) is float and self.lower <= value <= self.upper

    def normalised(self, value: Value) -> Value:
        return float(value) if type(value) is int else value

    def sample(self, rng: random.Random, honour_log: bool = True) -> float:
        return clamp(self._draw(rng, honour_log), self.lower, self.upper)

    def mutate(
        self, value: Value, rng: random.Random, indpb: float, honour_log: bool = True, bounds: Bounds = "clamp"
    ) -> float:
        number = clamp(float(value), self.lower, self.upper)
        if rng.random() <= indpb:
            number = self._step(number, rng, honour_log, bounds)
        return clamp(number, self.lower, self.upper)

    def to_unit(self, value: Value) -> float:
        number = float(self._checked(value))
        place = to_scale(number, self.use_log_scale) - to_scale(self.lower, self.use_log_scale)
        return place / self.width_on(self.use_log_scale)

    def from_unit(self, unit: float) -> float:
        if self._checked_unit(unit) in (0.0, 1.0):
            return self.upper if unit else self.lower
        place = to_scale(self.lower, self.use_log_scale) + unit * self.width_on(self.use_log_scale)
        return clamp(from_scale(place, self.use_log_scale), self.lower, self.upper)

    def parse(self, text: str) -> Value:
        return parse_value(text, float)


@dataclass(frozen=True, kw_only=True)
class IntAxis(NumericAxis):
    """A range of integers; draws and steps are those of floats, rounded."""

    kind: ClassVar[str] = "int"

    lower: int
    upper: int

    @property
    def law(self) -> str:
        return f"an integer from {self.lower} to {self.upper}"

    def contains(self, value: object) -> bool:
        return type(value) is int and self.lower <= value <= self.upper

    def sample(self, rng: random.Random, honour_log: bool = True) -> int:
        return self._rounded(self._draw(rng, honour_log))

    def mutate(
        self, value: Value, rng: random.Random, indpb: float, honour_log: bool = True, bounds: Bounds = "clamp"
    ) -> int:
        number = self._rounded(float(value))
        return self._rounded(self._step(number, rng, honour_log, bounds)) if rng.random() <= indpb else number

    def to_unit(self, value: Value) -> float:
        lower, upper = self._edges()
        return (to_scale(float(self._checked(value)), self.use_log_scale) - lower) / (upper - lower)

    def from_unit(self, unit: float) -> int:
        lower, upper = self._edges()
        return self._rounded(from_scale(lower + self._checked_unit(unit) * (upper - lower), self.use_log_scale))

    def parse(self, text: str) -> Value:
        return parse_value(text, int)

    def _edges(self) -> tuple[float, float]:
        """Half a unit beyond the bounds, so that the first and the last integer get shares like all others."""
        return to_scale(self.lower - 0.5, self.use_log_scale), to_scale(self.upper + 0.5, self.use_log_scale)

    def _rounded(self, number: float) -> int:
        return max(self.lower, min(self.upper, round(number)))


@dataclass(frozen=True, kw_only=True)
class ListedAxis(Axis):
    """An axis whose values are listed one by one.

    Attributes:
        values: The values, of one type, each once.
    """

    values: tuple[Value, ...]

    @property
    def law(self) -> str:
        shown = ", ".join(str(value) for value in self.values[:12])
        return f"one of {shown}{', …' if len(self.values) > 12 else ''}"

    def contains(self, value: object) -> bool:
        return any(type(value) is type(known) and value == known for known in self.values)

    def normalised(self, value: Value) -> Value:
        return float(value) if type(value) is int and type(self.values[0]) is float else value

    def sample(self, rng: random.Random, honour_log: bool = True) -> Value:
        return self.values[rng.randint(0, len(self.values) - 1)]

    def to_unit(self, value: Value) -> float:
        return (self._index(value) + 0.5) / len(self.values)

    def from_unit(self, unit: float) -> Value:
        return self.values[min(math.floor(self._checked_unit(unit) * len(self.values)), len(self.values) - 1)]

    def parse(self, text: str) -> Value:
        return parse_value(text, type(self.values[0]))

    def meaning(self) -> dict[str, Any]:
        return {"name": self.name, "type": self.kind, "values": list(self.values), "default": self.default}

    def _index(self, value: Value) -> int:
        return self.values.index(self._checked(value))


@dataclass(frozen=True, kw_only=True)
class LogicalAxis(ListedAxis):
    """True or false."""

    kind: ClassVar[str] = "logical"

    values: tuple[Value, ...] = (False, True)

    @property
    def law(self) -> str:
        return "true or false"

    def sample(self, rng: random.Random, honour_log: bool = True) -> bool:
        return rng.random() < 0.5

    def mutate(
        self, value: Value, rng: random.Random, indpb: float, honour_log: bool = True, bounds: Bounds = "clamp"
    ) -> bool:
        return bool(value) != (rng.random() <= indpb)


@dataclass(frozen=True, kw_only=True)
class CategoricalAxis(ListedAxis):
    """Listed values without an order: a mutation takes any other one."""

    kind: ClassVar[str] = "categorical"

    def mutate(
        self, value: Value, rng: random.Random, indpb: float, honour_log: bool = True, bounds: Bounds = "clamp"
    ) -> Value:
        value = self._checked(value)
        if rng.random() > indpb or len(self.values) == 1:
            return value
        other = self.sample(rng)
        while other == value:
            other = self.sample(rng)
        return other


@dataclass(frozen=True, kw_only=True)
class OrderedAxis(ListedAxis):
    """Listed values in order: a mutation steps along the list.

    Attributes:
        declared_sigma: ``sigma`` of the file, in places of the list; a tenth of the number of values if left out.
    """

    kind: ClassVar[str] = "ordered"

    declared_sigma: float | None = None

    @property
    def sigma(self) -> float:
        """Standard deviation of a mutation, in places of the list."""
        return self.declared_sigma if self.declared_sigma is not None else len(self.values) / 10

    def mutate(
        self, value: Value, rng: random.Random, indpb: float, honour_log: bool = True, bounds: Bounds = "clamp"
    ) -> Value:
        index = self._index(value)
        if rng.random() > indpb:
            return value
        return self.values[round(bring_inside(index + rng.gauss(0, self.sigma), 0, len(self.values) - 1, bounds))]

    def meaning(self) -> dict[str, Any]:
        return {**super().meaning(), "sigma": float(self.sigma)}
