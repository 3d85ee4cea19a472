"""The folder of a run under way: ``<work>/<MODEL>-<DATASET>-<SIZE>-<RUN>/`` with the run's identity beside its journal.

spec.json     what the result depends on; written once, never changed
journal/      what happened, see ``hpo.execution.journal``
lease.json    who is running it
status.json   how it stands, for people and programs
job.json      the last start
work/         what trainings print
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hpo.digest import canonical_json
from hpo.errors import BadData, Drift, MissingInput, OwnedOrExists
from hpo.execution.job import Job
from hpo.execution.journal import read_journal
from hpo.execution.lock import is_alive, owner_of
from hpo.execution.spec import RunSpec
from hpo.execution.status import read_status
from hpo.storage import flush_folder, storage_error, write_json
from hpo.strict_json import read_json

SPEC: Final = "spec.json"
JOB: Final = "job.json"
JOURNAL: Final = "journal"
LOGS: Final = "work"

SCHEMA: Final = "cross-hpo/spec/1"


def read_spec(folder: Path) -> RunSpec:
    """The identity of the run in ``folder``.

    Raises:
        MissingInput: The folder holds no ``spec.json``.
        BadData: It can't be understood.
    """
    path = folder / SPEC
    content = read_json(path)
    if not isinstance(content, dict) or content.get("schema") != SCHEMA or not isinstance(content.get("spec"), dict):
        raise BadData(f"{path}: no identity of a run ({SCHEMA} is expected)")
    try:
        return RunSpec(**content["spec"])
    except TypeError as error:
        raise BadData(f"{path}: {error}") from error


def check_folder(work: Path, spec: RunSpec, *, fresh: bool, takeover: bool) -> bool:
    """Check that the run of ``spec`` may use its folder below ``work``; changes nothing.

    Returns:
        Whether what is there has to be moved aside: because of ``fresh``, or since it is another search that is
        finished, so that nothing is abandoned by beginning a new one.

    Raises:
        Drift: The folder holds another search that is not finished: which keys differ, and what to do.
        OwnedOrExists: What has to be moved aside is still running.
    """
    folder = work / spec.name
    try:
        there = read_spec(folder)
    except MissingInput:
        return fresh
    other = there.digest != spec.digest
    if other and not fresh and not is_finished(folder):
        keys = list(differences(there.to_json(), spec.to_json()))
        shown = "".join(f"\n  {line}" for line in keys[:8]) + (f"\n  and {len(keys) - 8} more" if len(keys) > 8 else "")
        raise Drift(
            f"{folder}: holds an unfinished search that depends on something else:{shown}\n"
            "  Undo the change to continue it, start anew with --fresh (the old folder is kept aside), or choose "
            "another name with --run NAME."
        )
    holder = owner_of(folder)
    if (other or fresh) and holder is not None and not takeover and is_alive(folder, holder):
        raise OwnedOrExists(f"{folder}: can't be moved aside while it is running: {holder.words}")
    return other or fresh


def is_finished(folder: Path) -> bool:
    """Whether every evaluation of the run in ``folder`` has its result, as far as it was noted.

    Raises:
        BadData: Its journal is damaged.
        StorageError: Its journal can't be read.
    """
    status = read_status(folder)
    entries = read_journal(folder / JOURNAL).entries
    return (status is not None and status.state == "done") or bool(entries and entries[-1]["type"] == "closed")


def make_folder(work: Path, spec: RunSpec, *, aside: bool) -> Path:
    """The work folder of ``spec``, made where it is missing; with ``aside`` an old one is moved aside first.

    Raises:
        StorageError: Writing failed.
    """
    folder = work / spec.name
    try:
        if aside and folder.exists():
            folder.rename(_unused(folder))
        (folder / LOGS).mkdir(parents=True, exist_ok=True)
        if not (folder / SPEC).exists():
            write_json(folder / SPEC, {"schema": SCHEMA, "spec": spec.to_json()})
            flush_folder(work)
    except OSError as error:
        raise storage_error(folder, error) from error
    return folder


def write_job(job: Job) -> Path:
    """Leave ``job`` in its folder for the ranks that are about to be started; its path."""
    path = job.folder / JOB
    write_json(path, job.to_json(), durable=False)
    return path


def read_job(path: Path) -> Job:
    """What :func:`write_job` wrote."""
    return Job.from_json(read_json(path))


def differences(old: dict[str, Any], new: dict[str, Any], where: str = "") -> Iterator[str]:
    """Every key whose value differs, with both values, shortened."""
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        if before == after and _text(before) == _text(after):
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            yield from differences(before, after, f"{where}{key}.")
        else:
            yield f"{where}{key}: was {_shortened(before)}, is {_shortened(after)}"


def _text(value: Any) -> str:
    return canonical_json(value)


def _shortened(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _unused(folder: Path) -> Path:
    number = 1
    while (aside := folder.with_name(f"{folder.name}.old-{number}")).exists():
        number += 1
    return aside
