"""The end of whoever started a search ends it as well, and the next start goes on: nothing is trained twice."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hpo.archive.record import read_record
from hpo.execution.status import read_status
from tests.execution.builders import ROOT, Case
from tests.faults.test_kills import acknowledged, command_of, finish, no_process_survives
from tests.faults.test_stops import LOCAL, MPI, SLOW, until_running

LIKE_DVC = "import subprocess, sys; sys.exit(subprocess.call(['sh', '-c', sys.argv[1] + '; true']))"
"""As DVC runs the command of a stage, with a shell between that does not give way to it."""


def stopped_by_itself(case: Case) -> set[int]:
    """The results of a search that has ended as it should where nobody waits for it."""
    assert no_process_survives(case), [command_of(pid) for pid in case.processes()]
    status = read_status(case.run_folder)
    assert status is not None
    assert (status.state, status.code) == ("stopped", 75), status
    return acknowledged(case)


def went_on(case: Case, done: set[int]) -> None:
    """Whether the second start has trained nothing of ``done`` again."""
    assert not {int(path.name.split("-")[1]) for path in case.marks.glob("1-*")} & done
    assert read_record(case.record).run.counts.evaluations == 9
    assert not (case.run_folder / "lease.json").exists()


@pytest.mark.parametrize("how", [pytest.param(LOCAL, id="local"), MPI])
def test_a_killed_stage_runner_ends_the_search(tmp_path: Path, features: Path, how: tuple[str, ...]) -> None:
    case = Case(tmp_path, features, *how)
    runner = subprocess.Popen(
        [sys.executable, "-c", LIKE_DVC, shlex.join(case.command(*SLOW))],
        cwd=ROOT,
        env={**case.environment(), "DVC_STAGE": "search@ZOO"},
        start_new_session=True,
    )
    until_running(case, results=1)
    runner.kill()
    runner.wait()
    done = stopped_by_itself(case)
    assert len(done) >= 1
    case.run(*SLOW, round_=1)
    went_on(case, done)


@pytest.mark.slow
def test_dvc_itself_killed(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features, *LOCAL)
    pipeline = tmp_path / "pipeline"
    pipeline.mkdir()
    quiet = {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(tmp_path / "cache")}
    command = f"cd {shlex.quote(str(ROOT))} && {shlex.join(case.command(*SLOW))}"
    (pipeline / "dvc.yaml").write_text(f"stages:\n  search:\n    cmd: {command}\n")

    def dvc(*arguments: str, round_: int = 0) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "dvc", *arguments],
            cwd=pipeline,
            env={**case.environment(round_), **quiet},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    assert finish(dvc("init", "--no-scm", "--quiet"))[0] == 0
    process = dvc("repro")
    until_running(case, results=1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = stopped_by_itself(case)
    if process.stdout is not None:
        process.stdout.close()
    code, output = finish(dvc("repro", round_=1))
    assert code == 0, output
    went_on(case, done)


@pytest.mark.slow
@pytest.mark.mpi
def test_a_rank_that_dies_ends_the_job_with_a_message(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features, "--launcher", "mpi", "--workers", "2")
    process = case.start(*SLOW)
    until_running(case, results=1)
    commands = {pid: command_of(pid) for pid in case.processes()}
    ranks = [pid for pid, text in commands.items() if "-m hpo.execution.mpi" in text and "mpiexec" not in text]
    os.kill(max(ranks), signal.SIGKILL)
    code, output = finish(process)
    assert code == 75, output
    assert "one of its processes has died, and the others with it" in output
    assert "Nothing is lost. Continue with: cross-hpo search --model" in output
    assert no_process_survives(case)
    done = acknowledged(case)
    again = case.run(*SLOW, round_=1)
    assert "had this search and did not give it back; it goes on from the journal" in again.stderr
    went_on(case, done)
