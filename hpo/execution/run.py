"""One start of a search, from taking the run's lease to its record; the same behind every launcher."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hpo.archive.record import Record
from hpo.errors import CrossHpoError, ExitCode, GaveUp, Resumable, StorageError
from hpo.evaluation import Candidate
from hpo.execution.bookkeeping import evaluations_in, starts_in
from hpo.execution.clock import utc_now
from hpo.execution.controller import DEADLINE, Controller
from hpo.execution.job import Job
from hpo.execution.journal import History, Journal, read_journal
from hpo.execution.limits import Breaker, Deadline
from hpo.execution.lock import Lease
from hpo.execution.pools import Pool
from hpo.execution.progress import Progress, Reporter
from hpo.execution.provenance import surroundings
from hpo.execution.publication import record_of
from hpo.execution.spec import RunSpec
from hpo.execution.status import RunStatus
from hpo.execution.stop import Stop
from hpo.execution.workfolder import JOURNAL, read_spec
from hpo.models.registry import load
from hpo.search import Search, make_search_from, most_under_way, replay
from hpo.search.catalogue import PACKAGES
from hpo.space import Space

FRUITLESS_STARTS: Final = 3
"""Starts in a row that may end at their deadline without a single result."""

SAY_EVERY: Final = 1.0
"""Seconds between two updates of ``status.json`` while nothing changes but counts."""

PoolContext = Callable[[], AbstractContextManager[Pool]]
"""Makes the workers when they are needed, and ends them on exit."""


@dataclass(frozen=True, slots=True)
class Published:
    """A finished run: its record, the record's folder, and how many evaluations this start made."""

    record: Record
    path: Path
    trained: int


class Run:
    """One start of the search in ``job.folder``.

    Args:
        job: Where things are and who works.
        pool: Makes the workers.
        stop: Whether to stop.
    """

    def __init__(self, job: Job, pool: PoolContext, stop: Stop) -> None:
        self._job = job
        self._pool = pool
        self._stop = stop
        self._spec = read_spec(job.folder)
        self._folder = job.folder / JOURNAL
        self._progress = Progress(self._spec.name, 0, job.workers)
        self._trained = 0
        self._said = 0.0

    def to_the_end(self) -> Published:
        """Start or continue the search, and publish its record.

        Raises:
            Resumable: It was stopped; the same command continues it.
            OwnedOrExists: It is already running, or another record is in the way.
            Fenced: Another start has taken over.
            GaveUp: Nothing succeeds, or there is never enough time.
            Drift: The journal doesn't fit the search.
            BadData: The journal is damaged.
            StorageError: The journal or the record can't be written.
        """
        lease = Lease.acquire(self._job.folder, takeover=self._job.takeover)
        if lease.before is not None:
            _note(f"{lease.before.words} had this search and did not give it back; it goes on from the journal")
        try:
            return self._owned()
        except CrossHpoError as error:
            with suppress(StorageError):
                self._say("stopped" if isinstance(error, Resumable) else "failed", error.exit_code, str(error))
            raise
        finally:
            lease.release()

    def _owned(self) -> Published:
        history = read_journal(self._folder, self._spec.digest)
        if history.entries and history.entries[-1]["type"] == "closed":
            search, _ = self._replayed(history)
            self._say("running")
        else:
            search = self._continue()
            history = read_journal(self._folder, self._spec.digest)
        record = record_of(self._spec, history.entries, search)
        path = record.write(self._job.archive)
        self._say("done", ExitCode.DONE)
        return Published(record, path, self._trained)

    def _replayed(self, history: History) -> tuple[Search, list[Candidate]]:
        """The search where the journal ends, and the candidates that it waits for."""
        search, pending = replayed(self._spec, history)
        self._progress = Progress(self._spec.name, search.budget, self._job.workers)
        for evaluation in evaluations_in(history.entries):
            self._progress.book(evaluation)
        return search, pending

    def _continue(self) -> Search:
        """Evaluate what is missing; the finished search."""
        with self._pool() as pool:
            journal = Journal.begin(self._folder, self._spec.digest, **self._opening(pool))
            try:
                for remark in [*journal.history.remarks, *_too_many(self._spec, pool.workers)]:
                    _note(remark)
                search, pending = self._replayed(journal.history)
                self._say("running")
                breaker = Breaker(int(self._spec.settings["POPULATION_SIZE"]))
                for evaluation in evaluations_in(journal.history.entries):
                    breaker.book(evaluation)
                with Reporter(self._progress, self._job.terminal) as reporter:
                    controller = Controller(
                        search,
                        pending,
                        journal=journal,
                        pool=pool,
                        stop=self._stop,
                        deadline=Deadline(self._job.deadline),
                        breaker=breaker,
                        progress=self._progress,
                        reporter=reporter,
                    )
                    try:
                        controller.loop(self._still_running)
                    except Resumable as error:
                        self._trained = controller.trained
                        raise self._with_remedy(error, journal.history) from None
                    self._trained = controller.trained
            finally:
                journal.close()
        return search

    def _opening(self, pool: Pool) -> dict[str, Any]:
        """What the journal's ``open`` record says about this start."""
        is_mpi = self._job.launcher == "mpi"
        packages = (*load(self._job.evaluator.model).card.packages, *PACKAGES.get(self._spec.strategy, ()))
        return {
            "time": utc_now(),
            "workers": pool.workers,
            "launcher": self._job.launcher,
            "mpi_size": pool.workers + 1 if is_mpi else None,
            "time_limit": self._job.evaluator.time_limit,
            "memory_limit": self._job.evaluator.memory_limit,
            **surroundings(packages, mpi=is_mpi).to_json(),
        }

    def _with_remedy(self, error: Resumable, before: History) -> Resumable | GaveUp:
        """``error`` with the command to continue, unless continuing has led nowhere several times."""
        fruitless = 0
        if self._stop.reason == DEADLINE and not self._trained:
            fruitless = 1
            for start in reversed(starts_in(before.entries)):
                if start.results or start.stopped != DEADLINE:
                    break
                fruitless += 1
        if fruitless >= FRUITLESS_STARTS:
            return GaveUp(
                f"{error}; this was start number {fruitless} in a row that ended at its deadline without a single "
                "result\n  Give it more time, or a space in which trainings are shorter."
            )
        return Resumable(f"{error}\n  Nothing is lost. Continue with: {self._job.command}")

    def _still_running(self) -> None:
        """Update the counts in ``status.json``, but not often: renaming is slow on shared file systems."""
        if time.monotonic() - self._said > SAY_EVERY:
            self._say("running")

    def _say(self, state: str, code: ExitCode | None = None, reason: str = "") -> None:
        """Update ``status.json``."""
        self._said = time.monotonic()
        best = self._progress.best
        RunStatus(
            state=state,
            done=self._progress.done,
            total=self._progress.total,
            best=None if best is None else best.outcome.loss,
            code=None if code is None else code.value,
            reason=reason.partition("\n")[0],
            resumable=state != "failed",
        ).write(self._job.folder)


def _too_many(spec: RunSpec, workers: int) -> list[str]:
    """What to say where workers will wait whatever happens."""
    most = most_under_way(spec.settings)
    if most is None or workers <= most:
        return []
    remedy = "a larger WINDOW" if "WINDOW" in spec.settings else "GA_STRATEGY=steady_state"
    return [
        f"{workers} workers, but after the first generation at most {most} evaluations of this search can be under way "
        f"at once; a new run with {remedy} can use more (--ga)"
    ]


def _note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr, flush=True)


def replayed(spec: RunSpec, history: History) -> tuple[Search, list[Candidate]]:
    """The search where the journal ends, and the candidates that it waits for.

    Raises:
        Drift: The search would not have asked for what the journal holds.
        BadData: The journal contradicts itself.
    """
    evaluations = evaluations_in(history.entries)
    search = make_search_from(Space.from_json(spec.space), spec.seed, spec.settings, spec.baseline)
    pending = replay(
        search,
        {evaluation.candidate.evaluation: evaluation.candidate for evaluation in evaluations},
        {evaluation.candidate.evaluation: evaluation.outcome for evaluation in evaluations},
    )
    return search, pending
