"""What counts as the memory of a training."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hpo.execution import memory
from hpo.execution.memory import MemoryWatch, kernel_kills, used_by
from hpo.execution.processes import family_of

HOLD = "print('held', flush=True); input()"
SIZE = 100 * 1024**2


def holding(program: str, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", f"{program}; {HOLD}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def used(program: str, *arguments: str, enough: int = 0) -> int:
    with holding(program, *arguments) as process:
        found = used_by(family_of(process.pid), enough)
        process.communicate("\n")
    return found


def test_pages_of_its_own_count() -> None:
    assert SIZE < used(f"x = b'x' * {SIZE}") - used("pass") + 5 * 1024**2 < SIZE + 10 * 1024**2


def test_a_mapped_file_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "features"
    path.write_bytes(b"x" * SIZE)
    program = (
        "import mmap, sys; file = open(sys.argv[1], 'rb'); "
        "x = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ); sum(x[::4096])"
    )
    assert used(program, str(path)) < SIZE // 2


def test_what_processes_share_counts_once() -> None:
    program = f"import os, time; x = b'x' * {SIZE}; [os.fork() or time.sleep(60) for _ in range(2)]"
    with holding(program) as process:
        family = family_of(process.pid)
        assert len(family) == 3
        assert used_by(family, enough=10**12) > 2 * SIZE, "the rough sum counts it several times"
        assert used_by(family, enough=SIZE) < 2 * SIZE
        os.killpg(process.pid, 9)


def test_children_count_also_in_a_session_of_their_own() -> None:
    program = f"import os, time; os.fork() or (os.setsid(), b'x' * {SIZE}, time.sleep(60))"
    with holding(program) as process:
        family = family_of(process.pid)
        assert len(family) == 2
        for pid in family:
            os.kill(pid, 9)


def test_a_watch_looks_now_and_then_and_keeps_the_peak(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter([10, 30, 20])
    monkeypatch.setattr(memory, "used_by", lambda *_, **__: next(sizes))
    now = [100.0]
    watch = MemoryWatch(os.getpid(), 25, clock=lambda: now[0])
    assert not watch.exceeded()
    assert not watch.exceeded(), "too early for another look"
    now[0] += memory.INTERVAL
    assert watch.exceeded()
    now[0] += memory.INTERVAL
    assert not watch.exceeded()
    assert watch.peak == 30


def test_kills_by_the_kernel_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kernel_kills()
    events = tmp_path / "memory.events"
    events.write_text("low 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 0\n")
    monkeypatch.setattr(memory, "_cgroup_events", lambda: events)
    assert kernel_kills() >= 2
    assert before >= 0
    monkeypatch.setattr(memory, "_cgroup_events", lambda: tmp_path / "missing")
    assert kernel_kills() >= 0
