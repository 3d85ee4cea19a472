"""What the end of ``mpiexec`` means, and who hears of signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hpo.execution import supervisor
from hpo.execution.job import Job
from hpo.execution.journal import Journal
from hpo.execution.processes import born, parent_of, variables_of
from hpo.execution.starter import Starter
from hpo.execution.status import RunStatus
from tests.execution.builders import ROOT, evaluator_settings


@pytest.fixture
def job(tmp_path: Path) -> Job:
    RunStatus(state="running", done=3, total=9).write(tmp_path)
    settings = evaluator_settings(tmp_path)
    return Job(tmp_path, tmp_path / "archive", settings, "mpi", 2, command="cross-hpo search again")


def supervised(job: Job, script: str) -> int:
    return supervisor.supervise(["sh", "-c", script], os.environ, job)


@pytest.mark.parametrize("code", [65, 69, 73, 74, 75, 76])
def test_codes_of_a_search_are_passed_on_in_silence(job: Job, code: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert supervised(job, f"exit {code}") == code
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("end", "words"), [("exit 9", "exit code 9"), ("exit 0", "exit code 0"), ("kill -9 $$", "signal 9 (SIGKILL)")]
)
def test_a_death_is_told_with_the_way_on(job: Job, end: str, words: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert supervised(job, end) == 75
    assert capfd.readouterr().err == (
        f"cross-hpo: mpiexec ended with {words} before the search had ended; 3 of 9 evaluations are done: "
        "one of its processes has died, and the others with it\n"
        "  Nothing is lost. Continue with: cross-hpo search again\n"
    )


def test_an_error_in_the_program_is_no_reason_to_continue(job: Job, capfd: pytest.CaptureFixture[str]) -> None:
    assert supervised(job, "exit 1") == 70
    assert "an error in the program" in capfd.readouterr().err


def test_what_rank_0_has_said_is_not_said_again(job: Job, capfd: pytest.CaptureFixture[str]) -> None:
    """Some launchers return a code of their own as soon as one rank exits with another code than 0."""
    said = (
        "from pathlib import Path; from hpo.execution.status import RunStatus; import sys; RunStatus(state='stopped', "
    )
    said += f"done=3, total=9, code=75, reason='stopped by SIGTERM').write(Path({str(job.folder)!r}))"
    assert supervised(job, f'{sys.executable} -c "{said}"; exit 143') == 75
    assert capfd.readouterr().err == ""
    # But not what an earlier start has said.
    assert supervised(job, "exit 143") == 75
    assert "one of its processes has died" in capfd.readouterr().err


def test_srun_is_sent_what_it_hands_on(job: Job, tmp_path: Path) -> None:
    """It would kill all ranks for a TERM."""
    srun = tmp_path / "srun"
    srun.write_text(f"#!/bin/bash\ntrap 'touch {tmp_path}/heard; exit 75' USR1\nkill -TERM $PPID\nsleep 20 &\nwait\n")
    srun.chmod(0o755)
    assert supervisor.supervise([str(srun)], os.environ, job) == 75
    assert (tmp_path / "heard").exists()


def test_a_finished_search_is_done(job: Job) -> None:
    RunStatus(state="done", done=9, total=9).write(job.folder)
    assert supervised(job, "exit 0") == 0


def test_deaths_without_a_single_result_give_up(job: Job, capfd: pytest.CaptureFixture[str]) -> None:
    for expected in (75, 75, 69):
        Journal.begin(job.folder / "journal", "0" * 64, time="", workers=2).close()
        assert supervised(job, "exit 9") == expected
    assert "this was start number 3 in a row that died without a single result" in capfd.readouterr().err


PROGRAM = """
import os, sys
from pathlib import Path
from hpo.execution.job import Job
from hpo.execution import supervisor
from tests.execution.builders import evaluator_settings
folder = Path(sys.argv[1])
job = Job(folder, folder, evaluator_settings(folder), "mpi", 2)
sys.exit(supervisor.supervise(["sh", "-c", sys.argv[2]], os.environ, job))
"""

REPORTING = "trap 'echo TERM; exit 75' TERM; trap 'echo INT; exit 75' INT; echo ready; while :; do sleep 0.05; done"


@pytest.mark.parametrize(
    ("number", "heard"), [("SIGTERM", "TERM"), ("SIGINT", "INT"), ("SIGHUP", "TERM"), ("SIGUSR1", "TERM")]
)
def test_signals_are_handed_on_once(tmp_path: Path, number: str, heard: str) -> None:
    """To the whole group, as Ctrl-C: ``mpiexec`` hears of it from us only."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path), REPORTING],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    os.killpg(process.pid, signal.Signals[number])
    assert process.communicate(timeout=30)[0] == f"{heard}\n"
    assert process.returncode == 75


def test_mpiexec_is_told_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "note"
    script = f"trap 'touch {note}; exit 75' TERM; echo ready; while :; do sleep 0.05; done"
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path), script], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.kill()
    process.communicate()
    until(note.exists)


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_starter_is_gone_when_it_has_ended() -> None:
    process = subprocess.Popen(["sleep", "60"])
    when = born(process.pid)
    assert when is not None
    starter = Starter(((os.getpid(), born(os.getpid()) or 0), (process.pid, when)))
    assert not starter.gone
    assert Starter(((process.pid, when + 1),)).gone, "another process under the same number"
    process.kill()
    process.wait()
    assert starter.gone
    assert not Starter().gone


def test_parent_and_variables_of_a_process() -> None:
    with subprocess.Popen(["sleep", "60"], env={"ZOO": "1"}) as process:
        assert parent_of(process.pid) == os.getpid()
        until(lambda: "ZOO" in variables_of(process.pid))
        process.kill()
    assert parent_of(process.pid) == 0
    assert variables_of(process.pid) == frozenset()


FIND = "from hpo.execution.starter import Starter; print(*[pid for pid, _ in Starter.of_this_process().processes])"


def found(prefix: str = "", **variables: str) -> list[int]:
    """Whom a search watches that a shell starts, which does not give way to it; the first is that shell's parent."""
    script = f"echo $$; {prefix} {sys.executable} -c '{FIND}'; true"
    done = subprocess.run(
        ["sh", "-c", script], env={**os.environ, **variables}, capture_output=True, text=True, check=True, cwd=ROOT
    )
    return [int(word) for word in done.stdout.split()]


def test_a_search_watches_who_has_started_it() -> None:
    shell, *watched = found()
    assert watched == [shell]


def test_within_a_stage_of_dvc_it_watches_dvc_too() -> None:
    shell, *watched = found(DVC_STAGE="search@A")
    assert watched == [shell, os.getpid()]


@pytest.mark.parametrize("prefix", ["nohup", "setsid --wait"])
def test_a_detached_search_watches_nobody(prefix: str) -> None:
    assert len(found(prefix)) == 1
