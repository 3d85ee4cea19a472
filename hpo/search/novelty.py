"""Points that nobody asked for yet: the remedy where breeding or drawing repeats a known one."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Container, Sequence
from typing import Final

from hpo.evaluation import Hyperparameters, Value
from hpo.space import Axis, IntAxis, Space
from hpo.space.axes import ListedAxis

DRAWS: Final = 100
"""Draws before a space is suspected to be used up."""

MOST_POINTS: Final = 100_000
"""Largest number of points that is listed one by one, in search of the last unknown ones."""


def draw_new(
    space: Space, known: Container[str], rng: random.Random, draw: Callable[[], Hyperparameters]
) -> Hyperparameters | None:
    """The first point of ``draw`` whose key is not ``known``.

    Where many draws find none, the points of a small space are listed and one of the unknown is chosen; ``None``
    means that there is none left, or that the space is too large to list.
    """
    for _ in range(DRAWS):
        point = draw()
        if space.key(point) not in known:
            return point
    axes = [values for axis in space.axes if (values := _values(axis)) is not None]
    if len(axes) < len(space.axes) or math.prod(map(len, axes)) > MOST_POINTS:
        return None
    points = (dict(zip(space.names, values, strict=True)) for values in itertools.product(*axes))
    left = [point for point in points if space.key(point) not in known]
    return rng.choice(left) if left else None


def _values(axis: Axis) -> Sequence[Value] | None:
    """All values of ``axis``, or ``None`` where they cannot be listed."""
    if isinstance(axis, IntAxis):
        return range(axis.lower, axis.upper + 1)
    return axis.values if isinstance(axis, ListedAxis) else None
