"""What holds while a program runs: it does not outlive this process, and a request to end this process reaches it."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

PATIENCE: Final = 10.0
"""Seconds that ending a container may take."""

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


@contextmanager
def guard(scratch: Path, end: Sequence[str]) -> Iterator[Callable[[int], None]]:
    """Within the block, the death of this process ends the program, its container and its scratch folder.

    An exception in the block does the same, since this process may be killed before it could put things away itself.

    Args:
        scratch: Folder that is removed then.
        end: Command that ends the container; empty where there is none.

    What is yielded takes the number of the program's process group, as soon as there is one.
    """
    theirs, ours = os.pipe2(os.O_CLOEXEC)
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", str(scratch), *end],
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

    def tell(group: int) -> None:
        os.write(ours, f"{group}\n".encode())

    try:
        yield tell
        if end:
            # A container may outlive the program that started it; where it has ended, this says so and nothing else.
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(end, capture_output=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL)
        with contextlib.suppress(OSError):
            os.write(ours, b"done\n")
    finally:
        os.close(ours)
        process.wait()


@dataclass
class Asked:
    """Whether this process was asked to end, and whom to hand that on to, once there is somebody."""

    asked: bool = False
    group: int | None = None


@contextmanager
def handing_on() -> Iterator[Asked]:
    """Within the block, a SIGTERM that would end this process goes to the program; after it, it ends this process."""
    state = Asked()
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield state
        return

    def hand_on(_: int, __: FrameType | None) -> None:
        state.asked = True
        if state.group is not None:
            signal_group(state.group, signal.SIGTERM)

    signal.signal(signal.SIGTERM, hand_on)
    try:
        yield state
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if state.asked:
            # First everything is put away, then this process ends as it was asked to.
            atexit.register(os.kill, os.getpid(), signal.SIGTERM)
            raise SystemExit(128 + signal.SIGTERM)


def signal_group(group: int, number: signal.Signals) -> None:
    """Send ``number`` to a process group, if there still is one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def kill_group(group: int) -> None:
    """Kill a process group, if there still is one."""
    signal_group(group, signal.SIGKILL)
