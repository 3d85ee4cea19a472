"""Stopping on request: signals become a reason that the search looks at between results."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from hpo.errors import ExitCode
from hpo.execution.starter import REASON, Starter

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)
"""Batch systems announce the end by TERM or USR1, keyboards by INT, closed terminals by HUP."""

LIMIT: Final = 4.0
"""Seconds after which a search that trains in its own process, and can't be interrupted there, ends at once."""


class Stop:
    """Whether, and why, a search has to stop. The first reason stays.

    Args:
        starter: The process whose end is a reason as well; by default none is.
    """

    def __init__(self, starter: Starter = Starter()) -> None:  # noqa: B008 - immutable
        self.reason = ""
        self._starter = starter

    def look(self) -> None:
        """Note the end of the starter."""
        if not self.reason and self._starter.gone:
            self.request(REASON)

    def request(self, reason: str) -> None:
        """Ask the search to stop; safe in a signal handler."""
        self.reason = self.reason or reason

    @contextmanager
    def on_signals(self, also: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Within the block, signals request a stop and call ``also``; a signal that was ignored stays so (nohup)."""

        def handle(number: int, _: FrameType | None) -> None:
            self.request(signal.Signals(number).name)
            also()

        handlers = {number: signal.getsignal(number) for number in SIGNALS}
        for number, handler in handlers.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, handle)
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    @contextmanager
    def at_the_latest(self, last_words: Callable[[str], None]) -> Iterator[None]:
        """Within the block, a signal ends this process 4 s later, wherever it is, with the exit code of a stop.

        For training within this process: native code returns to Python, and so to a signal handler, only when it
        has finished. The journal is whole at any moment, so nothing gets lost.
        """
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        left = threading.Event()

        def watch() -> None:
            numbers = {int(number) for number in SIGNALS}
            while content := ours.recv(1):
                if content[0] in numbers and not left.wait(LIMIT):
                    last_words(signal.Signals(content[0]).name)
                    os._exit(ExitCode.RESUMABLE)

        watcher = threading.Thread(target=watch, name="stop", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            left.set()
            theirs.close()
            watcher.join()
            ours.close()
