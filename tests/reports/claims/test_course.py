"""Whether searches improve or stand still is judged beyond noise, and not at all where rows are lost."""

import pytest

from hpo.archive.schema import Flag
from reports.analysis.claims.course import BestEarly, Improves, Plateaus, best_early, improves, plateaus
from reports.analysis.claims.finding import Verdict
from tests.archive.builders import small_record
from tests.reports.claims.builders import noisy, over, record_of

FALLING = [[1.0, 0.9], [0.7, 0.8]]
SLIGHTLY = [[1.0, 0.9], [0.895, 0.91]]
FLAT = [[0.9, 1.0], [0.95, 0.97]]


@pytest.mark.parametrize(
    ("losses", "verdict"),
    [
        (FALLING, Verdict.SUPPORTED),
        (FLAT, Verdict.CONTRADICTED),
        (SLIGHTLY, Verdict.NOT_TESTABLE),
        ([[0.9, 1.0]], Verdict.NOT_TESTABLE),
    ],
)
def test_a_search_improves_beyond_the_noise_that_is_assumed(losses, verdict):
    assert improves(over(record_of(losses)), Improves()).verdict == verdict


def test_the_noise_of_the_model_elsewhere_hides_a_gain():
    gain = [[1.0, 0.9], [0.87, 0.88]]
    chosen = {"datasets": ("gCSI",)}
    assert improves(over(record_of(gain), **chosen), Improves()).verdict == Verdict.SUPPORTED
    found = improves(over(record_of(gain), noisy(0.1), **chosen), Improves())
    assert found.verdict == Verdict.NOT_TESTABLE
    assert "repeats of the model on other datasets" in found.reason
    other_model = improves(over(record_of(gain), noisy(0.1, "HiDRA"), **chosen), Improves())
    assert other_model.verdict == Verdict.SUPPORTED


def test_one_search_that_does_not_improve_decides():
    found = improves(over(record_of(FALLING), record_of(FLAT, dataset="CCLE")), Improves())
    assert found.verdict == Verdict.CONTRADICTED
    assert "IGTD on CCLE" in found.reason
    assert set(found.runs) == {record_of(FALLING).key, record_of(FLAT, dataset="CCLE").key}


def test_the_mean_of_a_generation_is_another_measure():
    falling_mean = [[0.9, 2.0], [0.95, 0.97]]
    assert improves(over(record_of(falling_mean)), Improves()).verdict == Verdict.CONTRADICTED
    assert improves(over(record_of(falling_mean)), Improves(measure="mean")).verdict == Verdict.SUPPORTED


def test_gain_and_noise_are_told_with_their_runs():
    record = record_of(FALLING)
    numbers = {number.label: number for number in improves(over(record), Improves()).numbers}
    gain = numbers["gain after the first generation"]
    assert gain.value == pytest.approx(100 * (0.9 - 0.7) / 0.9)
    assert (gain.unit, gain.runs) == ("%", (record.key,))


@pytest.mark.parametrize(
    ("losses", "last", "verdict"),
    [
        ([[1.0, 0.9], [0.9, 0.95]], None, Verdict.SUPPORTED),
        ([[1.0, 0.9], [0.7, 0.95]], None, Verdict.CONTRADICTED),
        ([[1.0], [0.7], [0.7]], 1, Verdict.SUPPORTED),
        ([[1.0], [0.7], [0.7]], 2, Verdict.CONTRADICTED),
        ([[1.0], [0.7]], 5, Verdict.NOT_TESTABLE),
    ],
)
def test_a_plateau_is_the_end_of_a_search(losses, last, verdict):
    assert plateaus(over(record_of(losses)), Plateaus(last=last)).verdict == verdict


def test_tables_that_lost_rows_say_nothing():
    record = record_of(FALLING)
    lost = Flag(flag="missing-evaluations", explanation="", evidence={})
    broken = record.__class__(
        record.run.model_copy(update={"flags": [lost]}), record.space, record.evaluations, record.generations
    )
    for found in (improves(over(broken), Improves()), plateaus(over(broken), Plateaus())):
        assert found.verdict == Verdict.NOT_TESTABLE
        assert "lost rows" in found.reason


def test_nothing_there_is_nothing_tested():
    for found in (improves(over(), Improves()), plateaus(over(), Plateaus()), best_early(over(), BestEarly())):
        assert found.verdict == Verdict.NOT_TESTABLE
        assert found.reason.startswith("The archive holds no")


def test_overfitting_is_seen_where_epochs_are_recorded():
    own = small_record(dataset="CCLE", release={"name": "improve-csa", "digest": None})
    chosen = over(own, source="cross-hpo")
    # The stand-ins train five epochs, and the fourth is best.
    assert best_early(chosen, BestEarly()).verdict == Verdict.CONTRADICTED
    late = own.evaluations.assign(best_epoch=own.evaluations["best_epoch"] * 0 + 1)
    early = own.__class__(own.run, own.space, late, own.generations)
    assert best_early(over(early, source="cross-hpo"), BestEarly()).verdict == Verdict.SUPPORTED
    assert best_early(over(record_of(FLAT)), BestEarly()).verdict == Verdict.NOT_TESTABLE
