"""The genetic algorithm without generations: whoever is free gets a child of what is known by then."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from hpo.evaluation import Hyperparameters, Origin, Value
from hpo.search.genetic import GeneticSearch
from hpo.search.individual import Individual
from hpo.search.operators import cross_or_mutate
from hpo.search.streams import stream
from hpo.search.windowed import WindowedSearch
from hpo.space import Space


class SteadySearch(WindowedSearch, GeneticSearch):
    """``GA_STRATEGY`` ``steady_state``. Arguments and attributes as in the base class.

    The first generation is that of the base class. A later child is bred as by ``mu_plus_lambda``, from parents chosen
    for it alone: the best known (ELITES), and winners of tournaments among the last POPULATION_SIZE known.
    """

    def __init__(
        self, space: Space, *, seed: int, settings: Mapping[str, Value], baseline: Hyperparameters | None
    ) -> None:
        super().__init__(space, seed=seed, settings=settings, baseline=baseline)
        self._recent: deque[Individual] = deque(maxlen=self.population_size)
        self._individuals: dict[int, Individual] = {}
        self._begin_first()
        self._note_members()

    def _close(self) -> None:
        """Take note of all, and of a last generation that is not full."""
        self._learn(len(self._planned))
        if self._generation_of(self._known - 1) == self._generation_of(self._known):
            self._log(self._generation_of(self._known))

    def _propose(self, number: int) -> None:
        """Breed evaluation ``number``, from random numbers of its own."""
        self._generator = stream(self.seed, "evaluation", number)
        self._submit(self._child(), self._generation_of(number))
        self._note_members()

    def _child(self) -> Individual:
        """A child of parents chosen for it, an immigrant where fewer than two individuals may be parents."""
        if len(self._recent) < 2:
            return Individual(self._genes(self._sample()), Origin.RANDOM)
        parents = self._toolbox.select(list(self._recent), self.parents)
        cxpb, mutpb = float(self.settings["CX_PROB"]), float(self.settings["MUT_PROB"])
        (child,) = cross_or_mutate(parents, self._toolbox, 1, cxpb, mutpb, self._generator)
        return child

    def _note_members(self) -> None:
        """Keep the individuals that have just been submitted until their outcomes count."""
        self._individuals |= {item.evaluation: item for item in self._members if item.evaluation is not None}
        self._members = []

    def _learn(self, upto: int) -> None:
        """Let the outcomes of all evaluations before number ``upto`` count, in the order of their numbers."""
        for number in range(self._known, upto):
            self._known = number + 1
            individual = self._individuals.pop(number, None)
            if individual is not None:
                individual.take(self._outcomes[number])
                if individual.is_ok or self.settings["FAILED_BREED"]:
                    self._recent.append(individual)
                if individual.is_ok:
                    self.hall.update([individual])
            generation = self._generation_of(number)
            if self._generation_of(number + 1) > generation:
                self.population = list(self._recent)
                self._log(generation)
