"""The last checks before a search begins, and its work folder."""

from __future__ import annotations

import json
from pathlib import Path

from hpo.archive.record import Record
from hpo.errors import OwnedOrExists
from hpo.execution.publication import published
from hpo.execution.run import Published
from hpo.execution.spec import RunSpec
from hpo.execution.workfolder import check_folder, differences, make_folder


def begin(spec: RunSpec, *, work: Path, archive: Path, fresh: bool, takeover: bool) -> Path | Published:
    """Make the work folder of ``spec`` and return it; or return its record, if the archive holds it already.

    Raises:
        OwnedOrExists: Another record is in the way, or the run to be moved aside is running.
        Drift: The work folder holds another search that is not finished.
        BadData: What is in the archive at this place is no record.
        StorageError: Writing failed.
    """
    there = existing(archive, spec, fresh=fresh)
    if there is not None:
        return there
    aside = check_folder(work, spec, fresh=fresh, takeover=takeover)
    return make_folder(work, spec, aside=aside)


def existing(archive: Path, spec: RunSpec, *, fresh: bool) -> Published | None:
    """The record of ``spec``, if the archive holds it already.

    Raises:
        OwnedOrExists: Another record is in the way, or with ``fresh`` any.
        BadData: What is in the archive at this place is no record.
    """
    record = published(archive, spec)
    if record is None:
        return None
    if fresh or record.run.spec != spec.digest:
        raise OwnedOrExists(_in_the_way(archive, record, spec))
    return Published(record, archive / record.key, 0)


def _in_the_way(archive: Path, record: Record, spec: RunSpec) -> str:
    what = "the record is there already" if record.run.spec == spec.digest else "another search's record is there"
    shown = "".join(f"\n  {line}" for line in _differences(record, spec)[:8])
    return (
        f"{archive / record.key}: {what}, and records are never replaced{shown}\n"
        "  Choose another name with --run NAME or another --archive, or move the record away."
    )


def _differences(record: Record, spec: RunSpec) -> list[str]:
    """In which keys the search of ``record`` differs, as far as its journal tells."""
    try:
        first = json.loads((record.journal or b"").partition(b"\n")[0])
        return list(differences(first["spec"], spec.to_json()))
    except (ValueError, KeyError, TypeError):
        return []
