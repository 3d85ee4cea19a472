"""Stated percentages are held against the definition named, with losses rounded as asked."""

import pytest

from reports.analysis.claims.finding import Verdict
from reports.analysis.claims.gains import (
    BeatsRandom,
    MeanImprovement,
    StatedPercent,
    beats_random,
    mean_improvement,
    stated_percent,
)
from tests.archive.builders import small_record
from tests.reports.claims.builders import over, record_of

RELEASE = {"name": "improve-csa", "digest": None}


def stated(percent, **more):
    return MeanImprovement(definition="worst_to_best", percent=percent, **more)


def test_the_mean_over_runs_is_held_against_the_number():
    records = [record_of([[1.0, 0.5]]), record_of([[1.0, 0.3]], dataset="CCLE")]
    assert mean_improvement(over(*records), stated(60.0)).verdict == Verdict.SUPPORTED
    assert mean_improvement(over(*records), stated(60.2)).verdict == Verdict.CONTRADICTED
    assert mean_improvement(over(*records), stated(60.2, within=0.3)).verdict == Verdict.SUPPORTED


def test_fewer_runs_than_the_number_is_about_test_nothing():
    found = mean_improvement(over(record_of([[1.0, 0.5]])), stated(50.0, runs=24))
    assert found.verdict == Verdict.NOT_TESTABLE
    assert "1 of the 24 runs" in found.reason


def test_losses_are_rounded_as_tables_print_them():
    record = record_of([[0.36, 0.14]])
    assert mean_improvement(over(record), stated(61.11)).verdict == Verdict.SUPPORTED
    assert mean_improvement(over(record), stated(75.0, decimals=1)).verdict == Verdict.SUPPORTED


def test_at_least_is_no_equality():
    record = record_of([[1.0, 0.3]])
    assert mean_improvement(over(record), stated(50.0)).verdict == Verdict.CONTRADICTED
    assert mean_improvement(over(record), stated(50.0, compare="at least")).verdict == Verdict.SUPPORTED
    assert mean_improvement(over(record), stated(80.0, compare="at least")).verdict == Verdict.CONTRADICTED


def test_dead_searches_count_unless_they_are_left_out():
    records = [record_of([[1.0, 0.5]]), record_of([[0.2, 0.2]], dataset="CCLE")]
    assert mean_improvement(over(*records), stated(25.0)).verdict == Verdict.SUPPORTED
    assert mean_improvement(over(*records), stated(50.0, living_only=True)).verdict == Verdict.SUPPORTED


def test_what_no_record_holds_is_not_testable():
    parameters = MeanImprovement(definition="default_to_best", percent=5.0)
    found = mean_improvement(over(record_of([[1.0, 0.5]])), parameters)
    assert found.verdict == Verdict.NOT_TESTABLE
    assert "default_to_best" in found.reason


def test_every_number_says_which_run_it_is_from():
    records = [record_of([[1.0, 0.5]]), record_of([[1.0, 0.3]], dataset="CCLE")]
    numbers = mean_improvement(over(*records), stated(60.0)).numbers
    each = {number.runs[0]: number.value for number in numbers if number.label == "this run"}
    assert each == {records[0].key: pytest.approx(50.0), records[1].key: pytest.approx(70.0)}


def test_arithmetic_of_stated_losses():
    deepttc = {"start": 1.02129, "end": 0.965495}
    assert stated_percent(over(), StatedPercent(percent=5.46, **deepttc)).verdict == Verdict.SUPPORTED
    assert stated_percent(over(), StatedPercent(percent=5.47, **deepttc)).verdict == Verdict.CONTRADICTED


@pytest.mark.parametrize(("base", "implied"), [(None, 0.9914), (1.02129, 0.9922)])
def test_a_loss_that_is_not_stated_is_computed_by_each_reading(base, implied):
    found = stated_percent(over(), StatedPercent(percent=2.61, end=0.965495, base=base))
    assert found.verdict == Verdict.NOT_TESTABLE
    assert found.numbers[-1].value == pytest.approx(implied, abs=5e-5)


def searched_and_drawn(best, dataset, first=1.0):
    """A MEDIUM search of sixteen evaluations, and sixteen random draws of a LARGE one of losses from 1 to 1.15."""
    course = [[first + 0.01 * number for number in range(8)], [best] * 4, [best] * 4]
    draws = record_of([[1.0 + 0.01 * number for number in range(16)]], dataset=dataset, size="LARGE")
    return [record_of(course, dataset=dataset), draws]


@pytest.mark.parametrize(
    ("bests", "verdict"),
    [
        ((0.5, 0.52, 0.54), Verdict.SUPPORTED),
        ((3.0, 3.1, 3.2), Verdict.CONTRADICTED),
        ((0.9, 1.1, 1.0), Verdict.NOT_TESTABLE),
    ],
)
def test_searches_against_random_draws(bests, verdict):
    pairs = zip(bests, ("CCLE", "gCSI", "GDSCv1"), strict=True)
    records = [record for best, dataset in pairs for record in searched_and_drawn(best, dataset, first=4.0)]
    found = beats_random(over(*records, sizes=("MEDIUM",)), BeatsRandom())
    assert found.verdict == verdict
    assert len([number for number in found.numbers if number.label.startswith("gain over")]) == 3


def test_two_pairs_are_too_few():
    found = beats_random(over(*searched_and_drawn(0.5, "CCLE"), sizes=("MEDIUM",)), BeatsRandom())
    assert found.verdict == Verdict.NOT_TESTABLE
    assert "it takes 3" in found.reason


def test_own_searches_are_paired_with_random_ones_by_seed():
    records = []
    for dataset in ("CCLE", "gCSI", "GDSCv1"):
        records += [small_record(dataset=dataset, seed=1, release=RELEASE)]
        records += [small_record(dataset=dataset, strategy="random", seed=1, release=RELEASE)]
    found = beats_random(over(*records, source="cross-hpo"), BeatsRandom(control="search"))
    # Equal seeds of the stand-in draw equal points, so nobody is ahead.
    assert found.verdict == Verdict.NOT_TESTABLE
    assert len(found.runs) == 6
