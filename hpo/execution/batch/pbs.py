"""PBS Pro: qsub, qstat.

qsub never waits for the end of the job (``-W block=true``): it would delete the job when it gets a signal.
"""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any, Final

from hpo.errors import GaveUp
from hpo.execution.batch.scheduler import JobState, Phase, Scheduler, Unreachable, ask, one_line

_PHASES: Final = {
    "B": Phase.RUNNING,  # a job array that has begun
    "E": Phase.RUNNING,  # ending: its results are not all there
    "F": Phase.ENDED,
    "H": Phase.HELD,
    "M": Phase.QUEUED,  # moved to another server
    "Q": Phase.QUEUED,
    "R": Phase.RUNNING,
    "S": Phase.RUNNING,  # suspended
    "T": Phase.QUEUED,  # on its way
    "U": Phase.RUNNING,  # suspended by a user of the node
    "W": Phase.QUEUED,  # waits for its time
    "X": Phase.ENDED,
}
"""Letter of a job's state: what it means here."""

_KILLED: Final = {-24: "processor time", -25: "processor time", -26: "virtual memory", -27: "memory",
                  -28: "processor time", -29: "walltime"}  # fmt: skip
"""Exit status of jobs that went over a limit: which."""

_NO_SUCH_JOB: Final = 153
_HOLDS: Final = "too many failed attempts"


class Pbs(Scheduler):
    """PBS Pro and OpenPBS."""

    commands = ("qsub", "qstat", "qdel")
    cancel = "qdel {id}"

    def submit(self, script: Path) -> str:
        done = ask("qsub", str(script))
        words = done.stdout.split()
        if done.returncode != 0 or not words:
            raise GaveUp(f"qsub refuses the job (exit code {done.returncode}): {one_line(done.stderr or done.stdout)}")
        return words[-1]

    def state(self, job: str) -> JobState:
        # -x: finished jobs too, which the system forgets after two weeks.
        done = ask("qstat", "-x", "-f", "-F", "json", job)
        if done.returncode == _NO_SUCH_JOB or "Unknown Job Id" in done.stderr:
            return JobState(Phase.UNKNOWN, one_line(done.stderr))
        if done.returncode != 0:
            raise Unreachable(f"qstat: exit code {done.returncode}: {one_line(done.stderr)}")
        return state_in(done.stdout, job)


def state_in(answer: str, job: str) -> JobState:
    """What ``qstat -x -f -F json`` says of ``job``.

    Raises:
        Unreachable: It can't be understood; PBS has printed broken JSON for odd values of variables.
    """
    try:
        jobs: dict[str, Any] = json.loads(answer, strict=False)["Jobs"]
        (found,) = [value for key, value in jobs.items() if key.split(".")[0] == job.split(".")[0]]
        phase = _PHASES[found["job_state"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreachable(f"qstat: unexpected answer: {one_line(answer)[:120]}") from error
    comment = one_line(str(found.get("comment", "")))
    if phase is Phase.HELD:
        return JobState(phase, comment, stuck=_HOLDS in comment)
    if phase is not Phase.ENDED:
        return JobState(phase, comment)
    status = found.get("Exit_status")
    if not isinstance(status, int):
        return JobState(phase, comment or "it never ran", stuck=True)
    code, reason = exit_of(status)
    return JobState(phase, reason, exit_code=code)


def exit_of(status: int) -> tuple[int | None, str]:
    """Exit code of the script and what ended it otherwise, from PBS's ``Exit_status``.

    >>> exit_of(75), exit_of(271), exit_of(-29)
    ((75, ''), (None, 'killed by SIGTERM'), (None, 'killed at its walltime'))
    """
    if status in _KILLED:
        return None, f"killed at its {_KILLED[status]}" if status == -29 else f"killed over its {_KILLED[status]}"
    if status < 0:
        return None, f"ended by PBS (exit status {status})"
    if status < 256:
        return status, ""
    try:
        return None, f"killed by {signal.Signals(status - 256).name}"
    except ValueError:
        return None, f"killed by signal {status - 256}"
