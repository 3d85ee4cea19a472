"""Rules about best hyperparameters, and about the records themselves."""

import pytest

from hpo.archive.schema import Flag, ReplayInfo
from reports.analysis.claims.finding import Verdict
from reports.analysis.claims.optima import OptimumAtBound, OptimumMoves, optimum_at_bound, optimum_moves
from reports.analysis.claims.parameters import NoParameters
from reports.analysis.claims.records import Budget, Covers, FreeOfFlags, budget, covers, free_of_flags, replayed
from tests.reports.claims.builders import over, record_of


def valley(low, dataset, good=6):
    """A search whose ``good`` best points lie from ``low`` upwards in steps of 0.02, the others far off."""
    points = [(low + 0.02 * number, 32) for number in range(good)] + [(0.99, 16), (0.98, 64)]
    return record_of([[1.0 + 0.001 * n for n in range(good)] + [3.0, 4.0]], dataset=dataset, points=points)


def test_an_optimum_moves_where_no_value_is_good_everywhere():
    apart = over(valley(0.1, "CCLE"), valley(0.5, "gCSI"))
    assert optimum_moves(apart, OptimumMoves()).verdict == Verdict.SUPPORTED
    together = over(valley(0.1, "CCLE"), valley(0.12, "gCSI"))
    assert optimum_moves(together, OptimumMoves()).verdict == Verdict.CONTRADICTED
    only = OptimumMoves(hyperparameters=("batch_size",))
    assert optimum_moves(apart, only).verdict == Verdict.CONTRADICTED


def test_few_good_points_say_nothing_of_movement():
    assert optimum_moves(over(valley(0.1, "CCLE", 2), valley(0.5, "gCSI", 2)), OptimumMoves()).verdict == (
        Verdict.NOT_TESTABLE
    )
    assert optimum_moves(over(valley(0.1, "CCLE")), OptimumMoves()).verdict == Verdict.NOT_TESTABLE


@pytest.mark.parametrize(("rate", "verdict"), [(0.0, Verdict.SUPPORTED), (0.4, Verdict.CONTRADICTED)])
def test_a_best_at_a_bound(rate, verdict):
    record = record_of([[1.0, 2.0]], points=[(rate, 32), (0.5, 64)])
    assert optimum_at_bound(over(record), OptimumAtBound()).verdict == verdict
    dead = record_of([[1.0, 1.0]])
    assert optimum_at_bound(over(dead), OptimumAtBound()).verdict == Verdict.NOT_TESTABLE


def test_coverage_by_member_and_by_pair():
    records = [record_of([[1.0, 2.0]]), record_of([[1.0, 2.0]], "LGBM", "CCLE")]
    asked = {"models": ("IGTD", "LGBM"), "datasets": ("CCLE", "gCSI")}
    assert covers(over(*records, **asked), Covers()).verdict == Verdict.SUPPORTED
    found = covers(over(*records, **asked), Covers(every="pair"))
    assert found.verdict == Verdict.CONTRADICTED
    assert "IGTD on CCLE" in found.reason
    assert "IGTD on gCSI" not in found.reason
    assert covers(over(), Covers()).verdict == Verdict.NOT_TESTABLE


def test_a_dead_search_covers_nothing():
    asked = {"models": ("IGTD",), "datasets": ("gCSI",)}
    assert covers(over(record_of([[1.0, 1.0]]), **asked), Covers()).verdict == Verdict.CONTRADICTED


def test_the_budget_by_generation():
    record = record_of([[1.0, 2.0], [3.0]])
    assert budget(over(record), Budget(generations=(2, 1))).verdict == Verdict.SUPPORTED
    assert budget(over(record), Budget(generations=(2, 2))).verdict == Verdict.CONTRADICTED
    assert budget(over(record), Budget(generations=(2,))).verdict == Verdict.CONTRADICTED
    assert budget(over(), Budget(generations=(2,))).verdict == Verdict.NOT_TESTABLE


def test_replays_are_read_from_the_records():
    whole = ReplayInfo(state="complete", evaluations=2, agreeing=2)
    marked, other = record_of([[1.0, 2.0]], replay=whole), record_of([[1.0, 2.0]], dataset="CCLE")
    assert replayed(over(marked), NoParameters()).verdict == Verdict.SUPPORTED
    found = replayed(over(marked, other), NoParameters())
    assert found.verdict == Verdict.NOT_TESTABLE
    assert "1 of 2 runs were not replayed" in found.reason
    false = record_of([[1.0, 2.0]], replay=whole.model_copy(update={"agreeing": 1}))
    assert replayed(over(false), NoParameters()).verdict == Verdict.CONTRADICTED


def test_flags_contradict():
    clean = record_of([[1.0, 2.0], [1.5]])
    flagged = clean.__class__(
        clean.run.model_copy(update={"flags": [Flag(flag="best-lost", explanation="")]}),
        clean.space,
        clean.evaluations,
        clean.generations,
    )
    parameters = FreeOfFlags(flags=("best-lost",))
    assert free_of_flags(over(clean), parameters).verdict == Verdict.SUPPORTED
    found = free_of_flags(over(flagged), parameters)
    assert found.verdict == Verdict.CONTRADICTED
    assert found.runs == (clean.key,)
    assert free_of_flags(over(), parameters).verdict == Verdict.NOT_TESTABLE
