"""Runs as DeepHyper's ``results.csv``, which ``fit_surrogate``, ``fit_generative_model`` and its analysis read.

One file a run, ``MODEL/DATASET/SIZE/RUN/results.csv``, as one search of DeepHyper has one. Columns by DeepHyper 0.13:
``p:<hyperparameter>``, ``objective``, ``job_id``, ``job_status``, ``m:<anything else>``. DeepHyper maximises, so the
objective is the negative loss; a failure is a text that begins with ``F``, ``F_`` and the status here. Dead networks
keep their measured loss; ``m:status`` tells them. Unknown values are empty cells. The space, constants included, lies
beside it as the record has it; DeepHyper passes over such a file.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.export.output import write_folder
from hpo.archive.schema import RunInfo
from hpo.archive.store import HallOfFame
from hpo.archive.summaries import rows_of
from hpo.evaluation import METRICS, Status

if TYPE_CHECKING:
    from hpo.archive.record import Record

FILE: Final = "results.csv"
SPACE: Final = "space.json"
HYPERPARAMETER: Final = "p:"
METADATA: Final = "m:"
FAILURE: Final = "F_"
DONE: Final = "DONE"
"""Status of a job whose training function returned, be it a failure; ours never end any other way."""

SUBMIT: Final = "timestamp_submit"
GATHER: Final = "timestamp_gather"
"""Seconds since the search began."""

_METADATA: Final = (
    "status",
    "evaluation",
    "generation",
    "origin",
    "parents",
    "seed",
    "worker",
    "walltime",
    "epochs_run",
    "best_epoch",
    *METRICS,
    "message",
)


def export_deephyper(hall: HallOfFame, runs: Sequence[RunInfo], output: Path) -> None:
    """Write a folder with a ``results.csv`` for each of ``runs``, and its space where that is known.

    Raises:
        BadData: A record can't be understood.
        StorageError: The folder could not be written.
    """
    write_folder(output, _files(hall, runs))


def results_csv(record: Record) -> str:
    """The evaluations of ``record`` as DeepHyper writes them, in the order of their numbers."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    parameters = [f"{HYPERPARAMETER}{name}" for name in record.axes]
    metadata = [f"{METADATA}{name}" for name in (SUBMIT, GATHER, *_METADATA)]
    writer.writerow([*parameters, "objective", "job_id", "job_status", *metadata])
    writer.writerows(_rows(record))
    return stream.getvalue()


def objective(status: str, loss: float | None) -> float | str:
    """What DeepHyper maximises.

    >>> objective("ok", 0.005), objective("timeout", None)
    (-0.005, 'F_timeout')
    """
    return f"{FAILURE}{status}" if loss is None or not Status(status).has_loss else -loss


def _files(hall: HallOfFame, runs: Sequence[RunInfo]) -> Iterator[tuple[str, str]]:
    for run in runs:
        record = hall.record(run.key)
        yield f"{run.key}/{FILE}", results_csv(record)
        if record.space is not None:
            yield f"{run.key}/{SPACE}", json.dumps(record.space.to_json(), indent=2) + "\n"


def _rows(record: Record) -> Iterator[list[Any]]:
    rows = rows_of(record.evaluations)
    began = min((row["started"] for row in rows if row["started"] is not None), default=None)
    began = record.run.times.started or began
    for job, row in enumerate(rows):
        yield [
            *(_cell(row[name]) for name in record.axes),
            _cell(objective(row["status"], row["val_loss"])),
            job,
            DONE,
            *(_cell(value) for value in _times(row, began)),
            *(_cell(row[name]) for name in _METADATA),
        ]


def _times(row: dict[str, Any], began: str | None) -> tuple[float | None, float | None]:
    """When the evaluation was begun and done; unknown where the record does not say."""
    if row["started"] is None or began is None:
        return None, None
    submitted = (datetime.fromisoformat(row["started"]) - datetime.fromisoformat(began)).total_seconds()
    return submitted, None if row["walltime"] is None else submitted + row["walltime"]


def _cell(value: Any) -> Any:
    """Floats so that they come back exactly; ``None`` is an empty cell."""
    return repr(value) if isinstance(value, float) else value
