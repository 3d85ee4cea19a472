"""A model is lowest only among models whose losses compare, and only beyond noise."""

import pytest

from hpo.archive.schema import Protocol
from reports.analysis.claims.finding import Verdict
from reports.analysis.claims.standing import LowestLoss, lowest_loss
from tests.reports.claims.builders import noisy, over, record_of

OTHER_TARGET = Protocol(name="improve", version=1, target="log10(auc + 0.01)", metric="mse", selection="unknown")
LGBM = LowestLoss(model="LGBM")


def lgbm(best=0.5, **changes):
    return record_of([[1.0, best]], "LGBM", **changes)


@pytest.mark.parametrize(
    ("rival", "verdict"), [(0.6, Verdict.SUPPORTED), (0.4, Verdict.CONTRADICTED), (0.498, Verdict.NOT_TESTABLE)]
)
def test_the_lowest_of_two(rival, verdict):
    found = lowest_loss(over(lgbm(), record_of([[1.0, rival]])), LGBM)
    assert found.verdict == verdict
    assert {number.value for number in found.numbers} == {0.5, rival}


def test_the_noise_of_a_rival_counts():
    records = [lgbm(), record_of([[1.0, 0.47]])]
    assert lowest_loss(over(*records), LGBM).verdict == Verdict.CONTRADICTED
    found = lowest_loss(over(*records, noisy(0.1), datasets=("gCSI",)), LGBM)
    assert found.verdict == Verdict.NOT_TESTABLE


def test_losses_on_another_target_are_left_out_and_named():
    other = record_of([[1.0, 0.1]], "PathDSP", protocol=OTHER_TARGET)
    found = lowest_loss(over(lgbm(), record_of([[1.0, 0.6]]), other), LGBM)
    assert found.verdict == Verdict.SUPPORTED
    assert "left out: PathDSP" in found.reason
    alone = lowest_loss(over(lgbm(), other), LGBM)
    assert alone.verdict == Verdict.NOT_TESTABLE
    assert "No other model" in alone.reason


def test_another_split_does_not_compare():
    found = lowest_loss(over(lgbm(), record_of([[1.0, 0.1]], split=3)), LGBM)
    assert found.verdict == Verdict.NOT_TESTABLE


def test_consistently_means_on_every_dataset():
    records = [lgbm(), record_of([[1.0, 0.6]]), lgbm(dataset="CCLE"), record_of([[1.0, 0.4]], dataset="CCLE")]
    found = lowest_loss(over(*records), LGBM)
    assert found.verdict == Verdict.CONTRADICTED
    assert "on CCLE" in found.reason
    assert lowest_loss(over(*records, datasets=("gCSI",)), LGBM).verdict == Verdict.SUPPORTED


def test_every_generation_counts_by_that_measure():
    records = [record_of([[1.0, 0.9], [0.5, 0.6]], "LGBM"), record_of([[0.7, 0.9], [0.6, 0.6]])]
    assert lowest_loss(over(*records), LGBM).verdict == Verdict.SUPPORTED
    found = lowest_loss(over(*records), LowestLoss(model="LGBM", measure="generations"))
    assert found.verdict == Verdict.CONTRADICTED
    assert "generation 0" in found.reason


def test_the_median_is_about_the_whole_search():
    records = [record_of([[1.0, 0.9, 0.3]], "LGBM"), record_of([[0.7, 0.6, 0.5]])]
    assert lowest_loss(over(*records), LGBM).verdict == Verdict.SUPPORTED
    assert lowest_loss(over(*records), LowestLoss(model="LGBM", measure="median")).verdict == Verdict.CONTRADICTED


def test_dead_searches_are_no_rivals():
    dead = record_of([[0.1, 0.1, 0.1]])
    assert lowest_loss(over(lgbm(), dead), LGBM).verdict == Verdict.NOT_TESTABLE
    assert lowest_loss(over(record_of([[0.1, 0.1]], "LGBM"), record_of([[0.5, 0.6]])), LGBM).verdict == (
        Verdict.NOT_TESTABLE
    )


def test_a_model_that_is_not_there():
    found = lowest_loss(over(record_of([[0.5, 0.6]])), LGBM)
    assert found.verdict == Verdict.NOT_TESTABLE
    assert "LGBM" in found.reason
