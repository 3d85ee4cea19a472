"""Fingerprints: one scale for all, every evaluation in its place, and safe SVG."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.evaluation import Status
from reports.analysis.fingerprint import fingerprint, fingerprint_grids, fingerprint_points
from reports.analysis.noises import Noise
from reports.figures.fingerprint import (
    HEIGHT,
    draw_fingerprint,
    fingerprint_alt,
    fingerprint_figures,
    mini_fingerprint,
)
from reports.figures.fingerprint import _height as height
from reports.pages.fingerprint_page import fingerprint_page
from tests.archive.builders import improve_record, small_record


def only(*records):
    (grid,) = fingerprint_grids(records)
    (found,) = grid.prints.values()
    return found


@pytest.fixture(scope="module")
def found():
    return only(small_record(size="MEDIUM", failures={5: Status.FAILED, 6: Status.DEGENERATE}))


def test_the_first_two_hyperparameters_are_rate_and_batch_size(found):
    assert [line.name for line in found.lines] == ["learning_rate", "batch_size"]


def test_every_evaluation_is_counted_once(found):
    assert found.recorded == 41
    assert (found.dead, found.failed) == (1, 1)
    assert found.points["state"].value_counts().to_dict() == {"ok": 39, "dead": 1, "failed": 1}
    assert found.points["kind"].value_counts().to_dict() == {"bred": 24, "first": 16, "default": 1}


def test_losses_are_shares_above_the_best(found):
    points = found.points
    alive = points[points["state"] == "ok"]
    assert alive["excess"].min() == 0
    assert np.allclose(alive["excess"], alive["val_loss"] / alive["val_loss"].min() - 1)
    assert points.loc[points["state"] != "ok", "excess"].isna().all()


def test_the_best_so_far_leaves_the_default_out():
    record = small_record()
    record.evaluations.loc[0, "val_loss"] = 1e-6
    points = fingerprint_points(record, [])
    assert math.isnan(points["best"].iloc[0])
    assert points["best"].iloc[-1] > 0
    assert points["best"].dropna().is_monotonic_decreasing


def test_places_are_within_the_line(found):
    for name in ("x0", "x1"):
        assert found.points[name].between(0, 1).all()


def test_dead_searches_show_no_best():
    dead = only(improve_record(degenerate=True))
    assert not dead.alive
    assert dead.dead == 40
    assert "circle" not in draw_fingerprint(dead)
    assert "all dead" in draw_fingerprint(dead)
    assert fingerprint_alt(dead).endswith("dead networks throughout; nothing was learnt.")


def test_failed_searches_say_so():
    failed = only(small_record(failures=dict.fromkeys(range(9), Status.FAILED)))
    assert "all failed" in draw_fingerprint(failed)
    assert "none gave a loss" in fingerprint_alt(failed)


def test_values_on_a_bound_are_counted():
    record = improve_record()
    record.evaluations.loc[0:5, "learning_rate"] = 1e-6
    assert only(record).at_bounds == {("learning_rate", "lower"): 6}
    assert "6 on the lower bound of learning_rate" in fingerprint_alt(only(record))


def test_of_several_runs_the_largest_is_shown():
    (grid,) = fingerprint_grids([small_record(), small_record(size="MEDIUM"), small_record("LGBM")])
    assert grid.prints["GraphDRP", "DEMO-A"].run.size == "MEDIUM"
    assert grid.prints["LGBM", "DEMO-A"].run.size == "SMALL"


def test_collections_stand_apart():
    own, imported = fingerprint_grids([small_record(), improve_record()])
    assert {own.collection.kind, imported.collection.kind} == {"cross-hpo", "improve"}


def test_datasets_of_a_model_share_their_axes():
    wide = [{"name": "learning_rate", "type": "float", "lower": 1e-6, "upper": 1e-1, "use_log_scale": True}]
    other = small_record(dataset="DEMO-B", space=[*wide, *small_record().space.to_json()[1:]])
    (grid,) = fingerprint_grids([small_record(), other])
    first, second = grid.prints.values()
    assert first.lines == second.lines
    assert first.lines[0].upper == 1e-1


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=20))
def test_the_scale_keeps_the_order(excess):
    heights = height(np.sort(excess))
    assert ((heights >= 0) & (heights <= 1)).all()
    assert (np.diff(heights) >= 0).all()


@pytest.mark.parametrize("labels", [False, True])
def test_drawings_are_well_formed_and_within_their_frame(found, labels):
    tree = ElementTree.fromstring(draw_fingerprint(found, labels=labels))
    circles = list(tree.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 3
    assert all(0 <= float(circle.get("cy")) <= HEIGHT for circle in circles)


def test_dots_at_one_place_are_drawn_once():
    record = improve_record()
    for name in record.axes:
        record.evaluations[name] = record.evaluations[name].iloc[0]
    record.evaluations["val_loss"] = [0.5, *[1.0] * 39]
    drawing = draw_fingerprint(fingerprint(record, (), Noise(0.01, "assumed")))
    assert len(drawing) < 6000


def test_the_reduced_form_has_the_course_of_the_search(found):
    assert mini_fingerprint(found).count("<path") == 3
    assert "best" not in mini_fingerprint(only(improve_record(degenerate=True)))


def test_every_pair_has_a_figure_with_its_data():
    records = [small_record(), small_record("LGBM"), improve_record()]
    figures = {figure.name: figure for figure in fingerprint_figures(records)}
    assert len(figures) == 4
    assert "legend" in figures
    assert figures["cross-hpo-demo-1--LGBM--DEMO-A"].data.splitlines()[0].startswith("evaluation,state,kind")
    again = {figure.name: figure for figure in fingerprint_figures(records)}
    assert figures == again


def test_pairs_without_a_run_say_so():
    grids = fingerprint_grids([small_record(), small_record("LGBM", "DEMO-B")])
    (grid,) = fingerprint_page(grids, None).grids
    assert [[cell is None for cell in row.cells] for row in grid.rows] == [[False, True], [True, False]]
