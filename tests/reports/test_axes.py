"""Hyperparameters as lines: ends, scales, places."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.analysis.axes import Line, lines
from tests.archive.builders import SPACE, improve_record, small_record


def test_lines_follow_the_space():
    found = lines([small_record()])
    assert list(found) == ["learning_rate", "batch_size", "dropout", "residual", "activation"]
    assert (found["learning_rate"].lower, found["learning_rate"].upper, found["learning_rate"].log) == (
        1e-6,
        1e-2,
        True,
    )
    assert found["batch_size"].values == (16, 32, 64, 128)
    assert found["batch_size"].ordered
    assert not found["activation"].ordered
    assert found["residual"].labels == ("false", "true")


def test_a_line_spans_all_spaces_and_orders_their_lists():
    wide = [dict(SPACE[0], upper=0.1), dict(SPACE[1], values=[8, 64, 256]), *SPACE[2:]]
    found = lines([small_record(), small_record("GraphDRP", "DEMO-B", space=wide)])
    assert (found["learning_rate"].lower, found["learning_rate"].upper) == (1e-6, 0.1)
    assert found["batch_size"].values == (8, 16, 32, 64, 128, 256)


def test_without_a_space_a_line_spans_what_was_evaluated():
    record = improve_record()
    bare = type(record)(record.run, None, record.evaluations, record.generations)
    line = lines([bare])["learning_rate"]
    assert (line.lower, line.upper) == (
        record.evaluations["learning_rate"].min(),
        record.evaluations["learning_rate"].max(),
    )
    assert line.log


def test_two_decades_make_an_axis_logarithmic_whatever_the_space_says():
    silent = [{"name": "learning_rate", "type": "float", "lower": 1e-6, "upper": 1e-2}, *SPACE[1:]]
    line = lines([small_record(space=silent)])["learning_rate"]
    assert line.log
    assert line.share(1e-6, 1e-4) == pytest.approx(0.5)


def test_what_is_not_recorded_has_no_place():
    line = Line("batch", 0, 2, values=(16, 32, 64))
    assert math.isnan(line.place(None))
    assert math.isnan(line.place(float("nan")))
    assert math.isnan(line.place(17))
    assert line.place(64) == 2


@given(st.floats(1e-9, 1e3), st.floats(1.5, 1e6), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_shares_lie_between_nothing_and_all(lower, ratio, one, other, log):
    upper = lower * ratio
    line = Line("x", lower, upper, log)
    first, second = (min(upper, lower + part * (upper - lower)) for part in (one, other))
    share = line.share(first, second)
    assert -1e-9 <= share <= 1 + 1e-9
    assert share == pytest.approx(line.share(second, first), abs=1e-12)
    assert line.share(lower, upper) == pytest.approx(1)


def test_listed_values_have_cells_of_width_one():
    line = Line("batch", 0, 2, values=(16, 32, 64))
    assert line.ends == (-0.5, 2.5)
    assert np.array_equal(line.steps(line.places([16, 64])), [0, 2])


def test_whole_numbers_stay_whole():
    space = [{"name": "leaves", "type": "int", "lower": 4, "upper": 127}, *SPACE]
    line = lines([small_record(space=space)])["leaves"]
    assert line.value(line.place(31)) == 31
    assert isinstance(line.value(31.0), int)
    assert Line("rate", 0, 1).value(0.5) == 0.5
