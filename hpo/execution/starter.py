"""Who started a search: where that has died, nobody waits for the record, and somebody may start the search again.

``dvc repro`` that is killed leaves its stage running, and the next ``dvc repro`` starts a second one beside it.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

from hpo.execution.processes import born, parent_of, variables_of

REASON = "the end of the process that started it"
"""Reason of a stop because of that."""

DVC_STAGE = "DVC_STAGE"
"""Set by DVC in the commands that it runs, and so in the shell between DVC and a search."""


@dataclass(frozen=True, slots=True)
class Starter:
    """The processes that a search ends with: number and start time of each. None for a search of its own.

    Attributes:
        processes: Its parent and, within a stage of DVC, all between it and DVC, and DVC itself.
    """

    processes: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of_this_process(cls) -> Starter:
        """Those of this process; none where it was detached on purpose (``nohup``, ``setsid``)."""
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN or os.getsid(0) == os.getpid():
            return cls()
        found = []
        pid, inside = os.getppid(), DVC_STAGE in os.environ
        while pid > 1 and (when := born(pid)) is not None:
            found.append((pid, when))
            inside = inside and DVC_STAGE in variables_of(pid)
            if not inside:
                break
            pid = parent_of(pid)
        return cls(tuple(found))

    @property
    def gone(self) -> bool:
        """Whether one of them has ended."""
        return any(born(pid) != when for pid, when in self.processes)
