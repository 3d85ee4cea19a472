"""What all parameters of a space share, and the simplest of them, the constant."""

from __future__ import annotations

import math
import random
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hpo.evaluation import Value
from hpo.space.scale import Bounds

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d{1,18}")


@dataclass(frozen=True, kw_only=True)
class Constant:
    """A hyperparameter that stays the same in the whole search.

    It is part of a space since models read it, and since crossover draws one random number for it as for any
    other gene: without it the same seed gives another search.

    Attributes:
        name: Hyperparameter name.
        value: Its one value.
        comment: What the file says about it; empty if nothing.
    """

    kind: ClassVar[str] = "constant"

    name: str
    value: Value
    comment: str = field(default="", compare=False)

    def parse(self, text: str) -> Value:
        """``text`` in the type of the value; see :meth:`Axis.parse`."""
        return parse_value(text, type(self.value))

    def meaning(self) -> dict[str, Any]:
        """What the digest of a space depends on."""
        return {"name": self.name, "type": self.kind, "value": self.value}


@dataclass(frozen=True, kw_only=True)
class Axis(ABC):
    """A searched hyperparameter: which values it may take, and how they are drawn and varied.

    The generator is handed in. With ``honour_log=False`` and ``bounds="clamp"`` every draw is the one that
    Supervisor's ``ga_utils.py`` makes, in the same order, so that published searches can be replayed.

    Attributes:
        name: Hyperparameter name.
        default: Value that the space file suggests to try first, if any.
        comment: What the file says about it; empty if nothing.
    """

    kind: ClassVar[str]
    """``float``, ``int``, ``logical``, ``categorical`` or ``ordered``."""

    name: str
    default: Value | None = None
    comment: str = field(default="", compare=False)

    @property
    def log_scale(self) -> bool:
        """Whether equal ratios, not equal differences, are equally far apart."""
        return False

    @property
    @abstractmethod
    def law(self) -> str:
        """The legal values in words, e.g. ``a number from 1e-06 to 0.1``."""

    @abstractmethod
    def contains(self, value: object) -> bool:
        """Whether ``value`` is legal, its type included: ``True`` is no integer, ``1`` no float."""

    def normalised(self, value: Value) -> Value:
        """``value`` in the type of the axis where that changes nothing else (an integer for a float axis)."""
        return value

    @abstractmethod
    def sample(self, rng: random.Random, honour_log: bool = True) -> Value:
        """A random value; ``honour_log=False`` draws uniformly although the axis declares a log scale."""

    @abstractmethod
    def mutate(
        self, value: Value, rng: random.Random, indpb: float, honour_log: bool = True, bounds: Bounds = "clamp"
    ) -> Value:
        """With probability ``indpb`` a varied value, else ``value``.

        Raises:
            ValueError: ``value`` is none of the listed values, or ``bounds`` is unknown.
        """

    @abstractmethod
    def to_unit(self, value: Value) -> float:
        """Place of ``value`` on the axis in its own scale, from 0 to 1.

        Listed values lie in the middle of equal shares; an integer has the share from half a unit below it to
        half a unit above, so that all are drawn alike (alike on a log scale where there is one).

        Raises:
            ValueError: ``value`` is not legal.
        """

    @abstractmethod
    def from_unit(self, unit: float) -> Value:
        """The value at a place from 0 to 1; undoes :meth:`to_unit`, exactly but for the rounding of floats.

        Raises:
            ValueError: ``unit`` is not between 0 and 1.
        """

    @abstractmethod
    def parse(self, text: str) -> Value:
        """The value that ``text``, a cell of a CSV file, stands for, in the axis's type, legal or not.

        ``parse(str(value))`` is ``value``.

        Raises:
            ValueError: The text is of another type.
        """

    @abstractmethod
    def meaning(self) -> dict[str, Any]:
        """What the digest of a space depends on."""

    def problem(self, value: object) -> str | None:
        """Why ``value`` is not legal, or ``None`` if it is."""
        return None if self.contains(value) else f"{self.name} must be {self.law}, got {value!r:.80}"

    def _checked(self, value: Value) -> Value:
        problem = self.problem(value)
        if problem:
            raise ValueError(problem)
        return value

    def _checked_unit(self, unit: float) -> float:
        if not 0.0 <= unit <= 1.0:
            raise ValueError(f"{self.name}: a place on the axis lies between 0 and 1, got {unit!r}")
        return unit


def parse_value(text: str, kind: type) -> Value:
    """``text`` as ``float``, ``int``, ``bool`` or ``str``.

    Raises:
        ValueError: It is none.

    >>> parse_value("1e-3", float), parse_value("True", bool), parse_value("64", int)
    (0.001, True, 64)
    """
    if kind is str:
        return text
    stripped = text.strip()
    if kind is float and _NUMBER.fullmatch(stripped) and math.isfinite(float(stripped)):
        return float(stripped)
    if kind is int and _INTEGER.fullmatch(stripped):
        return int(stripped)
    if kind is bool and stripped.lower() in ("true", "false"):
        return stripped.lower() == "true"
    wanted = {float: "a finite number", int: "an integer of at most 18 digits", bool: "true or false"}[kind]
    raise ValueError(f"must be {wanted}, got {text!r:.80}")
