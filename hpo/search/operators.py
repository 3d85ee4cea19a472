"""DEAP's operators with the random generator handed in.

Each draws the same numbers in the same order as DEAP's function of that name does from Python's global generator,
so a search by the preset ``supervisor`` repeats a published one. Semantics: ``deap.tools`` and
``deap.algorithms``, DEAP 1.4.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from hpo.evaluation import Origin
from hpo.search.individual import Individual

if TYPE_CHECKING:
    from deap import base


def tournament(individuals: Sequence[Individual], k: int, tournsize: int, rng: random.Random) -> list[Individual]:
    """``k`` winners (not copies) of tournaments among ``tournsize`` individuals each, as ``selTournament``."""
    return [max((rng.choice(individuals) for _ in range(tournsize)), key=attrgetter("fitness")) for _ in range(k)]


def uniform_crossover(
    one: Individual, other: Individual, indpb: float, rng: random.Random
) -> tuple[Individual, Individual]:
    """Swap each gene, constants included, with probability ``indpb``, in place, as ``cxUniform``."""
    for i in range(len(one)):
        if rng.random() < indpb:
            one[i], other[i] = other[i], one[i]
    return one, other


def cross_or_mutate(
    population: Sequence[Individual], toolbox: base.Toolbox, count: int, cxpb: float, mutpb: float, rng: random.Random
) -> list[Individual]:
    """``count`` children, each a crossover, a mutation or a copy, as ``varOr``; copies keep their fitness."""
    children = []
    for _ in range(count):
        choice = rng.random()
        if choice < cxpb:
            one, other = (individual.clone() for individual in rng.sample(population, 2))
            parents = _numbers(one, other)
            child, _second = toolbox.mate(one, other)
            children.append(child.changed(Origin.CROSSOVER, parents))
        elif choice < cxpb + mutpb:
            child = rng.choice(population).clone()
            parents = _numbers(child)
            (child,) = toolbox.mutate(child)
            children.append(child.changed(Origin.MUTATION, parents))
        else:
            children.append(rng.choice(population).clone())
    return children


def cross_and_mutate(
    population: Sequence[Individual], toolbox: base.Toolbox, cxpb: float, mutpb: float, rng: random.Random
) -> list[Individual]:
    """As many children as ``population`` has members, neighbours crossed, then mutated, as ``varAnd``."""
    children = [individual.clone() for individual in population]
    for i in range(1, len(children), 2):
        if rng.random() < cxpb:
            parents = _numbers(children[i - 1], children[i])
            for j, child in enumerate(toolbox.mate(children[i - 1], children[i])):
                children[i - 1 + j] = child.changed(Origin.CROSSOVER, parents)
    for i, child in enumerate(children):
        if rng.random() < mutpb:
            crossed = not child.fitness.valid
            origin, parents = (child.origin, child.parents) if crossed else (Origin.MUTATION, _numbers(child))
            (mutant,) = toolbox.mutate(child)
            children[i] = mutant.changed(origin, parents)
    return children


def _numbers(*individuals: Individual) -> tuple[int, ...]:
    """Evaluations that ``individuals`` stand for, each once."""
    numbers = (individual.evaluation for individual in individuals)
    return tuple(dict.fromkeys(number for number in numbers if number is not None))
