"""What two records of the same search have in common whatever machine, workers and interruptions they had."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.schema import Cost, Provenance, Times
from hpo.archive.summaries import rows_of
from hpo.digest import digest

if TYPE_CHECKING:
    from hpo.archive.record import Record

CIRCUMSTANCES: Final = ("worker", "started", "walltime")
"""Columns of ``evaluations.csv`` that tell where and when, not what."""


def essence(record: Record) -> dict[str, Any]:
    """``record`` as JSON without times, cost, provenance (digests of inputs are kept) and journal.

    Two records of one specification have equal essences if the same evaluations came to the same results, on any number
    of workers, interrupted or not.
    """
    run = record.run.model_copy(
        update={
            "times": Times(),
            "cost": Cost(),
            "provenance": Provenance(digests=record.run.provenance.digests),
        }
    )
    evaluations = record.evaluations.drop(columns=list(CIRCUMSTANCES))
    generations = record.generations.drop(columns="finished")
    return {
        "run": run.model_dump(mode="json", by_alias=True),
        "space": None if record.space is None else record.space.to_json(),
        "evaluations": rows_of(evaluations),
        "generations": rows_of(generations),
    }


def essence_digest(record: Record) -> str:
    """SHA-256 of :func:`essence`."""
    return digest(json.loads(json.dumps(essence(record))))
