"""The preset ``supervisor`` against real DEAP algorithms on Python's global generator, bit for bit."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from deap import algorithms, base, tools

from hpo.evaluation import Candidate, Hyperparameters
from hpo.search.genetic import GeneticSearch
from hpo.sizes import SIZES, Size
from tests.search.problems import BASELINE, drive, genetic, loss_of, mixed_space, ok

SIZES_TRIED = [SIZES["SMALL"], SIZES["MEDIUM"], Size("odd", 9, 6), SIZES["LARGE"]]


class Fitness(base.Fitness):  # type: ignore[misc]
    weights = (-1.0,)


class Genes(list[Any]):
    def __init__(self, genes: list[Any]) -> None:
        super().__init__(genes)
        self.fitness = Fitness()


class Deap:
    """What upstream does, with DEAP as it is: records every evaluation in order."""

    def __init__(self, seed: int, loss: Any = loss_of) -> None:
        self.space = mixed_space()
        self.loss = loss
        self.evaluated: list[Hyperparameters] = []
        random.seed(seed)
        self.global_generator: random.Random = random._inst
        self.names = [parameter.name for parameter in self.space.parameters]

    def point(self, genes: Genes) -> Hyperparameters:
        everything = dict(zip(self.names, genes, strict=True))
        return {name: everything[name] for name in self.space.names}

    def genes(self, point: Hyperparameters) -> list[Any]:
        return [{**self.space.constants, **point}[name] for name in self.names]

    def evaluate(self, individual: Genes) -> tuple[float]:
        self.evaluated.append(self.point(individual))
        return (self.loss(self.evaluated[-1]),)

    def mutate(self, individual: Genes, indpb: float) -> tuple[Genes]:
        mutant = self.space.mutate(
            self.point(individual), self.global_generator, indpb, honour_log=False, bounds="clamp"
        )
        individual[:] = self.genes(mutant)
        return (individual,)

    def run(self, size: Size, strategy: str, cxpb: float, mutpb: float) -> tuple[list[Genes], Any]:
        toolbox = base.Toolbox()
        toolbox.register("evaluate", self.evaluate)
        toolbox.register("mate", tools.cxUniform, indpb=0.5)
        toolbox.register("mutate", self.mutate, indpb=0.5)
        toolbox.register("select", tools.selTournament, tournsize=4)
        population = [
            Genes(self.genes(self.space.sample(self.global_generator, honour_log=False)))
            for _ in range(size.population)
        ]
        statistics = tools.Statistics(lambda individual: individual.fitness.values)
        for name, function in (("avg", np.mean), ("std", np.std), ("min", np.min), ("max", np.max)):
            statistics.register(name, function)
        common = {"cxpb": cxpb, "mutpb": mutpb, "ngen": size.generations - 1, "stats": statistics, "verbose": False}
        if strategy == "simple":
            return algorithms.eaSimple(population, toolbox, **common)  # type: ignore[no-any-return]
        return algorithms.eaMuPlusLambda(  # type: ignore[no-any-return]
            population, toolbox, mu=size.population, lambda_=size.offspring(0.5), **common
        )


def supervisor(seed: int, size: Size, strategy: str, **settings: Any) -> GeneticSearch:
    search = genetic(size=size, seed=seed, preset="supervisor", GA_STRATEGY=strategy, **settings)
    assert isinstance(search, GeneticSearch)
    return search


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 355516])
@pytest.mark.parametrize("size", SIZES_TRIED, ids=lambda size: size.name)
@pytest.mark.parametrize("strategy", ["mu_plus_lambda", "simple"])
def test_every_individual_is_deaps(strategy: str, size: Size, seed: int) -> None:
    deap = Deap(seed)
    population, logbook = deap.run(size, strategy, cxpb=0.2, mutpb=0.8)
    search = supervisor(seed, size, strategy, DUPLICATES="retrain")
    candidates = drive(search)
    assert repr([candidate.hyperparameters for candidate in candidates]) == repr(deap.evaluated)
    assert [list(genes) for genes in search.population] == [list(genes) for genes in population]
    for column in ("gen", "nevals", "min", "max"):
        assert search.logbook.select(column) == logbook.select(column)
    for column in ("avg", "std"):
        assert search.logbook.select(column) == pytest.approx(logbook.select(column), rel=1e-12)


@pytest.mark.parametrize("strategy", ["mu_plus_lambda", "simple"])
@pytest.mark.parametrize("seed", [4, 5, 6])
def test_reproduction_is_deaps(strategy: str, seed: int) -> None:
    """With probabilities below 1 some children are copies, which DEAP doesn't evaluate again."""
    deap = Deap(seed)
    population, logbook = deap.run(SIZES["MEDIUM"], strategy, cxpb=0.3, mutpb=0.2)
    search = supervisor(seed, SIZES["MEDIUM"], strategy, DUPLICATES="retrain", CX_PROB=0.3, MUT_PROB=0.2)
    assert [candidate.hyperparameters for candidate in drive(search)] == deap.evaluated
    assert [list(genes) for genes in search.population] == [list(genes) for genes in population]
    assert search.logbook.select("nevals") == logbook.select("nevals")


@pytest.mark.parametrize("strategy", ["mu_plus_lambda", "simple"])
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_reused_outcomes_change_no_individual(strategy: str, seed: int) -> None:
    """The preset itself: what DEAP evaluates, each point once, with a baseline in front that doesn't breed."""
    deap = Deap(seed)
    population, _ = deap.run(SIZES["MEDIUM"], strategy, cxpb=0.2, mutpb=0.8)
    search = supervisor(seed, SIZES["MEDIUM"], strategy, baseline=BASELINE)
    points = [candidate.hyperparameters for candidate in drive(search)]
    key = search.space.key
    assert points[0] == BASELINE
    assert [key(p) for p in points[1:]] == list(dict.fromkeys(key(p) for p in deap.evaluated))
    assert search.reused == len(deap.evaluated) - len(points) + 1
    assert [list(genes) for genes in search.population] == [list(genes) for genes in population]
    assert search.budget >= len(points)


def test_equal_losses_are_settled_like_deaps() -> None:
    """A landscape of dead networks: every tournament is a tie."""
    deap = Deap(10, loss=lambda _: 1.0)
    population, _ = deap.run(SIZES["LARGE"], "mu_plus_lambda", cxpb=0.2, mutpb=0.8)
    search = supervisor(10, SIZES["LARGE"], "mu_plus_lambda", DUPLICATES="retrain")

    def outcome(candidate: Candidate) -> Any:
        return ok(1.0)

    assert [candidate.hyperparameters for candidate in drive(search, outcome)] == deap.evaluated
    assert [list(genes) for genes in search.population] == [list(genes) for genes in population]
