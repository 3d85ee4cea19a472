"""Improvement of every run by every definition: where each starting point lies above the best, one row a run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from hpo.archive.improvement import Improvement
from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from reports.analysis.improvement import Group, groups, improvements_by_key, members
from reports.analysis.order import run_order
from reports.figures import style
from reports.figures.files import Figure
from reports.figures.panels import Sheet
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

SHOWN: Final[dict[str, tuple[str, str, str, bool]]] = {
    "first_best_to_best": ("best of the first generation", style.BLUE, "o", False),
    "default_to_best": ("default hyperparameters", style.GREEN, "D", True),
    "random_to_ga": ("random search of equal budget", style.PURPLE, "v", True),
    "first_median_to_best": ("median of the first generation", style.BLUE, "o", True),
    "worst_to_best": ("worst", style.GREY, "s", True),
}
"""Definitions that are drawn, by what they start from: label, colour, mark, and whether it is filled.

Left out are the two that hardly differ from one of these: their numbers are in the table.
"""

PANELS: Final = (
    ("what the search added", ("first_best_to_best", "default_to_best", "random_to_ga")),
    ("how wide the space is", ("first_median_to_best", "worst_to_best")),
)
"""Gains of a few per cent and gains of any size need scales of their own."""

TICKS: Final = (0.0, 0.5, 0.75, 0.9, 0.97)
MOST: Final = 0.985
"""End of the logarithmic scale; what lies beyond is drawn as a triangle at the edge."""

FINE: Final = (-0.1, 0.25)
"""Widest ends of the linear scale."""

ROW: Final = 0.165

CAPTION: Final = (
    "Each row is a run; each mark is one definition, named by what it starts from: its place says by what share the "
    "best loss lies below that. The right panel is logarithmic in the ratio. "
)
CAPTION_OF_MEAN: Final = "Above: the mean over all runs with its 95 % bootstrap interval, dead runs included."
CAPTION_OF_DEAD: Final = " In dead runs nothing was learnt."


@dataclass(frozen=True, eq=False)
class ImprovementData:
    """What the figure shows.

    Attributes:
        title: Source, size and strategy.
        runs: Runs in the order of the rows.
        found: Improvements of these runs by key, in per cent.
        group: The aggregate.
    """

    title: str
    runs: Sequence[RunInfo]
    found: dict[str, Improvement]
    group: Group

    @property
    def definitions(self) -> list[str]:
        """Definitions that at least one run has a value of."""
        return [name for name in SHOWN if self.group.all[name].runs]


def improvement_data(group: Group, runs: Sequence[RunInfo], found: dict[str, Improvement]) -> ImprovementData:
    """The figure's data of ``group``; rows by dataset, then by model."""
    ordered = sorted(members(group, runs), key=_row_order)
    what = "published selection" if group.published else f"{group.size}, {group.strategy}"
    source = "own runs" if not group.collection.imported else f"imported ({group.collection.kind})"
    own = {run.key: found[run.key] for run in ordered}
    return ImprovementData(f"Improvement: {source}, {what}", ordered, own, group)


def name_of(group: Group) -> str:
    """Name of the figure of ``group``."""
    published = "-published" if group.published else ""
    return f"improvement-{group.collection.id}-{group.size}-{group.strategy}{published}"


def improvement_alt(data: ImprovementData) -> str:
    """The finding: means by definition, and what is dead."""
    parts = []
    for name in data.definitions:
        whole = data.group.all[name]
        interval = "" if whole.low is None or whole.runs < 2 else f" ({whole.low:.1f} to {whole.high:.1f})"
        parts.append(f"{SHOWN[name][0]} {whole.mean:.1f} %{interval}, median {whole.median:.1f} %".replace("-", "−"))
    number = data.group.dead
    dead = f" {number} run{'s are' if number > 1 else ' is'} dead." if number else ""
    return f"{data.title}. Mean improvement over {data.group.runs} runs from the {'; from the '.join(parts)}.{dead}"


def draw_improvement(data: ImprovementData, fig: Canvas) -> None:
    """Draw ``data``: in both panels the aggregate on top, then one row a run, a rule between datasets."""
    places = sheet(data)
    fig.suptitle(style.label(data.title), x=0.01, ha="left", fontsize=10)
    handles: dict[str, Any] = {}
    for column, (title, definitions) in enumerate(PANELS):
        axes = places.axes(fig, 0, column)
        axes.set_title(title, fontsize=9)
        _panel(axes, data, [name for name in definitions if name in data.definitions], handles, fine=column == 0)
        _rows(axes, data, labelled=column == 0)
    fig.legend(
        list(handles.values()),
        list(handles),
        loc="lower left",
        bbox_to_anchor=(0.0, 0.03 / places.size[1]),
        ncols=3,
        handletextpad=0.3,
        columnspacing=1.4,
        borderpad=0.1,
    )


def sheet(data: ImprovementData) -> Sheet:
    """Where the panels are."""
    rows = len(data.runs) + _above(data) + 1
    return Sheet(rows=1, columns=2, width=2.75, height=ROW * rows, left=1.45, gap=0.62, bottom=1.0)


def _above(data: ImprovementData) -> int:
    """Rows of the aggregate."""
    return max(sum(name in data.definitions for name in names) for _, names in PANELS)


def improvement_figures(records: Sequence[Record]) -> Iterator[Figure]:
    """A figure a group of runs that belong together."""
    runs, found = [record.run for record in records], improvements_by_key(records)
    for group in groups(runs, found):
        data = improvement_data(group, runs, found)
        width, height = sheet(data).size
        yield Figure(
            name=name_of(group),
            svg=style.render(partial(draw_improvement, data), width=width, height=height),
            data=frame_csv(improvement_rows(data)),
            alt=improvement_alt(data),
            caption=CAPTION + CAPTION_OF_MEAN + (CAPTION_OF_DEAD if group.dead else ""),
            width=width,
            height=height,
        )


def improvement_rows(data: ImprovementData) -> pd.DataFrame:
    """What is drawn: a row a run, with per cent by definition."""
    rows = [
        {"key": run.key, "dead": data.found[run.key].degenerate}
        | {name: data.found[run.key].percent[name] for name in data.definitions}
        for run in data.runs
    ]
    return pd.DataFrame(rows, columns=["key", "dead", *data.definitions], dtype=object)


def _row_order(run: RunInfo) -> tuple[object, ...]:
    order = run_order(run.model, run.dataset, run.size, run.run)
    return (*order[2:4], *order[:2], *order[4:])


def _label(run: RunInfo) -> str:
    seed = f", seed {run.seed}" if run.seed is not None else ""
    return style.label(f"{run.dataset} · {run.model}{seed if run.source.kind == 'cross-hpo' else ''}")


def _rows(axes: Axes, data: ImprovementData, *, labelled: bool) -> None:
    for row, run in enumerate(data.runs):
        if row and run.dataset != data.runs[row - 1].dataset:
            axes.axhline(row - 0.5, color=style.GRID, linewidth=0.6)
    above = _above(data)
    axes.axhline(-0.6, color=style.MUTED, linewidth=0.8)
    axes.axvline(0, color=style.MUTED, linewidth=0.8)
    axes.set_ylim(len(data.runs) - 0.4, -above - 1.2)
    labels = ["mean of all", *[""] * (above - 1), *(_label(run) for run in data.runs)]
    axes.set_yticks(
        [*(row - above - 0.2 for row in range(above)), *range(len(data.runs))],
        labels if labelled else [""] * len(labels),
        fontsize=7,
    )
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def _panel(axes: Axes, data: ImprovementData, names: Sequence[str], handles: dict[str, Any], *, fine: bool) -> None:
    ends = _fine_ends(data, names) if fine else (0.0, MOST)
    scale = _Scale(*ends, log=not fine)
    for row, name in enumerate(names):
        _aggregate(axes, data.group, name, row - _above(data) - 0.2, scale, handles)
    for row, run in enumerate(data.runs):
        one = data.found[run.key]
        if one.degenerate:
            (mark,) = axes.plot([0], [row], "x", color=style.GREY, markersize=5, clip_on=False)
            handles.setdefault("dead: nothing was learnt", mark)
            continue
        values = {name: value / 100 for name in names if (value := one.percent[name]) is not None}
        if values:
            axes.plot(
                [0, scale.place(max(0.0, *values.values()))], [row, row], color=style.GRID, linewidth=2.4, zorder=1
            )
        for name, value in values.items():
            _mark(axes, name, value, row, scale, handles)
    ticks = _fine_ticks(*ends) if fine else list(TICKS)
    axes.set_xlim(scale.place(ends[0]), scale.place(ends[1]))
    axes.set_xticks([scale.place(tick) for tick in ticks], [f"{100 * tick:g} %".replace("-", "−") for tick in ticks])
    axes.set_xlabel("the best lies below the start by", fontsize=8)


@dataclass(frozen=True, slots=True)
class _Scale:
    """A scale of shares: linear, or the logarithm of start over best."""

    low: float
    high: float
    log: bool

    def place(self, share: float) -> float:
        inside = min(self.high, max(self.low, share))
        return -math.log1p(-inside) if self.log else inside

    def outside(self, share: float) -> bool:
        return not self.low <= share <= self.high


def _fine_ends(data: ImprovementData, names: Sequence[str]) -> tuple[float, float]:
    values = [
        value / 100 for run in data.runs for name in names if (value := data.found[run.key].percent[name]) is not None
    ]
    low, high = min([0.0, *values]), max([0.02, *values])
    return max(FINE[0], 1.1 * low), min(FINE[1], 1.1 * high)


def _fine_ticks(low: float, high: float) -> list[float]:
    step = next(step for step in (0.005, 0.01, 0.02, 0.05, 0.1) if (high - low) / step <= 6)
    return [round(number * step, 3) for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _mark(axes: Axes, name: str, share: float, row: float, scale: _Scale, handles: dict[str, Any]) -> None:
    label, colour, mark, filled = SHOWN[name]
    look: dict[str, Any] = {"color": colour, "markersize": 4.6, "clip_on": False, "zorder": 3, "linestyle": "none"}
    if not filled:
        look |= {"markerfacecolor": "none", "markeredgewidth": 1.2}
    shown = (">" if share > 0 else "<") if scale.outside(share) else mark
    (drawn,) = axes.plot([scale.place(share)], [row], shown, **look)
    if shown == mark:
        handles.setdefault(label, drawn)


def _aggregate(axes: Axes, group: Group, name: str, row: float, scale: _Scale, handles: dict[str, Any]) -> None:
    whole = group.all[name]
    if whole.mean is None:
        return
    right = whole.mean
    if whole.low is not None and whole.high is not None and whole.runs > 1:
        ends = [scale.place(whole.low / 100), scale.place(whole.high / 100)]
        axes.plot(ends, [row, row], color=SHOWN[name][1], linewidth=2, zorder=2)
        right = max(right, whole.high)
    _mark(axes, name, whole.mean / 100, row, scale, handles)
    axes.annotate(
        f"{whole.mean:.1f} %".replace("-", "−"),
        (scale.place(right / 100), row),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=7,
    )
