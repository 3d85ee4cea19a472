"""What the manager of a search takes: per evaluation, with 800 workers, and for the largest size in all; CSV.

Three measurements, one row each: ``what``, ``value``, ``unit``, ``limit``, and what they were made with.

  dispatch   manager time per evaluation with 1, 2, 4 and 8 MPI ranks that sleep instead of training: handing
             candidates out and booking results; flushes to the disk and what the search thinks come apart
  workers    XL by steady_state with 800 workers that answer by schedule: the share of the makespan that the same
             walltimes have without any manager (see ``utilisation.py``); walltimes are those of real trainings
             divided by about 200, so the manager has 200 times as much to do as in a real search
  overhead   XL with evaluators that answer at once: journal, record, and resumption from the whole journal

Examples:

    .venv/bin/python benchmarks/dispatch.py
    .venv/bin/python benchmarks/dispatch.py --only overhead workers
"""

from __future__ import annotations

import argparse
import csv
import heapq
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from utilisation import makespan, waits

from hpo.evaluation import Candidate, Evaluation, Outcome, Status, Value
from hpo.execution.child import Result
from hpo.execution.controller import Controller
from hpo.execution.journal import Journal, read_journal
from hpo.execution.limits import Breaker, Deadline
from hpo.execution.pools import MpiPool, Pool
from hpo.execution.progress import Progress, Reporter
from hpo.execution.publication import record_of
from hpo.execution.run import replayed
from hpo.execution.spec import RunSpec
from hpo.execution.stop import Stop
from hpo.execution.surroundings import python, with_import_path
from hpo.search import Search, resolve_settings
from hpo.sizes import SIZES, Size

SPACE = [{"name": f"x{i}", "type": "float", "lower": 0.0, "upper": 1.0} for i in range(8)]
WORKERS = 800
NAP = 0.02
"""Seconds that a rank sleeps for an evaluation."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=("dispatch", "workers", "overhead"))
    parser.add_argument("--ranks", type=int, nargs="+", default=(1, 2, 4, 8), help="worker ranks for dispatch")
    parser.add_argument("--seconds", type=float, default=3.0, help="median walltime for workers")
    parser.add_argument("--rank", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.rank:
        as_rank()
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("what", "value", "unit", "limit", "workers", "evaluations", "remark"))
    wanted = arguments.only or ("dispatch", "workers", "overhead")
    measurements: dict[str, Callable[[], Iterable[tuple[Any, ...]]]] = {
        "dispatch": lambda: dispatch(arguments.ranks),
        "workers": lambda: many_workers(arguments.seconds),
        "overhead": overhead,
    }
    for name in wanted:
        for row in measurements[name]():
            writer.writerow(row)
            sys.stdout.flush()


def dispatch(ranks: Iterable[int]) -> Iterable[tuple[Any, ...]]:
    """Manager time per evaluation with real MPI ranks."""
    from hpo.execution.mpi import SETTINGS, find_mpiexec

    for workers in ranks:
        command = [str(find_mpiexec()), "-n", str(workers + 1), *python("mpi4py", str(Path(__file__)), "--rank")]
        environment = with_import_path({**SETTINGS, **os.environ})
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        found = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
        parts = ("manager", "flushes", "search", "cpu")
        each = {name: f"{1000 * found[name] / found['evaluations']:.2f}" for name in parts}
        number = int(found["evaluations"])
        yield "manager time per evaluation", each["manager"], "ms", 2, workers, number, "without flushes and search"
        remark = f"one takes {one_flush():.2f} ms here"
        yield "flushes per evaluation", each["flushes"], "ms", "", workers, number, remark
        yield "search time per evaluation", each["search"], "ms", "", workers, number, "thinking of candidates"
        yield "processor time per evaluation", each["cpu"], "ms", "", workers, number, "manager and search"


def one_flush() -> float:
    """Median milliseconds of a flush of 400 bytes where temporary files lie."""
    seconds = []
    with tempfile.NamedTemporaryFile() as stream:
        for _ in range(51):
            stream.write(b"x" * 400)
            stream.flush()
            begun = time.perf_counter()
            os.fsync(stream.fileno())
            seconds.append(time.perf_counter() - begun)
    return 1000 * median(seconds)


def as_rank() -> None:
    """What a rank runs: rank 0 measures and prints it, the others sleep."""
    from mpi4py import MPI
    from mpi4py.futures import MPICommExecutor

    from hpo.execution.rank import serve_with

    comm = MPI.COMM_WORLD
    serve_with(Sleeper(comm.Get_rank()))  # type: ignore[arg-type]
    executor: Any
    with MPICommExecutor(comm, root=0) as executor, tempfile.TemporaryDirectory() as folder:
        if executor is not None:
            pool = MpiPool(executor, ("node-01",) * (comm.Get_size() - 1))
            print(json.dumps(dict(searched(Path(folder), spec_of(SIZES["LARGE"], 4 * pool.workers), pool))), flush=True)


class Sleeper:
    """Stands for an evaluator."""

    def __init__(self, rank: int) -> None:
        self._worker = rank - 1

    def evaluate(self, candidate: Candidate) -> Result:
        """Sleep, then answer."""
        time.sleep(NAP)
        return answer(candidate, NAP, self._worker)


class ScheduledPool(Pool):
    """Workers that answer when their walltime is over, from one thread; ``seconds`` is called with the number."""

    def __init__(self, workers: int, seconds: Callable[[int], float]) -> None:
        self.workers = workers
        self.nodes = ("node-01",) * workers
        self.ahead = 8
        self._seconds = seconds
        self._waiting: list[tuple[Candidate, Future[Result]]] = []
        self._running: list[tuple[float, int, Candidate, Future[Result]]] = []
        self._order = count()
        self._changed = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def submit(self, candidate: Candidate) -> Future[Result]:
        future: Future[Result] = Future()
        with self._changed:
            self._waiting.append((candidate, future))
            self._begin()
            self._changed.notify()
        return future

    def interrupt(self) -> None:
        self._over = True

    def shutdown(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join()

    def _begin(self) -> None:
        while self._waiting and len(self._running) < self.workers:
            candidate, future = self._waiting.pop(0)
            end = time.monotonic() + self._seconds(candidate.evaluation)
            heapq.heappush(self._running, (end, next(self._order), candidate, future))

    def _answer(self) -> None:
        with self._changed:
            while not self._over:
                now = time.monotonic()
                while self._running and self._running[0][0] <= now:
                    _, order, candidate, future = heapq.heappop(self._running)
                    future.set_result(answer(candidate, self._seconds(candidate.evaluation), order % self.workers))
                self._begin()
                self._changed.wait(max(0.0, self._running[0][0] - time.monotonic()) if self._running else 1.0)


class Flushes:
    """Counts the seconds that flushes to the disk take, within ``with``."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._flush = os.fsync

    def __enter__(self) -> Flushes:
        os.fsync = self._timed  # type: ignore[assignment]
        return self

    def __exit__(self, *_: object) -> None:
        os.fsync = self._flush

    def _timed(self, descriptor: Any) -> None:
        begun = time.perf_counter()
        self._flush(descriptor)
        self.seconds += time.perf_counter() - begun


class TimedSearch:
    """A search that counts the seconds that it thinks."""

    def __init__(self, search: Search) -> None:
        self.seconds = 0.0
        self._search = search

    def __getattr__(self, name: str) -> Any:
        begun = time.perf_counter()
        found = getattr(self._search, name)
        self.seconds += time.perf_counter() - begun
        return self._timed(found) if callable(found) else found

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            begun = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.perf_counter() - begun

        return call


class TimedController(Controller):
    """Counts the seconds in which it does not wait for workers."""

    seconds = 0.0
    cpu = 0.0

    def _submit(self) -> None:
        with self._timed():
            super()._submit()

    def _book(self, done: Iterable[Future[Result]]) -> None:
        with self._timed():
            super()._book(done)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        begun, processor = time.perf_counter(), time.thread_time()
        yield
        self.seconds += time.perf_counter() - begun
        self.cpu += time.thread_time() - processor


def searched(folder: Path, spec: RunSpec, pool: Pool) -> Iterable[tuple[str, float]]:
    """Take the search of ``spec`` to its end in ``folder``; what it took, in seconds."""
    software: dict[str, Any] = {"software": {}, "commit": None, "dirty": None}
    opening = {"workers": pool.workers, "launcher": "local", "mpi_size": None, "time_limit": None, **software}
    journal = Journal.begin(folder / "journal", spec.digest, time="2026-01-01T00:00:00.000Z", **opening)
    untimed, pending = replayed(spec, journal.history)
    search: Any = TimedSearch(untimed)
    progress = Progress(spec.name, search.budget, pool.workers)
    with open(os.devnull, "w", encoding="ascii") as nowhere:  # noqa: PTH123
        sys.stderr, before = nowhere, sys.stderr
        try:
            controller = TimedController(
                search,
                pending,
                journal=journal,
                pool=pool,
                stop=Stop(),
                deadline=Deadline(None),
                breaker=Breaker(4),
                progress=progress,
                reporter=Reporter(progress, 0),
            )
            begun = time.perf_counter()
            with Flushes() as flushes:
                controller.loop(lambda: None)
            yield "seconds", time.perf_counter() - begun
        finally:
            sys.stderr = before
            pool.shutdown()
            journal.close()
    thinking = min(search.seconds, controller.seconds)
    yield "search", thinking
    yield "manager", controller.seconds - thinking - flushes.seconds
    yield "flushes", flushes.seconds
    yield "cpu", controller.cpu
    yield "evaluations", search.budget


def many_workers(typical: float) -> Iterable[tuple[Any, ...]]:
    """XL with 800 workers that answer by schedule."""
    size, window = SIZES["XL"], 4 * WORKERS
    rng = random.Random(1)
    work = [typical * rng.lognormvariate(0.0, 0.5) for _ in range(size.evaluations(0.5, baseline=False))]
    ideal = makespan(work, waits("XL", "steady_state", window), WORKERS)
    with tempfile.TemporaryDirectory() as folder:
        spec = spec_of(size, window)
        found = dict(searched(Path(folder), spec, ScheduledPool(WORKERS, work.__getitem__)))
    worked = found["manager"] + found["flushes"] + found["search"]
    remark = f"makespan {found['seconds']:.1f} s, {ideal:.1f} s without a manager; it worked {worked:.1f} s"
    yield "share of the ideal schedule", f"{ideal / found['seconds']:.3f}", "", 0.9, WORKERS, len(work), remark


def overhead() -> Iterable[tuple[Any, ...]]:
    """XL with evaluators that answer at once: what is left is ours."""
    spec = spec_of(SIZES["XL"], 4 * WORKERS)
    parts: dict[str, tuple[float, float]] = {}

    @contextmanager
    def part(name: str) -> Iterator[None]:
        begun, processor = time.perf_counter(), time.process_time()
        yield
        parts[name] = (time.perf_counter() - begun, time.process_time() - processor)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = dict(searched(folder, spec, ScheduledPool(WORKERS, lambda _: 0.0)))
        parts["dispatch, journal and search"] = (found["manager"] + found["flushes"] + found["search"], found["cpu"])
        with part("resume: reading the journal"):
            history = read_journal(folder / "journal", spec.digest)
        with part("resume: replaying the search"):
            search, _ = replayed(spec, history)
        with part("record"):
            record_of(spec, history.entries, search).write(folder / "archive")
    number = int(found["evaluations"])
    for what, (seconds, processor) in parts.items():
        yield what, f"{seconds:.2f}", "s", "", WORKERS, number, f"{processor:.2f} s on the processor"
    total, processor = (sum(numbers) for numbers in zip(*parts.values(), strict=True))
    yield "overhead in all", f"{total:.2f}", "s", 5, WORKERS, number, f"{processor:.2f} s on the processor"


def answer(candidate: Candidate, seconds: float, worker: int) -> Result:
    """The result of a training that took ``seconds``."""
    loss = sum((float(value) - 0.3) ** 2 for value in candidate.hyperparameters.values())
    outcome = Outcome(Status.OK, loss, {"val_mse": loss}, 10, 7)
    return Result(Evaluation(candidate, outcome, worker, "2026-01-01T00:00:00.000Z", seconds), 1, "sleeping")


def spec_of(size: Size, window: int) -> RunSpec:
    """The identity of a run of ``size`` without generations."""
    settings: dict[str, Value] = {"GA_STRATEGY": "steady_state", "WINDOW": window}
    return RunSpec(
        model="Sleeper",
        dataset="DEMO-A",
        release="none",
        release_digest="0" * 64,
        split=0,
        size=size.name,
        strategy="ga",
        run="ga-seed1",
        seed=1,
        space=SPACE,
        settings=resolve_settings("ga", size, settings=settings),
        baseline={},
        fixed={},
        protocol={"name": "none", "version": 1, "target": "auc", "metric": "mse", "selection": "none"},
        digests={"space": "0" * 64},
    )


if __name__ == "__main__":
    main()
