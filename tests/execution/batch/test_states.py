"""What batch systems answer, understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpo.errors import GaveUp
from hpo.execution.batch import pbs, slurm
from hpo.execution.batch.scheduler import JobState, Phase, Unreachable, ask


def qstat(**job: object) -> str:
    return json.dumps({"timestamp": 1, "Jobs": {"17.polaris-pbs-01.hsn.cm.polaris.alcf.anl.gov": job}})


@pytest.mark.parametrize(
    ("job", "state"),
    [
        ({"job_state": "Q", "comment": "Not Running: Job would\n conflict"},
         JobState(Phase.QUEUED, "Not Running: Job would conflict")),
        ({"job_state": "R"}, JobState(Phase.RUNNING)),
        ({"job_state": "E"}, JobState(Phase.RUNNING)),
        ({"job_state": "H", "comment": "job held, too many failed attempts to run"},
         JobState(Phase.HELD, "job held, too many failed attempts to run", stuck=True)),
        ({"job_state": "H"}, JobState(Phase.HELD)),
        ({"job_state": "F", "Exit_status": 0, "comment": "Job run at …"}, JobState(Phase.ENDED, exit_code=0)),
        ({"job_state": "F", "Exit_status": 75}, JobState(Phase.ENDED, exit_code=75)),
        ({"job_state": "F", "Exit_status": -29}, JobState(Phase.ENDED, "killed at its walltime")),
        ({"job_state": "F", "Exit_status": -27}, JobState(Phase.ENDED, "killed over its memory")),
        ({"job_state": "F", "Exit_status": -1}, JobState(Phase.ENDED, "ended by PBS (exit status -1)")),
        ({"job_state": "F", "Exit_status": 265}, JobState(Phase.ENDED, "killed by SIGKILL")),
        ({"job_state": "F", "Exit_status": 271}, JobState(Phase.ENDED, "killed by SIGTERM")),
        ({"job_state": "F", "Exit_status": 500}, JobState(Phase.ENDED, "killed by signal 244")),
        ({"job_state": "F"}, JobState(Phase.ENDED, "it never ran", stuck=True)),
    ],
)  # fmt: skip
def test_what_qstat_says(job: dict[str, object], state: JobState) -> None:
    assert pbs.state_in(qstat(**job), "17.polaris-pbs-01") == state


@pytest.mark.parametrize("answer", ["", "{", "{}", '{"Jobs": {}}', '{"Jobs": []}', qstat(), qstat(job_state="?")])
def test_an_answer_of_qstat_that_is_none_means_ask_again(answer: str) -> None:
    with pytest.raises(Unreachable):
        pbs.state_in(answer, "17.polaris-pbs-01")


def scontrol(state: str, reason: str = "None", code: str = "0:0") -> str:
    return f"JobId=8 JobName=cross-hpo UserId=u(1) JobState={state} Reason={reason} Dependency=(null) ExitCode={code} "


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (scontrol("PENDING", "Priority"), JobState(Phase.QUEUED, "Priority")),
        (scontrol("PENDING", "JobHeldUser"), JobState(Phase.HELD, "JobHeldUser")),
        (scontrol("PENDING", "JobHeldAdmin"), JobState(Phase.HELD, "JobHeldAdmin", stuck=True)),
        (scontrol("PENDING", "PartitionTimeLimit"), JobState(Phase.QUEUED, "PartitionTimeLimit", stuck=True)),
        (scontrol("RUNNING"), JobState(Phase.RUNNING)),
        (scontrol("COMPLETING"), JobState(Phase.RUNNING)),
        (scontrol("COMPLETED"), JobState(Phase.ENDED, exit_code=0)),
        (scontrol("FAILED", "NonZeroExitCode", "75:0"), JobState(Phase.ENDED, exit_code=75)),
        (scontrol("FAILED", "RaisedSignal:9", "0:9"), JobState(Phase.ENDED, "killed by signal 9")),
        (scontrol("TIMEOUT", "TimeLimit", "0:15"), JobState(Phase.ENDED, "killed at its walltime")),
        (scontrol("NODE_FAIL"), JobState(Phase.ENDED, "a node failed")),
        (scontrol("OUT_OF_MEMORY", "OutOfMemory", "0:125"), JobState(Phase.ENDED, "killed over its memory")),
        (scontrol("PREEMPTED"), JobState(Phase.ENDED, "preempted")),
        (scontrol("CANCELLED"), JobState(Phase.ENDED, "cancelled")),
    ],
)
def test_what_scontrol_says(answer: str, state: JobState) -> None:
    assert slurm.state_in(answer) == state


def test_an_answer_of_scontrol_that_is_none_means_ask_again() -> None:
    with pytest.raises(Unreachable):
        slurm.state_in("slurm_load_jobs error")


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_job_that_the_controller_has_forgotten_is_in_the_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program(tmp_path, "scontrol", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1")
    program(tmp_path, "sacct", "echo 'CANCELLED by 1000|0:15'")
    assert slurm.Slurm().state("8") == JobState(Phase.ENDED, "cancelled")
    program(tmp_path, "sacct", "echo 'FAILED|69:0'")
    assert slurm.Slurm().state("8") == JobState(Phase.ENDED, exit_code=69)
    program(tmp_path, "sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1")
    assert slurm.Slurm().state("8").phase is Phase.UNKNOWN
    program(tmp_path, "scontrol", "echo 'Unable to contact slurm controller' >&2; exit 1")
    with pytest.raises(Unreachable, match="Unable to contact slurm controller"):
        slurm.Slurm().state("8")


def test_sbatch_answers_with_number_and_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program(tmp_path, "sbatch", "echo 'warning: something'; echo '812;cluster'")
    assert slurm.Slurm().submit(tmp_path / "script.sh") == "812"


def test_a_missing_command_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GaveUp, match=r"qstat: not found; is this a login node of the cluster\?"):
        ask("qstat")
