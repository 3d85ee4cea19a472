"""Leaders are trained again before a best is announced.

The lowest of many noisy losses is partly luck, and the more losses, the more so. So the best LEADERS distinct points
of a search are trained REPLICATES more times each, with other seeds; the one with the lowest mean of all its trainings
is trained another CONFIRMATIONS times. Those last trainings decide nothing, so their mean is an unbiased estimate of
what a further training of that point comes to; ``hpo.archive.optimum`` makes the announcement of it.

A training that does not end ``ok`` is told as what it is, and no loss is put in its place: a leader of which fewer
trainings ended ok ranks behind every other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Final

from hpo.evaluation import Candidate, Origin, Outcome, Status, Value
from hpo.search.leader_settings import reserved
from hpo.search.protocol import Search
from hpo.search.streams import replicate_seed
from hpo.space import Space

NOBODY: Final = "No evaluation ended ok, so there was no leader to train again."


class LeaderSearch(Search):
    """A search, and after its end the trainings that say which of its best is best.

    It knows of the inner search what everybody may know: what it asks for and what it is told. So it fits every
    strategy, and is as deterministic as the strategy is.

    Args:
        inner: The search proper, at its beginning.
        space: Where it searches.
        seed: Seed of the run.
        settings: Complete settings; read are LEADERS, REPLICATES and CONFIRMATIONS.
    """

    def __init__(self, inner: Search, space: Space, *, seed: int, settings: Mapping[str, Value]) -> None:
        self._inner = inner
        self._space = space
        self._seed = seed
        self._leaders = int(settings["LEADERS"])
        self._replicates = int(settings["REPLICATES"])
        self._reserved = reserved(settings)
        self._generation = int(settings["NUM_ITERATIONS"]) - 1
        self._searched: dict[int, Candidate] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._contest: list[Candidate] = []
        self._repeats: dict[int, list[Candidate]] = {}
        self._queue: deque[Candidate] = deque()
        self._outstanding: dict[int, Candidate] = {}
        self._announced: Candidate | None = None
        self._notes: list[str] = []
        self._over = False

    def _advance(self) -> None:
        """Plan the next trainings of leaders, once all before them are in."""
        if self._over or self._queue or self._outstanding or not self._inner.finished:
            return
        if not self._contest:
            self._contest = self._best_points(max(1, self._leaders))
            if not self._contest:
                self._notes.append(NOBODY)
                self._over = True
                return
            if len(self._contest) > 1:
                for leader in self._contest:
                    self._repeat(leader, self._replicates)
                return
        if self._announced is None:
            self._announced = self._winner()
            self._repeat(self._announced, self._reserved - sum(map(len, self._repeats.values())))
            return
        if not any(self._is_ok(candidate) for candidate in self._confirmations()):
            self._notes.append(
                f"Evaluation {self._announced.evaluation} was the best of the leaders, but failed whenever it was "
                "trained to confirm that: no optimum is announced."
            )
            self._announced = None
        self._over = True

    def _best_points(self, count: int) -> list[Candidate]:
        """The first trainings of the ``count`` best distinct points, by loss and then by number."""
        ok = [candidate for candidate in self._searched.values() if self._is_ok(candidate)]
        ranked = sorted(ok, key=lambda candidate: (self._loss(candidate), candidate.evaluation))
        distinct: dict[str, Candidate] = {}
        for candidate in ranked:
            distinct.setdefault(self._space.key(candidate.hyperparameters), candidate)
        return list(distinct.values())[:count]

    def _winner(self) -> Candidate:
        """The leader of which most trainings ended ok and, of these, has the lowest mean loss; else the earlier."""
        return min(self._contest, key=lambda leader: (*self._merit(leader), leader.evaluation))

    def _merit(self, leader: Candidate) -> tuple[int, float]:
        """Trainings that did not end ok, and the mean loss of those that did, the first one among them."""
        trainings = [leader, *self._repeats.get(leader.evaluation, ())]
        losses = [self._loss(training) for training in trainings if self._is_ok(training)]
        return len(trainings) - len(losses), fmean(losses)

    def _repeat(self, leader: Candidate, times: int) -> None:
        """Have ``leader`` trained ``times`` more times."""
        before = self._repeats.setdefault(leader.evaluation, [])
        key = self._space.key(leader.hyperparameters)
        for _ in range(times):
            replicate = Candidate(
                evaluation=len(self._searched) + sum(map(len, self._repeats.values())),
                generation=self._generation,
                origin=Origin.REPLICATE,
                hyperparameters=dict(leader.hyperparameters),
                seed=replicate_seed(self._seed, key, len(before) + 1),
                parents=(leader.evaluation,),
            )
            before.append(replicate)
            self._queue.append(replicate)

    def _confirmations(self) -> Sequence[Candidate]:
        """Trainings of the chosen one that took no part in the choice."""
        assert self._announced is not None
        contest = self._replicates if len(self._contest) > 1 else 0
        return self._repeats[self._announced.evaluation][contest:]

    def _is_ok(self, candidate: Candidate) -> bool:
        return self._outcomes[candidate.evaluation].status is Status.OK

    def _loss(self, candidate: Candidate) -> float:
        loss = self._outcomes[candidate.evaluation].loss
        assert loss is not None
        return loss

    @property
    def budget(self) -> int:
        return self._inner.budget + (0 if self._over and not self._contest else self._reserved)

    def ask(self) -> Candidate | None:
        candidate = self._inner.ask()
        if candidate is not None:
            self._searched[candidate.evaluation] = candidate
            return candidate
        self._advance()
        if not self._queue:
            return None
        candidate = self._queue.popleft()
        self._outstanding[candidate.evaluation] = candidate
        return candidate

    def tell(self, evaluation: int, outcome: Outcome) -> None:
        if evaluation not in self._outstanding:
            if evaluation in self._outcomes and evaluation not in self._searched:
                raise ValueError(f"evaluation {evaluation} was told before")
            self._inner.tell(evaluation, outcome)
        elif not outcome.status.is_result:
            raise ValueError(f"evaluation {evaluation}: {outcome.status.value} is no result; run it again instead")
        else:
            del self._outstanding[evaluation]
        self._outcomes[evaluation] = outcome
        self._advance()

    @property
    def finished(self) -> bool:
        self._advance()
        return self._over

    @property
    def best(self) -> tuple[Candidate, Outcome] | None:
        return self._inner.best

    @property
    def announced(self) -> Candidate | None:
        return self._announced or self._inner.announced

    @property
    def outstanding(self) -> tuple[Candidate, ...]:
        own = (self._outstanding[number] for number in sorted(self._outstanding))
        return (*self._inner.outstanding, *own)

    @property
    def reused(self) -> int:
        return self._inner.reused

    @property
    def packages(self) -> tuple[str, ...]:
        return self._inner.packages

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self._inner.notes, *self._notes)
