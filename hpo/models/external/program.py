"""Runs one program of a model to its end, and leaves nothing of it behind.

The program has a process group of its own. When it ends, what it has started and left is killed with the group. When
this process is killed instead, so that it can do nothing any more, a guard that waits at a pipe does the same.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hpo.models.external.guard import Asked, guard, handing_on, kill_group, signal_group
from hpo.models.external.scores import ResultLines

TAIL: Final = 8192
"""Bytes of output kept for messages."""
LAST_LINES: Final = 20
GRACE: Final = 10.0
"""Seconds between the request to end and the kill."""

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
    with guard(program.scratch, program.end) as guarded, handing_on() as asked:
        process, output = _start(program)
        try:
            guarded(process.pid)
            asked.group = process.pid
            listener = _Listener(output, sink)
            timed_out = _wait(process, program, listener, asked)
            kill_group(process.pid)
            listener.drain()
            asked.group = None  # once it is reaped, its number may be somebody else's
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


def _wait(process: subprocess.Popen[bytes], program: Program, listener: _Listener, asked: Asked) -> bool:
    """Wait for the end; whether it was ended at its time limit. The process is left to be reaped."""
    ended = os.pidfd_open(process.pid)
    try:
        if asked.asked:
            signal_group(process.pid, signal.SIGTERM)
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
                    kill_group(process.pid)
                    late = None
                else:
                    signal_group(process.pid, signal.SIGTERM)
                    late = time.monotonic() + GRACE
                timed_out = True
    except BaseException:
        kill_group(process.pid)
        process.wait()
        raise
    finally:
        os.close(ended)
