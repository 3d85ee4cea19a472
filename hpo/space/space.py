"""A hyperparameter space: an ordered set of axes and constants, and what can be done with its points.

A point is a dictionary with a value for every searched axis, in the space's order; constants are left out.
The order of parameters is part of a space: random numbers are drawn in it, so another order is another search.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from hpo.digest import canonical_json, digest
from hpo.errors import BadData
from hpo.evaluation import Hyperparameters, Value
from hpo.space.base import Axis, Constant
from hpo.space.candle import BYTE_ORDER_MARK, check_parameters, read_list
from hpo.space.scale import Bounds

DIGEST_VERSION = "cross-hpo/space/1"


@dataclass(frozen=True, eq=False)
class Space:
    """A valid space. Spaces are equal if their digests are.

    Attributes:
        parameters: Searched axes and constants, in the order of the file.
        warnings: What is legal but probably not meant, a sentence each.
    """

    parameters: tuple[Axis | Constant, ...]
    warnings: tuple[str, ...] = ()
    _source: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    @classmethod
    def from_json(cls, content: Any, where: str = "space") -> Space:
        """The space that ``content``, a list of objects in CANDLE's conventions, describes.

        Args:
            content: Parsed JSON.
            where: Name of the file, for messages.

        Raises:
            BadData: It breaks a law; every problem that there is, with parameter, law, value and remedy.
        """
        findings = check_parameters(content, where)
        if findings.problems:
            raise BadData(findings.problems)
        return cls(tuple(findings.parameters), tuple(findings.warnings), tuple(copy.deepcopy(content)))

    def to_json(self) -> list[dict[str, Any]]:
        """What :meth:`from_json` read, further keys included."""
        return copy.deepcopy(list(self._source))

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The searched hyperparameters."""
        return tuple(parameter for parameter in self.parameters if isinstance(parameter, Axis))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the searched hyperparameters."""
        return tuple(axis.name for axis in self.axes)

    @property
    def constants(self) -> dict[str, Value]:
        """Value of every constant by name."""
        return {parameter.name: parameter.value for parameter in self.parameters if isinstance(parameter, Constant)}

    @property
    def defaults(self) -> dict[str, Value]:
        """The file's ``default`` by name, of the axes that have one."""
        return {axis.name: axis.default for axis in self.axes if axis.default is not None}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the space means: parameters in order, with types, values, scales, sigmas and defaults.

        Comments, annotations, the order of keys and the way numbers are written don't matter, nor whether the
        default sigma is written out (on a log axis it differs between the two scales, so there it does matter).
        """
        return digest([DIGEST_VERSION, *(parameter.meaning() for parameter in self.parameters)])

    def sample(self, rng: random.Random, honour_log: bool = True) -> Hyperparameters:
        """A random point; ``honour_log=False`` draws uniformly where a log scale is declared, as Supervisor does."""
        return {axis.name: axis.sample(rng, honour_log) for axis in self.axes}

    def mutate(
        self,
        point: Mapping[str, Value],
        rng: random.Random,
        indpb: float,
        honour_log: bool = True,
        bounds: Bounds = "clamp",
    ) -> Hyperparameters:
        """A point in which each axis of ``point`` is varied with probability ``indpb``.

        Raises:
            ValueError: A value is missing or is none of the listed ones, or ``bounds`` is unknown.
        """
        return {axis.name: axis.mutate(self._value(point, axis), rng, indpb, honour_log, bounds) for axis in self.axes}

    def problems(self, point: Mapping[str, Any]) -> list[str]:
        """Why ``point`` is none of the space, a sentence per problem; constants may be part of it."""
        constants = self.constants
        problems = [f"{axis.name} is missing" for axis in self.axes if axis.name not in point]
        for axis in self.axes:
            problem = axis.problem(point[axis.name]) if axis.name in point else None
            problems += [problem] if problem else []
        for name in point:
            if name in constants and (type(point[name]), point[name]) != (type(constants[name]), constants[name]):
                problems.append(f"{name} is constant {constants[name]!r}, got {point[name]!r:.80}")
            elif name not in constants and name not in self.names:
                problems.append(f"{name} is no hyperparameter of the space (there are {', '.join(self.names)})")
        return problems

    def contains(self, point: Mapping[str, Any]) -> bool:
        """Whether ``point`` has a legal value for every searched axis, and nothing else but constants."""
        return not self.problems(point)

    def to_unit(self, point: Mapping[str, Value]) -> tuple[float, ...]:
        """Places of the values on their axes, each from 0 to 1 in the axis's own scale.

        Raises:
            ValueError: A value is missing or not legal.
        """
        return tuple(axis.to_unit(self._value(point, axis)) for axis in self.axes)

    def from_unit(self, unit: tuple[float, ...]) -> Hyperparameters:
        """The point at the places ``unit``, one per searched axis, each from 0 to 1.

        Raises:
            ValueError: There are more or fewer places than axes, or one is not between 0 and 1.
        """
        return {axis.name: axis.from_unit(place) for axis, place in zip(self.axes, unit, strict=True)}

    def key(self, point: Mapping[str, Value]) -> str:
        """Canonical text of ``point``; two points are the same if and only if their keys are.

        Raises:
            ValueError: A value is missing.
        """
        return canonical_json([axis.normalised(self._value(point, axis)) for axis in self.axes])

    def parse(self, name: str, text: str) -> Value:
        """The typed value that ``text``, a cell of a CSV file, stands for, legal or not.

        Raises:
            ValueError: The space has no parameter ``name``, or the text is of another type.
        """
        for parameter in self.parameters:
            if parameter.name == name:
                try:
                    return parameter.parse(text)
                except ValueError as error:
                    raise ValueError(f"{name} {error}") from None
        raise ValueError(f"{name} is no hyperparameter of the space")

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Space) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    @staticmethod
    def _value(point: Mapping[str, Value], axis: Axis) -> Value:
        if axis.name not in point:
            raise ValueError(f"{axis.name} is missing")
        return point[axis.name]


def read_space(path: Path) -> Space:
    """The space of the JSON file ``path``.

    Raises:
        MissingInput: There is no such file.
        BadData: It is larger than 1 MiB, no strict JSON, or no valid space; every problem of the space at once.
    """
    content, has_mark = read_list(path)
    space = Space.from_json(content, str(path))
    if has_mark:
        return Space(space.parameters, (BYTE_ORDER_MARK, *space.warnings), space._source)
    return space
