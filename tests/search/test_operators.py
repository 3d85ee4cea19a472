"""Our operators against DEAP's, number by number: DEAP's draw from the global generator, seeded here only."""

from __future__ import annotations

import random

import pytest
from deap import algorithms, base, tools

from hpo.evaluation import Origin, Outcome, Status
from hpo.search.individual import Individual
from hpo.search.operators import cross_and_mutate, cross_or_mutate, tournament, uniform_crossover
from tests.search.problems import failed, ok

SEEDS = range(20)


def population() -> list[Individual]:
    members = []
    for number in range(7):
        individual = Individual([number, f"word {number}", number / 7], Origin.INITIAL)
        individual.evaluation = number
        individual.take(ok(float(number % 3)))
        members.append(individual)
    return members


def toolbox(generator: random.Random) -> base.Toolbox:
    def mutate(individual: Individual) -> tuple[Individual]:
        individual[2] = generator.random()
        return (individual,)

    box = base.Toolbox()
    box.register("clone", lambda individual: individual.clone())
    box.register("mate", uniform_crossover, indpb=0.5, rng=generator)
    box.register("mutate", mutate)
    return box


def global_generator(seed: int) -> random.Random:
    """Python's global generator, which DEAP draws from."""
    random.seed(seed)
    return random._inst


@pytest.mark.parametrize("seed", SEEDS)
def test_tournament_is_seltournament(seed: int) -> None:
    global_generator(seed)
    expected = tools.selTournament(population(), 10, tournsize=4)
    assert tournament(population(), 10, 4, random.Random(seed)) == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_uniform_crossover_is_cxuniform(seed: int) -> None:
    global_generator(seed)
    expected = tools.cxUniform([1, 2, 3, 4], [5, 6, 7, 8], 0.4)
    one, other = (Individual(genes, Origin.INITIAL) for genes in ([1, 2, 3, 4], [5, 6, 7, 8]))
    assert uniform_crossover(one, other, 0.4, random.Random(seed)) == expected


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("cxpb", "mutpb"), [(0.2, 0.8), (0.5, 0.2), (0.0, 1.0)])
def test_cross_or_mutate_is_varor(seed: int, cxpb: float, mutpb: float) -> None:
    expected = algorithms.varOr(population(), toolbox(global_generator(seed)), 12, cxpb, mutpb)
    generator = random.Random(seed)
    children = cross_or_mutate(population(), toolbox(generator), 12, cxpb, mutpb, generator)
    assert children == expected
    assert [child.fitness.valid for child in children] == [child.fitness.valid for child in expected]


@pytest.mark.parametrize("seed", SEEDS)
def test_cross_and_mutate_is_varand(seed: int) -> None:
    expected = algorithms.varAnd(population(), toolbox(global_generator(seed)), 0.4, 0.5)
    generator = random.Random(seed)
    children = cross_and_mutate(population(), toolbox(generator), 0.4, 0.5, generator)
    assert children == expected
    assert [child.fitness.valid for child in children] == [child.fitness.valid for child in expected]


def test_children_remember_how_they_came_about() -> None:
    generator = random.Random(1)
    for child in cross_or_mutate(population(), toolbox(generator), 50, 0.4, 0.4, generator):
        if child.fitness.valid:
            assert (child.origin, child.evaluation) == (Origin.INITIAL, child[0])
        else:
            assert len(child.parents) == {Origin.CROSSOVER: 2, Origin.MUTATION: 1}[child.origin]
            assert child.evaluation is None


def test_a_parent_crossed_with_itself_is_one_parent() -> None:
    alone = [population()[3]] * 2
    generator = random.Random(1)
    [child] = cross_or_mutate(alone, toolbox(generator), 1, 1.0, 0.0, generator)
    assert child.parents == (3,)


def test_parents_stay_untouched() -> None:
    members = population()
    generator = random.Random(2)
    cross_or_mutate(members, toolbox(generator), 50, 0.4, 0.4, generator)
    cross_and_mutate(members, toolbox(generator), 0.5, 0.5, generator)
    assert members == population()
    assert all(member.fitness.valid for member in members)


def test_tiers_rank_before_losses() -> None:
    individuals = []
    outcomes = [
        failed(Status.CRASHED),
        Outcome(Status.DEGENERATE, -5.0),
        ok(2.0),
        failed(Status.INVALID),
        ok(1.0),
        Outcome(Status.DEGENERATE, -6.0),
    ]
    for number, outcome in enumerate(outcomes):
        individual = Individual([number], Origin.INITIAL)
        individual.take(outcome)
        individuals.append(individual)
    assert [individual[0] for individual in tools.selBest(individuals, 6)] == [4, 2, 5, 1, 0, 3]
    assert [individual.is_ok for individual in individuals] == [False, False, True, False, True, False]
