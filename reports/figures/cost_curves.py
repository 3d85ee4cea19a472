"""Cost against loss: best so far over hours of evaluation, one figure a model; and how much of the time was waiting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from reports.analysis.comparable import Collection
from reports.analysis.comparison import best_searched
from reports.analysis.control import running_best
from reports.analysis.cost import Cost, cost_so_far, cost_table, time_spent
from reports.analysis.order import sorted_datasets, sorted_sizes
from reports.figures import style
from reports.figures.control_curves import by_collection, comparable_runs, curve_of
from reports.figures.curves import OTHER, SIZES, CurvePanel, Curves, curves_figure
from reports.figures.files import Figure
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

CAPTION: Final = (
    "Lines: the best loss so far, above the lowest of all searches of the pair, over the hours that all workers "
    "together had spent in evaluations, in the order of the table; the mark is the end of the search."
)
IDLE_CAPTION: Final = (
    "Each mark is a run. Filled: as the record says. Hollow: the least that waiting for the end of every generation "
    "costs, from the recorded times and number of workers, with each evaluation going to the worker that is free first."
)
IDLE_SIZE: Final = (6.4, 3.6)
_HOLLOW_FACE: Final = "none"

_ROOM: Final = 1.3
"""Factor of workers that is left free at both ends of the scale."""

_WIDEST: Final = 0.6
"""Powers of two over which runs of one number of workers are spread at most."""


def cost_curves(title: str, records: Sequence[Record]) -> Curves:
    """The figure's data of the runs of one model in one collection."""
    panels = []
    for dataset in sorted_datasets(record.run.dataset for record in records):
        members = comparable_runs([record for record in records if record.run.dataset == dataset])
        lowest = min((best for record in members if (best := best_searched(record)) is not None), default=0.0)
        timed = [(record, cost_so_far(record)) for record in members]
        curves = [
            curve_of(record, lowest, table["hours"].to_numpy(dtype=float))
            for record, table in timed
            if len(table) == len(running_best(record)) and len(table) and float(table["hours"].iloc[0]) > 0
        ]
        panels.append(CurvePanel(dataset, curves, "no living run" if not members else "times not recorded"))
    return Curves(title, "hours", panels)


def cost_figures(records: Sequence[Record]) -> Iterator[Figure]:
    """A figure for every collection in which a search of the model of ``records`` recorded its times."""
    for collection, members in by_collection(records).items():
        model = members[0].run.model
        data = cost_curves(f"{model}: loss against cost", members)
        if not any(panel.curves for panel in data.panels):
            continue
        yield curves_figure(f"cost-{collection.id}", data, alt=_alt(model, data), caption=CAPTION)


def idle_figures(records: Sequence[Record]) -> Iterator[Figure]:
    """Idle share over workers, one figure a collection that knows of any."""
    for collection, members in by_collection(records).items():
        known = [one for one in map(time_spent, members) if _idle(one) is not None and one.run.cost.workers]
        if len(known) < 2:
            continue
        width, height = IDLE_SIZE
        yield Figure(
            name=f"idle-{collection.id}",
            svg=style.render(partial(draw_idle, known), width=width, height=height),
            data=frame_csv(_idle_table(known)),
            alt=idle_alt(collection, known),
            caption=IDLE_CAPTION,
            width=width,
            height=height,
        )


def draw_idle(found: Sequence[Cost], fig: Canvas) -> None:
    """Idle share of ``found``, all with workers and a share, over the number of workers."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    axes = fig.subplots()
    axes.set_title("Worker time spent waiting")
    axes.set_xscale("log", base=2)
    workers = sorted({one.run.cost.workers or 1 for one in found})
    axes.set_xticks(workers, [str(number) for number in workers])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(workers[0] / _ROOM, workers[-1] * _ROOM)
    axes.set_xlabel("workers")
    axes.set_ylabel("idle share, lower is better")
    axes.set_ylim(-0.03, 1.0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))
    axes.grid(axis="y")
    places = _places(found)
    for size in sorted_sizes(one.run.size for one in found):
        colour, mark = SIZES.get(size, OTHER)
        for recorded in (True, False):
            chosen = [one for one in found if one.run.size == size and (one.idle is not None) == recorded]
            axes.plot(
                [places[one.run.key] for one in chosen],
                [_share(one) for one in chosen],
                mark,
                markersize=5.5,
                color=colour,
                markerfacecolor=colour if recorded else _HOLLOW_FACE,
                label=f"{size}{'' if recorded else ', at the least'}" if chosen else None,
            )
    fig.legend(loc="outside lower left", ncols=4, handletextpad=0.4, columnspacing=1.6, borderpad=0.1)


def _places(found: Sequence[Cost]) -> dict[str, float]:
    """Where the runs stand, by key: those of one number of workers beside each other, so that none hides another."""
    groups: dict[int, list[str]] = defaultdict(list)
    order = sorted_sizes(one.run.size for one in found)
    for one in sorted(found, key=lambda one: order.index(one.run.size)):
        groups[one.run.cost.workers or 1].append(one.run.key)
    return {
        key: workers * 2 ** (min(0.04, _WIDEST / len(keys)) * (index - (len(keys) - 1) / 2))
        for workers, keys in groups.items()
        for index, key in enumerate(keys)
    }


def idle_alt(collection: Collection, found: Sequence[Cost]) -> str:
    """The finding: median idle share by size."""
    parts = []
    for size in sorted_sizes(one.run.size for one in found):
        shares = [_share(one) for one in found if one.run.size == size]
        parts.append(f"{size} {np.median(shares):.0%} of {len(shares)} runs".replace("%", " %"))
    estimated = "" if all(one.idle is not None for one in found) else ", at the least"
    source = "own runs" if not collection.imported else f"imported runs ({collection.kind})"
    head = f"Share of worker time spent waiting over the number of workers, {source}"
    return f"{head}; medians{estimated}: {', '.join(parts)}."


def _idle(one: Cost) -> float | None:
    return one.idle if one.idle is not None else one.idle_by_barrier


def _share(one: Cost) -> float:
    share = _idle(one)
    return np.nan if share is None else share


def _idle_table(found: Sequence[Cost]) -> pd.DataFrame:
    return cost_table(found)[["key", "workers", "idle_share", "idle_share_by_barrier"]]


def _alt(model: str, data: Curves) -> str:
    ends = [
        (float(curve.x[-1]), panel.dataset, curve.label)
        for panel in data.panels
        for curve in panel.curves
        if len(curve.x)
    ]
    least, most = min(ends), max(ends)
    return (
        f"{model}: best loss so far over hours of evaluation on {sum(bool(p.curves) for p in data.panels)} datasets; "
        f"the cheapest search took {style.number(least[0])} hours ({least[1]}, {least[2]}), the dearest "
        f"{style.number(most[0])} ({most[1]}, {most[2]})."
    )
