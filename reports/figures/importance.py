"""Bars of variance shares: of one run, and of one model's runs on several datasets side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from hpo.archive.record import Record
from reports.analysis.importance import Importance, Refusal, Share, importance_of
from reports.figures import style
from reports.figures.files import Absent, Figure
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

MAX_BARS: Final = 10
PAIR: Final = " × "
WIDTH: Final = 4.6
ROW: Final = 0.27
"""Inches a bar."""

CAPTION: Final = (
    "Share of the variance of the (logarithmic) loss over the whole searched space that one hyperparameter, or the "
    "interaction of two, accounts for, by a random forest (fANOVA). The thin line holds nine trees in ten, each grown "
    "on another resample of the points: where lines overlap, the order is not settled."
)

CAPTION_OF_DATASETS: Final = (
    "One panel a dataset, its run as in the table; bars and lines as on the run's page. R² is the share of the "
    "variance that the forest explains for points it was not grown on; below 0.3 no shares are shown."
)


@dataclass(frozen=True)
class Panel:
    """The shares of one run.

    Attributes:
        title: What the panel is called.
        found: Shares, or why there are none.
    """

    title: str
    found: Importance | Refusal


@dataclass(frozen=True)
class ImportanceData:
    """What a figure shows.

    Attributes:
        title: Title of the figure.
        panels: One a run.
        names: Rows: hyperparameters and pairs, the most important on average first.
    """

    title: str
    panels: tuple[Panel, ...]
    names: tuple[tuple[str, ...], ...]


def importance_data(title: str, panels: Sequence[Panel]) -> ImportanceData:
    """The data of a figure of ``panels``; of more than :data:`MAX_BARS` rows the least important are left out."""
    shares: dict[tuple[str, ...], list[float]] = {}
    for panel in panels:
        for share in _shares(panel.found):
            shares.setdefault(share.names, []).append(share.share)
    order = sorted(shares, key=lambda names: (len(names), -sum(shares[names]) / len(shares[names]), names))
    main = [names for names in order if len(names) == 1]
    pairs = [names for names in order if len(names) == 2]
    return ImportanceData(title, tuple(panels), (*main[:MAX_BARS], *pairs[: max(0, MAX_BARS - len(main))]))


def importance_table(data: ImportanceData) -> pd.DataFrame:
    """One row a panel and hyperparameter or pair: what the figure shows, and the rows that it leaves out."""
    rows = [
        {
            "panel": panel.title,
            "hyperparameter": PAIR.join(share.names),
            "share": round(share.share, 6),
            "low": round(share.low, 6),
            "high": round(share.high, 6),
            "r2": round(panel.found.r2, 6),
            "points": panel.found.points,
            "reason": None,
        }
        for panel in data.panels
        if isinstance(panel.found, Importance)
        for share in _shares(panel.found)
    ]
    rows += [
        {"panel": panel.title, "reason": panel.found.reason}
        for panel in data.panels
        if isinstance(panel.found, Refusal)
    ]
    columns = ["panel", "hyperparameter", "share", "low", "high", "r2", "points", "reason"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def importance_alt(data: ImportanceData) -> str:
    """The finding: what matters most, by how much, and how well that is known."""
    return f"{data.title}. " + " ".join(_sentence(panel, len(data.panels) > 1) for panel in data.panels)


def _sentence(panel: Panel, several: bool) -> str:
    subject = f"{panel.title}: " if several else ""
    if isinstance(panel.found, Refusal):
        return f"{subject}no shares, {panel.found.reason}."
    first, *others = panel.found.main
    rest = "; ".join(f"{share.names[0]} {_percent(share.share)}" for share in others)
    between = f" ({_percent(first.low)} to {_percent(first.high)})"
    unsettled = any(share.high > first.low for share in others)
    order = " Their order is not settled." if unsettled else ""
    interaction = sum(share.share for share in panel.found.pairs) + panel.found.rest
    return (
        f"{subject}{first.names[0]} accounts for {_percent(first.share)}{between} of the variance; {rest}; "
        f"interactions {_percent(interaction)}.{order} R² {panel.found.r2:.2f}."
    )


def draw_importance(data: ImportanceData, fig: Canvas) -> None:
    """Draw ``data``: a panel a run, rows aligned."""
    grid = fig.subplots(1, len(data.panels), squeeze=False, sharey=True)[0]
    fig.suptitle(style.label(data.title), x=0.01, ha="left", fontsize=10)
    for axes, panel in zip(grid, data.panels, strict=True):
        _draw_panel(axes, panel, data.names)
        if len(data.panels) > 1:
            axes.set_title(style.label(panel.title), fontsize=8.5)
    fig.supxlabel("share of the variance of the loss, %", fontsize=8.5)


def _draw_panel(axes: Axes, panel: Panel, names: Sequence[tuple[str, ...]]) -> None:
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 50, 100])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), [style.label(PAIR.join(pair)) for pair in names], fontsize=8)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    if isinstance(panel.found, Refusal):
        axes.text(0.5, 0.5, "not told", transform=axes.transAxes, ha="center", va="center", color=style.MUTED)
        return
    found = {share.names: share for share in _shares(panel.found)}
    for row, key in enumerate(names):
        share = found.get(key)
        if share is None:
            axes.text(2, row, "not searched or recorded", va="center", fontsize=6.5, color=style.MUTED)
            continue
        colour = style.BLUE if len(key) == 1 else style.GREY
        axes.barh(row, 100 * share.share, height=0.56, color=colour, zorder=2)
        axes.plot([100 * share.low, 100 * share.high], [row, row], color=style.INK, linewidth=1, zorder=3)
    axes.text(
        0.98,
        0.03,
        f"R² {panel.found.r2:.2f}, n {panel.found.points}",
        transform=axes.transAxes,
        ha="right",
        va="bottom",
        fontsize=7,
        color=style.MUTED,
        bbox={"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
        zorder=4,
    )


def importance_figure(record: Record) -> Figure | Absent:
    """The figure of ``record``, or why there is none."""
    run, found = record.run, importance_of(record)
    title = f"{run.model} on {run.dataset}, {run.size}, {run.run}"
    if isinstance(found, Refusal):
        return Absent("importance", f"Importance of the hyperparameters: not stated, since {found.reason}.")
    data = importance_data(title, [Panel(title, found)])
    return _figure("importance", data, WIDTH, f"{CAPTION}{left_out_text(found)}")


def left_out_text(found: Importance) -> str:
    """What must be said of hyperparameters without a share; empty where all have one."""
    if not found.left_out:
        return ""
    names, verb = " and ".join(found.left_out), "is" if len(found.left_out) == 1 else "are"
    return (
        f" The source does not record {names}, which {verb} part of what the forest cannot explain; where the search "
        "varied it along with the others, their shares hold some of it."
    )


def importances_figure(name: str, title: str, panels: Sequence[Panel]) -> Figure | None:
    """The figure of several runs; ``None`` where none of them has shares."""
    if all(isinstance(panel.found, Refusal) for panel in panels):
        return None
    refused = [f"{panel.title}: {panel.found.reason}" for panel in panels if isinstance(panel.found, Refusal)]
    reasons = f" Not told: {'; '.join(refused)}." if refused else ""
    unrecorded = sorted(
        {one for panel in panels if isinstance(panel.found, Importance) for one in panel.found.left_out}
    )
    hidden = f" Not recorded, and so part of what is not explained: {', '.join(unrecorded)}." if unrecorded else ""
    data = importance_data(title, panels)
    return _figure(name, data, 1.2 + 1.35 * len(panels), CAPTION_OF_DATASETS + reasons + hidden)


def _figure(name: str, data: ImportanceData, width: float, caption: str) -> Figure:
    height = 0.95 + ROW * len(data.names) + (0.2 if len(data.panels) > 1 else 0)
    return Figure(
        name=name,
        svg=style.render(lambda fig: draw_importance(data, fig), width=width, height=height),
        data=frame_csv(importance_table(data)),
        alt=importance_alt(data),
        caption=caption,
        width=width,
        height=height,
    )


def _shares(found: Importance | Refusal) -> tuple[Share, ...]:
    return () if isinstance(found, Refusal) else (*found.main, *found.pairs)


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
