"""Fingerprint of one search: loss over its main hyperparameters and over its course, small enough for a grid.

Written as SVG by hand: thirty panels of thousands of dots would take Matplotlib seconds and megabytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from reports.analysis.fingerprint import Fingerprint, FingerprintGrid, fingerprint_grids
from reports.figures import style
from reports.figures.files import Figure
from reports.files import frame_csv

WIDTH: Final = 220
HEIGHT: Final = 104
LEGEND_SCALE: Final = 2.4
MINI: Final = (112, 36)
"""Width and height of the reduced form."""

LOWEST: Final = 0.003
HIGHEST: Final = 10.0
"""Excess losses at the ends of the scale: 0.3 % and 1,000 % above the best; what lies beyond is put there."""

GRID_AT: Final = (0.01, 0.1, 1.0)

_RAIL: Final = 6.0
_TOP: Final = 15.0
_BOTTOM: Final = HEIGHT - 8.0
_LEFT: Final = 5.0
_GAP: Final = 7.0
_SPREAD: Final = 7.0
_PIXELS_PER_INCH: Final = 115


def name_of(grid: FingerprintGrid, model: str, dataset: str) -> str:
    """Name of the figure of a pair."""
    return f"{grid.collection.id}--{model}--{dataset}"


def fingerprint_alt(found: Fingerprint) -> str:
    """What the fingerprint shows, the finding first."""
    run, counts = found.run, found.run.counts
    planned = f" of {counts.planned:,} planned" if counts.planned not in (None, found.recorded) else ""
    head = f"{run.model} on {run.dataset}, {run.size}, {found.recorded:,}{planned} evaluations: "
    if not found.recorded:
        return f"{run.model} on {run.dataset}, {run.size}: no evaluation is recorded."
    if not found.alive:
        return f"{head}{'dead networks throughout' if found.dead else 'none gave a loss'}; nothing was learnt."
    progress = found.progress
    parts = []
    if run.best is not None and run.best.val_loss is not None:
        parts.append(f"best loss {style.number(run.best.val_loss)}")
    if progress.spread is not None:
        low, high = progress.spread
        parts.append(f"the middle half of the living lies {_percent(low)} to {_percent(high)} above it")
    if progress.near is not None:
        parts.append(f"within 1 % of the best after {progress.near:,}")
    if found.flat:
        parts.append("the second half of the search added nothing beyond noise")
    parts += [f"{number:,} {what}" for number, what in ((found.dead, "dead"), (found.failed, "failed")) if number]
    parts += [f"{number:,} on the {end} bound of {name}" for (name, end), number in found.at_bounds.items()]
    return head + "; ".join(parts) + "."


def draw_fingerprint(found: Fingerprint, *, labels: bool = False) -> str:
    """The fingerprint as SVG text with the stand-in colours of :mod:`reports.figures.style`.

    Args:
        found: The search.
        labels: Whether the scale and the panels are labelled, for the legend.
    """
    left, top, right, bottom = (34.0, 12.0, 6.0, 18.0) if labels else (0.0, 0.0, 0.0, 0.0)
    scale = LEGEND_SCALE if labels else 1.0
    width, height = WIDTH + left + right, HEIGHT + top + bottom
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-left:g} {-top:g} {width:g} {height:g}" '
        f'width="{round(width * scale)}" height="{round(height * scale)}" role="img" fill="none">',
        f"<title>{escape(f'{found.run.model} on {found.run.dataset}')}</title>",
    ]
    panels = _panels(len(found.lines))
    parts += _frame(panels)
    if found.recorded and found.alive:
        for index, panel in enumerate(panels[:-1]):
            parts += _marks(found.points, _across(found, index), panel)
        parts += _marks(found.points, _course(found.points), panels[-1])
        parts += _best_line(found.points, panels[-1])
        parts += _bounds(found, panels)
        parts += _spread(found.points)
    elif found.recorded:
        for index, panel in enumerate(panels[:-1]):
            parts += _marks(found.points, _across(found, index), panel)
        parts += _marks(found.points, _course(found.points), panels[-1])
    if not found.alive:
        text = "not recorded" if not found.recorded else "all dead" if found.dead else "all failed"
        parts.append(_text(WIDTH / 2, 56, text, size=12, anchor="middle"))
    if labels:
        parts += _labels(found, panels)
    return "\n".join([*parts, "</svg>", ""])


def mini_fingerprint(found: Fingerprint) -> str:
    """The course of the search alone, 112 x 36 pixels, in the colours of the text around it: for a table's cell."""
    width, height = MINI
    points = found.points.reset_index(drop=True)
    last = max(1, len(points) - 1)
    xs = 3 + (width - 6) * points.index.to_numpy() / last
    ys = 4 + (height - 8) * (1 - _height(points["excess"]))
    dots = {f"{x:.0f} {y:.0f}" for x, y, state in zip(xs, ys, points["state"], strict=True) if state == "ok"}
    dead = {f"{x:.0f}" for x, state in zip(xs, points["state"], strict=True) if state != "ok"}
    parts = [f'<svg class="spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true">']
    if dots:
        path = "".join(f"M{dot}h0" for dot in _in_order(dots))
        parts.append(f'<path class="dots" d="{path}"/>')
    if dead:
        path = "".join(f"M{x} 1v3" for x in _in_order(dead))
        parts.append(f'<path class="dead" d="{path}"/>')
    if found.alive:
        steps = _steps(xs, 4 + (height - 8) * (1 - _height(points["best"])), digits=0)
        parts.append(f'<path class="best" d="{steps}"/>')
    return "".join([*parts, "</svg>"])


def fingerprint_figures(records: Sequence[Record]) -> Iterable[Figure]:
    """The fingerprint of every pair, and a large labelled one that explains them."""
    legend: Fingerprint | None = None
    for grid in fingerprint_grids(records):
        for (model, dataset), found in grid.prints.items():
            yield _figure(name_of(grid, model, dataset), found)
            if found.alive and (legend is None or _telling(found) > _telling(legend)):
                legend = found
    if legend is not None:
        yield _figure("legend", legend, labels=True)


def _telling(found: Fingerprint) -> tuple[int, bool, int]:
    complete = found.run.counts.planned in (None, found.recorded)
    return len(found.lines), complete, found.recorded


def _figure(name: str, found: Fingerprint, *, labels: bool = False) -> Figure:
    svg = draw_fingerprint(found, labels=labels)
    width = (WIDTH + 40) * LEGEND_SCALE if labels else WIDTH
    height = (HEIGHT + 30) * LEGEND_SCALE if labels else HEIGHT
    columns = {f"x{index}": f"place of {line.name}" for index, line in enumerate(found.lines)}
    return Figure(
        name=name,
        svg=svg,
        data=frame_csv(found.points.rename(columns=columns)),
        alt=fingerprint_alt(found),
        caption="",
        width=width / _PIXELS_PER_INCH,
        height=height / _PIXELS_PER_INCH,
    )


def _panels(number: int) -> list[tuple[float, float]]:
    """Left and right end of each panel: one a hyperparameter, then the course of the search."""
    room = WIDTH - 2 * _LEFT - _SPREAD - _GAP
    course = 0.38 * room if number else room
    each = (room - course - number * _GAP) / max(1, number)
    ends = [(_LEFT + index * (each + _GAP), _LEFT + index * (each + _GAP) + each) for index in range(number)]
    start = _LEFT + number * (each + _GAP)
    return [*ends, (start, start + course)]


def _frame(panels: Sequence[tuple[float, float]]) -> list[str]:
    grid = "".join(f"M{a:.1f} {_y(at):.1f}H{b:.1f}" for at in GRID_AT for a, b in panels)
    base = "".join(f"M{a:.1f} {_BOTTOM:.1f}H{b:.1f}" for a, b in panels)
    field = "".join(f"M{a - 3:.1f} 0H{b + 3:.1f}V{HEIGHT}H{a - 3:.1f}z" for a, b in panels)
    return [
        f'<path d="{field}" fill="{style.BAND}"/>',
        f'<path d="{grid}" stroke="{style.GRID}" stroke-width="0.8"/>',
        f'<path d="{base}" stroke="{style.MUTED}" stroke-width="0.8"/>',
    ]


def _across(found: Fingerprint, index: int) -> np.ndarray:
    """Places along a hyperparameter, 0 to 1; listed values are spread within their cell, so that dots can be told."""
    places = found.points[f"x{index}"].to_numpy(dtype=float)
    line = found.lines[index]
    if not line.values:
        return places
    shift = (found.points["evaluation"].to_numpy() * 0.6180339887) % 1 - 0.5
    return np.asarray(places + 0.6 * shift / len(line.values))


def _course(points: pd.DataFrame) -> np.ndarray:
    return np.asarray(np.arange(len(points)) / max(1, len(points) - 1))


def _marks(points: pd.DataFrame, places: np.ndarray, panel: tuple[float, float]) -> list[str]:
    xs = panel[0] + np.clip(places, 0, 1) * (panel[1] - panel[0])
    ys = _y_of(points["excess"])
    known = ~np.isnan(xs)
    state, kind = points["state"].to_numpy(), points["kind"].to_numpy()
    ok = known & (state == "ok")
    size = 2.0 if len(points) > 200 else 2.8 if len(points) > 20 else 3.6
    parts = [
        _dots(xs[chosen], ys[chosen], colour, size)
        for chosen, colour in ((ok & (kind == "first"), style.GREY), (ok & (kind == "bred"), style.BLUE))
    ]
    parts.append(_crosses(xs[known & (state == "dead")], style.GREY))
    parts.append(_pluses(xs[known & (state == "failed")], style.PURPLE))
    default = np.flatnonzero(ok & (kind == "default"))
    if len(default):
        x, y = xs[default[0]], ys[default[0]]
        parts.append(f'<path d="M{x:.1f} {y - 3.6:.1f}l3.6 3.6l-3.6 3.6l-3.6 -3.6z" fill="{style.GREEN}"/>')
    if ok.any():
        best = np.flatnonzero(ok)[np.argmin(points["excess"].to_numpy(dtype=float)[ok])]
        ring = f'stroke="{style.VERMILLION}" stroke-width="1.6"'
        parts.append(f'<circle cx="{xs[best]:.1f}" cy="{ys[best]:.1f}" r="3.8" {ring}/>')
    return [part for part in parts if part]


def _best_line(points: pd.DataFrame, panel: tuple[float, float]) -> list[str]:
    xs = panel[0] + _course(points) * (panel[1] - panel[0])
    path = _steps(xs, _y_of(points["best"]), digits=1)
    return [f'<path d="{path}" stroke="{style.INK}" stroke-width="1.3"/>'] if path else []


def _bounds(found: Fingerprint, panels: Sequence[tuple[float, float]]) -> list[str]:
    """A triangle below the end of a panel where evaluations pile up on a bound."""
    names = [line.name for line in found.lines]
    parts = []
    for name, end in found.at_bounds:
        a, b = panels[names.index(name)]
        x, out = (a, -3.5) if end == "lower" else (b, 3.5)
        parts.append(f'<path d="M{x:.1f} {_BOTTOM - 3.5:.1f}l{out} 3.5l{-out} 3.5z" fill="{style.PURPLE}"/>')
    return parts


def _spread(points: pd.DataFrame) -> list[str]:
    """Median, middle half and middle 80 % of the living."""
    excess = points.loc[points["state"] == "ok", "excess"].to_numpy(dtype=float)
    ten, low, middle, high, ninety = _y_of(np.quantile(excess, [0.1, 0.25, 0.5, 0.75, 0.9]))
    x = WIDTH - _LEFT - _SPREAD / 2
    return [
        f'<path d="M{x:.1f} {ten:.1f}V{ninety:.1f}" stroke="{style.MUTED}" stroke-width="1"/>',
        f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{style.MUTED}" stroke-width="4"/>',
        f'<path d="M{x - 3.5:.1f} {middle:.1f}h7" stroke="{style.INK}" stroke-width="1.6"/>',
    ]


def _labels(found: Fingerprint, panels: Sequence[tuple[float, float]]) -> list[str]:
    parts = [_text(-3, _y(at) + 2, f"+{100 * at:g} %", anchor="end") for at in GRID_AT]
    parts += [_text(-3, _RAIL + 2, "dead", anchor="end"), _text(-3, _BOTTOM + 2, "best", anchor="end")]
    for line, (a, b) in zip(found.lines, panels, strict=False):
        low, high = (line.labels[0], line.labels[-1]) if line.values else _ends(line.lower, line.upper)
        parts.append(_text((a + b) / 2, -5, line.name, anchor="middle", size=6))
        parts += [_text(a, _BOTTOM + 9, low, size=6), _text(b, _BOTTOM + 9, high, anchor="end", size=6)]
        parts.append(_text((a + b) / 2, _BOTTOM + 16, "log scale" if line.log else "", anchor="middle", size=6))
    a, b = panels[-1]
    parts.append(_text((a + b) / 2, -5, "course of the search", anchor="middle", size=6))
    parts += [_text(a, _BOTTOM + 9, "1", size=6)]
    parts += [_text(b, _BOTTOM + 9, f"{found.recorded:,}", anchor="end", size=6)]
    parts.append(_text((a + b) / 2, _BOTTOM + 16, "evaluation", anchor="middle", size=6))
    parts.append(_text(WIDTH - _LEFT - _SPREAD / 2, -5, "spread", anchor="middle", size=6))
    return parts


def _ends(lower: float, upper: float) -> tuple[str, str]:
    return _end(lower), _end(upper)


def _end(value: float) -> str:
    return f"{value:.0e}".replace("e-0", "e-") if 0 < value < 0.001 else f"{value:g}"


def _text(x: float, y: float, text: str, *, size: float = 7, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="{size:g}" '
        f'text-anchor="{anchor}" fill="{style.MUTED}">{escape(style.label(text))}</text>'
    )


def _dots(xs: np.ndarray, ys: np.ndarray, colour: str, size: float) -> str:
    places = _in_order({f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True)})
    if not places:
        return ""
    path = "".join(f"M{place}h0" for place in places)
    opacity = 0.55 if len(places) > 100 else 0.8
    return (
        f'<path d="{path}" stroke="{colour}" stroke-width="{size}" stroke-linecap="round" stroke-opacity="{opacity}"/>'
    )


def _crosses(xs: np.ndarray, colour: str) -> str:
    path = "".join(f"M{x} {_RAIL - 2:.1f}l4 4m0 -4l-4 4" for x in _in_order({f"{x - 2:.1f}" for x in xs}))
    return f'<path d="{path}" stroke="{colour}" stroke-width="0.9"/>' if path else ""


def _pluses(xs: np.ndarray, colour: str) -> str:
    path = "".join(f"M{x} {_RAIL:.1f}h5m-2.5 -2.5v5" for x in _in_order({f"{x - 2.5:.1f}" for x in xs}))
    return f'<path d="{path}" stroke="{colour}" stroke-width="1.4"/>' if path else ""


def _in_order(places: Iterable[str]) -> list[str]:
    return sorted(places, key=lambda place: [float(number) for number in place.split()])


def _steps(xs: np.ndarray, ys: np.ndarray, *, digits: int) -> str:
    """A step line through the places that are known: across at the old height, then down."""
    path: list[str] = []
    last = None
    known = [(x, f"{y:.{digits}f}") for x, y in zip(xs, ys, strict=True) if not math.isnan(y)]
    for number, (x, y) in enumerate(known):
        if last is None:
            path.append(f"M{x:.{digits}f} {y}")
        elif y != last:
            path.append(f"H{x:.{digits}f}V{y}")
        elif number == len(known) - 1:
            path.append(f"H{x:.{digits}f}")
        last = y
    return "".join(path)


def _height(excess: pd.Series | np.ndarray | float) -> np.ndarray:
    """Height on the scale, 0 for the best to 1, logarithmic; NaN stays."""
    clipped = np.clip(np.asarray(excess, dtype=np.float64), LOWEST, HIGHEST)
    return np.asarray(np.log(clipped / LOWEST) / math.log(HIGHEST / LOWEST))


def _y_of(excess: pd.Series | np.ndarray) -> np.ndarray:
    return np.asarray(_BOTTOM - (_BOTTOM - _TOP) * _height(excess))


def _y(excess: float) -> float:
    return float(_y_of(np.array([excess]))[0])


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 1 else f"{100 * share:,.0f} %"
