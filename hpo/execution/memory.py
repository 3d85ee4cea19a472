"""How much memory a training uses, with all processes that it has started, and whether the kernel ended it for that.

A limit on the address space (``RLIMIT_AS``) would be simpler, but CUDA and PyTorch reserve many times what they use.
So what counts is memory that only they hold: pages of their own, shared memory and swap; not the mapped feature
files, which the system can drop at any time.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from hpo.execution.processes import family_of

GIB: Final = 1024**3
INTERVAL: Final = 0.5
"""Seconds between two looks."""
_SHARE: Final = 0.02
"""Most of a core that looking may cost; on a node with thousands of processes it is done more rarely."""

_PAGES = re.compile(rb"^(?:RssAnon|RssShmem|VmSwap):\s+(\d+) kB", re.MULTILINE)
_SHARES = re.compile(rb"^(?:Pss_Anon|Pss_Shmem|SwapPss):\s+(\d+) kB", re.MULTILINE)
_KILLS = re.compile(rb"^oom_kill (\d+)", re.MULTILINE)


class MemoryWatch:
    """Looks at the memory of a process and of all that descend from it or share its session.

    Args:
        pid: The process, first of its session.
        limit: Bytes that they may use together.

    Attributes:
        limit: As given.
        peak: Most bytes seen so far.
    """

    def __init__(self, pid: int, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self.peak = 0
        self._pid = pid
        self._clock = clock
        self._next = 0.0

    def exceeded(self) -> bool:
        """Whether they use more than the limit, as of the last look; looks where that is due."""
        begun = self._clock()
        if begun < self._next:
            return False
        used = used_by(family_of(self._pid), enough=self.limit)
        self.peak = max(self.peak, used)
        ended = self._clock()
        self._next = ended + max(INTERVAL, (ended - begun) / _SHARE)
        return used > self.limit


def used_by(pids: list[int], enough: int) -> int:
    """Bytes of memory that these processes hold together.

    Adding up what each holds counts what they share several times. Only where that sum is above ``enough`` is the
    exact sum taken, which costs a walk through all pages.
    """
    rough = {pid: _sum(pid, "status", _PAGES) or 0 for pid in pids}
    if sum(rough.values()) <= enough:
        return sum(rough.values())
    exact = {pid: _sum(pid, "smaps_rollup", _SHARES) for pid in pids}
    return sum(rough[pid] if (share := exact[pid]) is None else share for pid in pids)


def kernel_kills() -> int:
    """How many processes the kernel has killed for want of memory: in the group of this process, and on this host."""
    total = 0
    for path in (_cgroup_events(), Path("/proc/vmstat")):
        with suppress(OSError):
            found = _KILLS.search(path.read_bytes())
            total += int(found.group(1)) if found else 0
    return total


def words(size: float) -> str:
    """Bytes in words: ``1.5 GiB``, below one ``640 MiB``.

    >>> words(1.5 * 1024**3)
    '1.5 GiB'
    """
    return f"{size / GIB:.3g} GiB" if size >= GIB else f"{size / 1024**2:.3g} MiB"


def _sum(pid: int, file: str, pattern: re.Pattern[bytes]) -> int | None:
    """Sum in bytes of the numbers that ``pattern`` finds; ``None`` where the file can't be read."""
    try:
        content = Path(f"/proc/{pid}/{file}").read_bytes()
    except OSError:
        return None
    return 1024 * sum(map(int, pattern.findall(content)))


def _cgroup_events() -> Path:
    """Where the kernel counts what it did to the control group of this process (version 2)."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("0::"):
                return Path("/sys/fs/cgroup") / line[3:].lstrip("/") / "memory.events"
    return Path(os.devnull)
