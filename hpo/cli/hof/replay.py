"""``cross-hpo hof replay``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpo.cli.hof.common import archive_option, json_option
from hpo.cli.output import console, print_json, print_table
from hpo.errors import CheckFailed, UsageError

if TYPE_CHECKING:
    from hpo.archive.record import Record
    from hpo.archive.store import HallOfFame
    from hpo.replication.verdict import Replay

EPILOG = "Examples: cross-hpo hof replay LGBM/DEMO-A/SMALL/ga-seed1; cross-hpo hof replay --all --mark"


@click.command("replay", epilog=EPILOG)
@click.argument("run", required=False)
@click.option("--all", "everything", is_flag=True, help="Every record of the archive.")
@click.option("--mark", "write", is_flag=True, help="Write seed, recovered values and verdict into imported records.")
@archive_option
@json_option
def command(run: str | None, everything: bool, write: bool, archive: Path, as_json: bool) -> None:
    """Derive every candidate of RUN again from its seed, space and losses, and compare with the record.

    A search is a function of seed, space and losses, so this proves order, completeness and authenticity, or names the
    first difference. Imported searches of Supervisor recorded no seed: it is found among the million that it can be,
    which takes about a minute for any number of them, and values that were searched but not recorded come back.

    Exit code 1 if a record differs from what its search does.
    """
    if (run is None) != everything:
        raise UsageError("name one RUN, or give --all")
    from hpo.archive.store import HallOfFame
    from hpo.replication.mark import mark

    hall = HallOfFame(archive)
    records = [hall.record(key) for key in (hall.keys() if run is None else [run.rstrip("/")])]
    siblings = _siblings(hall, records) if run is not None else []
    replays = _replays(records, siblings, quiet=as_json)
    marked = 0
    if write:
        for record, replay in zip(records, replays, strict=True):
            if record.run.source.kind != "cross-hpo" and replay.state in ("complete", "partial"):
                mark(archive, record, replay)
                marked += 1
    if as_json:
        print_json([replay.to_json() for replay in replays])
    else:
        _print(replays, marked if write else None)
    failed = [replay.key for replay in replays if replay.failed]
    if failed:
        raise CheckFailed(f"{len(failed)} of {len(replays)} records are not what their search does: {failed[0]}, …")


def _siblings(hall: HallOfFame, records: list[Record]) -> list[Record]:
    """Other imports of the same model, whose spaces may have been exchanged with this one's."""
    [record] = records
    if record.run.source.kind == "cross-hpo":
        return []
    keys = [info.key for info in hall.runs(model=record.run.model, source=record.run.source.kind)]
    return [hall.record(key) for key in keys if key != record.key]


def _replays(records: list[Record], siblings: list[Record], *, quiet: bool) -> list[Replay]:
    from hpo.replication.own import replay_own
    from hpo.replication.published import replay_published
    from hpo.replication.seeds import SEEDS

    own = {record.key: replay_own(record) for record in records if record.run.source.kind == "cross-hpo"}
    others = [record for record in records if record.key not in own]
    if others:
        from rich.progress import Progress

        with Progress(console=console(stderr=True), disable=quiet, transient=True) as bars:
            task = bars.add_task("seeds", total=SEEDS)
            found = replay_published(others, siblings=siblings, progress=lambda done: bars.update(task, completed=done))
        own |= {replay.key: replay for replay in found}
    return [own[record.key] for record in records]


def _print(replays: list[Replay], marked: int | None) -> None:
    rows = [
        (
            replay.key,
            replay.state,
            "" if replay.seed is None else replay.seed,
            f"{replay.agreeing}/{replay.recorded}",
            replay.derived,
            ", ".join(f"{name} {count}" for name, count in replay.recovered.items()),
        )
        for replay in replays
    ]
    print_table(("run", "replay", "seed", "rows", "derived", "recovered"), rows)
    for replay in replays:
        for text in (replay.reason, *replay.assumptions):
            if text:
                print(f"{replay.key}: {text}")
    states = [replay.state for replay in replays]
    parts = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
    print(f"{len(replays)} replayed: {', '.join(parts)}" + ("" if marked is None else f"; {marked} marked"))
