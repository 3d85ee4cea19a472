"""What searches cost; unknown stays unknown."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.archive.schema import Cost as RecordedCost
from hpo.evaluation import Status
from reports.analysis.cost import barrier_idle, cost, cost_so_far, cost_table, costs, makespan, repeats
from reports.analysis.improvement import improvements_by_key
from tests.archive.builders import improve_record, small_record

GROUPS = st.lists(st.lists(st.floats(0.0, 1e4), max_size=8), max_size=5)


def cost_of(record):
    return cost(record, improvements_by_key([record])[record.key])


@given(GROUPS, st.integers(1, 12))
def test_idle_is_a_share(groups, workers):
    idle = barrier_idle(groups, workers)
    assert (idle is None) == (math.fsum(seconds for group in groups for seconds in group) == 0)
    assert idle is None or 0 <= idle < 1


@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=10))
def test_one_worker_never_waits(seconds):
    assert barrier_idle([seconds], 1) == pytest.approx(0, abs=1e-9)


@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=10), st.integers(1, 6))
def test_a_schedule_ends_between_its_bounds(seconds, workers):
    end = makespan(seconds, workers)
    assert end >= max(seconds) - 1e-9
    assert end >= sum(seconds) / workers - 1e-9
    assert end <= sum(seconds) / workers + max(seconds) + 1e-9


def test_waiting_for_a_generation_is_idle():
    # Two workers: 3 and 1 seconds, then 2 and 2; of 10 worker seconds 8 are busy.
    assert barrier_idle([[3.0, 1.0], [2.0, 2.0]], 2) == pytest.approx(0.2)


@pytest.mark.parametrize(("groups", "workers"), [([[1.0]], 0), ([[-1.0]], 1), ([[math.nan]], 1)])
def test_impossible_times_are_refused(groups, workers):
    with pytest.raises(ValueError, match=r"workers|seconds"):
        barrier_idle(groups, workers)


def test_recorded_costs_are_taken_as_they_are():
    found = cost_of(small_record())
    assert found.busy == 900.0
    assert found.idle == pytest.approx(0.25)
    assert found.percent_of == "default_to_best"


def test_times_add_up_where_the_record_has_no_sum():
    record = improve_record()
    found = cost_of(record)
    assert found.busy == pytest.approx(record.evaluations["walltime"].sum())
    assert found.idle is None
    assert found.idle_by_barrier is None  # workers are unknown
    assert found.percent_of == "first_median_to_best"


def test_waiting_follows_from_workers_and_times():
    record = improve_record(cost=RecordedCost(workers=16))
    found = cost_of(record)
    # Equal times: 16, then three generations of 8 on 16 workers.
    assert found.idle_by_barrier == pytest.approx(1 - 40 / 64)


def test_nobody_waits_in_a_search_without_generations():
    steady = small_record(settings={"GA_STRATEGY": "steady_state"})
    assert cost_of(steady).idle_by_barrier is None
    assert cost_of(small_record()).idle_by_barrier is not None


def test_unknown_times_stay_unknown():
    record = improve_record()
    record.evaluations.loc[3, "walltime"] = math.nan
    found = cost_of(record)
    assert (found.busy, found.repeat_seconds, found.idle_by_barrier) == (None, None, None)
    assert found.timed == 39
    assert found.seconds_per_percent is None
    assert cost_so_far(record).empty


def test_nothing_gained_has_no_price():
    found = cost_of(improve_record(degenerate=True))
    assert found.percent == 0
    assert found.seconds_per_percent is None


def test_repeats_are_counted_once_each():
    record = improve_record()
    for name in record.axes:
        record.evaluations.loc[5, name] = record.evaluations.loc[2, name]
        record.evaluations.loc[9, name] = record.evaluations.loc[2, name]
    assert [number for number, repeated in enumerate(repeats(record)) if repeated] == [5, 9]
    assert cost_of(record).repeats == 2


def test_hours_add_up_while_the_best_falls():
    record = improve_record()
    table = cost_so_far(record)
    assert table["hours"].iloc[-1] == pytest.approx(record.evaluations["walltime"].sum() / 3600)
    assert table["hours"].is_monotonic_increasing
    assert table["best"].is_monotonic_decreasing


def test_the_table_has_a_row_a_run():
    records = [small_record(failures={2: Status.FAILED}), improve_record()]
    table = cost_table(costs(records, improvements_by_key(records)))
    assert table["key"].tolist() == [record.key for record in records]
    assert table["worker_seconds"].tolist() == [1200.0, None]


def test_a_table_with_gaps_has_no_total():
    record = improve_record(counts=improve_record().run.counts.model_copy(update={"planned": 50}))
    found = cost_of(record)
    assert (found.busy, found.repeat_seconds, found.idle_by_barrier) == (None, None, None)
