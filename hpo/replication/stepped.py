"""The mutation of ordered axes before 2024: always a step along the list, never none.

Searches of Supervisor of 2023 draw a step of 1 to ``sigma`` places, then its direction, and draw both again while
the value would stay where it is; a step beyond an end of the list stops there.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, fields

from hpo.evaluation import Value
from hpo.space import Space
from hpo.space.axes import OrderedAxis
from hpo.space.scale import Bounds


@dataclass(frozen=True, kw_only=True)
class SteppedAxis(OrderedAxis):
    """An ordered axis with that mutation."""

    def mutate(
        self, value: Value, rng: random.Random, indpb: float, honour_log: bool = True, bounds: Bounds = "clamp"
    ) -> Value:
        index = self._index(value)
        if rng.random() > indpb or len(self.values) == 1:
            return value
        place = index
        while place == index:
            step = rng.randint(1, max(1, int(self.sigma)))
            moved = index + (step if rng.random() < 0.5 else -step)
            place = max(0, min(len(self.values) - 1, moved))
        return self.values[place]


def stepped(space: Space) -> Space:
    """``space`` with this mutation on its ordered axes."""
    return Space(
        tuple(
            SteppedAxis(**{field.name: getattr(parameter, field.name) for field in fields(parameter)})
            if isinstance(parameter, OrderedAxis)
            else parameter
            for parameter in space.parameters
        ),
        space.warnings,
    )
