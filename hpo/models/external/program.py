"""Runs one program of a model to its end, and leaves nothing of it behind.

The program has a process group of its own. When it ends, what it has started and left is killed with the group. When
this process is killed instead, so that it can do nothing any more, a guard that waits at a pipe does the same.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from hpo.models.external.scores import ResultLines

TAIL: Final = 8192
"""Bytes of output kept for messages."""
LAST_LINES: Final = 20
GRACE: Final = 10.0
"""Seconds between the request to end and the kill."""

_GUARD: Final = """
folder=$1
shift
if read -r group; then
    read -r line && exit 0
    kill -s KILL -- "-$group" 2>/dev/null
    [ $# -eq 0 ] || "$@" >/dev/null 2>&1
fi
rm -rf -- "$folder"
"""
"""Reads the number of the process group, then waits for a line that says that all is well, or for the end of whoever
could write one."""

Sink = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended.

    Attributes:
        exit_status: As ``subprocess`` counts it, negative for a signal.
        timed_out: Whether it was ended at its time limit.
        seconds: How long it took.
        tail: The last that it printed.
        result: The last line with a result, if any.
        results: How many different ones there were.
    """

    exit_status: int
    timed_out: bool
    seconds: float
    tail: bytes
    result: str | None = None
    results: int = 0

    @property
    def last_lines(self) -> str:
        """The last lines of the output, in one line."""
        lines = [line.strip() for line in self.tail.decode("utf-8", "backslashreplace").splitlines()]
        return " | ".join([line for line in lines if line][-LAST_LINES:])[-1500:]


@dataclass(frozen=True, slots=True)
class Program:
    """What is to be run.

    Attributes:
        words: The command line; no shell reads it.
        folder: Its current folder.
        environment: All its variables.
        scratch: Folder that is removed if this process dies.
        end: Command that ends what the program has started outside of its process group, such as a container.
        time_limit: Seconds that it may take; ``None`` for no limit.
    """

    words: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    scratch: Path
    end: tuple[str, ...] = ()
    time_limit: float | None = None


def to_standard_error(content: bytes) -> None:
    """Hand output on; in an evaluator it is kept with that of every other training."""
    with contextlib.suppress(OSError):
        while content:
            content = content[os.write(2, content) :]


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder for one evaluation, below ``TMPDIR``; it is gone after the block."""
    folder = Path(tempfile.mkdtemp(prefix="cross-hpo-model-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_program(program: Program, sink: Sink = to_standard_error) -> Ended:
    """Run ``program`` to its end.

    A request to end this process (SIGTERM, where nothing else handles it) is handed on; this process then ends after
    the program.

    Raises:
        OSError: It can't be started.
    """
    begun = time.monotonic()
    # The guard and the handler come first: from its first moment on, the program does not outlive this process.
    with _guard(program) as guarded, _handing_on() as asked:
        process, output = _start(program)
        try:
            guarded(process.pid)
            asked.group = process.pid
            listener = _Listener(output, sink)
            timed_out = _wait(process, program, listener, asked)
            _kill_group(process.pid)
            listener.drain()
            status = process.wait()
        finally:
            os.close(output)
    result = listener.results.finish()
    return Ended(status, timed_out, time.monotonic() - begun, listener.tail, result, listener.results.differing)


def _start(program: Program) -> tuple[subprocess.Popen[bytes], int]:
    """The running program, and the end of the pipe from which its output is read."""
    ours, theirs = os.pipe2(os.O_CLOEXEC)
    try:
        process = subprocess.Popen(
            program.words,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            cwd=program.folder,
            env=dict(program.environment),
            process_group=0,
        )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    os.set_blocking(ours, False)
    return process, ours


class _Listener:
    """Reads output: hands it on, and keeps its end and its result lines."""

    def __init__(self, output: int, sink: Sink) -> None:
        self.output = output
        self.results = ResultLines()
        self.tail = b""
        self._sink = sink

    def read(self) -> bool:
        """Read what is there, at most 1 MiB; whether more may come."""
        for _ in range(16):
            try:
                content = os.read(self.output, 65536)
            except BlockingIOError:
                return True
            if not content:
                return False
            self.tail = (self.tail + content)[-TAIL:]
            self.results.feed(content)
            self._sink(content)
        return True

    def drain(self) -> None:
        """Read what is left of a program that has ended; something that left its group may print on for ever."""
        for _ in range(4):
            before = self.tail
            if not self.read() or self.tail == before:
                return


def _wait(process: subprocess.Popen[bytes], program: Program, listener: _Listener, asked: _Asked) -> bool:
    """Wait for the end; whether it was ended at its time limit. The process is left to be reaped."""
    ended = os.pidfd_open(process.pid)
    try:
        if asked.asked:
            _signal_group(process.pid, signal.SIGTERM)
        poll = select.poll()
        poll.register(ended, select.POLLIN)
        poll.register(listener.output, select.POLLIN)
        late = None if program.time_limit is None else time.monotonic() + program.time_limit
        timed_out = False
        while True:
            left = None if late is None else max(0.0, late - time.monotonic()) * 1000
            for descriptor, _ in poll.poll(left):
                if descriptor == ended:
                    return timed_out
                if not listener.read():
                    poll.unregister(listener.output)
            if late is not None and time.monotonic() >= late:
                if timed_out:
                    _kill_group(process.pid)
                    late = None
                else:
                    _signal_group(process.pid, signal.SIGTERM)
                    late = time.monotonic() + GRACE
                timed_out = True
    except BaseException:
        _kill_group(process.pid)
        process.wait()
        raise
    finally:
        os.close(ended)


@contextmanager
def _guard(program: Program) -> Iterator[Callable[[int], None]]:
    """Within the block, the death of this process ends the program, its container and its scratch folder.

    What is yielded takes the number of the program's process group, as soon as there is one.
    """
    theirs, ours = os.pipe2(os.O_CLOEXEC)
    try:
        guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", str(program.scratch), *program.end],
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    groups: list[int] = []

    def tell(group: int) -> None:
        groups.append(group)
        os.write(ours, f"{group}\n".encode())

    try:
        yield tell
    finally:
        if program.end and groups:
            # A container may outlive the program that started it; where it has ended, this says so and nothing else.
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(program.end, capture_output=True, timeout=GRACE, check=False, stdin=subprocess.DEVNULL)
        with contextlib.suppress(OSError):
            os.write(ours, b"done\n" if groups else b"none\ndone\n")
        os.close(ours)
        guard.wait()


@dataclass
class _Asked:
    """Whether this process was asked to end, and whom to hand that on to, once there is somebody."""

    asked: bool = False
    group: int | None = None


@contextmanager
def _handing_on() -> Iterator[_Asked]:
    """Within the block, a SIGTERM that would end this process goes to the program; after it, it ends this process."""
    state = _Asked()
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield state
        return

    def hand_on(_: int, __: FrameType | None) -> None:
        state.asked = True
        if state.group is not None:
            _signal_group(state.group, signal.SIGTERM)

    signal.signal(signal.SIGTERM, hand_on)
    try:
        yield state
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if state.asked:
            # First everything is put away, then this process ends as it was asked to.
            atexit.register(os.kill, os.getpid(), signal.SIGTERM)
            raise SystemExit(128 + signal.SIGTERM)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _kill_group(group: int) -> None:
    _signal_group(group, signal.SIGKILL)
