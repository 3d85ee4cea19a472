"""What every search gained over its default, its first generation and random draws, and what of it is noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from reports.analysis.comparison import best_searched, contests, free_controls
from reports.analysis.memo import once_per_record
from reports.analysis.noises import Noise, NoiseBook
from reports.analysis.overview import baseline_loss, is_dead
from reports.analysis.searched import living, searched

Start = Literal["default", "first", "draws", "random"]
Verdict = Literal["beyond noise", "within noise", "none"]

STARTS: Final[dict[Start, str]] = {
    "default": "the default hyperparameters",
    "first": "the best of the first generation",
    "draws": "the expected best of random draws",
    "random": "the random search of the same seed",
}
"""What a gain is over, in words."""


@dataclass(frozen=True, slots=True)
class Gained:
    """From one loss to what a run came to.

    Attributes:
        start: What it is over, see :data:`STARTS`.
        loss: The loss that it starts from.
        end: The loss that it ends at: the announced one of the optimum where leaders were trained again, else the
            lowest that the search evaluated.
        noise: What the gain must exceed.
        at_most: Whether more random draws would do better than these, so that the gain is an upper bound.
        draws: Number of random draws; 0 for other starts.
        chance: Probability that so many draws do as well as the search; ``None`` for other starts.
        run: The random search; ``None`` for other starts.
    """

    start: Start
    loss: float
    end: float
    noise: Noise
    at_most: bool = False
    draws: int = 0
    chance: float | None = None
    run: RunInfo | None = None

    @property
    def share(self) -> float:
        """(loss - end) / loss."""
        return (self.loss - self.end) / self.loss

    @property
    def verdict(self) -> Verdict:
        """Whether the loss fell by more than noise, by less, or not at all."""
        if self.share <= 0:
            return "none"
        return "beyond noise" if self.share > self.noise.share else "within noise"


def gained(records: Sequence[Record], book: NoiseBook | None = None) -> dict[str, tuple[Gained, ...]]:
    """What each of ``records`` gained, by key, in the order of :data:`STARTS`; nothing for dead searches.

    Args:
        records: An archive: its random draws and controls are what searches are held against.
        book: The noise of its runs, where it is known already.
    """
    book = book or NoiseBook(records)
    free = {one.run.key: one for one in free_controls(records)}
    controls = _controls(records)
    found: dict[str, tuple[Gained, ...]] = {}
    for record in records:
        run, end = record.run, _end(record)
        if end is None:
            found[run.key] = ()
            continue
        noise = book.of(run)
        gains = []
        if default := baseline_loss(run):
            gains.append(Gained("default", default, end, noise))
        if first := _first(record):
            gains.append(Gained("first", first, end, noise))
        control = free.get(run.key)
        if control is not None and control.expected:
            chance = None if control.bounded else control.chance
            gains.append(Gained("draws", control.expected, end, noise, control.bounded, control.draws, chance))
        if run.key in controls:
            other = controls[run.key]
            loss = _end(other)
            if loss:
                gains.append(Gained("random", loss, end, book.between(run, other.run), run=other.run))
        found[run.key] = tuple(gains)
    return found


def _end(record: Record) -> float | None:
    if is_dead(record.run):
        return None
    return best_searched(record) if record.run.optimum is None else record.run.optimum.val_loss


@once_per_record
def _first(record: Record) -> float | None:
    """Lowest living loss of the first generation; ``None`` without a later one to gain over it."""
    if record.run.strategy == "random":
        return None
    table = searched(record)
    numbers = table["generation"].to_numpy(dtype=float, na_value=math.nan)
    if not (numbers > 0).any():
        return None
    losses = living(table[numbers == 0])["val_loss"]
    return float(losses.min()) if len(losses) else None


def _controls(records: Sequence[Record]) -> dict[str, Record]:
    """The random search of the same seed and conditions, by key of the genetic one."""
    return dict(_pairs(records))


def _pairs(records: Sequence[Record]) -> Iterator[tuple[str, Record]]:
    for contest in contests(records):
        by_place = {(record.run.strategy, record.run.seed): record for record in contest.records}
        for seed in contest.paired:
            yield by_place["ga", seed].key, by_place["random", seed]


GAIN_COLUMNS: Final[dict[str, str]] = {
    "key": "MODEL/DATASET/SIZE/RUN, the run's folder in the archive",
    "over": "default; first: the best of the first generation; draws: the expected best of as many random draws; "
    "random: the random search of the same seed",
    "loss": "its loss",
    "end": "loss of the run: the announced one where leaders were trained again, else the lowest evaluated",
    "gain": "(loss - end) / loss",
    "noise": "share up to which a gain says nothing",
    "basis": "whose repeats tell it: run, pair, model; or assumed",
    "verdict": "beyond noise, within noise, or none",
    "draws": "random draws; 0 for other starts",
    "at_most": "whether more draws would do better, so that the gain is an upper bound",
    "chance": "probability that so many draws do as well; empty for other starts",
    "other": "key of the random search; empty for other starts",
}
"""Columns of ``gains.csv`` with their meaning."""


def gained_table(found: Mapping[str, Sequence[Gained]]) -> pd.DataFrame:
    """One row a run and start, columns :data:`GAIN_COLUMNS`; ``found`` is what :func:`gained` gives."""
    rows = [
        {
            "key": key,
            "over": one.start,
            "loss": one.loss,
            "end": one.end,
            "gain": one.share,
            "noise": one.noise.share,
            "basis": one.noise.basis,
            "verdict": one.verdict,
            "draws": one.draws,
            "at_most": one.at_most,
            "chance": one.chance,
            "other": None if one.run is None else one.run.key,
        }
        for key, gains in found.items()
        for one in gains
    ]
    return pd.DataFrame(rows, columns=list(GAIN_COLUMNS), dtype=object)
