"""Whether runs were derived again from seed, space and losses, in words; nothing is claimed that was not run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from hpo.archive.schema import RunInfo
from reports.pages import addresses, words
from reports.pages.context import Cell, Column, Fact, Row, Table

COMPLETE: Final = "complete"
PARTIAL: Final = "partial"
NOT_REPLAYED: Final = "not replayed"
OWN: Final = "journal"


def replay_state(run: RunInfo) -> str:
    """``complete``, ``partial`` or ``not replayed`` for imports; ``journal`` for own runs, which carry their proof."""
    if run.replay is not None:
        return run.replay.state
    return OWN if run.source.kind == "cross-hpo" else NOT_REPLAYED


def replay_fact(run: RunInfo) -> Fact:
    """What is known of the replay of ``run``, for its page."""
    replay = run.replay
    if replay is not None:
        note = f"{replay.evaluations:,} evaluations derived from seed {run.seed}"
        if replay.state == PARTIAL:
            note += f"; {replay.reason}" if replay.reason else ""
        return Fact("Replay", replay.state, note)
    command = f"cross-hpo hof replay {run.key}"
    if run.source.kind == "cross-hpo":
        return Fact("Replay", "journal present", f"{command} proves the record from it")
    return Fact("Replay", NOT_REPLAYED, f"{command} would find the seed")


def replay_counts(runs: Sequence[RunInfo]) -> str:
    """How many of the imports among ``runs`` were replayed; empty without imports."""
    imports = [run for run in runs if run.source.kind != "cross-hpo"]
    if not imports:
        return ""
    counts = Counter(replay_state(run) for run in imports)
    if counts[NOT_REPLAYED] == len(imports):
        return f"none of {len(imports)} replayed yet"
    parts = [f"{counts[state]} {state}" for state in (COMPLETE, PARTIAL, NOT_REPLAYED) if counts[state]]
    return f"{', '.join(parts)} of {len(imports)}"


def replay_about(runs: Sequence[RunInfo]) -> str:
    """What a replay proves, and how many of ``runs`` have one."""
    text = (
        "A search is a function of its seed, space and losses. Where a replay gives every recorded candidate again, "
        "the record is complete, in order and unaltered; where losses are missing, that holds as far as they reach. "
    )
    imports = replay_counts(runs)
    if imports:
        text += f"Imports: {imports}"
        text += (
            "; the seed was not published and was found by trying all. " if any(run.replay for run in runs) else ". "
        )
    own = sum(run.source.kind == "cross-hpo" for run in runs)
    if own:
        text += (
            f"{own} own run{'s' if own != 1 else ''} carry their journals, from which cross-hpo hof replay proves them."
        )
    return text.strip()


def replay_table(runs: Sequence[RunInfo], here: str) -> Table | None:
    """The imports among ``runs`` with what their replay came to, on the page in the folder ``here``."""
    imports = [run for run in runs if run.source.kind != "cross-hpo"]
    if not imports:
        return None
    columns = [
        Column("run", "run"),
        Column("replay", "replay", choice="value"),
        Column("seed", "seed found", numeric=True),
        Column("derived", "derived", numeric=True, note="evaluations whose hyperparameters the replay gives"),
        Column("agreeing", "agreeing", numeric=True, note="recorded evaluations that the replay gives bit for bit"),
        Column("recorded", "recorded", numeric=True),
        Column("recovered", "recovered", wide=True, note="searched hyperparameters that the source does not record"),
        Column("reason", "why partial", wide=True),
    ]
    return Table("replay-table", "Replay of imported runs", columns, [_row(run, here) for run in imports])


def _row(run: RunInfo, here: str) -> Row:
    replay = run.replay
    href = addresses.page(addresses.run_folder(run), of=here)
    return Row(
        [
            Cell(words.run_name(run), href=href),
            Cell(replay_state(run)),
            _count(None if replay is None else run.seed, grouped=False),
            _count(None if replay is None else replay.evaluations),
            _count(None if replay is None else replay.agreeing),
            _count(run.counts.evaluations),
            Cell(", ".join(name for name, where in run.recovered.items() if "replay" in where)),
            Cell("" if replay is None else replay.reason),
        ]
    )


def _count(value: int | None, *, grouped: bool = True) -> Cell:
    if value is None:
        return Cell("", value="")
    return Cell(f"{value:,}" if grouped else str(value), value=str(value))
