"""Facts about processes of this host, from ``/proc``."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def born(pid: int) -> int | None:
    """Start time of a process in ticks since boot; ``None`` where there is no such process, or only its remains.

    Process numbers are used again; number and start time together name a process.
    """
    fields = _stat(pid)
    return None if not fields or fields[0] in ("Z", "X") else int(fields[19])


def parent_of(pid: int) -> int:
    """Number of the process that started ``pid``, or that adopted it; 0 where there is none."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def family_of(pid: int) -> list[int]:
    """``pid``, all living processes that descend from it, and those in the session of which it is the first."""
    parents, members = {}, {pid}
    for name in os.listdir("/proc"):  # noqa: PTH208 - thousands of names, and nothing else is needed
        if name.isdigit() and (fields := _stat(int(name))) and fields[0] not in ("Z", "X"):
            parents[int(name)] = int(fields[1])
            if int(fields[3]) == pid:
                members.add(int(name))
    found = set(members)
    while found:
        found = {child for child, parent in parents.items() if parent in found} - members
        members |= found
    return sorted(member for member in members if member in parents)


def variables_of(pid: int) -> frozenset[str]:
    """Names of the environment variables that a process was started with; empty where that is not ours to know."""
    try:
        content = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return frozenset()
    return frozenset(item.partition(b"=")[0].decode("utf-8", "replace") for item in content.split(b"\0"))


def signal_at_death_of_parent(number: signal.Signals) -> None:
    """Ask the kernel to send ``number`` to this process when the thread that started it ends, however it ends."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def die_with(parent: int) -> None:
    """Let this process be killed when ``parent``, which started it, ends."""
    signal_at_death_of_parent(signal.SIGKILL)
    if os.getppid() != parent:
        # It ended before the request took effect.
        os._exit(1)


def _stat(pid: int) -> list[str]:
    """Fields of ``/proc/PID/stat`` after the name: state, parent, group, session, …; none for no process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
