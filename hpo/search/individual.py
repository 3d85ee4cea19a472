"""DEAP's individual and fitness for a space, without its global ``creator``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from deap import base

from hpo.evaluation import Origin, Outcome, Status, Value

_TIERS: Final = {Status.OK: 0.0, Status.DEGENERATE: 1.0}
_LAST_TIER: Final = 2.0


class Fitness(base.Fitness):  # type: ignore[misc]
    """A tier and, within it, the loss; lower is better for both.

    Tier 0 is ``ok``, 1 ``degenerate``, 2 everything else. All of tier 2 are equal: they have no loss and none is
    invented, the second number is the same constant for each.
    """

    weights = (-1.0, -1.0)


class Individual(list[Value]):
    """Genes in the order of the space file, constants included.

    Attributes:
        fitness: Valid once the outcome is known; empty for a child that was changed.
        origin: How it came about.
        parents: Numbers of the evaluations that it was bred from.
        evaluation: Number of the evaluation that it takes its outcome from; ``None`` until it has one.
    """

    def __init__(self, genes: Iterable[Value], origin: Origin, parents: tuple[int, ...] = ()) -> None:
        super().__init__(genes)
        self.fitness = Fitness()
        self.origin = origin
        self.parents = parents
        self.evaluation: int | None = None

    @property
    def is_ok(self) -> bool:
        """Whether it was evaluated with status ``ok``."""
        return bool(self.fitness.valid) and self.fitness.values[0] == _TIERS[Status.OK]

    @property
    def loss(self) -> float:
        """Measured loss of an individual that is ok."""
        return float(self.fitness.values[1])

    def clone(self) -> Individual:
        """A copy with a fitness of its own, evaluated if this one is."""
        copy = Individual(self, self.origin, self.parents)
        copy.evaluation = self.evaluation
        if self.fitness.valid:
            copy.fitness.values = self.fitness.values
        return copy

    def changed(self, origin: Origin, parents: tuple[int, ...]) -> Individual:
        """This individual, to be evaluated anew after an operator worked on its genes."""
        del self.fitness.values
        self.origin, self.parents, self.evaluation = origin, parents, None
        return self

    def take(self, outcome: Outcome) -> None:
        """Take over what an evaluation came to."""
        tier = _TIERS.get(outcome.status, _LAST_TIER)
        self.fitness.values = (tier, 0.0 if outcome.loss is None else outcome.loss)
