"""Runs as studies of an Optuna storage: a journal file that ``optuna.load_study`` and optuna-dashboard open.

One study a run, named by its key, to be minimised. A journal file rather than a database, since it is written faster
and keeps times in UTC. The parameters of a trial are the values that lie in the space that the record declares; Optuna
takes no others. All that are known are in the user attribute ``hyperparameters``, so nothing is lost, and what is not
known is in neither. Optuna knows no dead networks: they are COMPLETE with the loss that was measured, and the user
attribute ``status`` tells them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.export.output import need_package, write_file
from hpo.archive.schema import RunInfo
from hpo.archive.store import HallOfFame
from hpo.archive.summaries import chosen, rows_of
from hpo.evaluation import METRICS, Status
from hpo.quiet import optuna_quiet
from hpo.space import Axis, FloatAxis, IntAxis, Space

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

    from hpo.archive.record import Record

UNKNOWN_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a trial started of which that is not known; Optuna wants some time."""

WRITER: Final = "cross-hpo"
"""Author of the journal's lines, instead of a random name, so that equal records give equal files."""

ATTRIBUTES: Final = (
    "evaluation",
    "generation",
    "origin",
    "status",
    "seed",
    "worker",
    "epochs_run",
    "best_epoch",
    "walltime",
    "parents",
    "message",
    "recovered",
    *METRICS,
)
"""Columns of ``evaluations.csv`` that are user attributes of a trial where they are known."""


def export_optuna(hall: HallOfFame, runs: Sequence[RunInfo], output: Path) -> None:
    """Write ``runs`` as the studies of one journal file.

    Raises:
        MissingInput: Optuna is not installed, or a record is incomplete.
        BadData: A record can't be understood.
        StorageError: The file could not be written.
    """
    need_package("optuna", "optuna", "'cross-hpo[optuna]'")

    def write(path: Path) -> None:
        from optuna.storages.journal import JournalFileBackend

        backend = JournalFileBackend(str(path))
        for number, run in enumerate(runs):
            backend.append_logs(_journal(hall.record(run.key), number))

    write_file(output, write)


def distribution(axis: Axis) -> BaseDistribution:
    """The values that ``axis`` may take; the order of listed values is lost, since Optuna has none."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(axis, FloatAxis):
        return FloatDistribution(axis.lower, axis.upper, log=axis.log_scale)
    if isinstance(axis, IntAxis):
        return IntDistribution(axis.lower, axis.upper, log=axis.log_scale)
    return CategoricalDistribution(axis.values)  # type: ignore[attr-defined]


def trials(record: Record) -> list[FrozenTrial]:
    """A trial an evaluation, in their order."""
    space = record.space or Space(())
    distributions = {axis.name: distribution(axis) for axis in space.axes}
    return [
        _trial(number, row, record.axes, space, distributions) for number, row in enumerate(rows_of(record.evaluations))
    ]


def study_attributes(record: Record) -> dict[str, Any]:
    """User attributes of a study: what the run is, what it recommends and what is doubtful about it."""
    run, best = record.run, chosen(record.run)
    return {
        "model": run.model,
        "dataset": run.dataset,
        "size": run.size,
        "strategy": run.strategy,
        "run": run.run,
        "seed": run.seed,
        "split": run.split,
        "release": run.release.model_dump(mode="json"),
        "protocol": run.protocol.model_dump(mode="json"),
        "source": run.source.kind,
        "fixed": run.fixed,
        "space": None if record.space is None else record.space.to_json(),
        "recommended": None if best is None else best.model_dump(mode="json"),
        "flags": [flag.flag for flag in run.flags],
    }


def _journal(record: Record, number: int) -> list[dict[str, Any]]:
    """The lines of a journal about ``record`` alone, as Optuna itself writes them, for study ``number`` of a file."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import BaseJournalBackend

    class Memory(BaseJournalBackend):
        """Holds the lines until all are there: a file would be flushed after each."""

        def __init__(self) -> None:
            self.lines: list[dict[str, Any]] = []

        def read_logs(self, log_number_from: int) -> list[dict[str, Any]]:
            return self.lines[log_number_from:]

        def append_logs(self, logs: list[dict[str, Any]]) -> None:
            self.lines += logs

    memory = Memory()
    with optuna_quiet():
        study = optuna.create_study(storage=JournalStorage(memory), study_name=record.key, direction="minimize")
        for name, value in study_attributes(record).items():
            study.set_user_attr(name, value)
        study.add_trials(trials(record))
    place = {"worker_id": WRITER, "study_id": number}
    return [line | {name: value for name, value in place.items() if name in line} for line in memory.lines]


def _trial(
    number: int,
    row: Mapping[str, Any],
    axes: Sequence[str],
    space: Space,
    distributions: Mapping[str, BaseDistribution],
) -> FrozenTrial:
    from optuna.trial import FrozenTrial, TrialState

    known = {name: row[name] for name in axes if row[name] is not None}
    inside = {axis.name: known[axis.name] for axis in space.axes if axis.contains(known.get(axis.name))}
    has_loss = Status(row["status"]).has_loss
    started = UNKNOWN_TIME if row["started"] is None else datetime.fromisoformat(row["started"])
    attributes = {name: row[name] for name in ATTRIBUTES if row.get(name) not in (None, "")}
    return FrozenTrial(
        number=number,
        trial_id=number,
        state=TrialState.COMPLETE if has_loss else TrialState.FAIL,
        value=row["val_loss"] if has_loss else None,
        datetime_start=started,
        datetime_complete=started + timedelta(seconds=row["walltime"] or 0.0),
        params=inside,
        distributions={name: distributions[name] for name in inside},
        user_attrs={**attributes, "hyperparameters": known, "times_known": row["started"] is not None},
        system_attrs={},
        intermediate_values={},
    )
