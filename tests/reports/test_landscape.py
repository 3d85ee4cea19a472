"""Loss over each hyperparameter of a run."""

import numpy as np
import pytest

from hpo.evaluation import Status
from reports.figures.landscape import landscape_alt, landscape_data, landscape_figure
from tests.archive.builders import improve_record, small_record


@pytest.fixture(scope="module")
def data():
    return landscape_data(small_record(size="MEDIUM", failures={5: Status.FAILED, 6: Status.DEGENERATE}))


def test_every_searched_axis_has_a_panel(data):
    assert [panel.name for panel in data.panels] == ["learning_rate", "batch_size", "dropout", "residual", "activation"]
    assert data.left_out == ()


def test_axes_are_logarithmic_where_the_space_is(data):
    assert {panel.name for panel in data.panels if panel.line.log} == {"learning_rate"}


def test_bounds_over_two_decades_are_logarithmic_though_the_space_says_nothing():
    wide = [{"name": "learning_rate", "type": "float", "lower": 1e-6, "upper": 1e-2}]
    record = small_record(space=[*wide, *small_record().space.to_json()[1:]])
    assert landscape_data(record).panels[0].line.log


def test_listed_values_stand_in_the_order_of_the_space(data):
    labels = {panel.name: panel.line.labels for panel in data.panels}
    assert labels["batch_size"] == ("16", "32", "64", "128")
    assert labels["residual"] == ("false", "true")
    assert labels["activation"] == ("relu", "elu")


def test_what_gave_no_loss_is_not_shown(data):
    assert 5 not in data.points["evaluation"].tolist()
    assert 6 in data.points["evaluation"].tolist()


def test_the_best_is_alive(data):
    best = data.points.iloc[data.best]
    living = data.points[data.points["status"] == "ok"]
    assert best["val_loss"] == living["val_loss"].min()


def test_places_are_those_of_the_table(data):
    rate = data.panels[0]
    assert np.array_equal(rate.places, data.points["learning_rate"].to_numpy())


def test_alternative_text_names_the_best_and_its_neighbours(data):
    text = landscape_alt(data)
    assert text.startswith("GraphDRP on DEMO-A, MEDIUM, ga-seed1: loss over learning_rate, batch_size, dropout")
    assert "Within 5 % of it lie" in text


def test_a_dead_search_has_no_best():
    record = improve_record(degenerate=True)
    assert landscape_data(record).best is None
    assert "no evaluation gave a living network" in landscape_figure(record).alt


def test_without_any_loss_there_is_no_figure():
    assert landscape_figure(small_record(failures=dict.fromkeys(range(9), Status.FAILED))) is None


def test_the_same_record_gives_the_same_files():
    assert landscape_figure(small_record()).files() == landscape_figure(small_record()).files()
