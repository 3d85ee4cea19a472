"""Matrices of regrets: whose optimum, where trained; measured ones and estimates are never in one figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import pandas as pd

from hpo.archive.record import Record
from hpo.archive.transfer import TransferScores
from reports.analysis.movement import model_optima
from reports.analysis.transfer import Regret, Transfer, transfer
from reports.analysis.transfer_estimate import Estimate, TransferEstimate, transfer_estimates
from reports.analysis.transfer_tables import estimate_table, measured_table
from reports.figures import style
from reports.figures.files import Figure
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

STEPS: Final = (0.01, 0.03, 0.1, 0.3, 1.0)
"""Regrets up to which the first five colours go."""

NAMES: Final = ("≤ 1 %", "≤ 3 %", "≤ 10 %", "≤ 30 %", "≤ 100 %", "more")

MEASURED: Final = (
    "Rows: whose optimum; columns: where it was trained; each cell: how much higher its validation loss is than that "
    "of the column's own optimum, with the 95 % interval over seeds, paired. Bold where the interval excludes zero; "
    "a minus sign: better than the own optimum."
)
ESTIMATED: Final = (
    "An estimate, nothing was trained: a random forest of each column's evaluations is asked about the optimum of each "
    "row. Cells: loss above that of the column's own optimum as the forest sees both; bold where more than twice the "
    "forest's error. Below each column: R² and rank correlation for points that it was not grown on. A dash: refused, "
    "the table says why."
)


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One cell.

    Attributes:
        regret: As a share; ``None`` where there is none.
        below: Second line, small.
        bold: Whether it stands out.
        own: Whether it is an optimum on its own dataset.
    """

    regret: float | None
    below: str = ""
    bold: bool = False
    own: bool = False


@dataclass(frozen=True)
class Matrix:
    """What a figure shows.

    Attributes:
        title: Title of the figure.
        rows: Labels of the rows.
        columns: Labels of the columns; a second line is small.
        cells: By row and column.
    """

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[MatrixCell, ...], ...]


def measured_matrix(found: Transfer) -> Matrix:
    """The matrix of the trainings of ``found``."""
    return Matrix(
        title=f"{found.scores.model}, {found.scores.size}: regret of each optimum on each dataset",
        rows=tuple(f"{name}'s" if name in found.datasets else name for name in found.candidates),
        columns=found.datasets,
        cells=tuple(
            tuple(_measured(found.regrets.get((name, dataset)), name == dataset) for dataset in found.datasets)
            for name in found.candidates
        ),
    )


def _measured(regret: Regret | None, own: bool) -> MatrixCell:
    if regret is None:
        return MatrixCell(None, "not trained")
    if regret.regret is None:
        return MatrixCell(None, f"{regret.failed} of {regret.trainings} failed" if regret.failed else "no pair")
    interval = regret.interval
    dead = f", {regret.dead} dead" if regret.dead else ""
    if own:
        return MatrixCell(0.0, f"n {regret.trainings}{dead}", own=True)
    if interval is None:
        return MatrixCell(regret.regret, f"n 1{dead}")
    low, high = interval
    return MatrixCell(regret.regret, f"{_percent(low)} to {_percent(high)}{dead}", low > 0 or high < 0)


def estimated_matrix(found: TransferEstimate) -> Matrix:
    """The matrix of the estimates of ``found``."""
    labels = []
    for dataset in found.datasets:
        quality = found.qualities.get(dataset)
        about = "no forest" if quality is None else f"R² {quality.r2:.2f}, ρ {quality.rank:.2f}"
        labels.append(f"{dataset}\n{about}")
    return Matrix(
        title=f"{found.model}: estimated regret of each optimum on each dataset",
        rows=tuple(f"{name}'s" for name in found.datasets),
        columns=tuple(labels),
        cells=tuple(
            tuple(_estimated(found.estimate(source, target)) for target in found.datasets) for source in found.datasets
        ),
    )


def _estimated(estimate: Estimate) -> MatrixCell:
    own = estimate.source == estimate.target
    return MatrixCell(estimate.regret, bold=estimate.clear, own=own and estimate.regret is not None)


def draw_matrix(data: Matrix, fig: Canvas) -> None:
    """Draw ``data``."""
    from matplotlib.patches import Rectangle

    axes = fig.subplots()
    fig.suptitle(style.label(data.title), x=0.01, ha="left", fontsize=10)
    for number, row in enumerate(data.cells):
        for column, cell in enumerate(row):
            _draw_cell(axes, cell, column, number)
    axes.set_xlim(-0.5, len(data.columns) - 0.5)
    axes.set_ylim(len(data.rows) - 0.5, -0.5)
    axes.set_xticks(range(len(data.columns)), [style.label(label) for label in data.columns], fontsize=8)
    axes.set_yticks(range(len(data.rows)), [style.label(label) for label in data.rows], fontsize=8)
    axes.set_ylabel("optimum of")
    axes.set_xlabel("trained on" if all("\n" not in label for label in data.columns) else "asked about")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    handles = [
        Rectangle((0, 0), 1, 1, facecolor=colour, edgecolor=style.MUTED, linewidth=0.5) for colour in style.STEPS
    ]
    fig.legend(
        handles, NAMES, loc="outside lower center", ncols=len(NAMES), fontsize=7, handlelength=1.0, columnspacing=1.0
    )


def _draw_cell(axes: Axes, cell: MatrixCell, column: int, row: int) -> None:
    from matplotlib.patches import Rectangle

    at = (column - 0.48, row - 0.48)
    if cell.regret is None:
        axes.add_patch(Rectangle(at, 0.96, 0.96, facecolor=style.BAND, edgecolor=style.GRID, hatch="////", linewidth=0))
        axes.text(column, row, "–", ha="center", va="center", color=style.MUTED)
        _second_line(axes, cell.below, column, row, style.MUTED)
        return
    step = sum(cell.regret > limit for limit in STEPS)
    colour = style.BAND if cell.own else style.STEPS[step]
    ink = style.MUTED if cell.own else style.PAPER if step < len(style.STEPS) // 2 else style.INK
    axes.add_patch(Rectangle(at, 0.96, 0.96, facecolor=colour, linewidth=0))
    weight = "bold" if cell.bold else "normal"
    label = "own" if cell.own else f"{_percent(cell.regret)} %"
    axes.text(column, row - (0.1 if cell.below else 0), label, ha="center", va="center", color=ink, weight=weight)
    _second_line(axes, cell.below, column, row, ink)


def _second_line(axes: Axes, text: str, column: int, row: int, colour: str) -> None:
    if text:
        axes.text(column, row + 0.26, text, ha="center", va="center", color=colour, fontsize=6.5)


def measured_figures(scores: TransferScores) -> list[Figure]:
    """The figure of ``scores``."""
    found = transfer(scores)
    matrix = measured_matrix(found)
    regrets = [found.regrets[place] for place in sorted(found.regrets) if place[0] != place[1]]
    known = [(one.regret, f"{_owner(one.candidate)} on {one.dataset}") for one in regrets if one.regret is not None]
    clear = sum(cell.bold for row in matrix.cells for cell in row)
    alt = f"{matrix.title}. {_extremes(known)}; {clear} of {len(regrets)} differ from the own optimum beyond doubt."
    return [_figure("measured", matrix, measured_table([scores]), alt, MEASURED)]


def estimate_figures(records: Sequence[Record]) -> list[Figure]:
    """One figure for every collection of imports in ``records``, all of one model, that allows any estimate."""
    figures = []
    for found in transfer_estimates(model_optima(records), records):
        if not found.known:
            continue
        matrix = estimated_matrix(found)
        known = [(one.regret or 0.0, f"{_owner(one.source)} on {one.target}") for one in found.known]
        pairs = len(found.datasets) * (len(found.datasets) - 1)
        clear = sum(one.clear for one in found.known)
        alt = (
            f"{matrix.title}. {_extremes(known)}; {clear} of {len(known)} exceed the forest's error; "
            f"{pairs - len(known)} of {pairs} refused."
        )
        name = f"estimate-{found.collection.id}"
        figures.append(_figure(name, matrix, estimate_table([found]), alt, ESTIMATED))
    return figures


def _owner(candidate: str) -> str:
    return candidate if candidate == "default" else f"{candidate}'s optimum"


def _extremes(known: Sequence[tuple[float, str]]) -> str:
    if not known:
        return "No pair could be compared"
    worst, best = max(known), min(known)
    if len(known) == 1:
        return f"{_percent(worst[0])} % ({worst[1]})"
    return f"From {_percent(best[0])} % ({best[1]}) to {_percent(worst[0])} % ({worst[1]})"


def _figure(name: str, matrix: Matrix, table: pd.DataFrame, alt: str, caption: str) -> Figure:
    width, height = 1.6 + 1.15 * len(matrix.columns), 1.35 + 0.52 * len(matrix.rows)
    width = max(width, 5.0)
    return Figure(
        name=name,
        svg=style.render(partial(draw_matrix, matrix), width=width, height=height),
        data=frame_csv(table),
        alt=alt,
        caption=caption,
        width=width,
        height=height,
    )


def _percent(share: float) -> str:
    """A share in per cent with a sign: three significant digits at most."""
    value = 100 * share
    text = f"{value:+.0f}" if abs(value) >= 9.95 else f"{value:+.1f}"
    return text.replace("-", "−")
