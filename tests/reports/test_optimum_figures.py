"""Varying optimum, optimum map and importance of a model over its datasets."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.analysis.axes import Line
from reports.analysis.movement import Movement, model_optima
from reports.analysis.order import DATASETS
from reports.figures.marks import COLOURS, dataset_marks
from reports.figures.optimum import optimum_figures
from reports.figures.optimum_map import label_places, map_alt, map_data, map_figure
from reports.figures.varying_optimum import movement_text, varying_alt, varying_data, varying_figure
from tests.archive.builders import improve_record, small_record

RATE = Line("rate", 1e-6, 1e-2, True)
WORD = Line("word", 0, 1, values=("relu", "elu"), ordered=False)


@pytest.fixture(scope="module")
def optima():
    records = [
        improve_record(dataset="CCLE", seed=1),
        improve_record(dataset="CCLE", size="SMALL", seed=4),
        improve_record(dataset="gCSI", seed=2),
        improve_record(dataset="GDSCv1", seed=3, degenerate=True),
    ]
    (found,) = model_optima(records)
    return found


def table_of(figure) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(figure.data))


def test_varying_data_are_the_optima(optima):
    figure = varying_figure(optima)
    table = table_of(figure)
    best = table[table["shown_as"] == "best"]
    for one in optima.chosen:
        rows = best[best["run"] == one.run.key]
        assert dict(zip(rows["hyperparameter"], rows["best"], strict=True)).keys() == one.values.keys()
    assert set(table["shown_as"]) == {"best", "other run", "dead"}
    assert table.loc[table["shown_as"] == "dead", "dataset"].tolist() == ["GDSCv1"]
    assert figure.files() == varying_figure(optima).files()


def test_every_best_lies_within_its_good_values(optima):
    table = table_of(varying_figure(optima))
    rates = table[table["hyperparameter"] == "learning_rate"].astype({"best": float})
    assert len(rates) == 3
    assert ((rates["low"] <= rates["best"]) & (rates["best"] <= rates["high"])).all()


def test_the_finding_is_said(optima):
    text = varying_alt(varying_data(optima))
    assert text.startswith("IGTD, best hyperparameters by dataset. The best learning_rate lies from ")
    assert "of the searched range (log scale)" in text
    assert text.endswith("No living network on GDSCv1.")


def test_one_dataset_has_nothing_to_vary():
    (alone,) = model_optima([improve_record()])
    assert varying_figure(alone) is None
    assert map_figure(alone) is None
    assert list(optimum_figures([improve_record()])) == []


def movement(places, common, few=(), line=RATE) -> Movement:
    ranges = {dataset: (place, place) for dataset, place in places.items()}
    return Movement(line, places, ranges, 0.5 if line.ordered else None, common, few)


def test_sentences_about_movement():
    places = {"CCLE": 1e-4, "gCSI": 1e-2}
    assert movement_text(movement(places, (1e-3, 1e-3))) == (
        "The best rate lies from 0.000100 (CCLE) to 0.0100 (gCSI), 50 % of the searched range (log scale); the good "
        "values of every dataset include 0.00100."
    )
    assert movement_text(movement(places, None)).endswith("no value is good on every dataset: it moves.")
    assert movement_text(movement(places, None, ("gCSI",))).endswith(
        "the good values do not meet, but gCSI has fewer than five good points, so whether it moves is not settled."
    )
    assert movement_text(movement({"A": 1e-3, "B": 1e-3}, (1e-3, 1e-3))) == "The best rate is 0.00100 on both datasets."
    assert movement_text(movement({"A": 0.0, "B": 1.0}, None, line=WORD)) == (
        "The best word is relu on A, elu on B; no value is good on every dataset: it moves."
    )


def test_the_map_shows_every_living_best(optima):
    data = map_data(optima)
    assert (data.across.name, data.down.name) == ("learning_rate", "batch_size")
    assert [spot.optimum.run.dataset for spot in data.spots] == ["CCLE", "CCLE", "gCSI"]
    assert [spot.optimum.run.dataset for spot in data.spots if spot.chosen] == ["CCLE", "gCSI"]
    assert data.dead == ("GDSCv1",)
    table = table_of(map_figure(optima))
    assert table["learning_rate"].tolist() == [spot.x for spot in data.spots]
    assert "No living network on GDSCv1." in map_alt(data)


def test_the_axes_of_the_map_span_what_was_searched(optima):
    data = map_data(optima)
    assert (data.across.lower, data.across.upper, data.across.log) == (1e-6, 1e-2, True)
    assert data.down.values == (16, 32, 64, 128)


def test_figures_of_collections_stand_apart():
    records = [
        small_record(),
        small_record(dataset="DEMO-B"),
        *(improve_record("GraphDRP", name) for name in DATASETS[:2]),
    ]
    names = [figure.name for figure in optimum_figures(records)]
    assert len(names) == len(set(names))
    assert sum(name.startswith("varying-") for name in names) == 2
    assert sum(name.startswith("map-") for name in names) == 2


def test_the_studies_keep_their_marks():
    assert [mark[0] for mark in dataset_marks(DATASETS).values()] == list(COLOURS)
    assert dataset_marks(["GDSCv2"]) == {"GDSCv2": dataset_marks(DATASETS)["GDSCv2"]}
    marks = dataset_marks([*DATASETS, *(f"DEMO-{letter}" for letter in "ABCDEF")])
    assert len({shape for _, shape in marks.values()}) == len(marks)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8))
def test_labels_stand_beside_their_points(points):
    at = np.array(points)
    places, alignments = label_places(at, [f"D{index}" for index in range(len(points))])
    for (x, y), (left, height), alignment in zip(points, places, alignments, strict=True):
        assert abs(left - x) == pytest.approx(0.03)
        assert (left > x) == (alignment == "left")
        assert abs(height - y) <= 0.1 + 1e-9


def test_labels_of_two_neighbours_do_not_cover_each_other():
    places, _ = label_places(np.array([[0.5, 0.5], [0.5, 0.52]]), ["CCLE", "gCSI"])
    assert abs(places[0][1] - places[1][1]) >= 0.05 or places[0][0] != places[1][0]
