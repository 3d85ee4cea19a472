"""What the entries of a journal mean: evaluations, starts, cost; and the flat form that a record keeps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hpo.errors import BadData
from hpo.evaluation import Candidate, Evaluation, Outcome
from hpo.execution.lines import Entry
from hpo.execution.spec import RunSpec

FLAT_SCHEMA: Final = "cross-hpo/journal/1"


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a search.

    Attributes:
        opened: Its ``open`` record.
        seconds: From its beginning to its last record, by a clock that does not jump.
        results: Evaluations that got their result in it.
        stopped: Why it ended early; empty where it did not, or was killed.
    """

    opened: Entry
    seconds: float
    results: int
    stopped: str


@dataclass(frozen=True, slots=True)
class Use:
    """What workers were used for.

    Attributes:
        busy: Seconds spent in evaluations that led to a result.
        reserved: Seconds that workers were there: all of them, while a controller was running, also before a kill.
    """

    busy: float
    reserved: float

    @property
    def share(self) -> float | None:
        """Busy part of the reserved time; ``None`` before anything happened."""
        return self.busy / self.reserved if self.reserved else None


def use_of(entries: Sequence[Entry]) -> Use:
    """What the workers of all starts in a journal were used for."""
    busy = sum(float(entry["walltime"] or 0.0) for entry in entries if entry["type"] == "result")
    reserved = sum(start.seconds * int(start.opened["workers"]) for start in starts_in(entries))
    return Use(busy, max(busy, reserved))


def result_entry(evaluation: Evaluation, attempts: int, elapsed: float, time: str) -> Entry:
    """The ``result`` record of an evaluation, ``elapsed`` seconds after the start, at ``time`` (UTC)."""
    return {
        "type": "result",
        "time": time,
        "elapsed": elapsed,
        "candidate": evaluation.candidate.to_json(),
        "outcome": evaluation.outcome.to_json(),
        "worker": evaluation.worker,
        "started": evaluation.started,
        "walltime": evaluation.walltime,
        "attempts": attempts,
    }


def evaluations_in(entries: Iterable[Entry]) -> list[Evaluation]:
    """Finished evaluations, in the order in which they were recorded.

    Raises:
        BadData: A result can't be understood, or an evaluation has two.
    """
    found: dict[int, Evaluation] = {}
    for entry in entries:
        if entry["type"] != "result":
            continue
        evaluation = _evaluation_in(entry)
        number = evaluation.candidate.evaluation
        if number in found:
            raise BadData(f"journal: evaluation {number} has two results")
        found[number] = evaluation
    return list(found.values())


def starts_in(entries: Sequence[Entry]) -> list[Start]:
    """Every start of the search, in order."""
    groups: list[list[Entry]] = []
    for entry in entries:
        if entry["type"] == "open":
            groups.append([])
        groups[-1].append(entry)
    return [
        Start(
            opened=group[0],
            seconds=max((float(entry.get("elapsed", 0.0)) for entry in group), default=0.0),
            results=sum(entry["type"] == "result" for entry in group),
            stopped=next((str(entry["reason"]) for entry in reversed(group) if entry["type"] == "stopped"), ""),
        )
        for group in groups
    ]


def flatten(spec: RunSpec, entries: Iterable[Entry]) -> bytes:
    """``journal.jsonl`` of a record: a line with the run's identity, then a line per result, by evaluation.

    Enough to take a search through it again and to compare every decision. What names a machine is left out.
    """
    results = sorted(
        (entry for entry in entries if entry["type"] == "result"), key=lambda entry: entry["candidate"]["evaluation"]
    )
    kept = ("candidate", "outcome", "worker", "started", "walltime", "attempts")
    lines: list[dict[str, Any]] = [{"schema": FLAT_SCHEMA, "digest": spec.digest, "spec": spec.to_json()}]
    lines += [{name: entry[name] for name in kept} for entry in results]
    return b"".join(_line(line) for line in lines)


def _evaluation_in(entry: Entry) -> Evaluation:
    try:
        candidate, outcome = Candidate.from_json(entry["candidate"]), Outcome.from_json(entry["outcome"])
        return Evaluation(candidate, outcome, entry["worker"], entry["started"], entry["walltime"])
    except KeyError as error:
        raise BadData(f"journal: a result has no {error}") from error


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"
