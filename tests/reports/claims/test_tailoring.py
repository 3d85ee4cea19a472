"""Tailoring is measured where optima were trained on other datasets, and estimated for imports only."""

from dataclasses import replace

import pytest

from reports.analysis.claims.finding import Verdict
from reports.analysis.claims.parameters import NoParameters
from reports.analysis.claims.scope import Runs, archives, scope
from reports.analysis.claims.tailoring import TailoringPays, tailoring_pays, transfer_loses
from reports.analysis.comparable import Collection
from reports.analysis.transfer_estimate import Estimate, TransferEstimate
from tests.archive.builders import small_record
from tests.reports.claims.builders import over, record_of
from tests.reports.transfers import transfer_of

RELEASE = {"name": "csa", "digest": None}
OWN = Runs(source="cross-hpo")
DATASETS = ("CCLE", "gCSI", "GDSCv1")


def estimated(*cells):
    runs = {dataset: record_of([[1.0, 0.5]], dataset=dataset).run for dataset in DATASETS}
    found = tuple(Estimate(one, other, regret, clear) for one, other, regret, clear in cells)
    return TransferEstimate("IGTD", Collection.of(runs["CCLE"]), runs, ("learning_rate",), (), {}, found)


def judged(estimate):
    records = [record_of([[1.0, 0.5]], dataset=dataset) for dataset in DATASETS]
    return transfer_loses(scope(archives(records, estimates=[estimate]), Runs()), NoParameters())


CLEAR = [("CCLE", "gCSI", 0.2, True), ("gCSI", "CCLE", 0.3, True), ("GDSCv1", "CCLE", 0.1, True)]


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [
        (CLEAR, Verdict.SUPPORTED),
        ([(one, other, 0.001, False) for one, other, _, _ in CLEAR], Verdict.CONTRADICTED),
        ([*CLEAR[:2], ("GDSCv1", "CCLE", 0.001, False)], Verdict.NOT_TESTABLE),
        (CLEAR[:2], Verdict.NOT_TESTABLE),
        ([], Verdict.NOT_TESTABLE),
    ],
)
def test_estimates_count_beyond_their_error(cells, verdict):
    found = judged(estimated(*cells))
    assert found.verdict == verdict
    assert len(found.numbers) == len(cells)
    assert "stimated" in found.reason


def test_estimates_of_other_models_are_left_out():
    estimate = replace(estimated(*CLEAR), model="HiDRA")
    assert judged(estimate).verdict == Verdict.NOT_TESTABLE


def test_estimates_are_made_where_none_are_given():
    found = transfer_loses(over(*(record_of([[1.0, 0.5]], dataset=dataset) for dataset in DATASETS)), NoParameters())
    assert found.verdict == Verdict.NOT_TESTABLE
    assert "Of 6 pairs of datasets, 0 can be estimated" in found.reason


def test_nothing_measured_is_said():
    found = tailoring_pays(over(small_record(dataset="CCLE", release=RELEASE), source="cross-hpo"), TailoringPays())
    assert found.verdict == Verdict.NOT_TESTABLE
    assert "cross-hpo transfer" in found.reason
    assert tailoring_pays(over(), TailoringPays()).reason.startswith("The archive holds no")


def measured(factor):
    """The transfer of LGBM where foreign optima and the default have so many times the loss of the own optimum."""
    losses = {
        name: {
            dataset: [0.1 if name == dataset else (0.1 + 0.01 * place) * factor] * 2
            for place, dataset in enumerate(DATASETS)
        }
        for name in (*DATASETS, "default")
    }
    return transfer_of(losses)


@pytest.mark.parametrize(
    ("factor", "verdict"), [(2.0, Verdict.SUPPORTED), (0.5, Verdict.CONTRADICTED), (0.91, Verdict.NOT_TESTABLE)]
)
def test_tailored_against_default_over_datasets(factor, verdict):
    records = [small_record("LGBM", dataset, release=RELEASE) for dataset in DATASETS]
    found = tailoring_pays(
        scope(archives(records, transfers=[measured(factor)]), OWN), TailoringPays(uniform="default")
    )
    assert found.verdict == verdict
    assert found.runs == tuple(sorted(record.key for record in records))


def test_transfers_of_other_models_prove_nothing():
    records = [small_record("IGTD", dataset, release=RELEASE) for dataset in DATASETS]
    found = tailoring_pays(scope(archives(records, transfers=[measured(2.0)]), OWN), TailoringPays())
    assert found.verdict == Verdict.NOT_TESTABLE
