"""Programs end, whatever they do, and nothing of them stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hpo.models.external.program import Ended, Program, run_program

PATIENCE = 30.0
"""Seconds that something may take to happen on a busy machine."""


def run(script: str, folder: Path, *, limit: float | None = None, end: tuple[str, ...] = ()) -> tuple[Ended, bytes]:
    printed: list[bytes] = []
    program = Program(("/bin/sh", "-c", script), folder, dict(os.environ), folder, end, limit)
    return run_program(program, printed.append), b"".join(printed)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def until(happened: Callable[[], bool]) -> None:
    late = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < late
        time.sleep(0.02)


def test_output_arrives_whole_and_its_end_is_kept(tmp_path: Path) -> None:
    ended, printed = run(
        "i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done; echo IMPROVE_RESULT 0.5", tmp_path
    )
    assert printed.splitlines() == [*(f"line {i}".encode() for i in range(5000)), b"IMPROVE_RESULT 0.5"]
    assert (ended.exit_status, ended.timed_out, ended.result, ended.results) == (0, False, "IMPROVE_RESULT 0.5", 1)
    assert ended.last_lines.endswith("line 4998 | line 4999 | IMPROVE_RESULT 0.5")
    assert ended.last_lines.startswith("line 4981 | ")


def test_how_it_ended(tmp_path: Path) -> None:
    assert run("exit 3", tmp_path)[0].exit_status == 3
    assert run("kill -SEGV $$", tmp_path)[0].exit_status == -signal.SIGSEGV
    ended, _ = run("printf '\\377\\033[31m\\0'; exit 1", tmp_path)
    assert ended.last_lines


def test_what_it_leaves_behind_is_ended_with_it(tmp_path: Path) -> None:
    """Also where it holds the output open, and goes on printing."""
    ended, _ = run("sh -c 'while :; do echo x; sleep 0.1; done' & echo $! > left; exit 0", tmp_path)
    assert ended.exit_status == 0
    left = int((tmp_path / "left").read_text())
    until(lambda: not lives(left))


def test_a_program_that_takes_too_long_is_asked_first(tmp_path: Path) -> None:
    ended, _ = run("trap 'echo asked; exit 9' TERM; echo ready; while :; do sleep 0.05; done", tmp_path, limit=2.0)
    assert ended.timed_out
    assert ended.exit_status == 9
    assert ended.last_lines.startswith("ready | ")
    assert ended.last_lines.endswith("asked")


def test_a_deaf_one_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpo.models.external.program.GRACE", 0.3)
    ended, _ = run("trap '' TERM; while :; do sleep 0.05; done", tmp_path, limit=0.3)
    assert ended.timed_out
    assert ended.exit_status == -signal.SIGKILL


def test_its_container_is_ended_too(tmp_path: Path) -> None:
    run("exit 0", tmp_path, end=("touch", str(tmp_path / "ended")))
    assert (tmp_path / "ended").exists()


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_program(Program((str(tmp_path / "none"),), tmp_path, {}, tmp_path))


OWNER = """
import os, sys
from pathlib import Path
from hpo.models.external.program import Program, run_program, scratch_folder
with scratch_folder() as scratch:
    Path("scratch").write_text(str(scratch))
    script = "sleep 1000 & echo $! $$ > pids.new; mv pids.new pids; wait"
    run_program(Program(("/bin/sh", "-c", script), Path.cwd(), dict(os.environ), scratch, ("touch", "ended")))
"""


EARLY = """
import os, signal
from hpo.models.external import program
start = program._start
def interrupted(*arguments):
    os.kill(os.getpid(), signal.SIGTERM)
    return start(*arguments)
program._start = interrupted
"""
"""The request to end comes before there is a program to hand it on to."""


def test_a_request_to_end_is_not_lost_at_the_start(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    owner = subprocess.run([sys.executable, "-c", EARLY + OWNER], cwd=tmp_path, env=environment, check=False)
    assert owner.returncode == -signal.SIGTERM
    assert (tmp_path / "ended").exists()
    assert not Path((tmp_path / "scratch").read_text()).exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_survives_whoever_runs_it(number: signal.Signals, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    owner = subprocess.Popen([sys.executable, "-c", OWNER], cwd=tmp_path, env=environment)
    try:
        until((tmp_path / "pids").exists)
        owner.send_signal(number)
        assert owner.wait(PATIENCE) == -number
    finally:
        owner.kill()
    for pid in map(int, (tmp_path / "pids").read_text().split()):
        until(lambda pid=pid: not lives(pid))  # type: ignore[misc]
    until((tmp_path / "ended").exists)
    scratch = Path((tmp_path / "scratch").read_text())
    until(lambda: not scratch.exists())
