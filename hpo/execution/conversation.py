"""Request and reply with another process, which may answer, end, hang, or print without end."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Final

SLICE: Final = 0.1
"""Seconds between two looks at whether the process lives, is late, or has to stop."""
STOP_GRACE: Final = 1.0
"""Seconds that a process gets to end when the search stops."""
MAX_REPLY: Final = 1024 * 1024
_PAUSE: Final = 5.0
"""A gap between two looks of this many seconds more than planned means that we were suspended, and it with us."""

_LAST_BREATH: Final = 5.0
"""Seconds that a process which can no longer reply may take to end."""

Starter = Callable[[tuple[int, int], int], "subprocess.Popen[bytes]"]
"""Starts the process, given its ends of the request and reply pipes, and a pipe for its output."""


class Ending(Enum):
    """How a request ended."""

    REPLIED = auto()
    EXITED = auto()
    """The process ended without a reply; see ``exit_status``."""
    TIMEOUT = auto()
    """It took longer than the limit and was ended."""
    MEMORY = auto()
    """It used more memory than it may and was killed."""
    STOPPED = auto()
    """We are stopping, and it was ended."""


class Conversation:
    """A running process and the pipes to it."""

    def __init__(self, start: Starter, *, grace: float) -> None:
        self.exit_status = 0
        """As ``subprocess`` counts it, negative for a signal; valid once the process has ended."""
        self._grace = grace
        theirs_in, self._requests = os.pipe2(os.O_CLOEXEC)
        self._replies, theirs_out = os.pipe2(os.O_CLOEXEC)
        self._output, theirs_output = os.pipe2(os.O_CLOEXEC)
        try:
            self._process = start((theirs_in, theirs_out), theirs_output)
        except BaseException:
            self._close_pipes()
            raise
        finally:
            for descriptor in (theirs_in, theirs_out, theirs_output):
                os.close(descriptor)
        for descriptor in (self._replies, self._output):
            os.set_blocking(descriptor, False)
        self._buffer = b""
        self._ended = False

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return not self._ended and not self._has_exited()

    def ask(
        self,
        request: Any,
        limit: float | None,
        stopping: Callable[[], bool],
        output: Callable[[bytes], None],
        too_large: Callable[[], bool] = lambda: False,
    ) -> tuple[Any, Ending]:
        """Send ``request`` and wait for the reply.

        Args:
            request: JSON value, one line of at most 64 KiB.
            limit: Seconds that the reply may take; ``None`` for no limit.
            stopping: Asked ten times a second whether to give up.
            output: Receives what the process prints.
            too_large: Asked as often whether to kill it for its use of memory.

        Returns:
            The reply and how it ended. After anything but ``REPLIED`` the process has ended, with its group.
        """
        self._buffer = b""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._requests, json.dumps(request).encode("ascii") + b"\n")
        reply, ending = self._wait(limit, stopping, output, too_large)
        if ending is not Ending.REPLIED:
            self.end(patience=0.0, output=output)
        return reply, ending

    def end(self, *, patience: float, output: Callable[[bytes], None] | None = None) -> None:
        """Close the pipes, wait ``patience`` seconds, then kill the process and everything in its group."""
        if self._ended:
            return
        self._ended = True
        os.close(self._requests)
        self._requests = -1
        until = time.monotonic() + patience
        while not self._has_exited() and time.monotonic() < until:
            time.sleep(0.005)
        # The process is not reaped yet, so its number, that of its group, can't belong to anybody else.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self.exit_status = self._process.wait()
        if output is not None:
            self._drain(output)
        self._close_pipes()

    def _wait(
        self,
        limit: float | None,
        stopping: Callable[[], bool],
        output: Callable[[bytes], None],
        too_large: Callable[[], bool],
    ) -> tuple[Any, Ending]:
        poll = select.poll()
        poll.register(self._replies, select.POLLIN)
        poll.register(self._output, select.POLLIN)
        last = time.monotonic()
        late = None if limit is None else last + limit
        kill: float | None = None
        why = Ending.EXITED
        while True:
            for descriptor, event in poll.poll(SLICE * 1000):
                if descriptor == self._output:
                    if not self._forward(output) and event & select.POLLHUP:
                        poll.unregister(descriptor)
                elif self._receive() and kill is None:
                    self._forward(output)
                    return _parsed(self._buffer), Ending.REPLIED
                elif event & select.POLLHUP:
                    # It is ending, or has closed its end and will never reply.
                    poll.unregister(descriptor)
                    kill = kill or time.monotonic() + _LAST_BREATH
            now = time.monotonic()
            if late is not None and now - last > SLICE + _PAUSE:
                late += now - last
            last = now
            if self._has_exited():
                if self._receive() and kill is None:
                    return _parsed(self._buffer), Ending.REPLIED
                return None, why
            if why is not Ending.STOPPED and too_large():
                # Without a grace period, in which it could take the memory of everybody else.
                self._signal(signal.SIGKILL)
                return None, Ending.MEMORY
            if kill is None and stopping():
                kill, why = now + STOP_GRACE, Ending.STOPPED
                self._signal(signal.SIGTERM)
            elif kill is None and late is not None and now >= late:
                kill, why = now + self._grace, Ending.TIMEOUT
                self._signal(signal.SIGTERM)
            elif kill is not None and (now >= kill or (why is Ending.TIMEOUT and stopping())):
                why = Ending.STOPPED if now < kill else why
                self._signal(signal.SIGKILL)
                return None, why

    def _receive(self) -> bool:
        """Read from the reply pipe; whether a whole line is there."""
        with contextlib.suppress(BlockingIOError):
            while content := os.read(self._replies, 65536):
                self._buffer += content
                if b"\n" in content or len(self._buffer) > MAX_REPLY:
                    break
        return b"\n" in self._buffer or len(self._buffer) > MAX_REPLY

    def _forward(self, output: Callable[[bytes], None]) -> bool:
        """Hand on what was printed, at most 1 MiB at a time; whether there was anything."""
        total = 0
        with contextlib.suppress(BlockingIOError):
            while total < 1024 * 1024 and (content := os.read(self._output, 65536)):
                output(content)
                total += len(content)
        return total > 0

    def _drain(self, output: Callable[[bytes], None]) -> None:
        """What is left in the pipe of a process that has ended; something else may hold it open and go on printing."""
        for _ in range(4):
            if not self._forward(output):
                return

    def _has_exited(self) -> bool:
        """Whether the process has ended; it is left to be reaped."""
        if self._process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _close_pipes(self) -> None:
        for descriptor in (self._requests, self._replies, self._output):
            if descriptor >= 0:
                os.close(descriptor)
        self._requests = self._replies = self._output = -1


def exit_words(exit_status: int) -> str:
    """``signal 11 (SIGSEGV)`` for a negative exit status of ``subprocess``, else ``exit code 3``."""
    if exit_status >= 0:
        return f"exit code {exit_status}"
    try:
        return f"signal {-exit_status} ({signal.Signals(-exit_status).name})"
    except ValueError:
        return f"signal {-exit_status}"


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
