"""The random control: as many evaluations as the genetic algorithm of the same size, all drawn from the space."""

from __future__ import annotations

from collections.abc import Mapping

from hpo.evaluation import Hyperparameters, Origin, Value
from hpo.search.bookkeeping import GenerationalSearch
from hpo.search.novelty import draw_new
from hpo.search.streams import stream
from hpo.space import Space


class UniformSearch(GenerationalSearch):
    """Independent draws, counted in the generations of the genetic algorithm but never waiting for one.

    A point drawn twice is drawn again: repeats would only make the control weaker than its budget. Arguments as
    in the base class.
    """

    def __init__(
        self, space: Space, *, seed: int, settings: Mapping[str, Value], baseline: Hyperparameters | None
    ) -> None:
        super().__init__(space, seed=seed, settings=settings, baseline=baseline)
        self._rng = stream(seed, "uniform")
        self._plan_baseline()
        for generation in range(self.generations):
            if self._used_up:
                break
            self._draw(generation, self._children(generation))
        self._generation = self.generations - 1

    def _draw(self, generation: int, count: int) -> None:
        honour_log = bool(self.settings["HONOUR_LOG_SCALE"])
        for _ in range(count):
            point = draw_new(
                self.space, self._numbers, self._rng, lambda: self.space.sample(self._rng, honour_log=honour_log)
            )
            if point is None:
                self._end_early()
                return
            self._plan(point, generation=generation, origin=Origin.RANDOM)

    def _begin(self, generation: int) -> None:
        raise AssertionError("all generations are planned at the start")

    def _end(self, generation: int) -> None:
        pass
