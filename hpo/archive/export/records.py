"""Whole records as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hpo.archive.export.output import write_file
from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from hpo.archive.store import HallOfFame
from hpo.archive.summaries import rows_of


def as_json(record: Record) -> dict[str, Any]:
    """A record as one JSON object: ``run``, ``space``, ``evaluations`` and ``generations``, unknown values as null."""
    return {
        "run": record.run.model_dump(mode="json", by_alias=True),
        "space": None if record.space is None else record.space.to_json(),
        "evaluations": rows_of(record.evaluations),
        "generations": rows_of(record.generations),
    }


def export_records(hall: HallOfFame, runs: Sequence[RunInfo], output: Path) -> None:
    """Write ``runs`` as a list of the objects of :func:`as_json`, a line a record.

    Raises:
        CrossHpoError: A record can't be read, or the file not written.
    """

    def write(path: Path) -> None:
        with path.open("x", encoding="utf-8") as stream:
            for position, run in enumerate(runs):
                stream.write("[\n" if position == 0 else ",\n")
                json.dump(as_json(hall.record(run.key)), stream, ensure_ascii=False, allow_nan=False)
            stream.write("\n]\n")

    write_file(output, write)
