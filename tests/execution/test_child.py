"""The evaluator zoo: each way to go wrong costs one evaluation, is called by its name, and leaves no process."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hpo.errors import GaveUp
from hpo.evaluation import Outcome, Status
from hpo.execution.child import ChildEvaluator, Result
from tests.execution.builders import candidate, evaluator_settings


@pytest.fixture(autouse=True)
def marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZOO_MARKS", str(tmp_path))
    return tmp_path


@pytest.fixture
def evaluators(features: Path) -> Iterator[Any]:
    """Makes evaluators, and ends them."""
    made: list[ChildEvaluator] = []

    def make(act: str = "train", **changes: Any) -> ChildEvaluator:
        made.append(ChildEvaluator(evaluator_settings(features, act, **changes), 0))
        return made[-1]

    yield make
    for evaluator in made:
        evaluator.close()


def outcome(result: Result) -> Outcome:
    return result.evaluation.outcome


def trainings(folder: Path) -> int:
    return len([path for path in folder.iterdir() if path.name.startswith("0-")])


def gone(seconds: str) -> bool:
    """Whether no process ``sleep SECONDS`` is left, within two seconds: the kernel kills after the signal."""
    for _ in range(100):
        if not sleepers(seconds):
            return True
        time.sleep(0.02)
    return False


def sleepers(seconds: str) -> list[int]:
    """Processes ``sleep SECONDS``."""
    wanted = f"sleep\0{seconds}\0".encode()
    found = []
    for path in Path("/proc").iterdir():
        try:
            if path.name.isdigit() and (path / "cmdline").read_bytes() == wanted:
                found.append(int(path.name))
        except OSError:
            continue
    return found


def test_a_training_that_works(evaluators: Any) -> None:
    result = evaluators().evaluate(candidate(x=3.0))
    assert outcome(result) == Outcome(Status.OK, 0.2, {"val_mse": 0.2}, 1, 1)
    assert result.attempts == 1
    assert result.device
    assert 0 <= result.evaluation.walltime < 5


def test_the_process_stays_for_the_next_candidate(evaluators: Any) -> None:
    evaluator = evaluators()
    walltimes = [evaluator.evaluate(candidate(number)).evaluation.walltime for number in range(20)]
    assert sorted(walltimes)[10] < 0.05


MISFORTUNES = {
    "exception": (Status.FAILED, "RuntimeError: shapes don't fit in <path>/zoo.py | in train (zoo.py, line "),
    "exit-3": (Status.FAILED, "exit code 3; last output: leaving"),
    "exit-0-at-once": (Status.INVALID, "no result: the process ended with exit code 0"),
    "exit-with-grandchild": (Status.FAILED, "exit code 4"),
    "abort": (Status.CRASHED, "signal 6 (SIGABRT)"),
    "segfault": (Status.CRASHED, "signal 11 (SIGSEGV); last output: about to crash"),
    "nan": (Status.INVALID, "loss nan is not finite: its status is invalid"),
    "negative": (Status.INVALID, "the loss -0.5 is negative; a squared error can't be"),
    "nothing": (Status.INVALID, "the model returned NoneType, no outcome"),
    "interrupted": (Status.INVALID, "the model returned the status interrupted, which is no result"),
    "memory-error": (Status.OOM, "MemoryError: 14 GiB for an array"),
    "cuda-memory": (Status.OOM, "RuntimeError: CUDA out of memory. Tried to allocate 20.00 GiB"),
    "binary-output": (Status.FAILED, "exit code 5; last output: \\xff\\xfered café"),
    "killed-from-outside": (Status.KILLED, "signal 9 (SIGKILL)"),
    "terminated-from-outside": (Status.KILLED, "signal 15 (SIGTERM)"),
}


@pytest.mark.parametrize("act", MISFORTUNES)
def test_misfortunes(evaluators: Any, marks: Path, act: str) -> None:
    status, message = MISFORTUNES[act]
    evaluator = evaluators(act)
    result = evaluator.evaluate(candidate())
    assert outcome(result).status is status
    assert outcome(result).message.startswith(message)
    attempts = {Status.KILLED: 3, Status.OOM: 2}.get(status, 1)
    assert result.attempts == trainings(marks) == attempts
    # The next candidate finds a working evaluator, whatever became of the last.
    assert outcome(evaluator.evaluate(candidate(1, act="train"))).status is Status.OK


def test_one_kill_from_outside_changes_nothing(evaluators: Any) -> None:
    result = evaluators("killed-once").evaluate(candidate(x=3.0))
    assert outcome(result).loss == 0.2
    assert result.attempts == 2


@pytest.mark.parametrize("act", ["hang", "hang-deaf", "hang-with-grandchild"])
def test_hangs_end_at_the_time_limit(evaluators: Any, act: str) -> None:
    evaluator = evaluators(act, time_limit=0.5)
    evaluator.evaluate(candidate(9, act="train"))
    begun = time.monotonic()
    result = evaluator.evaluate(candidate())
    assert time.monotonic() - begun < 5
    assert outcome(result).status is Status.TIMEOUT
    assert outcome(result).message == "longer than the limit of 0.5 s"
    assert result.evaluation.walltime >= 0.5
    assert gone("54321")


@pytest.mark.parametrize("act", ["hog", "hog-in-a-child"])
def test_too_much_memory_is_called_so(evaluators: Any, act: str) -> None:
    evaluator = evaluators(act, memory_limit=0.5)
    assert outcome(evaluator.evaluate(candidate(9, act="train"))).status is Status.OK
    result = evaluator.evaluate(candidate())
    assert outcome(result).status is Status.OOM
    used, _, rest = outcome(result).message.partition(" of memory, more than the limit of 512 MiB")
    assert used.startswith("used ")
    assert rest == ("; last output: allocating" if act == "hog" else "")
    assert result.attempts == 2
    assert outcome(evaluator.evaluate(candidate(1, act="train"))).status is Status.OK


def test_what_the_kernel_kills_for_want_of_memory_is_called_so(
    evaluators: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter(range(100))
    monkeypatch.setattr("hpo.execution.child.kernel_kills", lambda: next(counts))
    result = evaluators("killed-from-outside").evaluate(candidate())
    assert outcome(result).status is Status.OOM
    assert outcome(result).message == "signal 9 (SIGKILL): killed by the kernel for want of memory"
    assert outcome(evaluators("segfault").evaluate(candidate())).status is Status.CRASHED


def test_a_grandchild_that_holds_the_pipes_does_not_hold_us(evaluators: Any) -> None:
    begun = time.monotonic()
    assert outcome(evaluators("exit-with-grandchild").evaluate(candidate())).status is Status.FAILED
    assert time.monotonic() - begun < 10
    assert gone("54322")


def test_a_process_that_closes_its_pipes_is_not_waited_for(evaluators: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpo.execution.conversation._LAST_BREATH", 0.2)
    assert outcome(evaluators("closes-everything").evaluate(candidate())).status is Status.KILLED


def test_a_flood_of_output_is_capped(evaluators: Any, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    result = evaluators("flood", logs=str(logs)).evaluate(candidate())
    assert outcome(result).status is Status.OK
    log = (logs / "worker-000.log").read_bytes()
    assert 1_000_000 < len(log) < 1_200_000
    assert log.startswith(b"=== evaluation 0, seed 100\n")
    assert b" bytes left out\n" in log


def test_what_a_model_prints_is_no_reply(evaluators: Any) -> None:
    assert outcome(evaluators("fake-reply").evaluate(candidate())).loss == pytest.approx(4.2)


def test_numbers_of_numpy_become_plain(evaluators: Any) -> None:
    assert outcome(evaluators("numpy-numbers").evaluate(candidate())) == Outcome(
        Status.OK, 0.25, {"val_mse": 0.25}, 7, 7
    )


def test_an_evaluator_that_can_not_start_is_no_fault_of_a_candidate(evaluators: Any) -> None:
    with pytest.raises(GaveUp, match="worker 0 can't be started: RuntimeError: the licence server does not answer"):
        evaluators(model="tests.execution.zoo:Unprepared").evaluate(candidate())


def test_an_evaluator_that_dies_while_starting_is_no_fault_of_a_candidate(
    evaluators: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hpo.execution.child.python", lambda *_: ["sh", "-c", "echo no such library >&2; exit 127"])
    with pytest.raises(GaveUp, match="can't be started: exit code 127; last output: no such library"):
        evaluators().evaluate(candidate())


def test_a_program_that_is_not_there(evaluators: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpo.execution.child.python", lambda *_: ["/nowhere/python"])
    with pytest.raises(GaveUp, match="can't be started: No such file or directory"):
        evaluators().evaluate(candidate())


def test_an_interrupt_gives_no_result_and_ends_the_training(evaluators: Any) -> None:
    evaluator = evaluators("hang")
    evaluator.evaluate(candidate(9, act="train"))
    threading.Timer(0.3, evaluator.interrupt).start()
    begun = time.monotonic()
    result = evaluator.evaluate(candidate())
    assert time.monotonic() - begun < 3
    assert result.interrupted
    assert evaluator.evaluate(candidate(1)).interrupted


def test_evaluators_know_nothing_of_mpi(evaluators: Any, monkeypatch: pytest.MonkeyPatch, features: Path) -> None:
    from hpo.execution.surroundings import evaluator_environment

    for name in ("PMI_RANK", "HYDI_CONTROL_FD", "PALS_RANKID", "OMPI_COMM_WORLD_RANK", "MPI_LOCALRANKID"):
        monkeypatch.setenv(name, "1")
    environment = evaluator_environment(3, {"EXTRA": "yes"})
    assert not [name for name in environment if name.startswith(("PMI", "HYD", "PALS", "OMPI", "MPI"))]
    assert environment["OMP_NUM_THREADS"] == "3"
    assert environment["EXTRA"] == "yes"


def test_an_evaluator_dies_with_its_parent(features: Path, tmp_path: Path) -> None:
    import signal
    import subprocess
    import sys

    program = (
        "import sys; from pathlib import Path; from tests.execution.builders import *;"
        "from hpo.execution.child import ChildEvaluator;"
        "e = ChildEvaluator(evaluator_settings(Path(sys.argv[1]), 'hang'), 0);"
        "e.evaluate(candidate(9, act='train')); print(e._conversation._process.pid, flush=True);"
        "e.evaluate(candidate())"
    )
    root = Path(__file__).parents[2]
    parent = subprocess.Popen([sys.executable, "-c", program, str(features)], stdout=subprocess.PIPE, cwd=root)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            break
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{child}").exists()
