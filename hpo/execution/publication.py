"""From a complete journal to a record: a function of the run's identity and its journal, and nothing else.

So a record that was deleted (DVC removes the outputs of a stage before it runs) is published again, byte for byte,
without a single training.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hpo.archive.record import Record, make_record, read_record
from hpo.archive.schema import Cost, Counts, Protocol, Provenance, Release, RunInfo, Times
from hpo.errors import BadData, MissingInput
from hpo.execution.bookkeeping import Start, evaluations_in, flatten, starts_in, use_of
from hpo.execution.lines import Entry
from hpo.execution.spec import RunSpec
from hpo.search.protocol import Search
from hpo.space import Space


def record_of(spec: RunSpec, entries: Sequence[Entry], search: Search) -> Record:
    """The record of a finished run.

    Args:
        spec: Identity of the run.
        entries: Its journal.
        search: The search, taken to its end.
    """
    evaluations = evaluations_in(entries)
    starts = starts_in(entries)
    run = RunInfo(
        model=spec.model,
        dataset=spec.dataset,
        size=spec.size,
        strategy=spec.strategy,
        run=spec.run,
        seed=spec.seed,
        split=spec.split,
        release=Release(name=spec.release, digest=spec.release_digest),
        protocol=Protocol(**spec.protocol),
        population=spec.settings["POPULATION_SIZE"],
        generations=spec.settings["NUM_ITERATIONS"],
        settings=spec.settings,
        fixed=dict(spec.fixed),
        spec=spec.digest,
        counts=Counts(evaluations=len(evaluations), planned=search.budget, reused=search.reused),
        times=_times(entries),
        cost=_cost(entries, starts),
        provenance=_provenance(spec, entries, starts),
        notes=list(search.notes),
    )
    return make_record(run, Space.from_json(spec.space), evaluations, flatten(spec, entries))


def published(archive: Path, spec: RunSpec) -> Record | None:
    """The record under the key of ``spec``, of this run or another; ``None`` where there is none, or only remains.

    Raises:
        BadData: What is there is no readable record.
    """
    folder = archive / spec.model / spec.dataset / spec.size / spec.run
    if not folder.is_dir() or not any(folder.iterdir()):
        return None
    try:
        return read_record(folder)
    except MissingInput as error:
        raise BadData(
            f"{folder}: is in the way and no record ({error})\n  Move it away, or choose another name with --run."
        ) from error


def _times(entries: Sequence[Entry]) -> Times:
    """From the first start to the last result."""
    begun = [str(entry["time"]) for entry in entries if entry["type"] == "open"]
    ended = [str(entry["time"]) for entry in entries if entry["type"] == "result"]
    return Times(started=begun[0], finished=ended[-1])


def _cost(entries: Sequence[Entry], starts: Sequence[Start]) -> Cost:
    use = use_of(entries)
    return Cost(
        workers=int(starts[-1].opened["workers"]),
        starts=len(starts),
        walltime=sum(start.seconds for start in starts),
        worker_seconds=use.reserved,
        busy_seconds=use.busy,
        idle_seconds=use.reserved - use.busy,
    )


def _provenance(spec: RunSpec, entries: Sequence[Entry], starts: Sequence[Start]) -> Provenance:
    """Of the last start, and the devices and nodes of all."""
    last = starts[-1].opened
    workers = [entry for entry in entries if entry["type"] == "worker"]
    return Provenance(
        software=last["software"],
        commit=last["commit"],
        dirty=last["dirty"],
        digests=spec.digests,
        launcher=last["launcher"],
        mpi_size=last["mpi_size"],
        devices=sorted({entry["device"] for entry in workers if entry["device"]}),
        nodes=sorted({entry["node"] for entry in workers}),
        time_limit=last["time_limit"],
        memory_limit=last.get("memory_limit"),
    )
