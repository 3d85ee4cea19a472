"""Improvements by hand, with and without degenerate runs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo.archive.improvement import DEFINITIONS, aggregate, aggregates, improvement, improvements
from hpo.archive.record import Record
from hpo.archive.schema import EvaluationSummary
from hpo.evaluation import Status
from tests.archive.builders import small_record
from tests.archive.test_audit import log_of, record_of

LOSSES: list[float | None] = [0.4, 0.3, 0.2, 0.5, 0.1, 0.25]


def percent(record: Record, *controls: Record, decimals: int | None = None) -> dict[str, float | None]:
    return improvement(record, controls, decimals=decimals).percent


def test_every_definition_by_hand() -> None:
    assert percent(record_of(LOSSES)) == {
        "worst_to_best": pytest.approx(80),
        "worst_to_best_evaluated": pytest.approx(80),
        "first_mean_to_best": pytest.approx(100 * (0.35 - 0.1) / 0.35),
        "first_median_to_best": pytest.approx(100 * (0.35 - 0.1) / 0.35),
        "first_best_to_best": pytest.approx(50),
        "default_to_best": None,
        "random_to_ga": None,
    }


def test_the_published_best_counts_where_the_source_names_one() -> None:
    published = EvaluationSummary(evaluation=5, hyperparameters={}, val_loss=0.25)
    values = percent(record_of(LOSSES, published_best=published))
    assert values["worst_to_best"] == pytest.approx(50)
    assert values["worst_to_best_evaluated"] == pytest.approx(80)


def test_losses_are_rounded_first_if_asked() -> None:
    record = record_of([0.33333, 0.11111])
    assert percent(record, decimals=1)["worst_to_best"] == pytest.approx(100 * (0.3 - 0.1) / 0.3)
    assert percent(record_of([0.04, 0.01]), decimals=1)["worst_to_best"] is None


def test_the_search_is_judged_without_the_baseline() -> None:
    record = small_record()
    searched = record.evaluations[record.evaluations["origin"] != "default"]["val_loss"]
    values = percent(record)
    assert values["worst_to_best"] == pytest.approx(100 * (searched.max() - searched.min()) / searched.max())
    assert values["default_to_best"] == 0
    better = small_record(strategy="random", seed=2)
    assert percent(better)["default_to_best"] == pytest.approx(5.799173887583789)


def test_random_to_ga_needs_a_comparable_control() -> None:
    record = small_record(seed=1)
    controls = [small_record(strategy="random", seed=seed) for seed in (1, 2)]
    best = record.evaluations[record.evaluations["origin"] != "default"]["val_loss"].min()
    random_best = controls[0].evaluations.query("origin != 'default'")["val_loss"].min()
    assert percent(record, *controls)["random_to_ga"] == pytest.approx(100 * (random_best - best) / random_best)
    assert percent(record, controls[1])["random_to_ga"] is not None
    assert percent(record, small_record("LGBM", strategy="random"))["random_to_ga"] is None
    assert percent(record, small_record(strategy="random", split=1))["random_to_ga"] is None
    assert percent(controls[0], *controls)["random_to_ga"] is None


def test_degenerate_runs_count_as_zero_and_are_left_out() -> None:
    runs = improvements([record_of(LOSSES), record_of([0.5] * 4), small_record(degenerate=True)])
    assert [run.degenerate for run in runs] == [False, True, True]
    assert runs[1].percent["worst_to_best"] == runs[2].percent["worst_to_best"] == 0
    everything, living = aggregates(runs), aggregates(runs, with_degenerate=False)
    assert everything["worst_to_best"].mean == pytest.approx(80 / 3)
    assert everything["worst_to_best"].runs == 3
    assert living["worst_to_best"].mean == pytest.approx(80)
    assert set(everything) == set(DEFINITIONS)


def test_the_log_stands_in_for_a_first_generation_that_lost_rows() -> None:
    log = log_of((16, 0.9, 0.1, 0.15, 1.0))
    values = percent(record_of(LOSSES, log=log))
    assert values["first_mean_to_best"] == pytest.approx(100 * (0.9 - 0.1) / 0.9)
    assert values["first_best_to_best"] == pytest.approx(100 * (0.15 - 0.1) / 0.15)
    assert values["first_median_to_best"] is None


def test_a_run_without_results_has_no_improvement() -> None:
    record = small_record(failures=dict.fromkeys(range(9), Status.FAILED))
    assert set(percent(record).values()) == {None}


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=30))
def test_the_interval_holds_the_mean_and_never_changes(values: list[float]) -> None:
    found = aggregate(values)
    assert found == aggregate(values)
    assert found.low is not None
    assert found.mean is not None
    assert found.high is not None
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


def test_nothing_has_no_mean() -> None:
    assert aggregate([]).mean is None


@settings(max_examples=20)
@given(st.lists(st.floats(1e-6, 10), min_size=1, max_size=12))
def test_improvement_lies_between_nothing_and_everything(losses: list[float]) -> None:
    values = percent(record_of(list(losses)))
    for name in ("worst_to_best", "first_mean_to_best", "first_best_to_best"):
        value = values[name]
        assert value is not None
        assert -1e-9 <= value <= 100
    assert values["first_best_to_best"] <= values["first_mean_to_best"] + 1e-9 <= values["worst_to_best"] + 2e-9  # type: ignore[operator]
