"""How fast searches find what they find, and which of their evaluations live."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.evaluation import Status
from reports.analysis.convergence import area_under, epochs, progress
from reports.analysis.dead import dead_rows, shared_loss
from reports.analysis.noises import LEAST_NOISE, USUAL_NOISE, Noise, NoiseBook
from reports.analysis.searched import living, searched
from tests.archive.builders import DEAD_LOSS, improve_record, small_record

CURVES = st.lists(st.floats(0.01, 100.0), min_size=1, max_size=30).map(np.minimum.accumulate)


@given(CURVES)
def test_the_area_is_nothing_only_where_the_first_is_the_best(curve):
    area = area_under(curve)
    assert area >= 0
    assert (area == 0) == (curve[0] == curve[-1])


@given(CURVES, st.floats(0.1, 10.0))
def test_the_area_does_not_depend_on_the_unit(curve, factor):
    assert area_under(curve * factor) == pytest.approx(area_under(curve), abs=1e-9)


def test_the_area_is_a_mean_over_evaluations():
    assert area_under([math.nan, 3.0, 2.0, 1.0]) == pytest.approx((2 + 1 + 0) / 3)
    assert math.isnan(area_under([math.nan]))


def with_losses(losses, **changes):
    record = improve_record(**changes)
    record.evaluations["val_loss"] = np.resize(np.array(losses, dtype=float), len(record.evaluations))
    return record


def test_a_search_that_stands_still_is_a_plateau():
    falling = with_losses(np.linspace(2.0, 1.0, 40))
    found = progress(falling)
    assert found.late_gain == pytest.approx(1 - 1.0 / falling.evaluations["val_loss"][19])
    assert found.flat(Noise(0.01, "assumed")) is False
    assert found.flat(Noise(0.5, "run")) is True
    still = progress(with_losses([1.0, *np.linspace(2.0, 3.0, 39)]))
    assert (still.late_gain, still.near, still.area) == (0.0, 1, 0.0)
    assert still.flat(Noise(LEAST_NOISE, "run")) is True


def test_nearly_there_is_within_one_percent():
    assert progress(with_losses([2.0, 1.5, 1.009, *[1.2] * 20, 1.0, *[1.3] * 16])).near == 3


def test_a_dead_search_has_no_progress():
    found = progress(improve_record(degenerate=True))
    assert (found.living, found.area, found.near, found.late_gain, found.spread) == (0, None, None, None, None)
    assert found.flat(Noise(USUAL_NOISE, "assumed")) is None


def test_the_default_is_no_part_of_the_search():
    record = small_record()
    assert searched(record)["evaluation"].tolist() == list(range(1, 9))
    assert progress(record).evaluations == 8


def test_own_runs_record_what_is_dead():
    record = small_record(failures={3: Status.DEGENERATE, 4: Status.FAILED})
    assert np.flatnonzero(dead_rows(record)).tolist() == [3]
    assert len(living(searched(record))) == 6


def test_in_imports_the_dead_share_a_loss():
    from hpo.archive.record import make_record

    plain = improve_record()
    table = plain.evaluations.copy()
    table.loc[10:19, "val_loss"] = DEAD_LOSS
    record = make_record(plain.run, plain.space, table)
    assert shared_loss(record.run) == DEAD_LOSS
    assert np.flatnonzero(dead_rows(record)).tolist() == list(range(10, 20))
    assert len(living(searched(record))) == 30


def test_a_shared_best_is_not_dead():
    from hpo.archive.record import make_record

    plain = improve_record()
    table = plain.evaluations.copy()
    table.loc[10:19, "val_loss"] = 0.0001
    record = make_record(plain.run, plain.space, table)
    assert shared_loss(record.run) is None
    assert not dead_rows(record).any()


def share(record):
    return NoiseBook([record]).of(record.run).share


def test_without_repeats_a_usual_noise_is_assumed():
    assert share(improve_record()) == USUAL_NOISE


def test_repeats_say_what_noise_is():
    record = improve_record()
    for name in record.axes:
        record.evaluations.loc[0:19, name] = record.evaluations.loc[0, name]
    record.evaluations["val_loss"] = np.linspace(2.0, 3.0, 40)
    record.evaluations.loc[0:19, "val_loss"] = [1.0, 1.1] * 10
    assert 0.03 < share(record) < 0.1
    exact = replace(record, evaluations=record.evaluations.copy())
    exact.evaluations.loc[0:19, "val_loss"] = 1.0
    assert share(exact) == LEAST_NOISE


def test_epochs_say_when_trainings_were_best():
    record = small_record()
    table = record.evaluations
    table["epochs_run"] = 10
    table["best_epoch"] = [1, 4, 5, 6, 10, 10, 9, 8, 7]
    found = epochs(record)
    assert (found.evaluations, found.early, found.last) == (8, pytest.approx(2 / 8), pytest.approx(2 / 8))
    assert epochs(improve_record()) is None
