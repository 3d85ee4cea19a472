"""How a run stands, in ``status.json``: for people, and for programs that only see an exit code flattened by others."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from hpo.errors import BadData, ExitCode, MissingInput
from hpo.execution.clock import utc_now
from hpo.execution.lock import is_alive, owner_of
from hpo.storage import write_json
from hpo.strict_json import read_json

FILE: Final = "status.json"
GONE: Final = "its process is gone"
"""Reason of a stop that nobody could write down."""

STATES: Final = ("running", "stopped", "done", "failed")


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How a run stands.

    Attributes:
        state: ``running``, ``stopped`` (the same command continues it), ``done`` (published) or ``failed``.
        code: Exit code of the last start; ``None`` while running.
        reason: Why it stopped or failed; empty otherwise.
        done: Evaluations with a result.
        total: Evaluations of the whole search.
        best: Lowest loss so far; ``None`` if there is none.
        resumable: Whether the same command continues it.
        changed: When this was written, UTC.
    """

    state: str
    done: int
    total: int
    best: float | None = None
    code: int | None = None
    reason: str = ""
    resumable: bool = True
    changed: str = ""

    def write(self, folder: Path) -> None:
        """Replace ``status.json``; not flushed, since it can be made again from the journal."""
        write_json(folder / FILE, {**asdict(self), "changed": utc_now()}, durable=False)


def read_status(folder: Path) -> RunStatus | None:
    """What ``status.json`` says; ``None`` where there is none. A ``running`` whose process is gone is ``stopped``."""
    try:
        content: Any = read_json(folder / FILE)
        found = RunStatus(**content)
    except (MissingInput, BadData, TypeError):
        return None
    if found.state != "running":
        return found
    holder = owner_of(folder)
    if holder is not None and is_alive(folder, holder):
        return found
    changes = {"state": "stopped", "code": ExitCode.RESUMABLE.value, "reason": GONE}
    return RunStatus(**{**asdict(found), **changes})
