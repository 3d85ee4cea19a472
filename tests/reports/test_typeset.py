"""Placing of panels, and ticks drawn without Matplotlib's: labels are where they belong, and none is cut off."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reports.figures import style
from reports.figures.typeset import text_size, typeset


def figure(width: float = 4.0, height: float = 3.0) -> Figure:
    fig = Figure(figsize=(width, height), dpi=72)
    FigureCanvasAgg(fig)
    return fig


def texts(fig: Figure) -> dict[str, Any]:
    return {text.get_text(): text for axes in fig.axes for text in axes.texts}


def boxes(fig: Figure) -> list[Any]:
    fig.canvas.draw()
    return [text.get_window_extent() for axes in fig.axes for text in axes.texts if text.get_text()]


def test_ticks_labels_and_axis_labels_are_those_of_the_figure():
    fig = figure()
    axes: Any = fig.subplots()
    axes.plot([0, 10], [1, 100])
    axes.set_yscale("log")
    axes.set_xticks([0, 5, 10], ["none", "some", "all"], fontsize=7)
    axes.set_xlabel("across")
    axes.set_ylabel("up")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}!")
    typeset(fig)
    found = texts(fig)
    assert {"none", "some", "all", "across", "up", "1!", "10!", "100!"} <= found.keys()
    assert "1000!" not in found, "it lies outside of the axis"
    assert found["some"].get_fontsize() == 7
    assert [found[name].get_position()[0] for name in ("none", "some", "all")] == [0, 5, 10]
    assert not axes.xaxis.get_visible(), "or Matplotlib would draw its own ones over them"


def test_nothing_is_cut_off_and_panels_do_not_touch():
    fig = figure(5, 4)
    grid: Any = fig.subplots(2, 2, squeeze=False)
    fig.suptitle("a title", x=0.01, ha="left")
    fig.supylabel("shared")
    for axes in grid.flat:
        axes.plot([0, 1], [0, 123_456])
        axes.set_xticks([0, 1], ["leftmost label", "rightmost label"], rotation=45)
        axes.set_xlabel("place")
        axes.set_title("panel", loc="left")
    fig.legend(axes.lines, ["line"], loc="outside lower left")
    typeset(fig)
    found = [*boxes(fig), *(one.get_window_extent() for one in (*fig.legends, *fig.texts))]
    width, height = fig.canvas.get_width_height()
    assert all(box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1 for box in found)
    panels = [axes.get_tightbbox() for axes in fig.axes]
    apart = [
        one.x1 <= other.x0 + 1 or other.x1 <= one.x0 + 1 or one.y1 <= other.y0 + 1 or other.y1 <= one.y0 + 1
        for index, one in enumerate(panels)
        for other in panels[:index]
    ]
    assert all(apart)
    sizes = np.array([axes.get_position().size for axes in fig.axes])
    assert np.ptp(sizes, axis=0) == pytest.approx([0, 0], abs=1e-9)


def test_panels_placed_by_hand_stay_where_they_are():
    fig = figure()
    axes = fig.add_axes((0.3, 0.3, 0.5, 0.5))
    typeset(fig)
    assert axes.get_position().bounds == pytest.approx((0.3, 0.3, 0.5, 0.5))


def test_what_all_labels_leave_out_is_said():
    fig = figure()
    axes: Any = fig.subplots()
    axes.plot([0, 1], [1e-9, 2e-9])
    typeset(fig)
    assert "1e−9" in texts(fig)


def test_widths_are_those_of_the_font():
    fig = figure()
    text = fig.text(0.5, 0.5, "learning_rate 0.001", fontsize=20)
    width, height = text_size(text.get_text(), text)
    box = text.get_window_extent()
    assert width == pytest.approx(box.width, rel=0.03)
    assert height == pytest.approx(box.height, rel=0.2)
    text.set_rotation(90)
    assert text_size(text.get_text(), text) == pytest.approx((height, width))


def test_grid_and_marks_are_one_path_each():
    def draw(fig: Any) -> None:
        axes = fig.subplots()
        axes.set_xticks([0, 1, 2, 3, 4])
        axes.set_yticks([])
        axes.grid(True)

    svg = style.render(draw, width=4, height=3)
    assert len(re.findall(style.GRID, svg)) == 1
    assert 2 <= len(re.findall(f"stroke: {style.MUTED}", svg)) <= 3, "two spines, and at most one path of marks"
