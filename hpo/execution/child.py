"""The parent's side of an evaluator: one process that trains, watched and, where needed, killed and started anew.

A crash, an exit, a hang or a lack of memory costs one evaluation, never the worker. A process killed by somebody else
says nothing about the candidate, so it is tried again with the same seed; so is, once, one that ran out of memory.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import Any, Final

from hpo.errors import BadData, GaveUp
from hpo.evaluation import Candidate, Evaluation, Outcome, Status
from hpo.execution.clock import utc_now
from hpo.execution.conversation import Conversation, Ending, exit_words
from hpo.execution.memory import GIB, MemoryWatch, kernel_kills, words
from hpo.execution.messages import sanitise, with_output
from hpo.execution.output import CappedLog
from hpo.execution.surroundings import evaluator_environment, python
from hpo.execution.training import EvaluatorSettings, poisons_process, request_of

STARTUP_LIMIT: Final = 600.0
"""Seconds that an evaluator may take to import its packages and open its data."""

STARTS: Final = 2
"""How often an evaluator is started before it is given up."""

RETRIES: Final = {Status.KILLED: 2, Status.OOM: 1}
"""How often an evaluation that ended like this is tried again."""

_OUTSIDE: Final = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""Signals that somebody sends; all others are raised by what the process does."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a worker hands back.

    Attributes:
        evaluation: The finished evaluation; its status is ``interrupted`` where it was stopped by us.
        attempts: How often it was tried.
        device: Name of the device that it was trained on; empty if unknown.
    """

    evaluation: Evaluation
    attempts: int = 1
    device: str = ""

    @property
    def interrupted(self) -> bool:
        """Whether there is no outcome because the search is stopping."""
        return not self.evaluation.outcome.status.is_result


class ChildEvaluator:
    """Evaluates candidates in a process of its own. One thread evaluates; :meth:`interrupt` may come from any."""

    def __init__(self, settings: EvaluatorSettings, worker: int) -> None:
        self._settings = settings
        self._worker = worker
        self._log = CappedLog(settings.logs, f"worker-{worker:03d}.log")
        self._conversation: Conversation | None = None
        self._device = ""
        self._started = ""
        self._stopping = False

    def interrupt(self) -> None:
        """Stop the training that is running, and start no other; safe in a signal handler."""
        self._stopping = True

    def evaluate(self, candidate: Candidate) -> Result:
        """Train ``candidate``; never raises for what a training does.

        Raises:
            GaveUp: The evaluator can't be started at all.
        """
        self._started = utc_now()
        walltime = 0.0
        tried: dict[Status, int] = {}
        attempts = 0
        while True:
            attempts += 1
            outcome, seconds = self._attempt(candidate, first=attempts == 1)
            walltime += seconds
            tried[outcome.status] = tried.get(outcome.status, 0) + 1
            if tried[outcome.status] > RETRIES.get(outcome.status, 0):
                evaluation = Evaluation(candidate, outcome, self._worker, self._started, walltime)
                return Result(evaluation, attempts, self._device)

    def close(self) -> None:
        """End the evaluator process."""
        if self._conversation is not None:
            self._conversation.end(patience=1.0)
            self._conversation = None

    def _attempt(self, candidate: Candidate, *, first: bool) -> tuple[Outcome, float]:
        """One training: its outcome and its seconds, without those of starting the process."""
        if self._stopping:
            return _INTERRUPTED, 0.0
        self._log.begin(f"evaluation {candidate.evaluation}, seed {candidate.seed}")
        conversation, problem = self._ready()
        if conversation is None:
            return problem, 0.0
        begun = time.monotonic()
        if first:
            # Starting the process is not charged to the evaluation that happens to be the first.
            self._started = utc_now()
        watch = self._memory_watch(conversation.pid)
        kills = kernel_kills()
        reply, ending = conversation.ask(
            request_of(candidate),
            self._settings.time_limit,
            lambda: self._stopping,
            self._log.write,
            lambda: watch is not None and watch.exceeded(),
        )
        seconds = time.monotonic() - begun
        if ending is Ending.REPLIED:
            outcome = _outcome_in(reply)
            if poisons_process(outcome):
                self.close()
        else:
            self._conversation = None
            outcome = self._ended(ending, conversation.exit_status, watch, by_kernel=kernel_kills() != kills)
        self._log.end()
        return outcome, seconds

    def _memory_watch(self, pid: int) -> MemoryWatch | None:
        limit = self._settings.memory_limit
        return None if limit is None else MemoryWatch(pid, int(limit * GIB))

    def _ready(self) -> tuple[Conversation | None, Outcome]:
        """A conversation with a living evaluator, started if there is none; else what became of the start.

        Raises:
            GaveUp: It can't be started, also when tried again: nothing that a candidate could be blamed for.
        """
        if self._conversation is not None and self._conversation.alive:
            return self._conversation, _INTERRUPTED
        self.close()
        problem = ""
        for _ in range(STARTS):
            try:
                conversation = Conversation(self._start, grace=self._settings.grace)
            except OSError as error:
                problem = f"{error.strerror or error}"
                continue
            reply, ending = conversation.ask(
                self._settings.to_json(), STARTUP_LIMIT, lambda: self._stopping, self._log.write
            )
            if ending is Ending.REPLIED and isinstance(reply, dict) and "device" in reply:
                self._device = str(reply["device"])
                self._conversation = conversation
                return conversation, _INTERRUPTED
            conversation.end(patience=1.0)
            if ending is Ending.STOPPED or (ending is Ending.EXITED and -conversation.exit_status in _OUTSIDE):
                return None, self._ended(ending, conversation.exit_status)
            problem = self._why_not_ready(reply, ending, conversation.exit_status)
        self._log.end()
        raise GaveUp(f"the evaluator of worker {self._worker} can't be started: {problem}")

    def _why_not_ready(self, reply: Any, ending: Ending, exit_status: int) -> str:
        if ending is Ending.REPLIED:
            return sanitise(str(reply["error"] if isinstance(reply, dict) and "error" in reply else reply))
        if ending is Ending.TIMEOUT:
            return with_output(f"not ready within {STARTUP_LIMIT:g} s", self._log.tail)
        return with_output(exit_words(exit_status), self._log.tail)

    def _start(self, descriptors: tuple[int, int], output: int) -> subprocess.Popen[bytes]:
        requests, replies = descriptors
        return subprocess.Popen(
            python("hpo.execution.evaluator", str(requests), str(replies), str(os.getpid())),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=descriptors,
            start_new_session=True,
            env=evaluator_environment(self._settings.threads, self._settings.environment),
        )

    def _ended(
        self, ending: Ending, exit_status: int, watch: MemoryWatch | None = None, *, by_kernel: bool = False
    ) -> Outcome:
        """What it means that the process ended, or was ended, without a reply.

        Args:
            ending: How.
            exit_status: As ``subprocess`` counts it.
            watch: What has watched its memory.
            by_kernel: Whether the kernel has killed a process for want of memory meanwhile.
        """
        output = self._log.tail
        if ending is Ending.STOPPED:
            return _INTERRUPTED
        if ending is Ending.TIMEOUT:
            limit = self._settings.time_limit
            return Outcome(Status.TIMEOUT, message=with_output(f"longer than the limit of {limit:g} s", output))
        if ending is Ending.MEMORY and watch is not None:
            what = f"used {words(watch.peak)} of memory, more than the limit of {words(watch.limit)}"
            return Outcome(Status.OOM, message=with_output(what, output))
        if by_kernel and exit_status == -signal.SIGKILL:
            what = f"{exit_words(exit_status)}: killed by the kernel for want of memory"
            return Outcome(Status.OOM, message=with_output(what, output))
        if exit_status == 0:
            what = "no result: the process ended with exit code 0"
            return Outcome(Status.INVALID, message=with_output(what, output))
        if exit_status > 0:
            return Outcome(Status.FAILED, message=with_output(f"exit code {exit_status}", output))
        status = Status.KILLED if -exit_status in _OUTSIDE else Status.CRASHED
        return Outcome(status, message=with_output(exit_words(exit_status), output))


def _outcome_in(reply: Any) -> Outcome:
    try:
        outcome = Outcome.from_json(reply["outcome"])
    except (BadData, KeyError, TypeError) as error:
        return Outcome(Status.INVALID, message=sanitise(f"no result: the evaluator's reply is {error}"))
    return Outcome(
        outcome.status,
        outcome.loss,
        outcome.metrics,
        outcome.epochs_run,
        outcome.best_epoch,
        sanitise(outcome.message),
    )


_INTERRUPTED: Final = Outcome(Status.INTERRUPTED)
