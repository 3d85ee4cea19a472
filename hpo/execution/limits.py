"""When a search should not go on: no time left, or nothing succeeds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Final

from hpo.errors import GaveUp
from hpo.evaluation import Evaluation, Outcome, Status
from hpo.execution.messages import signature

FIRST_RESULTS: Final = 8
"""Results without a success after which a search gives up, or a whole first generation if that is more."""
IN_A_ROW: Final = 20
"""Failures with one cause in a row after which it gives up."""
RESERVE: Final = 60.0
"""Seconds before the deadline at which trainings are stopped; a tenth of the time if that is less."""


class Deadline:
    """The moment at which everything must have ended; ``None`` for none.

    The clock of the machine is read once: from then on a clock that never jumps counts.
    """

    def __init__(self, unix_time: float | None) -> None:
        self._end: float | None = None
        if unix_time is not None:
            left = unix_time - time.time()
            self._end = time.monotonic() + left - min(RESERVE, 0.1 * max(left, 0.0))

    @property
    def left(self) -> float:
        """Seconds in which trainings may run; infinite without a deadline."""
        return float("inf") if self._end is None else self._end - time.monotonic()

    def allows(self, walltimes: Iterable[float]) -> bool:
        """Whether another evaluation can be expected to finish, by the walltimes so far."""
        return self._end is None or self.left > expected_walltime(walltimes)


def expected_walltime(walltimes: Iterable[float]) -> float:
    """Seconds within which 95 % of evaluations ended; 0 where there are none. Quick where they are in order already.

    >>> expected_walltime([1.0] * 95 + [9.0] * 5)
    1.0
    """
    ordered = sorted(walltimes)
    return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)] if ordered else 0.0


class Breaker:
    """Gives up a search in which nothing succeeds."""

    def __init__(self, population: int) -> None:
        self._patience = max(FIRST_RESULTS, population)
        self._results = 0
        self._any_ok = False
        self._causes: Counter[str] = Counter()
        self._row = ("", 0)

    def book(self, evaluation: Evaluation) -> None:
        """Count a result.

        Raises:
            GaveUp: None of the first results is ok, or too many in a row failed for one cause.
        """
        self._results += 1
        outcome = evaluation.outcome
        if outcome.status is Status.OK:
            self._any_ok = True
            self._row = ("", 0)
            return
        cause = _cause(outcome)
        self._causes[cause] += 1
        self._row = (cause, self._row[1] + 1 if cause == self._row[0] else 1)
        if not self._any_ok and self._results >= self._patience:
            commonest, count = self._causes.most_common(1)[0]
            raise GaveUp(
                f"none of the first {self._results} evaluations succeeded; {count} ended with {commonest}\n{_REMEDY}"
            )
        if self._row[1] >= IN_A_ROW and outcome.status is not Status.DEGENERATE:
            raise GaveUp(f"{IN_A_ROW} evaluations in a row ended with {cause}\n{_REMEDY}")


_REMEDY: Final = (
    "  What they printed is in work/ of the run's folder. Failed evaluations are results and stay in the journal:\n"
    "  once the cause is removed, start anew with --fresh."
)


def _cause(outcome: Outcome) -> str:
    first = signature(outcome.message)
    return f"{outcome.status.value}: {first}" if first else outcome.status.value
