"""Random draws that cost nothing more: first generations and random searches of the same space."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from hpo.archive.record import Record
from reports.analysis.comparable import UNKNOWN_RELEASE, yardstick
from reports.analysis.memo import once_per_record
from reports.analysis.searched import living, searched

LEAST_POOL: Final = 8
"""Draws below which a pool says too little."""

INCOMPLETE: Final = frozenset({"missing-evaluations", "mismatch-log-csv", "out-of-bounds"})
"""Flags of tables whose rows are no fair sample of what was drawn."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Random draws from one space, trained under one protocol.

    Attributes:
        draws: Key of each run with the losses of its draws; infinite where one gave no loss.
        searched_at_random: Whether all of them are searches by strategy ``random``, and none is a first generation.
    """

    draws: tuple[tuple[str, tuple[float, ...]], ...]
    searched_at_random: bool

    @property
    def losses(self) -> tuple[float, ...]:
        """One a draw."""
        return tuple(loss for _, losses in self.draws for loss in losses)

    @property
    def runs(self) -> tuple[str, ...]:
        """Keys of the runs that they come from."""
        return tuple(key for key, _ in self.draws)

    def without(self, key: str) -> Pool:
        """The draws of all other runs than ``key``."""
        return replace(self, draws=tuple(pair for pair in self.draws if pair[0] != key))


def same_draws(record: Record) -> tuple[Any, ...] | None:
    """What two records must share for their random draws to be of one distribution; ``None`` where that is unknown.

    The yardstick, the model, the space's axes as drawn from, whether a log scale is honoured, and what was held
    constant (texts aside: they are paths as a rule).
    """
    run = record.run
    if record.space is None or run.release.name == UNKNOWN_RELEASE:
        return None
    axes = tuple(
        repr(sorted((k, v) for k, v in axis.meaning().items() if k not in _NOT_DRAWN)) for axis in _axes(record)
    )
    fixed = tuple(sorted((name, value) for name, value in run.fixed.items() if not isinstance(value, str | None)))
    return yardstick(run), run.model, axes, bool(run.settings.get("HONOUR_LOG_SCALE", False)), fixed


_NOT_DRAWN: Final = ("sigma", "default")


@once_per_record
def random_draws(record: Record) -> tuple[float, ...]:
    """Losses of the evaluations of ``record`` that are independent random draws, infinite where there is none.

    All of a random search; of a genetic algorithm the first generation, unless it was spread over the space by
    design (Latin hypercube), as that of own runs is. None of an incomplete table.
    """
    run = record.run
    if any(flag.flag in INCOMPLETE for flag in run.flags):
        return ()
    table = searched(record)
    if run.strategy != "random":
        own = run.source.kind == "cross-hpo"
        if run.strategy != "ga" or (own and run.settings.get("INITIAL") != "uniform"):
            return ()
        table = table[(table["generation"] == 0).fillna(False).to_numpy(dtype=bool)]
    has_loss = table["val_loss"].where(table["status"].isin(["ok", "degenerate"]))
    return tuple(math.inf if math.isnan(loss) else float(loss) for loss in has_loss)


def pools(records: Iterable[Record]) -> dict[tuple[Any, ...], Pool]:
    """All random draws by :func:`same_draws`; groups below :data:`LEAST_POOL` draws are left out."""
    found: dict[tuple[Any, ...], list[tuple[Record, tuple[float, ...]]]] = {}
    for record in records:
        key, losses = same_draws(record), random_draws(record)
        if key is not None and losses:
            found.setdefault(key, []).append((record, losses))
    return {
        key: Pool(
            draws=tuple((record.key, losses) for record, losses in members),
            searched_at_random=all(record.run.strategy == "random" for record, _ in members),
        )
        for key, members in found.items()
        if sum(len(losses) for _, losses in members) >= LEAST_POOL
    }


def pool_for(record: Record, available: Mapping[tuple[Any, ...], Pool]) -> Pool | None:
    """The draws to hold against ``record``, of the ``available`` ones; ``None`` without any.

    Those of other runs where they are as many as the evaluations of ``record``, so that it is not compared with
    itself; else all there are, its own first generation included.
    """
    key = same_draws(record)
    pool = None if key is None else available.get(key)
    if pool is None:
        return None
    others = pool.without(record.key)
    return others if len(others.losses) >= len(searched(record)) else pool


def running_best(record: Record) -> np.ndarray:
    """Lowest living loss after each evaluation of the search, NaN before the first; shape (evaluations,)."""
    table = searched(record)
    alive = table.index.isin(living(table).index)
    best: np.ndarray = table["val_loss"].where(alive).cummin().ffill().to_numpy(dtype=float)
    return best


def _axes(record: Record) -> Sequence[Any]:
    return () if record.space is None else record.space.axes
