"""Slurm: sbatch, scontrol and, for jobs that the controller has forgotten, sacct."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from hpo.errors import GaveUp
from hpo.execution.batch.scheduler import JobState, Phase, Scheduler, Unreachable, ask, one_line

_PHASES: Final = {
    "PENDING": Phase.QUEUED,
    "REQUEUED": Phase.QUEUED,
    "REQUEUE_HOLD": Phase.HELD,
    "SPECIAL_EXIT": Phase.HELD,
    "CONFIGURING": Phase.RUNNING,
    "RUNNING": Phase.RUNNING,
    "COMPLETING": Phase.RUNNING,
    "STAGE_OUT": Phase.RUNNING,
    "SUSPENDED": Phase.RUNNING,
    "SIGNALING": Phase.RUNNING,
    "STOPPED": Phase.RUNNING,
    "RESIZING": Phase.RUNNING,
}
"""State of a job that is not over: what it means here. Every other state is an end."""

_HELD: Final = ("JobHeldUser", "JobHeldAdmin")
_STUCK: Final = (
    "PartitionTimeLimit", "PartitionNodeLimit", "QOSMaxNodePerJobLimit", "QOSMaxWallDurationPerJobLimit",
    "AssocMaxNodePerJobLimit", "AssocMaxWallDurationPerJobLimit", "BadConstraints", "DependencyNeverSatisfied",
    "JobHeldAdmin", "launch_failed_requeued_held",
)  # fmt: skip
"""Reasons that waiting does not remove."""

_BY_SLURM: Final = {
    "TIMEOUT": "killed at its walltime",
    "DEADLINE": "killed at its walltime",
    "OUT_OF_MEMORY": "killed over its memory",
    "NODE_FAIL": "a node failed",
    "PREEMPTED": "preempted",
    "BOOT_FAIL": "a node did not boot",
}


class Slurm(Scheduler):
    """Slurm."""

    commands = ("sbatch", "scontrol", "scancel", "srun")
    cancel = "scancel {id}"

    def submit(self, script: Path) -> str:
        done = ask("sbatch", "--parsable", str(script))
        if done.returncode != 0 or not done.stdout.strip():
            raise GaveUp(f"sbatch refuses the job (exit code {done.returncode}): {one_line(done.stderr)}")
        return done.stdout.strip().splitlines()[-1].partition(";")[0]

    def state(self, job: str) -> JobState:
        done = ask("scontrol", "--oneliner", "show", "job", job)
        if done.returncode == 0:
            return state_in(done.stdout)
        if "Invalid job id" not in done.stderr:
            raise Unreachable(f"scontrol: exit code {done.returncode}: {one_line(done.stderr)}")
        # The controller forgets a job some minutes after its end; the accounts, where there are any, remember it.
        try:
            done = ask("sacct", "-X", "-n", "-P", "-j", job, "-o", "State,ExitCode")
        except GaveUp:
            return JobState(Phase.UNKNOWN, "Invalid job id")
        fields = done.stdout.strip().partition("\n")[0].split("|")
        if done.returncode != 0 or len(fields) != 2:
            return JobState(Phase.UNKNOWN, "Invalid job id")
        return _state(fields[0].split()[0], "", fields[1])


def state_in(answer: str) -> JobState:
    """What ``scontrol --oneliner show job`` says.

    Raises:
        Unreachable: It can't be understood.
    """
    found = dict(re.findall(r"(JobState|Reason|ExitCode)=(\S+)", answer))
    if "JobState" not in found:
        raise Unreachable(f"scontrol: unexpected answer: {one_line(answer)[:120]}")
    return _state(found["JobState"], found.get("Reason", ""), found.get("ExitCode", ""))


def _state(name: str, reason: str, exit_code: str) -> JobState:
    reason = "" if reason == "None" else reason
    phase = _PHASES.get(name, Phase.ENDED)
    if phase is Phase.QUEUED and reason in _HELD:
        phase = Phase.HELD
    if phase is not Phase.ENDED:
        return JobState(phase, reason, stuck=phase is not Phase.RUNNING and reason in _STUCK)
    if name in ("COMPLETED", "FAILED"):
        code, _, number = exit_code.partition(":")
        if number not in ("", "0"):
            return JobState(phase, f"killed by signal {number}")
        return JobState(phase, "", exit_code=int(code) if code.isdecimal() else None)
    return JobState(phase, _BY_SLURM.get(name, name.lower().replace("_", " ")))
