"""What every strategy that works by generations shares: numbers, seeds, who is outstanding, who is best."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Mapping

from hpo.evaluation import Candidate, Hyperparameters, Origin, Outcome, Status, Value
from hpo.search.leader_settings import reserved
from hpo.search.protocol import Search
from hpo.search.streams import evaluation_seed
from hpo.sizes import Size
from hpo.space import Space


class GenerationalSearch(Search):
    """Hands out a generation, waits for all its outcomes, and only then makes the next.

    A strategy says what a generation consists of (:meth:`_begin`) and what its outcomes mean (:meth:`_end`); it
    sees outcomes of whole generations only, so neither the number of workers nor their order matters to it.

    Args:
        space: Where to search.
        seed: Seed of the run.
        settings: Complete settings, see ``hpo.search.settings``.
        baseline: The model's default values of the searched axes, evaluated first; ``None`` for no baseline.
    """

    def __init__(
        self, space: Space, *, seed: int, settings: Mapping[str, Value], baseline: Hyperparameters | None
    ) -> None:
        self.space = space
        self.seed = seed
        self.settings = dict(settings)
        self.baseline = baseline
        self.population_size = int(settings["POPULATION_SIZE"])
        self.generations = int(settings["NUM_ITERATIONS"])
        size = Size("", self.population_size, self.generations)
        proportion = float(settings["OFFSPRING_PROPORTION"])
        self.offspring = size.offspring(proportion)
        self._total = size.evaluations(proportion, baseline=baseline is not None)
        self._budget = self._total - reserved(settings)
        self._numbers: dict[str, int] = {}
        self._planned: list[Candidate] = []
        self._queue: deque[Candidate] = deque()
        self._outstanding: dict[int, Candidate] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._best: tuple[Candidate, Outcome] | None = None
        self._notes: list[str] = []
        self._generation = -1
        self._over = False
        self._used_up = False

    @abstractmethod
    def _begin(self, generation: int) -> None:
        """Plan the candidates of ``generation`` with :meth:`_plan`; none is fine."""

    @abstractmethod
    def _end(self, generation: int) -> None:
        """Take note of the outcomes of ``generation``, all of which are in."""

    def _children(self, generation: int) -> int:
        """Evaluations of ``generation``, the baseline aside: the last leaves room for training leaders again."""
        count = self.offspring if generation else self.population_size
        return count - (self._total - self._budget if generation == self.generations - 1 else 0)

    def _plan(
        self, point: Hyperparameters, *, generation: int, origin: Origin, parents: tuple[int, ...] = ()
    ) -> Candidate:
        """Give ``point`` the next number and queue it."""
        key = self.space.key(point)
        candidate = Candidate(
            evaluation=len(self._planned),
            generation=generation,
            origin=origin,
            hyperparameters={name: point[name] for name in self.space.names},
            seed=evaluation_seed(self.seed, key),
            parents=parents,
        )
        self._numbers.setdefault(key, candidate.evaluation)
        self._planned.append(candidate)
        self._queue.append(candidate)
        return candidate

    def _plan_baseline(self) -> Candidate | None:
        if self.baseline is None:
            return None
        return self._plan(self.baseline, generation=0, origin=Origin.DEFAULT)

    def _end_early(self) -> None:
        """Plan nothing any more: there is no point left that nobody asked for."""
        self._used_up = True
        self._notes.append(
            f"The search ended before its budget of {self._total} evaluations was spent: "
            "no further point of the space was found that had not been evaluated."
        )

    def _advance(self) -> None:
        """Close finished generations and open the next, until there is something to do or the last is closed."""
        while not (self._over or self._queue or self._outstanding):
            if self._generation >= 0:
                self._end(self._generation)
            if self._generation + 1 >= self.generations:
                self._over = True
            else:
                self._generation += 1
                self._begin(self._generation)

    @property
    def budget(self) -> int:
        return self._budget

    def ask(self) -> Candidate | None:
        self._advance()
        if not self._queue:
            return None
        candidate = self._queue.popleft()
        self._outstanding[candidate.evaluation] = candidate
        return candidate

    def tell(self, evaluation: int, outcome: Outcome) -> None:
        if evaluation in self._outcomes:
            raise ValueError(f"evaluation {evaluation} was told before")
        if evaluation not in self._outstanding:
            raise ValueError(f"evaluation {evaluation} was never asked for")
        if not outcome.status.is_result:
            raise ValueError(f"evaluation {evaluation}: {outcome.status.value} is no result; run it again instead")
        candidate = self._outstanding.pop(evaluation)
        self._outcomes[evaluation] = outcome
        if outcome.status is Status.OK and (self._best is None or _precedes((candidate, outcome), self._best)):
            self._best = (candidate, outcome)
        self._advance()

    @property
    def finished(self) -> bool:
        self._advance()
        return self._over

    @property
    def best(self) -> tuple[Candidate, Outcome] | None:
        return self._best

    @property
    def outstanding(self) -> tuple[Candidate, ...]:
        return tuple(self._outstanding[number] for number in sorted(self._outstanding))

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)


def _precedes(one: tuple[Candidate, Outcome], other: tuple[Candidate, Outcome]) -> bool:
    """Whether ``one`` has the lower loss, or the same and was asked for earlier."""
    return (one[1].loss, one[0].evaluation) < (other[1].loss, other[0].evaluation)
