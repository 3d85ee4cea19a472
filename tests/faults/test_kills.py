"""Kills at random moments: the same command again ends with the same record, and nothing finished is trained again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from hpo.archive.compare import essence
from hpo.archive.record import read_record
from hpo.archive.verify import record_problems
from hpo.execution.bookkeeping import evaluations_in
from hpo.execution.journal import read_journal
from tests.execution.builders import Case

OPTIONS = ("--set", "mix=0.2", "--set", "seconds=0.08")
"""A fifth of the trainings fails in some way; each takes 0.08 to 0.24 s, so that kills hit some of them."""


def acknowledged(case: Case) -> set[int]:
    """Seeds of the evaluations whose result is in the journal."""
    if not case.work.exists():
        return set()
    return {item.candidate.seed for item in evaluations_in(read_journal(case.run_folder / "journal").entries)}


def segments(case: Case) -> int:
    """Starts that have got as far as the journal."""
    return len(list(case.work.glob("*/journal/*.seg"))) if case.work.exists() else 0


def wait_until(case: Case, moment: float, process: subprocess.Popen[str], before: int) -> None:
    """Until ``moment`` seconds after this start has begun to train, or the search has ended.

    A negative moment counts from the start of the process: then the kill hits its preparations.
    """
    end = time.monotonic() - moment
    while process.poll() is None and segments(case) == before and (moment >= 0 or time.monotonic() < end):
        time.sleep(0.005)
    end = time.monotonic() + moment
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def victims(case: Case, process: subprocess.Popen[str], target: str) -> list[int]:
    """Processes to kill; evaluators only with the whole group or when asked for."""
    found = {pid: command_of(pid) for pid in case.processes()}
    ranks = [pid for pid, command in found.items() if "hpo.execution.mpi" in command and "mpiexec" not in command]
    if target == "rank" and ranks:
        return [random.choice(ranks)]
    if target == "controller" and ranks:
        return [min(ranks)]
    if target == "everything":
        return [*found, process.pid]
    return [process.pid]


def kill(case: Case, process: subprocess.Popen[str], target: str) -> None:
    if target == "signal":
        # As a batch system at the end of the walltime, or a user.
        process.send_signal(random.choice([signal.SIGTERM, signal.SIGINT, signal.SIGUSR1]))
        return
    for pid in victims(case, process, target):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, (out or "") + (err or "")


def no_process_survives(case: Case) -> bool:
    """Whether all processes of the search are gone within ten seconds: a stop may take five."""
    end = time.monotonic() + 10
    while case.processes() and time.monotonic() < end:
        time.sleep(0.02)
    return not case.processes()


def step(case: Case, round_: int, target: str, moment: float, *more: str) -> bool:
    """Start the search, kill ``target`` at ``moment`` (nothing if empty), check what is left; whether it was killed."""
    before, begun = acknowledged(case), segments(case)
    process = case.start(*OPTIONS, *more, round_=round_)
    if target:
        wait_until(case, moment, process, begun)
        kill(case, process, target)
    code, output = finish(process)
    assert no_process_survives(case), f"{target}: {[command_of(pid) for pid in case.processes()]}"
    assert before <= acknowledged(case), "a result that was acknowledged is gone"
    marks = [path.name for path in case.marks.glob(f"{round_}-*")]
    again = [mark for mark in marks if "again" in mark or int(mark.split("-")[1]) in before]
    assert not again, f"trained again: {again}"
    assert target or code == 0, f"exit code {code}\n{output}"
    return code != 0


STEADY = ("--ga", "GA_STRATEGY=steady_state")

KILLS = int(os.environ.get("CROSS_HPO_KILLS", "15"))
"""Kills in all, five a test; ``make torture`` asks for 200."""


@pytest.fixture(scope="module")
def undisturbed_steady(tmp_path_factory: pytest.TempPathFactory, features: Path) -> Case:
    case = Case(tmp_path_factory.mktemp("steady"), features, "--launcher", "local", "--workers", "2")
    case.call(*OPTIONS, *STEADY)
    return case


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, features: Path) -> Case:
    case = Case(tmp_path_factory.mktemp("undisturbed"), features, "--launcher", "local", "--workers", "2")
    case.call(*OPTIONS)
    return case


def check(case: Case, undisturbed: Case) -> None:
    assert essence(read_record(case.record)) == essence(read_record(undisturbed.record))
    assert not list(record_problems(case.record))


def test_kills_in_the_middle(tmp_path: Path, features: Path, undisturbed: Case) -> None:
    case = Case(tmp_path, features, "--launcher", "local", "--workers", "2")
    assert step(case, 0, "everything", 0.8)
    step(case, 1, "launcher", 0.3)
    step(case, 2, "", 0.0)
    check(case, undisturbed)


LAUNCHERS = (
    ("--launcher", "mpi", "--workers", "2"),
    ("--launcher", "mpi", "--workers", "1"),
    ("--launcher", "local", "--workers", "2"),
)


@pytest.mark.slow
@pytest.mark.mpi
@pytest.mark.parametrize("seed", range(-(-KILLS // 5)))
def test_kills_at_random_moments(
    tmp_path: Path, features: Path, undisturbed: Case, undisturbed_steady: Case, seed: int
) -> None:
    """Five kills, of all processes, mpiexec, a rank or the controller, or signals; launcher and workers change.

    Most moments are spread over the time that a whole search takes, a few hit the preparations. Every other search is
    one without generations.
    """
    rng = random.Random(seed)
    more, expected = (STEADY, undisturbed_steady) if seed % 2 else ((), undisturbed)
    case = Case(tmp_path, features)
    killed = round_ = 0
    while killed < 5:
        case.arguments = rng.choice(LAUNCHERS)
        target = rng.choice(["everything", "launcher", "rank", "controller", "signal"])
        if step(case, round_, target, rng.uniform(-0.4, 2.0), *more):
            killed += 1
        else:
            check(case, expected)
            case = Case(tmp_path / f"again-{round_}", features)
        round_ += 1
    step(case, round_, "", 0.0, *more)
    check(case, expected)
