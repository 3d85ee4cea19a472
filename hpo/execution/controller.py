"""The loop of a search: ask, hand out, wait, book. A result goes into the journal before the search hears of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from typing import Final

from hpo.errors import CrossHpoError, Resumable
from hpo.evaluation import Candidate, Evaluation
from hpo.execution.bookkeeping import result_entry
from hpo.execution.child import Result
from hpo.execution.clock import utc_now
from hpo.execution.journal import Journal
from hpo.execution.limits import Breaker, Deadline, expected_walltime
from hpo.execution.pools import Pool
from hpo.execution.progress import Progress, Reporter, duration
from hpo.execution.stop import Stop
from hpo.search import Search

PATIENCE: Final = 3.5
"""Seconds that interrupted workers get to hand back what they have; a stop takes less than 5 s in all."""
LOOK: Final = 0.25
"""Seconds between two looks at signals and deadline while nothing finishes."""
DEADLINE: Final = "deadline"
"""Reason of a stop for want of time."""


class Controller:
    """Takes a search to its end.

    Args:
        search: The search, taken through the journal.
        pending: Candidates that it has asked for and that have no result.
        journal: The journal, open for writing.
        pool: The workers.
        stop: Whether to stop.
        deadline: Until when trainings may run.
        breaker: Gives up where nothing succeeds; has counted earlier results.
        progress: Has counted earlier results.
        reporter: Shows the progress.
    """

    def __init__(
        self,
        search: Search,
        pending: Iterable[Candidate],
        *,
        journal: Journal,
        pool: Pool,
        stop: Stop,
        deadline: Deadline,
        breaker: Breaker,
        progress: Progress,
        reporter: Reporter,
    ) -> None:
        self.trained = 0
        """Results of this start."""
        self._search = search
        self._pending = deque(pending)
        self._journal = journal
        self._pool = pool
        self._stop = stop
        self._deadline = deadline
        self._breaker = breaker
        self._progress = progress
        self._reporter = reporter
        self._begun = time.monotonic()
        self._running: dict[Future[Result], Candidate] = {}
        self._known_workers: set[int | None] = set()
        # A few wait at the workers, so that none is idle while results are booked; with a deadline they are kept
        # back, since whether one can still finish is decided when it begins.
        self._most = pool.workers if deadline.left < float("inf") else pool.workers + pool.ahead

    def loop(self, booked: Callable[[], None]) -> None:
        """Evaluate until the search has finished; ``booked`` is called after results.

        Raises:
            Resumable: A signal came, or there is no time for another evaluation.
            GaveUp: Nothing succeeds.
            Fenced: Another start has taken over.
            StorageError: The journal can't be written.
        """
        try:
            while not self._search.finished:
                self._look()
                self._submit()
                if not self._running:
                    self._stop.request(DEADLINE)
                    continue
                done, _ = wait(self._running, timeout=LOOK, return_when=FIRST_COMPLETED)
                self._book(done)
                if done:
                    booked()
                self._reporter.refresh()
            self._journal.append({"type": "closed", "time": utc_now(), "elapsed": self._elapsed})
        except CrossHpoError as error:
            self._pool.interrupt()
            if not isinstance(error, Resumable):
                wait(self._running, timeout=PATIENCE)
                with suppress(CrossHpoError):
                    self._note_end(str(error).partition("\n")[0][:200])
            raise

    def _look(self) -> None:
        """Stop where that is due: hand in what is finished, and leave a note."""
        self._stop.look()
        if self._deadline.left <= 0:
            self._stop.request(DEADLINE)
        if not self._stop.reason:
            return
        self._pool.interrupt()
        done, _ = wait(self._running, timeout=PATIENCE)
        self._book(done)
        self._note_end(self._stop.reason)
        raise Resumable(self._words())

    def _submit(self) -> None:
        while len(self._running) < self._most and self._deadline.allows(self._progress.ordered):
            candidate = self._pending.popleft() if self._pending else self._search.ask()
            if candidate is None:
                break
            note = {"type": "started", "evaluation": candidate.evaluation, "elapsed": self._elapsed}
            self._journal.append(note, durable=False)
            self._running[self._pool.submit(candidate)] = candidate
        self._progress.running = min(len(self._running), self._pool.workers)

    def _book(self, done: Iterable[Future[Result]]) -> None:
        """Journal all results that are there with one flush, then tell the search."""
        results = []
        for future in done:
            candidate = self._running.pop(future)
            if future.cancelled():
                continue
            result = future.result()
            if result.interrupted:
                self._stop.request("a worker was told to stop")
            else:
                results.append(Result(_as_asked(result.evaluation, candidate), result.attempts, result.device))
        if not results:
            return
        now, elapsed = utc_now(), self._elapsed
        entries = [self._worker_entry(result) for result in results if self._is_new(result)]
        entries += [result_entry(result.evaluation, result.attempts, elapsed, now) for result in results]
        self._journal.append(*entries)
        self.trained += len(results)
        for result in results:
            evaluation = result.evaluation
            self._search.tell(evaluation.candidate.evaluation, evaluation.outcome)
            self._progress.book(evaluation)
            self._reporter.result(evaluation)
        for result in results:
            self._breaker.book(result.evaluation)

    def _is_new(self, result: Result) -> bool:
        """Whether this is the first result of its worker."""
        worker = result.evaluation.worker
        new = worker not in self._known_workers
        self._known_workers.add(worker)
        return new

    def _worker_entry(self, result: Result) -> dict[str, object]:
        worker = result.evaluation.worker or 0
        return {"type": "worker", "worker": worker, "node": self._pool.nodes[worker], "device": result.device}

    def _note_end(self, reason: str) -> None:
        self._journal.append({"type": "stopped", "time": utc_now(), "elapsed": self._elapsed, "reason": reason})

    def _words(self) -> str:
        done = f"{self._progress.done} of {self._progress.total} evaluations are done"
        if self._stop.reason != DEADLINE:
            return f"stopped by {self._stop.reason}; {done}"
        left, needed = max(self._deadline.left, 0.0), expected_walltime(self._progress.ordered)
        needs = f"; another evaluation needs about {duration(needed)}, {duration(left)} were left" if needed else ""
        return f"stopped at the deadline; {done}{needs}"

    @property
    def _elapsed(self) -> float:
        """Seconds since this start, by a clock that does not jump."""
        return round(time.monotonic() - self._begun, 3)


def _as_asked(evaluation: Evaluation, candidate: Candidate) -> Evaluation:
    """The evaluation with the candidate as the search asked for it, whatever way it has travelled."""
    return Evaluation(candidate, evaluation.outcome, evaluation.worker, evaluation.started, evaluation.walltime)
