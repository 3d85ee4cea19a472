"""Submitting a job and watching it. The job never depends on this: whoever watches may die, lose the connection, come
back with the same command, or watch from two places.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from hpo.digest import digest
from hpo.errors import ExitCode, GaveUp, OwnedOrExists, Resumable
from hpo.execution.batch.attempts import JOBS, Attempt, attempts, new_folder
from hpo.execution.batch.inside import Ended
from hpo.execution.batch.job import REQUEST, SCRIPT, SUBMITTED, BatchJob, Search
from hpo.execution.batch.scheduler import JobState, Phase, Scheduler, Unreachable
from hpo.execution.batch.script import render_script
from hpo.execution.clock import utc_now
from hpo.execution.lock import Lease
from hpo.execution.site import Site
from hpo.execution.status import read_status
from hpo.execution.stop import Stop
from hpo.storage import write_json

SURE: Final = 3
"""Answers in a row that a job is unknown or over, but has left no result, until that is believed: file systems and
batch systems tell late."""

LOOK: Final = 0.2
PATIENCE: Final = 60.0
"""Seconds to wait for another client that is just submitting."""


@dataclass(frozen=True, slots=True)
class Client:
    """Submits jobs to one site and watches them.

    Attributes:
        site: The site.
        scheduler: Its batch system.
        work: The work folder.
        poll: Seconds between two looks at a job.
        command: What continues what this client does, for messages.
        say: Receives what is worth telling, a line each.
    """

    site: Site
    scheduler: Scheduler
    work: Path
    poll: float = 15.0
    command: str = "the same command"
    say: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True)

    def submit(self, job: BatchJob) -> Attempt:
        """Submit ``job``, unless a living job runs its searches already: then that one is returned.

        Args:
            job: The job; its folder is chosen here.

        Raises:
            OwnedOrExists: A living job runs some of the searches, but not all.
            GaveUp: The batch system refuses the job.
            BadConfiguration: The site can't run it.
            UsageError: A path can't be used.
        """
        (self.work / JOBS).mkdir(parents=True, exist_ok=True)
        # Two clients must not both find nothing and submit; while one waits for a job, it holds nothing.
        lease = Lease.acquire(self.work / JOBS, patience=PATIENCE)
        try:
            living = self._living(job.searches)
            if living is not None:
                self.say(f"job {living.number} runs {_searches(job.searches)} already: waiting for it")
                return living
            return self._new(job)
        finally:
            lease.release()

    def _new(self, job: BatchJob) -> Attempt:
        placed = replace(job, folder=str(self.work.resolve() / JOBS))
        render_script(self.site, placed)
        folder = new_folder(self.work, job_name(job.searches))
        placed = replace(job, folder=str(folder))
        (folder / SCRIPT).write_text(render_script(self.site, placed), encoding="utf-8")
        write_json(folder / REQUEST, placed.to_json())
        number = self.scheduler.submit(folder / SCRIPT)
        write_json(folder / SUBMITTED, {"job": number, "site": self.site.name, "time": utc_now()})
        where = f" to {job.queue}" if job.queue else ""
        self.say(f"job {number} submitted{where}: {_searches(job.searches)}; its files are in {folder}")
        return Attempt(folder, placed, number)

    def _living(self, searches: Sequence[Search]) -> Attempt | None:
        """A job that has not ended and runs all of ``searches``."""
        wanted = {search.name for search in searches}
        for attempt in attempts(self.work):
            others = {search.name for search in attempt.job.searches}
            if not wanted & others or attempt.results is not None or not self._lives(attempt):
                continue
            if not wanted <= others:
                raise OwnedOrExists(
                    f"job {attempt.number} runs {', '.join(sorted(wanted & others))} already\n"
                    f"  Wait for it, or end it: {self.cancel(attempt)}"
                )
            return attempt
        return None

    def _lives(self, attempt: Attempt) -> bool:
        stop = Stop()
        with stop.on_signals():
            while True:
                try:
                    return self.scheduler.state(attempt.number).phase in (Phase.QUEUED, Phase.HELD, Phase.RUNNING)
                except Unreachable as error:
                    # Submitting again without knowing would run everything twice.
                    self.say(f"note: {error}; asking again whether job {attempt.number} lives")
                    _sleep(self.poll, stop)
                    if stop.reason:
                        raise Resumable(f"stopped by {stop.reason} before anything was submitted") from None

    def wait(self, attempt: Attempt) -> dict[str, Ended]:
        """Watch a job to its end; how each of its searches ended, by name.

        Raises:
            Resumable: This client was told to stop; the job goes on.
            GaveUp: The job will never run, or never did.
        """
        stop = Stop()
        told = _Told(self.say, attempt)
        over = 0
        with stop.on_signals():
            while True:
                results = attempt.results
                if results is not None:
                    told.progress()
                    return results
                try:
                    state = self.scheduler.state(attempt.number)
                except Unreachable as error:
                    told.once(f"note: {error}; the job goes on, asking again")
                else:
                    told.state(state)
                    told.progress()
                    if state.stuck and state.phase is not Phase.ENDED:
                        raise GaveUp(self._stuck(attempt, state))
                    over = over + 1 if state.phase in (Phase.ENDED, Phase.UNKNOWN) else 0
                    if over >= SURE:
                        return attempt.results or self._without_result(attempt, state)
                _sleep(min(self.poll, 2.0) if over else self.poll, stop)
                if stop.reason:
                    raise Resumable(
                        f"stopped waiting by {stop.reason}; job {attempt.number} goes on\n"
                        f"  Wait for it again with: {self.command}\n  End it with: {self.cancel(attempt)}"
                    )

    def to_the_end(self, job: BatchJob, *, resubmit: int = 0) -> dict[str, Ended]:
        """Submit, wait and, up to ``resubmit`` times, submit what was not finished again.

        Raises:
            Resumable: See :meth:`wait`.
            GaveUp: See :meth:`submit` and :meth:`wait`.
            OwnedOrExists: See :meth:`submit`.
        """
        results: dict[str, Ended] = {}
        left = job.searches
        attempt = self.submit(job)
        for more in range(resubmit, -1, -1):
            ended = self.wait(attempt)
            results |= {search.name: ended[search.name] for search in left}
            left = tuple(search for search in left if results[search.name].code == ExitCode.RESUMABLE)
            if not left or not more:
                break
            self._let_end(attempt)
            self.say(f"{len(left)} not finished: submitting another job, {more - 1} more may follow")
            attempt = self.submit(replace(job, searches=left))
        return results

    def _let_end(self, attempt: Attempt) -> None:
        """Wait until a job that has left its result is over: some queues take one job of a user at a time."""
        until = time.monotonic() + PATIENCE
        stop = Stop()
        with stop.on_signals(), suppress(Unreachable):
            while self.scheduler.state(attempt.number).phase is Phase.RUNNING and time.monotonic() < until:
                _sleep(min(self.poll, 2.0), stop)
                if stop.reason:
                    raise Resumable(f"stopped by {stop.reason}\n  Continue with: {self.command}")

    def cancel(self, attempt: Attempt) -> str:
        """The command that ends the job."""
        return self.scheduler.cancel.replace("{id}", attempt.number)

    def _without_result(self, attempt: Attempt, state: JobState) -> dict[str, Ended]:
        """How the searches of a job ended that could not say so itself.

        Raises:
            GaveUp: It never got as far as a search.
        """
        if not attempt.has_started:
            raise GaveUp(self._never_ran(attempt, state))
        reason = state.reason or "the job has ended without a word"
        resumable = Ended(ExitCode.RESUMABLE, f"job {attempt.number}: {reason}")
        return {search.name: Ended(ExitCode.DONE) if search.published else resumable for search in attempt.job.searches}

    def _never_ran(self, attempt: Attempt, state: JobState) -> str:
        if state.phase is Phase.UNKNOWN:
            return (
                f"job {attempt.number} has vanished: the batch system took it and does not know it any more\n"
                "  That happens where nodes and walltime fit no queue behind a routing queue, and where a project has "
                f"no right to one.\n  Compare the directives of {attempt.folder / SCRIPT} with the site's rules."
            )
        what = state.reason or f"exit code {state.exit_code}"
        output = attempt.output
        printed = "\n  It printed:\n" + "\n".join(f"    {line}" for line in output.splitlines()) if output else ""
        return (
            f"job {attempt.number} ended before it began with a search: {what}{printed}\n"
            f"  Its script is {attempt.folder / SCRIPT}."
        )

    def _stuck(self, attempt: Attempt, state: JobState) -> str:
        return (
            f"job {attempt.number} is {state.phase} and will not start: {state.reason}\n"
            f"  Remove it with `{self.cancel(attempt)}`, correct what the reason says (a folder for output that does "
            "not exist, a limit), and start again."
        )


class _Told:
    """What has been told of a job, so that nothing is told twice."""

    def __init__(self, say: Callable[[str], None], attempt: Attempt) -> None:
        self._say = say
        self._attempt = attempt
        self._state = ""
        self._once = ""
        self._done = {search.name: _done(search) for search in attempt.job.searches}

    def once(self, text: str) -> None:
        if text != self._once:
            self._once = text
            self._say(text)

    def state(self, state: JobState) -> None:
        self._once = ""
        words = f"job {self._attempt.number}: {state.phase}" + (f" ({state.reason})" if state.reason else "")
        if words != self._state:
            self._state = words
            self._say(words)

    def progress(self) -> None:
        for search in self._attempt.job.searches:
            status = read_status(Path(search.folder))
            if status is None or status.done == self._done[search.name]:
                continue
            self._done[search.name] = status.done
            best = "" if status.best is None else f"; best {status.best:.6g}"
            self._say(f"{search.name}: {status.done} of {status.total or '?'} evaluations{best}")


def job_name(searches: Sequence[Search]) -> str:
    """Name of the folder of a job: that of its search, or their number and a digest of their names."""
    if len(searches) == 1:
        return searches[0].name
    return f"{len(searches)}-searches-{digest(sorted(search.name for search in searches))[:8]}"


def _done(search: Search) -> int:
    status = read_status(Path(search.folder))
    return 0 if status is None else status.done


def _searches(searches: Sequence[Search]) -> str:
    return searches[0].name if len(searches) == 1 else f"{len(searches)} searches"


def _sleep(seconds: float, stop: Stop) -> None:
    until = time.monotonic() + seconds
    while not stop.reason and (left := until - time.monotonic()) > 0:
        time.sleep(min(LOOK, left))
