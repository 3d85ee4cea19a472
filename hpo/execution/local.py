"""The launcher ``local``: this process searches; its children, or for no workers it itself, train."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from hpo.execution.job import Job
from hpo.execution.pools import Pool, SerialPool, local_pool
from hpo.execution.run import Published, Run
from hpo.execution.starter import Starter
from hpo.execution.stop import Stop


def run_local(job: Job) -> Published:
    """Start or continue the search of ``job``; see ``hpo.execution.run.Run.to_the_end`` for what it raises."""
    stop = Stop(Starter.of_this_process())

    @contextmanager
    def pool() -> Iterator[Pool]:
        workers = local_pool(job.evaluator, job.workers)
        in_process = isinstance(workers, SerialPool)
        with stop.on_signals(workers.interrupt), stop.at_the_latest(last_words) if in_process else nullcontext():
            try:
                yield workers
            finally:
                workers.interrupt()
                workers.shutdown()

    def last_words(reason: str) -> None:
        print(
            f"cross-hpo: stopped by {reason} within a training\n  Nothing is lost. Continue with: {job.command}",
            file=sys.stderr,
            flush=True,
        )

    with stop.on_signals():
        return Run(job, pool, stop).to_the_end()
