"""Convergence of one run: every evaluation, the best so far within its noise, and the default hyperparameters.

Runs without repeats take the noise of others of the model, so all runs of a model are drawn together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from hpo.evaluation import Origin, Status
from reports.analysis.comparable import loss_label
from reports.analysis.convergence import Generation, best_so_far, generations, spans_decade
from reports.analysis.dead import dead_told_apart
from reports.analysis.noises import Noise, NoiseBook
from reports.analysis.overview import is_dead
from reports.figures import style
from reports.figures.convergence_words import caption_of, convergence_alt
from reports.figures.files import Figure
from reports.figures.noise_band import draw_band, share_text
from reports.files import frame_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

SIZE: Final = (6.0, 3.6)
"""Width and height in inches."""

MAX_VECTOR_POINTS: Final = 1500
"""Evaluations above which the dots are drawn as pixels: a dot of SVG takes about 100 bytes."""


@dataclass(frozen=True)
class ConvergenceData:
    """What the figure shows.

    Attributes:
        title: Model, dataset, size and run.
        loss_label: Name of the loss with its metric, for the axis.
        points: See :func:`reports.analysis.convergence.best_so_far`.
        generations: Spans of the generations; empty where evaluations of generations overlap.
        baseline: Loss of the default hyperparameters; ``None`` if not measured.
        best: Evaluation and loss of the best; ``None`` if no evaluation is ``ok``, or the search is dead.
        log: Whether the loss axis is logarithmic: the losses of ``ok`` evaluations span a decade.
        noise: What cannot be told from a loss; a band around the best so far where it was measured.
    """

    title: str
    loss_label: str
    points: pd.DataFrame
    generations: list[Generation]
    baseline: float | None
    best: tuple[int, float] | None
    log: bool
    noise: Noise


def convergence_data(
    evaluations: pd.DataFrame, *, title: str, metric: str, noise: Noise, dead: bool = False
) -> ConvergenceData:
    """The figure's data from a record's ``evaluations``.

    Args:
        evaluations: The record's table.
        title: What the figure is called.
        metric: Name of the loss, see :func:`reports.analysis.comparable.loss_label`.
        noise: That of the run.
        dead: Whether the search found nothing alive, so that no best may be drawn.
    """
    points = best_so_far(evaluations)
    ok = points[points["status"] == Status.OK]
    baseline = ok.loc[ok["origin"] == Origin.DEFAULT, "val_loss"]
    best = ok[ok["origin"] != Origin.REPLICATE].sort_values("val_loss", kind="stable").head(1)
    return ConvergenceData(
        title=title,
        loss_label=metric,
        points=points,
        generations=generations(points),
        baseline=float(baseline.iloc[0]) if len(baseline) else None,
        best=(int(best["evaluation"].iloc[0]), float(best["val_loss"].iloc[0])) if len(best) and not dead else None,
        log=spans_decade(ok["val_loss"]),
        noise=noise,
    )


def draw_convergence(data: ConvergenceData, fig: Canvas) -> None:
    """Draw ``data``: shape repeats what colour says, and labels stand beside what they name."""
    axes = fig.subplots()
    axes.set_title(style.label(data.title))
    axes.set_xlabel("evaluation")
    axes.set_ylabel(style.lower_is_better(data.loss_label))
    last = int(data.points["evaluation"].max()) if len(data.points) else 0
    axes.set_xlim(-max(0.5, 0.012 * last), last + max(0.5, 0.012 * last))
    if not data.points["val_loss"].notna().any():
        axes.set_yticks([])
        axes.text(0.5, 0.5, "no evaluation gave a loss", transform=axes.transAxes, ha="center", color=style.MUTED)
        return
    _scale(axes, data)
    _bands(axes, data.generations, last)
    _dots(axes, data.points)
    _lines(axes, data, last)
    axes.grid(axis="y")
    fig.legend(loc="outside lower left", ncols=3, handletextpad=0.5, columnspacing=1.6, borderpad=0.1)


def _scale(axes: Axes, data: ConvergenceData) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    low, high = _range(data.points)
    if data.best is not None and data.noise.measured and data.noise.share < 1:
        low = min(low, data.best[1] * (1 - data.noise.share))
    if data.log:
        axes.set_yscale("log")
        axes.set_ylim(low / (high / low) ** 0.06, high * (high / low) ** 0.16)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(lambda value, _: style.number(value, 1))
    else:
        margin = (high - low) or abs(high) or 1.0
        axes.set_ylim(low - 0.08 * margin, high + 0.2 * margin)
        axes.yaxis.set_major_locator(MaxNLocator(6))


def _range(points: pd.DataFrame) -> tuple[float, float]:
    """Lowest and highest loss of the living; of all where none lives. Dead networks would flatten the rest."""
    measured = points[points["val_loss"].notna()]
    living = measured.loc[measured["status"] == Status.OK, "val_loss"]
    losses = living if len(living) else measured["val_loss"]
    return float(losses.min()), float(losses.max())


def _bands(axes: Axes, spans: list[Generation], last: int) -> None:
    many = len(spans) > 12 or last > 60 * max(1, len(spans))
    for span in spans:
        if span.number % 2 == 0:
            axes.axvspan(span.first - 0.5, span.last + 0.5, color=style.BAND, linewidth=0, zorder=0)
        text = str(span.number) if span.number or many else "generation 0"
        wide = (span.last - span.first + 1) / (last + 1) > 0.18
        axes.text(
            (span.first + span.last) / 2,
            0.985,
            text if span.number or wide else "0",
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize=7,
            color=style.MUTED,
        )


def _dots(axes: Axes, points: pd.DataFrame) -> None:
    alive = points[points["status"] == Status.OK]
    ok, again = alive[alive["origin"] != Origin.REPLICATE], alive[alive["origin"] == Origin.REPLICATE]
    dead = points[points["status"] == Status.DEGENERATE]
    lost = points[points["val_loss"].isna()]
    pixels = len(points) > MAX_VECTOR_POINTS
    axes.plot(
        ok["evaluation"],
        ok["val_loss"],
        "o",
        markersize=3.2 if len(points) < 200 else 2.2,
        color=style.GREY,
        markeredgewidth=0,
        label="evaluation" if len(ok) else None,
        rasterized=pixels,
        zorder=2,
    )
    if len(again):
        axes.plot(
            again["evaluation"],
            again["val_loss"],
            "^",
            markersize=4.5,
            color=style.GREY,
            markerfacecolor="none",
            label="leader trained again",
            rasterized=pixels,
            zorder=2,
        )
    transform = axes.get_xaxis_transform()
    if len(dead):
        beyond = dead["val_loss"] > axes.get_ylim()[1]
        text = f"constant output ({len(dead)})"
        if beyond.any():
            text = f"constant output ({len(dead)}), at {style.number(float(dead['val_loss'].median()))}"
        inside = dead[~beyond]
        cross: dict[str, Any] = {"markersize": 4, "color": style.GREY, "rasterized": pixels}
        axes.plot(inside["evaluation"], inside["val_loss"], "x", **cross)
        axes.plot(dead.loc[beyond, "evaluation"], np.full(beyond.sum(), 0.91), "x", transform=transform, **cross)
        axes.plot([], [], "x", label=text, **cross)
    if len(lost):
        top = np.full(len(lost), 0.87)
        text = f"failed ({len(lost)})"
        axes.plot(lost["evaluation"], top, "X", markersize=4.5, color=style.PURPLE, transform=transform, label=text)


def _lines(axes: Axes, data: ConvergenceData, last: int) -> None:
    if data.baseline is not None:
        axes.axhline(data.baseline, color=style.MUTED, linewidth=1, linestyle=(0, (5, 3)), zorder=1.5)
        text = f"default {style.number(data.baseline)}"
        axes.plot([0], [data.baseline], "D", markersize=5.5, color=style.GREEN, label=text, zorder=4, clip_on=False)
    if data.best is None:
        return
    line = data.points.dropna(subset="best_so_far")
    xs, best = [*line["evaluation"], last], [*line["best_so_far"], data.best[1]]
    for text, band in draw_band(axes, xs, best, data.noise.band(best), data.noise).items():
        band.set_label(text.replace("noise", f"noise ± {share_text(data.noise)}"))
    axes.step(xs, best, where="post", color=style.BLUE, label="best so far", zorder=3)
    axes.plot(
        [data.best[0]],
        [data.best[1]],
        "o",
        markersize=9,
        markerfacecolor="none",
        markeredgecolor=style.VERMILLION,
        markeredgewidth=1.8,
        label=f"best {style.number(data.best[1])}",
        zorder=5,
        clip_on=False,
    )


def convergence_table(data: ConvergenceData) -> pd.DataFrame:
    """What is drawn: the points, with both ends of the band (NaN where there is none)."""
    best = data.points["best_so_far"] if data.best is not None else np.full(len(data.points), np.nan)
    low, high = data.noise.band(best)
    return data.points.assign(noise_low=low, noise_high=high)


def convergence_figure(record: Record, noise: Noise) -> Figure | None:
    """The figure of ``record``, whose noise is ``noise``, with its data, alternative text and caption; ``None`` without
    any evaluation."""
    run = record.run
    if record.evaluations.empty:
        return None
    title = f"{run.model} on {run.dataset}, {run.size}, {run.run}"
    evaluations = dead_told_apart(record)
    data = convergence_data(evaluations, title=title, metric=loss_label(run), noise=noise, dead=is_dead(run))
    width, height = SIZE
    return Figure(
        name="convergence",
        svg=style.render(partial(draw_convergence, data), width=width, height=height),
        data=frame_csv(convergence_table(data)),
        alt=convergence_alt(data),
        caption=caption_of(data),
        width=width,
        height=height,
    )


def convergence_figures(records: Sequence[Record]) -> Iterator[Figure]:
    """The figures of all ``records`` of one model, each in the folder ``<DATASET>/<SIZE>/<RUN>``."""
    book = NoiseBook(records)
    for record in records:
        figure = convergence_figure(record, book.of(record.run))
        if figure is not None:
            yield replace(figure, name=f"{record.key.partition('/')[2]}/{figure.name}")
