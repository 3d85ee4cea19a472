"""Colour plots of the space: distinct points, honest classes, nothing between them."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo.evaluation import Status
from reports.analysis.importance import Refusal, importance
from reports.analysis.surface import MAX_LINES, STEPS, surface
from reports.figures import style
from reports.figures.pair_surface import (
    CELLS,
    MAX_POINTS,
    pair_surface_alt,
    pair_surface_data,
    pair_surface_figure,
    shown_points,
)
from tests.archive.builders import improve_record, small_record

UNKNOWN = Refusal("not asked")


@pytest.fixture(scope="module")
def record():
    return small_record(size="MEDIUM", failures={5: Status.FAILED, 6: Status.DEGENERATE})


@pytest.fixture(scope="module")
def found(record):
    return surface(record, UNKNOWN)


def test_every_measured_evaluation_is_in_one_point(record, found):
    assert found.points["times"].sum() == record.evaluations["val_loss"].notna().sum()
    assert len(found.failed) == 1
    assert found.points["dead"].sum() == 1


def test_classes_say_how_far_above_the_best(found):
    living = found.points[~found.points["dead"].astype(bool)]
    assert living["above"].min() == pytest.approx(0)
    for above, step in zip(living["above"], living["step"], strict=True):
        assert (0 if step == 0 else STEPS[step - 1]) <= above + 1e-12
        assert step == len(STEPS) or above <= STEPS[step]
    assert found.points.loc[found.points["dead"].astype(bool), "step"].isna().all()


def test_repeats_become_their_mean():
    record = improve_record(size="MEDIUM")
    twice = pd.concat([record.evaluations, record.evaluations.assign(val_loss=lambda t: 3 * t["val_loss"])])
    found = surface(type(record)(record.run, record.space, twice, record.generations), UNKNOWN)
    assert set(found.points["times"]) == {2}
    assert found.points["val_loss"].min() == pytest.approx(2 * record.evaluations["val_loss"].min())


def test_losses_without_a_zero_are_ranked():
    record = improve_record(size="MEDIUM")
    lowered = record.evaluations.assign(val_loss=record.evaluations["val_loss"] - 1)
    best = record.run.best.model_copy(update={"val_loss": float(lowered["val_loss"].min())})
    run = record.run.model_copy(update={"best": best})
    found = surface(type(record)(run, record.space, lowered, record.generations), UNKNOWN)
    assert not found.relative
    assert found.points["above"].max() == 1
    assert found.points.sort_values("val_loss")["step"].iloc[0] == 0


def test_the_most_important_hyperparameters_are_shown():
    record = small_record(size="LARGE")
    told = importance(record)
    names = {share.names[0] for share in told.main[:MAX_LINES]}
    found = surface(record, told)
    assert {line.name for line in found.lines} == names
    assert found.left_out == (told.main[-1].names[0],)


def test_rows_in_another_order_give_the_same(record, found):
    mixed = record.evaluations.sample(frac=1, random_state=1)
    again = surface(type(record)(record.run, record.space, mixed, record.generations), UNKNOWN)
    pd.testing.assert_frame_equal(again.points, found.points)


def test_a_dead_search_has_no_surface():
    assert surface(improve_record(degenerate=True), UNKNOWN) is None
    assert pair_surface_figure(improve_record(degenerate=True)) is None


def test_alternative_text_says_where_the_good_points_lie(record):
    text = pair_surface_alt(pair_surface_data(record))
    assert text.startswith("GraphDRP on DEMO-A, MEDIUM, ga-seed1: loss over learning_rate")
    assert "points have a mean loss within 10 % of it: learning_rate" in text


def test_data_beside_the_figure_are_the_points(record, found):
    figure = pair_surface_figure(record)
    table = pd.read_csv(io.StringIO(figure.data))
    shown = surface(record, importance(record)).points
    assert len(table) == len(shown)
    assert np.array_equal(table["val_loss"], shown["val_loss"].astype(float))
    assert list(table.columns[-5:]) == ["val_loss", "times", "dead", "above", "step"]
    assert figure.files() == pair_surface_figure(record).files()


def test_each_theme_has_its_own_colours(record):
    files = pair_surface_figure(record).files()
    best = {theme: style.THEMES[theme][style.STEPS[0]] for theme in ("light", "dark")}
    assert best["light"] != best["dark"]
    for theme, colour in best.items():
        assert colour in files[f"surface-{theme}.svg"]
        assert not any(stand_in in files[f"surface-{theme}.svg"] for stand_in in style.STEPS)


@settings(max_examples=40)
@given(st.integers(0, 3000), st.integers(0, 2**32 - 1))
def test_of_many_points_the_best_of_each_cell_is_shown(number, seed):
    x, y, losses = np.random.default_rng(seed).random((3, number)).round(2)
    rows = shown_points(pd.DataFrame({"val_loss": losses}), x, y)
    assert len(rows) == number if number <= MAX_POINTS else len(rows) <= (CELLS + 1) ** 2
    assert (np.diff(losses[rows]) <= 0).all()
    if number:
        assert losses[rows[-1]] == losses.min()
