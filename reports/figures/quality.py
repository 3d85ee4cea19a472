"""Regret over evaluations of the searches of the benchmark: one panel a budget, one line a method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from reports.analysis.quality import ALL, DEFAULT, Quality, budgets, curve, final, quality
from reports.figures import style
from reports.figures.files import Figure
from reports.figures.panels import Sheet
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

LOOKS: Final[dict[str, tuple[str, str, bool]]] = {
    "default": (style.BLUE, "o", False),
    "tpe": (style.VERMILLION, "s", False),
    "random": (style.GREEN, "v", False),
    "supervisor": (style.PURPLE, "D", False),
    "differential-evolution": (style.GREY, "^", True),
    "cmaes": (style.MUTED, "P", True),
}
"""Colour, mark and whether dashed, of the methods that are drawn: few enough to be told apart."""

TITLES: Final = {
    "together": "Mean regret on functions and surrogates",
    "functions": "Mean regret on ten functions",
    "surrogates": "Mean regret on surrogates of published runs",
}
CAPTION: Final = (
    "Regret of the point that a search would call best after so many evaluations, mean over all problems and seeds, "
    "lower is better: 0 is the optimum, 1 as good as the median of random points. Bands are 95 % bootstrap intervals "
    "over seeds. Each panel is a search of that budget; the same method plans another way with more evaluations to go."
)


def quality_figures() -> Iterator[Figure]:
    """A figure for each suite that was measured."""
    lines = quality()
    for suite in TITLES:
        found = budgets(lines, suite)
        if not found:
            continue
        drawn = [line for line in lines if line.suite == suite and line.problem == ALL and line.method in LOOKS]
        sheet = Sheet(rows=1, columns=len(found), width=1.75, height=1.9, gap=0.3, bottom=0.95)
        width, height = sheet.size
        yield Figure(
            name=f"regret-{suite}",
            svg=style.render(partial(draw_quality, drawn, sheet), width=width, height=height),
            data=frame_csv(quality_table(drawn)),
            alt=quality_alt(lines, suite),
            caption=CAPTION,
            width=width,
            height=height,
        )


def quality_table(lines: Sequence[Quality]) -> pd.DataFrame:
    """Every point that is drawn."""
    names = ["budget", "method", "evaluations", "seeds", "regret", "low", "high"]
    rows = [[getattr(line, name) for name in names] for line in lines]
    return pd.DataFrame(rows, columns=names).sort_values(["budget", "method", "evaluations"], ignore_index=True)


def quality_alt(lines: Sequence[Quality], suite: str) -> str:
    """The finding: mean regret at the end of each budget."""
    parts = []
    for budget in budgets(lines, suite):
        found = final(lines, suite, budget)
        ends = [f"{method} {style.number(found[method].regret, 2)}" for method in LOOKS if method in found]
        parts.append(f"after {budget:,} evaluations {', '.join(ends)}")
    return f"{TITLES[suite]}, lower is better: {'; '.join(parts)}."


def draw_quality(lines: Sequence[Quality], sheet: Sheet, fig: Canvas) -> None:
    """Draw the curves of ``lines``, which are of one suite; all panels share the vertical scale."""
    suite = lines[0].suite
    fig.suptitle(TITLES[suite], x=0.01, ha="left", fontsize=10)
    bottom = 10**-0.3 * min(line.regret for line in lines if line.regret > 0)
    top = max(line.high for line in lines) * 1.3
    handles: dict[str, Any] = {}
    for column, budget in enumerate(budgets(lines, suite)):
        axes = sheet.axes(fig, 0, column)
        axes.set_title(f"{budget:,} evaluations", fontsize=9)
        for method in LOOKS:
            _line(axes, method, curve(lines, suite, budget, method), bottom, handles)
        _scales(axes, budget, bottom, top, labelled=column == 0)
    names = [method for method in LOOKS if method in handles]
    fig.legend(
        [handles[name] for name in names],
        [f"{name} (ours)" if name == DEFAULT else name for name in names],
        loc="lower left",
        bbox_to_anchor=(0.0, 0.02 / sheet.size[1]),
        ncols=4,
        handletextpad=0.5,
        columnspacing=1.6,
        borderpad=0.1,
    )


def _line(axes: Axes, method: str, points: Sequence[Quality], bottom: float, handles: dict[str, Any]) -> None:
    if not points:
        return
    colour, mark, dashed = LOOKS[method]
    xs = [point.evaluations for point in points]
    lows = [max(point.low, bottom) for point in points]
    axes.fill_between(xs, lows, [max(point.high, bottom) for point in points], color=colour, alpha=0.18, linewidth=0)
    (handles[method],) = axes.plot(
        xs,
        [max(point.regret, bottom) for point in points],
        color=colour,
        marker=mark,
        markevery=[len(xs) - 1],
        markersize=4.5,
        linewidth=1.6 if method == DEFAULT else 1.2,
        linestyle=(0, (4, 2)) if dashed else "-",
        zorder=3 if method == DEFAULT else 2,
    )


def _scales(axes: Axes, budget: int, bottom: float, top: float, *, labelled: bool) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_ylim(bottom, top)
    axes.xaxis.set_major_locator(LogLocator(base=2, numticks=6))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}") if labelled else NullFormatter())
    axes.tick_params(labelsize=7)
    axes.grid(axis="y")
    axes.set_xlabel("evaluations", fontsize=8)
    if labelled:
        axes.set_ylabel("mean regret, lower is better", fontsize=8)
    axes.set_xlim(1, budget * 1.15)
