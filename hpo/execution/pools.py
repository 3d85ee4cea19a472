"""Where candidates are trained: in this process, in child processes, or on the ranks of an MPI job.

All have one shape: ``submit`` returns a future of a ``Result``. Training never raises through a future; what went
wrong is in the result's status.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from hpo.evaluation import Candidate, Evaluation, Outcome, Status
from hpo.execution.child import ChildEvaluator, Result
from hpo.execution.clock import utc_now
from hpo.execution.messages import sanitise
from hpo.execution.training import EvaluatorSettings, Trainer

MOST_AHEAD: Final = 8


class Pool(ABC):
    """Workers that train candidates.

    Attributes:
        workers: Evaluations at the same time.
        nodes: Alias of the node of each worker, by its number.
        ahead: Candidates that may wait behind those that are trained.
    """

    workers: int
    nodes: tuple[str, ...]
    ahead: int = 0

    @abstractmethod
    def submit(self, candidate: Candidate) -> Future[Result]:
        """Have ``candidate`` trained by the next free worker."""

    @abstractmethod
    def interrupt(self) -> None:
        """Stop what is running as soon as possible and start nothing more; safe in a signal handler."""

    @abstractmethod
    def shutdown(self) -> None:
        """Wait for what is running, then end all workers."""


class SerialPool(Pool):
    """Trains in this process when submitted: no isolation and no time limit, but the shortest way."""

    def __init__(self, settings: EvaluatorSettings) -> None:
        self.workers = 1
        self.nodes = ("node-01",)
        self._trainer = Trainer.ready(settings)
        self._stopping = False

    def submit(self, candidate: Candidate) -> Future[Result]:
        future: Future[Result] = Future()
        started, begun = utc_now(), time.monotonic()
        if self._stopping:
            outcome = Outcome(Status.INTERRUPTED)
        else:
            outcome = self._trainer.train(candidate.hyperparameters, candidate.seed)
            outcome = Outcome.from_json({**outcome.to_json(), "message": sanitise(outcome.message)})
        future.set_result(Result(Evaluation(candidate, outcome, 0, started, time.monotonic() - begun)))
        return future

    def interrupt(self) -> None:
        self._stopping = True

    def shutdown(self) -> None:
        return


class ChildPool(Pool):
    """Threads of this process, each with an evaluator process of its own."""

    def __init__(self, settings: EvaluatorSettings, workers: int) -> None:
        self.workers = workers
        self.nodes = ("node-01",) * workers
        self.ahead = min(workers, MOST_AHEAD)
        self._evaluators = [ChildEvaluator(settings, worker) for worker in range(workers)]
        self._free = list(reversed(self._evaluators))
        self._mine = threading.local()
        # An evaluator dies with the thread that started it, so every thread keeps its own for as long as it lives.
        self._executor = ThreadPoolExecutor(workers, "worker", self._take)

    def submit(self, candidate: Candidate) -> Future[Result]:
        return self._executor.submit(self._evaluate, candidate)

    def interrupt(self) -> None:
        for evaluator in self._evaluators:
            evaluator.interrupt()

    def shutdown(self) -> None:
        self._executor.shutdown(cancel_futures=True)
        for evaluator in self._evaluators:
            evaluator.close()

    def _take(self) -> None:
        self._mine.evaluator = self._free.pop()

    def _evaluate(self, candidate: Candidate) -> Result:
        evaluator: ChildEvaluator = self._mine.evaluator
        return evaluator.evaluate(candidate)


class MpiPool(Pool):
    """The worker ranks of an MPI job, each with an evaluator process of its own; see ``hpo.execution.mpi``.

    Attributes:
        abandoned: Whether ranks were still training at the end: they can't be told, so the job has to be aborted.
    """

    def __init__(self, executor: Executor, nodes: tuple[str, ...]) -> None:
        self.workers = len(nodes)
        self.nodes = nodes
        self.ahead = min(self.workers, MOST_AHEAD)
        self.abandoned = False
        self._executor = executor
        self._futures: set[Future[Result]] = set()

    def submit(self, candidate: Candidate) -> Future[Result]:
        from hpo.execution.rank import evaluate

        future = self._executor.submit(evaluate, candidate)
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        return future

    def interrupt(self) -> None:
        # Every rank gets the signal itself; what none has begun with is taken back here.
        for future in tuple(self._futures):
            future.cancel()

    def shutdown(self) -> None:
        self.interrupt()
        self.abandoned = any(not future.done() for future in tuple(self._futures))
        if not self.abandoned:
            self._executor.shutdown()


def local_pool(settings: EvaluatorSettings, workers: int) -> Pool:
    """The pool of ``--launcher local``: child processes, or for no workers this process itself."""
    if settings.logs is not None:
        with suppress(OSError):
            Path(settings.logs).mkdir(parents=True, exist_ok=True)
    return ChildPool(settings, workers) if workers else SerialPool(settings)
