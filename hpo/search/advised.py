"""Strategies ``tpe`` and ``cmaes``: a sampler of Optuna says which point to try next.

As with ``steady_state`` nobody waits for the end of a generation. The sampler hears of results in the order of their
numbers, and knows of those within the window only that they are under way. With WINDOW 1 evaluations follow one
another, as in a plain study of Optuna.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hpo.evaluation import Hyperparameters, Origin, Value
from hpo.search.advisor import STARTUP, Advice, Advisor
from hpo.search.catalogue import PACKAGES
from hpo.search.encoding import is_nominal
from hpo.search.novelty import draw_new
from hpo.search.streams import stream
from hpo.search.windowed import WindowedSearch
from hpo.space import Space

PROPOSALS: Final = 20
"""Proposals of known points before a random point takes the place."""


class AdvisedSearch(WindowedSearch):
    """Arguments and generations as in the base class.

    Raises:
        MissingInput: A package that the strategy needs is not installed.
    """

    def __init__(
        self, space: Space, *, seed: int, settings: Mapping[str, Value], baseline: Hyperparameters | None
    ) -> None:
        super().__init__(space, seed=seed, settings=settings, baseline=baseline)
        self.strategy = str(settings["STRATEGY"])
        self._advisor = Advisor(
            space,
            self.strategy,
            seed=stream(seed, self.strategy).getrandbits(32),
            startup=min(STARTUP, self.population_size),
            honour_log=bool(settings["HONOUR_LOG_SCALE"]),
        )
        self._advice: dict[int, Advice] = {}
        nominal = [axis.name for axis in space.axes if is_nominal(axis)]
        if self.strategy == "cmaes" and nominal:
            self._notes.append(
                f"CMA-ES has no model of values without order: {', '.join(nominal)} are drawn at random."
            )
        self._begin_with_baseline()

    @property
    def packages(self) -> tuple[str, ...]:
        return PACKAGES[self.strategy]

    def _begin_with_baseline(self) -> None:
        planned = self._plan_baseline()
        if planned is None:
            return
        problems = self.space.problems(planned.hyperparameters)
        if problems:
            self._notes.append(f"The baseline lies outside the space and advises nobody: {'; '.join(problems)}.")
        else:
            self._advice[planned.evaluation] = self._advisor.propose(planned.hyperparameters)

    def _learn(self, upto: int) -> None:
        """Let the outcomes of all evaluations before number ``upto`` count, in the order of their numbers."""
        for number in range(self._known, upto):
            advice = self._advice.pop(number, None)
            if advice is not None:
                self._advisor.learn(advice, self._outcomes[number])
        self._known = max(self._known, upto)

    def _propose(self, number: int) -> None:
        """Plan evaluation ``number``: what the sampler proposes if it is new, else a random point that is."""
        advice = self._advisor.propose()
        for _ in range(PROPOSALS):
            if self.space.key(advice.point) not in self._numbers:
                break
            self._advisor.discard(advice)
            advice = self._advisor.propose()
        if self.space.key(advice.point) in self._numbers:
            self._advisor.discard(advice)
            rng = stream(self.seed, "replacement", number)
            honour_log = bool(self.settings["HONOUR_LOG_SCALE"])
            point = draw_new(self.space, self._numbers, rng, lambda: self.space.sample(rng, honour_log=honour_log))
            if point is None:
                self._end_early()
                return
            advice = self._advisor.propose(point)
        self._advice[number] = advice
        self._plan(
            advice.point,
            generation=self._generation_of(number),
            origin=Origin.MODEL if advice.modelled else Origin.RANDOM,
        )

    def _begin(self, generation: int) -> None:
        raise AssertionError("evaluations are planned one by one")

    def _end(self, generation: int) -> None:
        raise AssertionError("generations are a way of counting")
