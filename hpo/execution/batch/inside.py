"""What runs inside a job: its searches, side by side on parts of its nodes, and a note of how each ended.

``python -m hpo.execution.batch.inside FOLDER --deadline UNIXTIME``, started by the batch script. What counts as the
end of a search is its record, not only an exit code: launchers have returned 0 for ranks that had died.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from hpo.errors import ExitCode
from hpo.execution.batch.job import RESULT, STARTED, BatchJob, Search, read_job
from hpo.execution.clock import utc_now
from hpo.execution.nodes import NODES, job_id, job_nodes
from hpo.execution.status import GONE, read_status
from hpo.execution.stop import Stop
from hpo.execution.surroundings import python, with_import_path
from hpo.storage import write_json

JOB: Final = "CROSS_HPO_JOB"
"""Folder of the job, set for its searches: they have been allowed and are not submitted again."""

COMMAND: Final = "CROSS_HPO_COMMAND"
"""What continues a search, set for it: its own command line has a deadline that will have passed."""

BETWEEN: Final = 1.0
"""Seconds between two launches: some launchers fail when started at the same moment."""

LEAST: Final = 10.0
"""Seconds before the deadline after which no search is begun."""

LAST: Final = 8.0
"""Seconds that searches get to end after a signal; batch systems kill after about ten."""

PASS_ON: Final = 1.0
"""Seconds after a signal until it is passed on: PBS sends it to every process itself, Slurm to this one only."""

LOOK: Final = 0.2


@dataclass(frozen=True, slots=True)
class Ended:
    """How a search ended.

    Attributes:
        code: Exit code, see ``hpo.errors.ExitCode``.
        reason: Why, where that is not the search's own code.
    """

    code: int
    reason: str = ""


def main(arguments: Sequence[str]) -> int:
    """Run the job in the folder that the command line names; its exit code."""
    folder, option, deadline = arguments
    if option != "--deadline":
        raise SystemExit(f"expected --deadline, got {option}")
    job = read_job(Path(folder))
    nodes = job_nodes() or ("localhost",)
    # There is one where the batch system starts a job again.
    (Path(folder) / RESULT).unlink(missing_ok=True)
    write_json(Path(folder) / STARTED, {"job": job_id(), "time": utc_now(), "nodes": len(nodes)})
    print(f"job {job_id()}: {len(job.searches)} searches on {len(nodes)} nodes", flush=True)
    stop = Stop()
    results = run(job, groups(nodes, job.nodes_per_search), float(deadline), stop)
    code = overall([ended.code for ended in results.values()])
    content: dict[str, Any] = {
        "job": job_id(),
        "time": utc_now(),
        "code": code,
        "results": {name: {"code": ended.code, "reason": ended.reason} for name, ended in results.items()},
    }
    if not (job.rerun and stop.reason):
        # Where the batch system starts the job again, this was not its end.
        write_json(Path(folder) / RESULT, content)
    for name, ended in results.items():
        print(f"{name}: exit code {ended.code}{f' ({ended.reason})' if ended.reason else ''}", flush=True)
    return code


def groups(nodes: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Parts of ``nodes`` of ``size`` nodes each; nodes that make no whole part go to the first ones.

    >>> groups(["a", "b", "c", "d", "e"], 2)
    [('a', 'b', 'e'), ('c', 'd')]
    """
    count = max(1, len(nodes) // size)
    parts = [list(nodes[index * size : (index + 1) * size]) for index in range(count)]
    for index, node in enumerate(nodes[count * size :]):
        parts[index % count].append(node)
    return [tuple(part) for part in parts]


def overall(codes: Sequence[int]) -> int:
    """One exit code for several: 0 if all are, else the first failure, else that something can be continued.

    >>> overall([0, 75, 0]), overall([75, 69]), overall([0, 0])
    (75, 69, 0)
    """
    failures = [code for code in codes if code not in (ExitCode.DONE, ExitCode.RESUMABLE)]
    return failures[0] if failures else max(codes, default=0)


def run(job: BatchJob, parts: Sequence[tuple[str, ...]], deadline: float, stop: Stop) -> dict[str, Ended]:
    """Run all searches, as many at the same time as there are parts of the nodes; how each ended, by name."""
    waiting, free = deque(job.searches), deque(parts)
    running: dict[str, tuple[subprocess.Popen[bytes], Search, tuple[str, ...], str]] = {}
    results: dict[str, Ended] = {}
    least = min(LEAST, job.walltime / 10)

    with stop.on_signals():
        until, passed_on = float("inf"), False
        while running or (waiting and not stop.reason and deadline - time.time() > least):
            while waiting and free and not stop.reason and deadline - time.time() > least:
                search, part = waiting.popleft(), free.popleft()
                running[search.name] = (_start(job, search, part, deadline), search, part, utc_now())
                if waiting and free:
                    time.sleep(BETWEEN)
            if stop.reason and until == float("inf"):
                until = time.monotonic() + LAST
            if not passed_on and time.monotonic() > until - LAST + PASS_ON:
                passed_on = True
                for process, *_ in running.values():
                    if process.poll() is None:
                        process.send_signal(signal.SIGTERM)
            for name, (process, search, part, begun) in tuple(running.items()):
                if process.poll() is None and time.monotonic() > until:
                    process.kill()
                    process.wait()
                if process.returncode is not None:
                    del running[name]
                    free.append(part)
                    results[name] = how(search, process.returncode, begun)
            if running:
                time.sleep(LOOK)
    not_begun = Ended(ExitCode.RESUMABLE, "not begun: no time was left")
    return {search.name: results.get(search.name, not_begun) for search in job.searches}


def how(search: Search, code: int, begun: str) -> Ended:
    """What the exit code of a search that was started at ``begun`` means, seen together with its record and status."""
    if search.published:
        return Ended(ExitCode.DONE)
    if code == ExitCode.DONE:
        return Ended(ExitCode.RESUMABLE, "it ended with exit code 0, but there is no record")
    if code in {int(known) for known in ExitCode}:
        return Ended(code)
    # A launcher returns the bare number of the signal that ended a rank; the search may have ended in order before.
    status = read_status(Path(search.folder))
    if status is not None and status.code and status.reason != GONE and status.changed >= begun:
        return Ended(status.code)
    return Ended(ExitCode.RESUMABLE, f"its ranks were ended: exit code {code}")


def _start(job: BatchJob, search: Search, part: Sequence[str], deadline: float) -> subprocess.Popen[bytes]:
    command = [*python("hpo"), *search.arguments, "--site", job.site, "--deadline", f"{deadline:.0f}"]
    again = shlex.join(["cross-hpo", *search.arguments])
    environment: Mapping[str, str] = {**os.environ, NODES: ",".join(part), JOB: job.folder, COMMAND: again}
    with _log(job, search) as log:
        return subprocess.Popen(
            command,
            cwd=job.directory,
            env=with_import_path(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _log(job: BatchJob, search: Search) -> IO[bytes]:
    return log_of(Path(job.folder), search.name).open("ab")


def log_of(folder: Path, name: str) -> Path:
    """What the search ``name`` of the job in ``folder`` prints."""
    return folder / f"{name}.log"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
