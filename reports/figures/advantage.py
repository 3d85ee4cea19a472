"""The genetic algorithm against random draws, all runs in one figure: gain over the expectation, with its interval."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from hpo.archive.record import Record
from reports.analysis.comparable import Collection
from reports.analysis.comparison import Contest, FreeControl, contests, free_controls
from reports.figures import style
from reports.figures.files import Figure
from reports.figures.panels import Sheet
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

ROW: Final = 0.17
WIDEST: Final = 0.15
"""Share at which the scale ends on both sides; what lies beyond is drawn as a triangle at the edge."""

CAPTION: Final = (
    "Each row compares a search with random draws from the same space, as many as it made; to the right of 0 % the "
    "search found a lower loss. "
)
CAPTION_PAIRED: Final = "Diamonds: searches repeated by both strategies, with the 95 % interval of the paired seeds. "
CAPTION_FREE: Final = (
    "Filled circles: against the expected best of that many draws which the archive holds, with the 95 % bootstrap "
    "interval of the draws; the search was made once, so its own luck is not in it. Open ones: fewer draws are held "
    "than the search made, so the gain is at most this."
)


@dataclass(frozen=True, slots=True)
class Advantage:
    """One row: ``kind`` is ``paired``, ``free`` or ``at most``; ``low`` and ``high`` are ``None`` for no interval."""

    label: str
    kind: str
    gain: float
    low: float | None
    high: float | None
    draws: int


def advantages(records: Sequence[Record]) -> dict[Collection, list[Advantage]]:
    """Rows by collection: paired contests first, then the runs that are held against draws of others."""
    found: dict[Collection, list[Advantage]] = defaultdict(list)
    for contest in contests(records):
        if (row := _of_contest(contest)) is not None:
            found[Collection.of(contest.run)].append(row)
    for control in free_controls(records):
        if (row := _of_control(control)) is not None:
            found[Collection.of(control.run)].append(row)
    return dict(found)


def advantage_alt(rows: Sequence[Advantage]) -> str:
    """The finding: how often the search is ahead, and how often beyond its interval."""
    parts = []
    for kind, what in (("paired", "paired contests"), ("free", "runs against as many random draws")):
        chosen = [row for row in rows if row.kind == kind]
        if chosen:
            ahead = sum(row.gain > 0 for row in chosen)
            clear = sum(row.low is not None and row.low > 0 for row in chosen)
            behind = sum(row.high is not None and row.high < 0 for row in chosen)
            parts.append(
                f"of {len(chosen)} {what} the genetic search is ahead in {ahead}, with an interval above zero in "
                f"{clear} and below zero in {behind}"
            )
    bounded = sum(row.kind == "at most" for row in rows)
    if bounded:
        parts.append(f"{bounded} further runs made more evaluations than there are random draws")
    return f"Genetic algorithm against random draws: {'; '.join(parts)}."


def draw_advantage(rows: Sequence[Advantage], fig: Canvas) -> None:
    """Draw ``rows`` from top to bottom."""
    places = sheet(rows)
    axes = places.axes(fig, 0, 0)
    axes.set_title("Genetic algorithm against random draws")
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [style.label(row.label) for row in rows], fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(-WIDEST, WIDEST)
    ticks = [-0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15]
    axes.set_xticks(ticks, [f"{100 * tick:+g} %".replace("-", "−") if tick else "0 %" for tick in ticks])
    axes.set_xlabel("loss of the search below that of random draws")
    axes.grid(axis="x")
    axes.axvline(0, color=style.MUTED, linewidth=1)
    for place, row in enumerate(rows):
        colour, mark, filled = _LOOKS[row.kind]
        if row.low is not None and row.high is not None:
            ends = [min(WIDEST, max(-WIDEST, end)) for end in (row.low, row.high)]
            axes.plot(ends, [place, place], color=colour, linewidth=1.8)
        beyond = abs(row.gain) > WIDEST
        look: dict[str, Any] = {"color": colour, "markersize": 5, "clip_on": False}
        if not filled:
            look |= {"markerfacecolor": style.PAPER, "markeredgewidth": 1.2}
        shape = mark if not beyond else ">" if row.gain > 0 else "<"
        axes.plot([min(WIDEST, max(-WIDEST, row.gain))], [place], shape, **look)


def advantage_figures(records: Sequence[Record]) -> Iterator[Figure]:
    """A figure for every collection in which anything can be compared."""
    for collection, rows in advantages(records).items():
        kinds = {row.kind for row in rows}
        width, height = sheet(rows).size
        yield Figure(
            name=f"advantage-{collection.id}",
            svg=style.render(partial(draw_advantage, rows), width=width, height=height),
            data=frame_csv(advantage_table(rows)),
            alt=advantage_alt(rows),
            caption=CAPTION
            + (CAPTION_PAIRED if "paired" in kinds else "")
            + (CAPTION_FREE if kinds & {"free", "at most"} else ""),
            width=width,
            height=height,
        )


def advantage_table(rows: Sequence[Advantage]) -> pd.DataFrame:
    """What is drawn, in per cent."""
    return pd.DataFrame(
        [
            {
                "what": row.label,
                "kind": row.kind,
                "draws": row.draws,
                "gain_percent": 100 * row.gain,
                "low_percent": None if row.low is None else 100 * row.low,
                "high_percent": None if row.high is None else 100 * row.high,
            }
            for row in rows
        ],
        dtype=object,
    )


def sheet(rows: Sequence[Advantage]) -> Sheet:
    """Where the panel is."""
    return Sheet(
        rows=1, columns=1, width=4.3, height=ROW * len(rows) + 0.15, left=2.2, top=0.4, bottom=0.55, right=0.35
    )


_LOOKS: Final = {
    "paired": (style.VERMILLION, "D", True),
    "free": (style.BLUE, "o", True),
    "at most": (style.GREY, "o", False),
}


def _of_contest(contest: Contest) -> Advantage | None:
    run, found = contest.run, contest.effect
    if found is None:
        return None
    label = f"{run.model} · {run.dataset} · {run.size}, {found.pairs} seed{'s' if found.pairs != 1 else ''}"
    return Advantage(label, "paired", found.gain, found.low, found.high, contest.records[-1].run.counts.evaluations)


def _of_control(control: FreeControl) -> Advantage | None:
    run = control.run
    if control.gain is None:
        return None
    low, high = (None if end is None else (end - control.best) / end for end in (control.low, control.high))
    label = f"{run.model} · {run.dataset} · {run.size}"
    return Advantage(label, "at most" if control.bounded else "free", control.gain, low, high, control.draws)
