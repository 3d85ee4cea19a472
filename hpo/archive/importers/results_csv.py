"""``results.csv`` of DeepHyper: one line a job, as its versions wrote them.

===== ================================================================================================================
new   ``p:<hyperparameter>``, ``objective``, ``job_id``, ``job_status`` (newest only), ``m:<metadata>``
old   hyperparameters without a prefix, and ``objective``, ``elapsed_sec``, ``duration``, ``job_id``,
      ``timestamp_submit``, ``timestamp_gather``, … beside them
===== ================================================================================================================

The objective is maximised. A failure is a text that begins with ``F`` in its place.
Source: deephyper 0.13 (``evaluator/_job.py``, ``_evaluator.py``, ``_decorator.py``, ``hpo/_cbo.py``).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hpo.archive.importers.cells import count, number
from hpo.archive.importers.reading import shown
from hpo.archive.importers.tables import MAX_COLUMNS, MAX_ROWS
from hpo.errors import BadData
from hpo.evaluation import Status

OBJECTIVE: Final = "objective"
HYPERPARAMETER: Final = "p:"
METADATA: Final = "m:"
_OWN: Final = frozenset({OBJECTIVE, "job_id", "job_status"})
_OLD_METADATA: Final = frozenset(
    {
        "elapsed_sec",
        "duration",
        "timestamp_submit",
        "timestamp_gather",
        "timestamp_start",
        "timestamp_end",
        "id",
        "dequed",
    }
)
_UNFINISHED: Final = frozenset({"READY", "RUNNING", "CANCELLING", "CANCELLED"})
_WORDS: Final = (("memory", Status.OOM), ("timeout", Status.TIMEOUT), ("nan", Status.INVALID), ("inf", Status.INVALID))
"""What a failure is if its text has the word in it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One line.

    Attributes:
        line: Its number in the file, from 1.
        number: Number of the job; ``None`` if it is none.
        state: Status of the job by DeepHyper's name; empty if the file has none.
        objective: As written.
        cells: Hyperparameters as written, by name.
        metadata: Everything else as written, by name.
    """

    line: int
    number: int | None
    state: str
    objective: str
    cells: Mapping[str, str]
    metadata: Mapping[str, str]

    @property
    def is_finished(self) -> bool:
        """Whether the job ended by itself; a cancelled one has no result."""
        return self.state not in _UNFINISHED and not self.objective.upper().startswith("F_CANCEL")

    @property
    def outcome(self) -> tuple[Status, float | None, str]:
        """Status, loss and message. A dead network is one only where the metadata say so."""
        value = number(self.objective)
        told = self.metadata.get("status", "")
        message = self.metadata.get("message", "")
        if value is not None:
            return (Status.DEGENERATE if told == Status.DEGENERATE else Status.OK), 0.0 - value, message
        message = message or f"the source gives {shown(self.objective)!r} as objective"
        if not self.objective.startswith("F"):
            return Status.INVALID, None, message
        return failure(self.objective[1:].lstrip("_")), None, message


@dataclass(frozen=True, slots=True)
class Results:
    """A file.

    Attributes:
        names: Hyperparameters, in file order.
        jobs: Its lines that can be read.
        unreadable: The others: number and reason.
    """

    names: tuple[str, ...]
    jobs: tuple[Job, ...]
    unreadable: tuple[tuple[int, str], ...]


def failure(word: str) -> Status:
    """The status that the text of a failure tells, ``failed`` for most.

    >>> failure("memory_limit_exceeded"), failure("timeout"), failure("crashed"), failure("")
    (<Status.OOM: 'oom'>, <Status.TIMEOUT: 'timeout'>, <Status.CRASHED: 'crashed'>, <Status.FAILED: 'failed'>)
    """
    plain = word.strip().lower()
    for status in Status:
        if status.is_result and not status.has_loss and plain == status.value:
            return status
    return next((status for part, status in _WORDS if part in plain.replace("-", "_").split("_")), Status.FAILED)


def parse_results(text: str, name: str) -> Results:
    """Read the text of a ``results.csv``; lines that can't be read are listed, not raised.

    Raises:
        BadData: There is no header or no objective, there are several objectives, or too many columns or rows.
    """
    lines = [(number_, line) for number_, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not lines:
        raise BadData(f"{shown(name)}: empty")
    header = [column.strip() for column in next(csv.reader([lines[0][1]]))]
    parameters, metadata = _columns(header, name)
    if len(lines) - 1 > MAX_ROWS:
        raise BadData(f"{shown(name)}: more than {MAX_ROWS:,} rows; no search has so many")
    jobs, unreadable = [], []
    for line, content in lines[1:]:
        try:
            fields = next(csv.reader([content]))
        except csv.Error as error:
            unreadable.append((line, f"no CSV: {error}"))
            continue
        if len(fields) != len(header):
            unreadable.append((line, f"{len(fields)} fields where the header has {len(header)}"))
            continue
        cells = dict(zip(header, (field.strip() for field in fields), strict=True))
        jobs.append(
            Job(
                line=line,
                number=count(cells.get("job_id", "").rpartition(".")[2]),
                state=cells.get("job_status", "").rpartition(".")[2].upper(),
                objective=cells[OBJECTIVE],
                cells={plain: cells[column] for plain, column in parameters.items()},
                metadata={plain: cells[column] for plain, column in metadata.items()},
            )
        )
    return Results(tuple(parameters), tuple(jobs), tuple(unreadable))


def _columns(header: list[str], name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Columns of hyperparameters and of metadata, by their names without prefixes."""
    problems = []
    double = sorted({column for column in header if header.count(column) > 1})
    if double:
        problems.append(f"{shown(name)}: line 1: column {shown(', '.join(double))} occurs twice")
    if len(header) > MAX_COLUMNS:
        problems.append(f"{shown(name)}: line 1: {len(header)} columns, more than {MAX_COLUMNS}")
    several = [column for column in header if column.startswith(f"{OBJECTIVE}_")]
    if OBJECTIVE not in header and several:
        problems.append(
            f"{shown(name)}: line 1: {len(several)} objectives ({shown(', '.join(several))}); a record has one, so "
            f"rename the one that is meant to {OBJECTIVE} and leave out the others"
        )
    elif OBJECTIVE not in header:
        problems.append(f"{shown(name)}: line 1: no column {OBJECTIVE}; found {shown(', '.join(header))}")
    if any(column.startswith(HYPERPARAMETER) for column in header):
        parameters = {column[len(HYPERPARAMETER) :]: column for column in header if column.startswith(HYPERPARAMETER)}
    else:
        others = _OWN | _OLD_METADATA
        parameters = {
            column: column
            for column in header
            if column and column not in others and not column.startswith((METADATA, f"{OBJECTIVE}_"))
        }
    if not parameters:
        problems.append(f"{shown(name)}: line 1: no column of a hyperparameter; found {shown(', '.join(header))}")
    if problems:
        raise BadData(problems)
    metadata = {
        column.removeprefix(METADATA): column
        for column in header
        if column not in parameters.values() and column not in _OWN
    }
    return parameters, metadata
