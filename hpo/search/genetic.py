"""The genetic algorithm by generations, built from DEAP's parts; the strategies of Supervisor and better ones."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from deap import base, tools

from hpo.evaluation import Hyperparameters, Origin, Status, Value
from hpo.search import initial
from hpo.search.bookkeeping import GenerationalSearch
from hpo.search.individual import Individual
from hpo.search.novelty import draw_new
from hpo.search.operators import cross_and_mutate, cross_or_mutate, tournament, uniform_crossover
from hpo.search.streams import stream
from hpo.space import Space

if TYPE_CHECKING:
    from hpo.search.brood import Picker

BREEDING_SHARE: Final = 8
"""One in so many evaluations, the best ones, may be a parent of a brood."""

MUTATIONS: Final = 20
"""Mutations of a child that repeats a known point before a random immigrant takes its place."""


class GeneticSearch(GenerationalSearch):
    """``GA_STRATEGY`` ``mu_plus_lambda`` or ``simple``. Arguments as in the base class.

    Attributes:
        population: The individuals that the next generation is bred from.
        hall: The best distinct points evaluated so far, DEAP's hall of fame.
        logbook: DEAP's log: a row a generation with ``nevals`` (evaluations asked for, baseline included), ``failed``
            (those not ok) and ``avg``, ``std``, ``min``, ``max`` of the losses in the population after selection,
            ``None`` where nobody in it is ok.
    """

    def __init__(
        self, space: Space, *, seed: int, settings: Mapping[str, Value], baseline: Hyperparameters | None
    ) -> None:
        super().__init__(space, seed=seed, settings=settings, baseline=baseline)
        self.simple = settings["GA_STRATEGY"] == "simple"
        self.parents, self.elites = int(settings["PARENTS"]), int(settings["ELITES"])
        self.population: list[Individual] = []
        self.hall: Any = tools.HallOfFame(max(2, self.elites), similar=_same_point)
        self.logbook: Any = tools.Logbook()
        self.logbook.header = ["gen", "nevals", "failed", "avg", "std", "min", "max"]
        self._statistics = _statistics()
        self._generator = random.Random(seed) if settings["STREAM"] == "single" else stream(seed, "generation", 0)
        self._toolbox = self._make_toolbox()
        self._members: list[Individual] = []
        self._picker: Picker | None = None
        self._reused = 0

    @property
    def reused(self) -> int:
        return self._reused

    def _make_toolbox(self) -> base.Toolbox:
        toolbox = base.Toolbox()
        toolbox.register("mate", self._mate)
        toolbox.register("mutate", self._mutate)
        toolbox.register("select", self._select)
        return toolbox

    def _mate(self, one: Individual, other: Individual) -> tuple[Individual, Individual]:
        return uniform_crossover(one, other, float(self.settings["CX_INDPB"]), self._generator)

    def _mutate(self, individual: Individual) -> tuple[Individual]:
        individual[:] = self._genes(self._mutant(self._point(individual)))
        return (individual,)

    def _mutant(self, point: Hyperparameters) -> Hyperparameters:
        return self.space.mutate(
            point,
            self._generator,
            float(self.settings["MUT_INDPB"]),
            honour_log=bool(self.settings["HONOUR_LOG_SCALE"]),
            bounds="clamp" if self.settings["BOUNDS"] == "clamp" else "reflect",
        )

    def _sample(self) -> Hyperparameters:
        return self.space.sample(self._generator, honour_log=bool(self.settings["HONOUR_LOG_SCALE"]))

    def _select(self, individuals: Sequence[Individual], count: int) -> list[Individual]:
        """``count`` parents: the best ever evaluated in the places of the elites, else winners of tournaments."""
        elites = list(self.hall)[: self.elites]
        return elites + tournament(individuals, count - len(elites), int(self.settings["TOURNSIZE"]), self._generator)

    def _begin(self, generation: int) -> None:
        self._members = []
        if generation == 0:
            self._begin_first()
            return
        if self.settings["STREAM"] == "by_generation":
            self._generator = stream(self.seed, "generation", generation)
        for child in self._breed()[: self._children(generation)]:
            self._submit(child, generation)

    def _begin_first(self) -> None:
        planned = self._plan_baseline()
        if planned is not None and self.settings["BASELINE_BREEDS"]:
            problems = self.space.problems(planned.hyperparameters)
            if problems:
                self._notes.append(f"The baseline lies outside the space and has no offspring: {'; '.join(problems)}.")
            else:
                baseline = Individual(self._genes(planned.hyperparameters), Origin.DEFAULT)
                baseline.evaluation = planned.evaluation
                self._members.append(baseline)
        if self.settings["INITIAL"] == "latin_hypercube":
            points = initial.latin_hypercube(self.space, self.population_size, self._generator)
        else:
            honour_log = bool(self.settings["HONOUR_LOG_SCALE"])
            points = initial.uniform(self.space, self.population_size, self._generator, honour_log=honour_log)
        for point in points:
            self._submit(Individual(self._genes(point), Origin.INITIAL), 0)

    def _breed(self) -> list[Individual]:
        """Children of the population; immigrants where fewer than two individuals may be parents."""
        picked = self._picked() if self.settings.get("BROOD") else []
        count = self.offspring - len(picked)
        if not count:
            return picked
        parents = self.population
        if len(parents) < 2:
            return [*picked, *(Individual(self._genes(self._sample()), Origin.RANDOM) for _ in range(count))]
        cxpb, mutpb = float(self.settings["CX_PROB"]), float(self.settings["MUT_PROB"])
        if self.simple:
            chosen = self._toolbox.select(parents, self.population_size)
            return cross_and_mutate(chosen, self._toolbox, cxpb, mutpb, self._generator)
        return [*picked, *cross_or_mutate(parents, self._toolbox, count, cxpb, mutpb, self._generator)]

    def _picked(self) -> list[Individual]:
        """The children of a large brood that a model of the losses expects most of; none where there is no model."""
        from hpo.search.brood import LEAST_MODELLED, Operators, Picker, breed
        from hpo.search.encoding import places

        known = [candidate for candidate in self._planned if self.space.contains(candidate.hyperparameters)]
        losses = [self._outcomes[candidate.evaluation] for candidate in known]
        measured = [outcome.loss if outcome.status is Status.OK else None for outcome in losses]
        order = sorted((loss, number) for number, loss in enumerate(measured) if loss is not None)
        if len(order) < LEAST_MODELLED:
            return []
        if not self.settings["BASELINE_BREEDS"]:
            order = [(loss, number) for loss, number in order if known[number].origin is not Origin.DEFAULT]
        parents = [known[number] for _, number in order[: max(self.parents, len(order) // BREEDING_SHARE)]]
        rng = np.random.RandomState([self._generator.getrandbits(32) for _ in range(4)])
        brood = breed(
            self.space,
            places(self.space, [parent.hyperparameters for parent in parents]),
            max(int(self.settings["BROOD"]), 4 * self.offspring),
            Operators(
                crossover=float(self.settings["CX_PROB"]),
                crossover_gene=float(self.settings["CX_INDPB"]),
                mutation=float(self.settings["MUT_PROB"]),
                mutation_gene=float(self.settings["MUT_INDPB"]),
                reflect=self.settings["BOUNDS"] == "reflect",
            ),
            rng,
        )
        self._picker = self._picker or Picker(self.space)
        children = self._picker.pick(
            [candidate.hyperparameters for candidate in known],
            [math.inf if loss is None else loss for loss in measured],
            brood,
            self.offspring,
            set(self._numbers),
            rng,
        )
        return [
            Individual(
                self._genes(child.point),
                Origin.RANDOM if not child.parents else Origin.MUTATION if child.mutated else Origin.CROSSOVER,
                tuple(parents[number].evaluation for number in child.parents),
            )
            for child in children
        ]

    def _submit(self, individual: Individual, generation: int) -> None:
        """Have ``individual`` evaluated, or do with a repeated point what DUPLICATES says."""
        if self._used_up:
            return
        if self.settings["DUPLICATES"] == "replace":
            replacement = self._renewed(individual)
            if replacement is None:
                self._end_early()
                return
            individual = replacement
        self._members.append(individual)
        if individual.fitness.valid:
            return
        point = self._point(individual)
        number = self._numbers.get(self.space.key(point))
        if number is None or self.settings["DUPLICATES"] == "retrain":
            planned = self._plan(point, generation=generation, origin=individual.origin, parents=individual.parents)
            number = planned.evaluation
        else:
            self._reused += 1
        individual.evaluation = number

    def _renewed(self, individual: Individual) -> Individual | None:
        """``individual`` if its point is new, else a further mutant of it, else an immigrant, else ``None``."""
        point = self._point(individual)
        if self.space.key(point) not in self._numbers:
            return individual
        origin, parents = individual.origin, individual.parents
        if individual.fitness.valid and individual.evaluation is not None:
            origin, parents = Origin.MUTATION, (individual.evaluation,)
        if origin in (Origin.CROSSOVER, Origin.MUTATION):
            for _ in range(MUTATIONS):
                point = self._mutant(point)
                if self.space.key(point) not in self._numbers:
                    return Individual(self._genes(point), origin, parents)
            origin, parents = Origin.RANDOM, ()
        drawn = draw_new(self.space, self._numbers, self._generator, self._sample)
        return None if drawn is None else Individual(self._genes(drawn), origin, parents)

    def _end(self, generation: int) -> None:
        for individual in self._members:
            if not individual.fitness.valid and individual.evaluation is not None:
                individual.take(self._outcomes[individual.evaluation])
        fit = [individual for individual in self._members if individual.is_ok]
        if fit:
            self.hall.update(fit)
        self.population = self._survivors()
        self._log(generation)

    def _survivors(self) -> list[Individual]:
        """Who breeds next, from the members of this generation and, unless they are replaced, their parents."""
        candidates = self._members if self.simple else self.population + self._members
        if not self.settings["FAILED_BREED"]:
            candidates = [individual for individual in candidates if individual.is_ok]
            if len(candidates) < 2:
                return list(self.hall)
        if self.simple or len(candidates) <= self.parents:
            return candidates
        selected: list[Individual] = self._toolbox.select(candidates, self.parents)
        return selected

    def _log(self, generation: int) -> None:
        asked = [candidate for candidate in self._planned if candidate.generation == generation]
        failed = sum(self._outcomes[candidate.evaluation].status != "ok" for candidate in asked)
        fit = [individual for individual in self.population if individual.is_ok]
        measured = self._statistics.compile(fit) if fit else dict.fromkeys(self._statistics.fields)
        self.logbook.record(gen=generation, nevals=len(asked), failed=failed, **measured)

    def _point(self, individual: Individual) -> Hyperparameters:
        genes = dict(zip((parameter.name for parameter in self.space.parameters), individual, strict=True))
        return {name: genes[name] for name in self.space.names}

    def _genes(self, point: Hyperparameters) -> list[Value]:
        constants = self.space.constants
        names = (parameter.name for parameter in self.space.parameters)
        return [constants[name] if name in constants else point[name] for name in names]


def _same_point(one: Individual, other: Individual) -> bool:
    return one.evaluation == other.evaluation


def _statistics() -> Any:
    """Statistics of the losses of individuals that are ok; ``std`` is that of a population."""
    statistics = tools.Statistics(key=attrgetter("loss"))
    statistics.register("avg", lambda losses: float(np.mean(losses)))
    statistics.register("std", lambda losses: float(np.std(losses)))
    statistics.register("min", min)
    statistics.register("max", max)
    return statistics
