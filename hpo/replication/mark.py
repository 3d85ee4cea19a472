"""Writes what a replay found into the record of an import: the seed, and values that the source had not recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from hpo.archive.schema import ReplayInfo
from hpo.replication.verdict import Replay

if TYPE_CHECKING:
    from pandas import DataFrame

    from hpo.archive.record import Record

SOURCE: Final = "replay of the search"


def marked(record: Record, replay: Replay) -> Record:
    """``record`` with the seed, the recovered hyperparameters and the verdict of ``replay``.

    Raises:
        ValueError: The record is of a run of ours, or the replay contradicts it.
    """
    if record.run.source.kind == "cross-hpo" or replay.failed or replay.state == "impossible":
        raise ValueError(f"{record.key}: only imports that replay are marked, this one is {replay.state}")
    from hpo.archive.record import make_record
    from hpo.archive.tables import LOG_COLUMNS

    recovered = {
        **{name: text for name, text in record.run.recovered.items() if name not in replay.recovered},
        **dict.fromkeys(replay.recovered, SOURCE),
    }
    run = record.run.model_copy(
        update={
            "seed": replay.seed,
            "recovered": recovered,
            "replay": ReplayInfo(
                state=replay.state,
                evaluations=replay.derived,
                agreeing=replay.agreeing,
                reason=replay.reason,
                assumptions=list(replay.assumptions),
            ),
        }
    )
    logged = "log_min" in record.generations
    log = record.generations[["generation", *LOG_COLUMNS]] if logged else None
    return make_record(run, record.space, _completed(record, replay), log=log)


def mark(archive: Path, record: Record, replay: Replay) -> Path:
    """Replace ``record`` in ``archive`` by :func:`marked`; its folder.

    Raises:
        StorageError: Writing failed; the old record is still there.
    """
    from hpo.archive.replacing import replace_files

    return replace_files(archive, record.key, marked(record, replay).files())


def _completed(record: Record, replay: Replay) -> DataFrame:
    """The table of evaluations with the values that the replay knows, each named in the column ``recovered``."""
    from hpo.archive.summaries import rows_of
    from hpo.archive.tables import evaluations_table

    rows = rows_of(record.evaluations)
    for row in rows:
        already = set(str(row.get("recovered") or "").split(";")) - {""}
        point = replay.points.get(int(row["evaluation"]))
        if point is None:
            row["recovered"] = ";".join(name for name in record.axes if name in already)
            continue
        for name in record.axes:
            if row[name] is None:
                row[name] = point[name]
                already.add(name)
        row["recovered"] = ";".join(name for name in record.axes if name in already)
    types = {name: str(record.evaluations[name].dtype) for name in record.axes}
    return evaluations_table(rows, types, recovered=True)
