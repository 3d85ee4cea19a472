"""What stands between a user and ``mpiexec``: signals go in, and what its end means comes out.

A rank that dies takes the whole job with it, before any rank can say a word; ``mpiexec`` then returns a bare signal
number, or even 0. So the end is judged by ``status.json``, and told here.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from types import FrameType
from typing import Final

from hpo.errors import CrossHpoError, ExitCode
from hpo.execution.bookkeeping import starts_in
from hpo.execution.clock import utc_now
from hpo.execution.conversation import exit_words
from hpo.execution.job import Job
from hpo.execution.journal import read_journal
from hpo.execution.processes import signal_at_death_of_parent
from hpo.execution.starter import REASON, Starter
from hpo.execution.status import GONE, read_status
from hpo.execution.stop import SIGNALS
from hpo.execution.workfolder import JOURNAL

LOOK: Final = 500
"""Milliseconds between two looks at the process that started this one."""
FRUITLESS_DEATHS: Final = 3
"""Starts in a row that may die without a single result."""

_PASSED_ON: Final = frozenset(code.value for code in ExitCode) - {ExitCode.DONE.value, ExitCode.CHECK_FAILED.value}


def supervise(command: Sequence[str], environment: Mapping[str, str], job: Job) -> int:
    """Run ``command``, the ``mpiexec`` line of ``job``, to its end; the exit code of the search.

    Raises:
        OSError: It can't be started.
    """
    starter = Starter.of_this_process()
    begun = utc_now()
    is_srun = Path(command[0]).name == "srun"
    with _passing_on(is_srun=is_srun) as started:
        # A group of its own: Ctrl-C would reach it twice otherwise, which mpiexec takes for a demand to abort.
        process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=_end_with_us,
        )
        started(process)
        _wait(process, starter, is_srun=is_srun)
    return _verdict(process.returncode, job, begun)


def _end_with_us() -> None:
    signal_at_death_of_parent(signal.SIGTERM)


@contextmanager
def _passing_on(*, is_srun: bool) -> Iterator[Callable[[subprocess.Popen[bytes]], None]]:
    """Within the block, signals go to the process that the given function is told, once it is told: as INT, or as TERM,
    the only others that every mpiexec hands on."""
    processes: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def hand_on(number: int, _: FrameType | None) -> None:
        if not processes:
            early.append(number)
        for process in processes:
            process.send_signal(_handed_on(number, is_srun=is_srun))

    def started(process: subprocess.Popen[bytes]) -> None:
        processes.append(process)
        for number in early:
            process.send_signal(_handed_on(number, is_srun=is_srun))

    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in handlers.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, hand_on)
    try:
        yield started
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _handed_on(number: int, *, is_srun: bool) -> signal.Signals:
    """What ``mpiexec`` is sent for a signal; Slurm's kills all ranks at once for INT or TERM, but hands USR1 on."""
    if is_srun:
        return signal.SIGUSR1
    return signal.SIGINT if number == signal.SIGINT else signal.SIGTERM


def _wait(process: subprocess.Popen[bytes], starter: Starter, *, is_srun: bool) -> None:
    descriptor = os.pidfd_open(process.pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        told = False
        while not poll.poll(LOOK):
            if starter.gone and not told:
                told = True
                print(f"cross-hpo: stopping because of {REASON}", file=sys.stderr, flush=True)
                process.send_signal(_handed_on(signal.SIGTERM, is_srun=is_srun))
    finally:
        os.close(descriptor)
    process.wait()


def _verdict(code: int, job: Job, begun: str) -> int:
    """The exit code of the search whose ``mpiexec``, started at ``begun``, ended with ``code``; says so where no rank
    could."""
    if code in _PASSED_ON:
        return code
    status = read_status(job.folder)
    if code == ExitCode.DONE and status is not None and status.state == "done":
        return ExitCode.DONE
    told = status is not None and status.state in ("stopped", "failed") and status.reason != GONE
    if status is not None and status.code and told and status.changed >= begun:
        # Rank 0 has said why; the launcher has made something else of its exit code.
        return status.code
    done = "" if status is None else f"; {status.done} of {status.total or '?'} evaluations are done"
    words = f"mpiexec ended with {exit_words(code)} before the search had ended{done}"
    if code == ExitCode.CHECK_FAILED:
        return _say(f"{words}\n  One of its processes met an error in the program, told above.", ExitCode.DRIFT)
    if _fruitless_deaths(job.folder / JOURNAL) >= FRUITLESS_DEATHS:
        return _say(
            f"{words}; this was start number {FRUITLESS_DEATHS} in a row that died without a single result\n"
            "  Look for what kills it (memory of the node, the batch system's messages) before you start it again.",
            ExitCode.GAVE_UP,
        )
    return _say(
        f"{words}: one of its processes has died, and the others with it\n"
        f"  Nothing is lost. Continue with: {job.command}",
        ExitCode.RESUMABLE,
    )


def _say(words: str, code: ExitCode) -> int:
    print(f"cross-hpo: {words}", file=sys.stderr, flush=True)
    return code


def _fruitless_deaths(journal: Path) -> int:
    """Starts, the last and those right before it, that have neither a result nor a reason to have ended."""
    try:
        starts = starts_in(read_journal(journal).entries)
    except CrossHpoError:
        return 0
    return sum(1 for _ in takewhile(lambda start: not start.results and not start.stopped, reversed(starts)))
