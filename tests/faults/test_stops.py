"""Signals: no new starts, exit code 75 within five seconds, and the same command goes on."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from hpo.archive.record import read_record
from tests.execution.builders import Case
from tests.faults.test_kills import acknowledged, finish, no_process_survives

SLOW = ("--set", "seconds=0.3")
ENDLESS = ("--set", "seconds=1000.0")

LOCAL = ("--launcher", "local", "--workers", "2")
SERIAL = ("--launcher", "local", "--workers", "0")
MPI = pytest.param(("--launcher", "mpi", "--workers", "2"), marks=[pytest.mark.mpi, pytest.mark.slow], id="mpi")


def until_running(case: Case, results: int = 0) -> None:
    """Until the search trains and has that many results."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if list(case.work.glob("*/journal/00000001.seg")) and len(acknowledged(case)) >= results:
            content = next(case.work.glob("*/journal/00000001.seg")).read_bytes()
            if b'"started"' in content and list(case.marks.parent.glob("work/*/lease.json")):
                return
        time.sleep(0.02)
    raise AssertionError("the search did not begin")


@pytest.mark.parametrize("how", [pytest.param(LOCAL, id="local"), MPI])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_stops_and_the_same_command_continues(
    tmp_path: Path, features: Path, how: tuple[str, ...], number: signal.Signals
) -> None:
    case = Case(tmp_path, features, *how)
    process = case.start(*SLOW)
    until_running(case, results=2)
    begun = time.monotonic()
    process.send_signal(number)
    code, output = finish(process)
    assert time.monotonic() - begun < 5
    assert code == 75, output
    assert f"stopped by {number.name}; " in output
    assert "Nothing is lost. Continue with: cross-hpo search --model" in output
    assert no_process_survives(case)
    status = json.loads((case.run_folder / "status.json").read_text())
    assert (status["state"], status["code"], status["resumable"]) == ("stopped", 75, True)
    assert status["reason"].startswith(f"stopped by {number.name}")
    done = acknowledged(case)
    assert len(done) >= 2
    case.run(*SLOW, round_=1)
    assert not {int(path.name.split("-")[1]) for path in case.marks.glob("1-*")} & done
    assert read_record(case.record).run.cost.starts == 2


@pytest.mark.parametrize("how", [pytest.param(LOCAL, id="local"), MPI])
def test_the_keyboard_reaches_every_process_at_once(tmp_path: Path, features: Path, how: tuple[str, ...]) -> None:
    """Ctrl-C goes to the whole process group of the terminal: mpiexec, its helpers and the ranks."""
    case = Case(tmp_path, features, *how)
    process = case.start(*SLOW)
    until_running(case, results=1)
    os.killpg(process.pid, signal.SIGINT)
    code, output = finish(process)
    assert code == 75, output
    assert "stopped by SIGINT; " in output
    assert "Traceback" not in output
    assert no_process_survives(case)
    case.run(*SLOW)


@pytest.mark.parametrize("how", [pytest.param(LOCAL, id="local"), pytest.param(SERIAL, id="serial"), MPI])
def test_long_trainings_do_not_delay_a_stop(tmp_path: Path, features: Path, how: tuple[str, ...]) -> None:
    case = Case(tmp_path, features, *how)
    process = case.start(*ENDLESS)
    until_running(case)
    begun = time.monotonic()
    process.terminate()
    code, output = finish(process)
    assert time.monotonic() - begun < 5
    assert code == 75, output
    assert "Continue with: cross-hpo search" in output
    assert no_process_survives(case)
    assert acknowledged(case) == set()


@pytest.mark.slow
@pytest.mark.mpi
def test_a_deadline_ends_an_mpi_search_within_long_trainings(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features, "--launcher", "mpi", "--workers", "2")
    done = case.run(*ENDLESS, "--deadline", "6", code=75)
    assert "stopped at the deadline; 0 of 9 evaluations are done" in done.stderr
    assert no_process_survives(case)


@pytest.mark.slow
@pytest.mark.mpi
def test_a_breaker_ends_an_mpi_search(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features, "--launcher", "mpi", "--workers", "2")
    assert "none of the first 8 evaluations succeeded" in case.run("--set", "act=exception", code=69).stderr
    assert no_process_survives(case)


def test_a_closed_terminal_stops_unless_it_was_ignored(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features, *LOCAL)
    process = case.start(*ENDLESS)
    until_running(case)
    process.send_signal(signal.SIGHUP)
    assert finish(process)[0] == 75


def test_nohup_is_respected(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features, *LOCAL)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = case.start(*SLOW)
    finally:
        signal.signal(signal.SIGHUP, before)
    until_running(case)
    process.send_signal(signal.SIGHUP)
    assert finish(process)[0] == 0


def test_two_starts_at_once_have_one_winner(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features, *LOCAL)
    processes = [case.start("--set", "seconds=1.0") for _ in range(2)]
    ends = [finish(process) for process in processes]
    assert sorted(code for code, _ in ends) == [0, 73]
    loser = next(output for code, output in ends if code == 73)
    assert "this search is already running: process " in loser
    assert "--takeover" in loser
    assert len(list(case.marks.glob("0-*"))) == 9
    assert not [path for path in case.marks.iterdir() if "again" in path.name]


def test_a_paused_search_is_left_alone_until_taken_over(tmp_path: Path, features: Path) -> None:
    """The paused one is fenced when it comes back, and changes nothing."""
    case = Case(tmp_path, features, *LOCAL)
    paused = case.start(*SLOW)
    until_running(case, results=1)
    group = case.processes()
    for pid in group:
        os.kill(pid, signal.SIGSTOP)
    case.call(*SLOW, code=73, round_=1)
    case.run(*SLOW, "--takeover", round_=2)
    record = {path.name: path.read_bytes() for path in case.record.iterdir()}
    for pid in group:
        os.kill(pid, signal.SIGCONT)
    code, output = finish(paused)
    assert code == 76, output
    assert "another search has taken over this run" in output
    assert {path.name: path.read_bytes() for path in case.record.iterdir()} == record
    assert no_process_survives(case)
