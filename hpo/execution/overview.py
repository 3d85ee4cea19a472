"""How all searches of a work folder stand, from their journals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hpo.errors import CrossHpoError, MissingInput
from hpo.evaluation import Status
from hpo.execution.bookkeeping import use_of
from hpo.execution.clock import seconds_since
from hpo.execution.journal import read_journal
from hpo.execution.lines import Entry
from hpo.execution.lock import is_alive, owner_of
from hpo.execution.status import read_status
from hpo.execution.workfolder import JOURNAL, SPEC, read_spec


@dataclass(frozen=True, slots=True)
class Row:
    """One search.

    Attributes:
        search: Name of its folder.
        state: ``running``, ``stopped``, ``done``, ``failed``, ``new`` (nothing done yet) or ``damaged``.
        done: Evaluations with a result.
        total: Evaluations of the whole search; ``None`` if unknown.
        best: Lowest loss so far; ``None`` if there is none.
        busy: Share of the workers' time that was spent in evaluations, 0 to 1; ``None`` if there is none.
        seconds_since_result: Age of the last result; ``None`` if there is none.
        remark: Why it stopped, failed or can't be read; who runs it.
    """

    search: str
    state: str
    done: int = 0
    total: int | None = None
    best: float | None = None
    busy: float | None = None
    seconds_since_result: float | None = None
    remark: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


def overview(work: Path) -> list[Row]:
    """A row per search in ``work``, by name; none where there is no such folder."""
    if not work.is_dir():
        return []
    return [_row(folder) for folder in sorted(work.iterdir()) if (folder / SPEC).is_file()]


def _row(folder: Path) -> Row:
    try:
        spec = read_spec(folder)
        entries = read_journal(folder / JOURNAL, spec.digest).entries
    except (CrossHpoError, MissingInput) as error:
        return Row(folder.name, "damaged", remark=str(error).partition("\n")[0])
    results = [entry for entry in entries if entry["type"] == "result"]
    losses = [entry["outcome"]["loss"] for entry in results if entry["outcome"]["status"] == Status.OK.value]
    state, remark = _state(folder, entries)
    status = read_status(folder)
    return Row(
        search=folder.name,
        state=state,
        done=len(results),
        total=status.total if status is not None and status.total else None,
        best=min(losses, default=None),
        busy=use_of(entries).share if results else None,
        seconds_since_result=seconds_since(str(results[-1]["time"])) if results else None,
        remark=remark,
    )


def _state(folder: Path, entries: Sequence[Entry]) -> tuple[str, str]:
    """State and remark: a living owner says that it runs, the last start's end says the rest."""
    holder = owner_of(folder)
    if holder is not None and is_alive(folder, holder):
        return "running", holder.words
    if not entries:
        return "new", ""
    status = read_status(folder)
    if status is not None and status.state == "done":
        return "done", ""
    if status is not None and status.state == "failed":
        return "failed", status.reason
    if entries[-1]["type"] == "closed":
        return "stopped", "all evaluations are done; the same command publishes the record"
    reason = str(entries[-1]["reason"]) if entries[-1]["type"] == "stopped" else "its process is gone"
    return "stopped", reason
