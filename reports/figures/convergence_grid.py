"""Convergence of one model: datasets side by side, sizes below each other, the best so far within its noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from reports.analysis.comparison import best_searched
from reports.analysis.convergence import Progress, progress
from reports.analysis.noises import Noise, NoiseBook
from reports.analysis.order import sorted_datasets, sorted_sizes
from reports.analysis.overview import baseline_loss
from reports.analysis.searched import living, searched
from reports.figures import style
from reports.figures.control_curves import by_collection
from reports.figures.files import Figure
from reports.figures.noise_band import CAPTION as CAPTION_OF_BAND
from reports.figures.noise_band import draw_band, share_text
from reports.figures.panels import Sheet, dots, empty_panel
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

LEAST_TOP: Final = 0.1
MOST_TOP: Final = 2.0
"""Least and greatest top of the scale of a dataset, as shares above its lowest loss."""

CAPTION: Final = (
    "Dots: evaluations in the order of the search, as shares above the lowest loss of the model on the dataset, on one "
    "scale for all sizes. Boxes: middle half and median of each generation. Line: best so far. "
    "Above a panel, a triangle counts what lies above the scale, a cross what is dead."
)
CAPTION_OF_DEFAULT: Final = " Green and dashed: the default hyperparameters."
CAPTION_WITHOUT_BAND: Final = " Panels without a band have no noise measured, of the run or of others of its model."


@dataclass(frozen=True, eq=False)
class GridPanel:
    """One run.

    Attributes:
        run: Its key.
        points: ``evaluation`` from 1, ``generation``, ``share`` above the lowest loss (NaN unless living), ``best``.
        default: Share of the default hyperparameters; ``None`` if unknown.
        dead: Evaluations with constant output.
        progress: How the search went on.
        noise: What cannot be told from its losses.
        others: Further runs of the same cell, not shown.
    """

    run: str
    points: pd.DataFrame
    default: float | None
    dead: int
    progress: Progress
    noise: Noise
    others: int

    @property
    def flat(self) -> bool | None:
        """See :meth:`reports.analysis.convergence.Progress.flat`."""
        return self.progress.flat(self.noise)

    @property
    def band(self) -> tuple[np.ndarray, np.ndarray]:
        """Both ends of the noise around ``best``, on the scale of the panel."""
        low, high = self.noise.band(1 + self.points["best"])
        return low - 1, high - 1


@dataclass(frozen=True, eq=False)
class ConvergenceGrid:
    """A model in one collection: ``panels`` by dataset and size; ``tops`` of the scales by dataset."""

    title: str
    datasets: Sequence[str]
    sizes: Sequence[str]
    panels: Mapping[tuple[str, str], GridPanel]
    tops: Mapping[str, float]

    def bottom(self, dataset: str) -> float:
        """Lower end of the scale of ``dataset``: below the bands, and below a default that no search reached."""
        panels = [panel for (name, _), panel in self.panels.items() if name == dataset]
        below = [panel.noise.share for panel in panels if panel.noise.measured]
        below += [-panel.default for panel in panels if panel.default is not None]
        return -max(0.05 * self.tops[dataset], 1.1 * max(below, default=0.0))


def convergence_grid(title: str, records: Sequence[Record]) -> ConvergenceGrid | None:
    """The figure's data of the runs of one model in one collection; ``None`` without a living search.

    Of several runs of a dataset and size, the genetic one of the lowest seed is shown.
    """
    bests = {record.key: best_searched(record) for record in records}
    cells: dict[tuple[str, str], list[Record]] = {}
    for record in sorted(records, key=lambda record: (record.run.strategy != "ga", record.run.seed or 0)):
        if bests[record.key] is not None:
            cells.setdefault((record.run.dataset, record.run.size), []).append(record)
    lowest: dict[str, float] = {}
    for (dataset, _), (record, *_) in cells.items():
        best = bests[record.key]
        assert best is not None
        lowest[dataset] = min(best, lowest.get(dataset, math.inf))
    book = NoiseBook(records)
    panels = {
        cell: _panel(found[0], len(found) - 1, lowest[cell[0]], book.of(found[0].run)) for cell, found in cells.items()
    }
    if not panels:
        return None
    datasets = sorted_datasets(record.run.dataset for record in records)
    tops = {dataset: _top([panel for (name, _), panel in panels.items() if name == dataset]) for dataset in datasets}
    return ConvergenceGrid(title, datasets, sorted_sizes(size for _, size in panels), panels, tops)


def grid_alt(grid: ConvergenceGrid) -> str:
    """The finding: where the searches stood still."""
    by_end: dict[bool | None, list[str]] = {False: [], True: [], None: []}
    for (dataset, size), panel in sorted(grid.panels.items()):
        by_end[panel.flat].append(f"{dataset} {size} ({share_text(panel.noise)})")
    going, still, short = by_end[False], by_end[True], by_end[None]
    text = f"{grid.title}. The second half of the search still improved the best beyond noise, in brackets, in "
    text += f"{len(going)} of {len(grid.panels)} searches: {', '.join(going)}" if going else "none of the searches"
    text += f"; it stood still in {', '.join(still)}" if still else ""
    return f"{text}; too short to tell: {', '.join(short)}." if short else f"{text}."


def grid_table(grid: ConvergenceGrid) -> pd.DataFrame:
    """Every evaluation that is drawn."""
    frames = []
    for (dataset, size), panel in sorted(grid.panels.items()):
        low, high = panel.band
        noise = panel.noise
        cell = panel.points.assign(dataset=dataset, size=size, run=panel.run)
        frames.append(cell.assign(noise_low=low, noise_high=high, noise=noise.share, basis=noise.basis))
    columns = ["dataset", "size", "run", "evaluation", "generation", "share", "best"]
    return pd.concat(frames, ignore_index=True)[[*columns, "noise_low", "noise_high", "noise", "basis"]]


def sheet(grid: ConvergenceGrid) -> Sheet:
    """Where the panels are."""
    columns = max(2, len(grid.datasets))
    return Sheet(rows=len(grid.sizes), columns=columns, width=1.75, height=1.3, gap=0.4, gap_below=0.42, left=0.85)


def draw_grid(grid: ConvergenceGrid, fig: Canvas) -> None:
    """Draw ``grid``: one scale a dataset, one row a size."""
    places = sheet(grid)
    fig.suptitle(style.label(grid.title), x=0.01, ha="left", fontsize=10)
    handles: dict[str, Any] = {}
    for row, size in enumerate(grid.sizes):
        for column, dataset in enumerate(grid.datasets):
            axes = places.axes(fig, row, column)
            if row == 0:
                axes.set_title(style.label(dataset), fontsize=9, pad=13)
            panel = grid.panels.get((dataset, size))
            if panel is None:
                empty_panel(axes, "no living run", style.MUTED)
            else:
                _draw(axes, panel, grid.bottom(dataset), grid.tops[dataset], handles)
            if column == 0:
                axes.annotate(
                    style.label(size), (-0.42, 0.5), xycoords="axes fraction", rotation=90, va="center", fontsize=8.5
                )
    fig.legend(
        list(handles.values()),
        list(handles),
        loc="lower left",
        bbox_to_anchor=(0.0, 0.03 / places.size[1]),
        ncols=6 if places.columns > 4 else places.columns,
        handletextpad=0.4,
        columnspacing=1.4,
        borderpad=0.1,
    )


def grid_figures(records: Sequence[Record]) -> Iterator[Figure]:
    """A figure for every collection in which the model of ``records`` has a living search."""
    for collection, members in by_collection(records).items():
        grid = convergence_grid(f"{members[0].run.model}: loss over evaluations", members)
        if grid is None:
            continue
        width, height = sheet(grid).size
        yield Figure(
            name=f"progress-{collection.id}",
            svg=style.render(partial(draw_grid, grid), width=width, height=height),
            data=frame_csv(grid_table(grid)),
            alt=grid_alt(grid),
            caption=_caption(grid),
            width=width,
            height=height,
        )


def _caption(grid: ConvergenceGrid) -> str:
    panels = grid.panels.values()
    default = any(panel.default is not None for panel in panels)
    measured = [panel.noise for panel in panels if panel.noise.measured]
    band = f" {CAPTION_OF_BAND} ± above a panel says how much." if measured else ""
    if any(noise.basis != "run" for noise in measured):
        band += " Its edges are dashed where the run has too few repeats and other runs of the model tell."
    if len(measured) < len(panels):
        band += CAPTION_WITHOUT_BAND
    return CAPTION + band + (CAPTION_OF_DEFAULT if default else "")


def _panel(record: Record, others: int, lowest: float, noise: Noise) -> GridPanel:
    table = searched(record)
    alive = table.index.isin(living(table).index)
    losses = table["val_loss"].where(alive)
    points = pd.DataFrame(
        {
            "evaluation": np.arange(1, len(table) + 1),
            "generation": table["generation"].array,
            "share": (losses / lowest - 1).to_numpy(),
            "best": (losses.cummin().ffill() / lowest - 1).to_numpy(),
        }
    )
    default = baseline_loss(record.run)
    return GridPanel(
        run=record.key,
        points=points,
        default=None if default is None else default / lowest - 1,
        dead=int(table["dead"].sum()),
        progress=progress(record),
        noise=noise,
        others=others,
    )


def _top(panels: Sequence[GridPanel]) -> float:
    """Top of the scale: most losses are below it."""
    if not panels:
        return LEAST_TOP
    high = max(float(np.nanmedian(panel.points["share"])) for panel in panels)
    return min(MOST_TOP, max(LEAST_TOP, 1.6 * high))


def _draw(axes: Axes, panel: GridPanel, bottom: float, top: float, handles: dict[str, Any]) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    points, last = panel.points, len(panel.points)
    axes.set_ylim(bottom, 1.06 * top)
    axes.set_xlim(0.5 - 0.02 * last, 1.02 * last + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=2))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %".replace("-", "−")))
    axes.tick_params(labelsize=7)
    axes.grid(axis="y")
    inside = points[points["share"] <= top]
    size = 3.2 if last < 20 else 2.2 if last < 100 else 1.4
    mark = dots(axes, inside["evaluation"], inside["share"], color=style.GREY, size=size)
    handles.setdefault("evaluation", mark)
    _boxes(axes, points, handles)
    if panel.default is not None:
        (mark,) = axes.plot(
            [0.5, last + 0.5],
            [min(panel.default, 1.06 * top)] * 2,
            color=style.GREEN,
            linestyle=(0, (4, 2)),
            linewidth=1.2,
        )
        handles.setdefault("default", mark)
    handles |= draw_band(axes, points["evaluation"], points["best"], panel.band, panel.noise)
    (mark,) = axes.step(points["evaluation"], points["best"], where="post", color=style.INK, linewidth=1.4)
    handles.setdefault("best so far", mark)
    found = int(np.nanargmin(points["share"].to_numpy()))
    ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": style.VERMILLION, "markeredgewidth": 1.6}
    (mark,) = axes.plot(
        [points["evaluation"].iloc[found]], [points["share"].iloc[found]], "o", markersize=6.5, clip_on=False, **ring
    )
    handles.setdefault("best", mark)
    above = int((points["share"] > top).sum())
    notes = [f"▲ {above}" if above else "", f"× {panel.dead}" if panel.dead else ""]
    notes += [f"± {share_text(panel.noise)}" if panel.noise.measured else ""]
    notes += [f"1 of {panel.others + 1} runs" if panel.others else ""]
    text = "   ".join(note for note in notes if note)
    axes.text(1.0, 1.02, text, transform=axes.transAxes, ha="right", va="bottom", fontsize=6.5, color=style.MUTED)


def _boxes(axes: Axes, points: pd.DataFrame, handles: dict[str, Any]) -> None:
    """Middle half and median of the living losses of each generation, in the middle of its evaluations."""
    known = points[points["generation"].notna() & points["share"].notna()]
    groups = [
        (group["evaluation"].mean(), *np.quantile(group["share"], [0.25, 0.5, 0.75]))
        for _, group in known.groupby("generation", sort=True)
        if len(group) > 2
    ]
    if not groups:
        return
    x, low, middle, high = (np.array(column) for column in zip(*groups, strict=True))
    axes.vlines(x, low, high, color=style.BLUE, linewidth=4, alpha=0.55)
    (mark,) = axes.plot(x, middle, "_", color=style.BLUE, markersize=8, markeredgewidth=1.6)
    handles.setdefault("generation: middle half, median", mark)
