"""Searches without generations: the next evaluation is planned as soon as what it has to know is known.

Which results "are known" must not depend on how fast they arrive, or a search could not be repeated. So evaluation
``k`` is a function of the settings, the seed, ``k`` and the outcomes of the evaluations up to ``k - WINDOW``, whatever
else has finished. It is asked for as soon as these are in; up to WINDOW - 1 later ones may still be under way.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from hpo.evaluation import Hyperparameters, Value
from hpo.search.bookkeeping import GenerationalSearch
from hpo.space import Space


class WindowedSearch(GenerationalSearch):
    """Arguments as in the base class.

    A *generation* is POPULATION_SIZE evaluations (and the baseline), then as many as a later generation of the genetic
    algorithm has: a way of counting, for tables and figures. A strategy says what an outcome that counts means
    (:meth:`_learn`), what is evaluated next (:meth:`_propose`), and what is left to do after the last (:meth:`_close`).
    """

    def __init__(
        self, space: Space, *, seed: int, settings: Mapping[str, Value], baseline: Hyperparameters | None
    ) -> None:
        super().__init__(space, seed=seed, settings=settings, baseline=baseline)
        self.window = int(settings["WINDOW"])
        self._first = self.population_size + (baseline is not None)
        self._known = 0

    @abstractmethod
    def _learn(self, upto: int) -> None:
        """Let the outcomes of all evaluations before number ``upto`` count, in the order of their numbers."""

    @abstractmethod
    def _propose(self, number: int) -> None:
        """Plan evaluation ``number``."""

    def _close(self) -> None:
        """Called once, when all outcomes are in."""

    def _advance(self) -> None:
        """Plan the next evaluation, once what it has to know is known."""
        if self._over or self._queue:
            return
        number = len(self._planned)
        if not self._used_up and number < self._budget:
            knows = max(self._known, number - self.window + 1)
            if all(index in self._outcomes for index in range(self._known, knows)):
                self._learn(knows)
                self._propose(number)
        if not (self._queue or self._outstanding) and (self._used_up or len(self._planned) == self._budget):
            self._close()
            self._over = True

    def _generation_of(self, number: int) -> int:
        """The generation that evaluation ``number`` is counted in."""
        return 0 if number < self._first else 1 + (number - self._first) // self.offspring
