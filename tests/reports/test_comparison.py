"""What stands against what, and what must not."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.archive.schema import Protocol, Release
from hpo.evaluation import Status
from reports.analysis.comparison import (
    best_searched,
    contests,
    effect,
    free_controls,
    size_steps,
    standings,
    tuned,
)
from reports.analysis.control import pool_for, pools, random_draws, running_best
from reports.analysis.searched import searched
from tests.archive.builders import improve_record, small_record

LOSSES = st.floats(1e-4, 10.0)
OTHER_PROTOCOL = Protocol(name="auc-mse", version=2, target="auc", metric="mse", selection="best validation epoch")


@given(st.lists(st.tuples(LOSSES, LOSSES), min_size=1, max_size=12))
def test_an_effect_is_a_gain_between_its_ends(pairs):
    found = effect(pairs)
    ratios = [end / start for start, end in pairs]
    assert found.gain == pytest.approx(1 - math.prod(ratios) ** (1 / len(ratios)), abs=1e-9)
    assert 0 <= found.wins <= found.pairs == len(pairs)
    if found.low is not None:
        assert found.low <= found.gain <= found.high <= 1


@given(st.lists(st.tuples(st.floats(0.8, 1.2), st.floats(0.8, 1.2)), min_size=3, max_size=8))
def test_the_other_way_round_the_effect_turns(pairs):
    there, back = effect(pairs), effect([(end, start) for start, end in pairs])
    assert (1 - there.gain) * (1 - back.gain) == pytest.approx(1)
    assert (1 - there.low) * (1 - back.high) == pytest.approx(1)


def test_the_interval_is_students():
    # scipy.stats.ttest_1samp of the logarithms 0.1, 0.2, 0.3 gives the interval -0.0484 to 0.4484.
    found = effect([(math.exp(0.1), 1.0), (math.exp(0.2), 1.0), (math.exp(0.3), 1.0)])
    assert found.low == pytest.approx(1 - math.exp(0.04841), abs=1e-4)
    assert found.high == pytest.approx(1 - math.exp(-0.44841), abs=1e-4)
    assert found.size == pytest.approx(2.0)


def test_one_pair_has_no_interval():
    found = effect([(2.0, 1.0)])
    assert (found.gain, found.low, found.high, found.size) == (0.5, None, None, None)


@pytest.mark.parametrize("pairs", [[], [(0.0, 1.0)], [(1.0, math.inf)]])
def test_an_effect_needs_positive_losses(pairs):
    with pytest.raises(ValueError, match="positive losses"):
        effect(pairs)


def test_strategies_are_paired_by_seed():
    records = [small_record(seed=seed) for seed in (1, 2, 3)]
    records += [small_record(strategy="random", seed=seed) for seed in (2, 3, 4)]
    (contest,) = contests(records)
    assert contest.paired == (2, 3)
    assert contest.unpaired == 2
    expected = effect([(best_searched(records[i + 2]), best_searched(records[i])) for i in (1, 2)])
    assert contest.effect == expected


@pytest.mark.parametrize(
    "change",
    [
        {"size": "MEDIUM"},
        {"dataset": "DEMO-B"},
        {"release": Release(name="demo-2", digest="d" * 64)},
        {"split": 3},
        {"protocol": OTHER_PROTOCOL},
        {"fixed": {"epochs": 6}},
    ],
)
def test_what_differs_in_conditions_is_no_contest(change):
    assert contests([small_record(seed=1), small_record(strategy="random", seed=1, **change)]) == []


def test_different_spaces_are_no_contest():
    narrow = [{"name": "learning_rate", "type": "float", "lower": 1e-5, "upper": 1e-2, "use_log_scale": True}]
    other = small_record(strategy="random", space=[*narrow, *small_record().space.to_json()[1:]])
    assert contests([small_record(), other]) == []


def test_a_dead_search_is_no_pair():
    records = [small_record(seed=1, degenerate=True), small_record(strategy="random", seed=1)]
    (contest,) = contests(records)
    assert (contest.paired, contest.unpaired, contest.effect) == ((), 2, None)


def test_published_first_generations_are_random_draws():
    record = improve_record()
    assert list(random_draws(record)) == searched(record)["val_loss"].head(16).tolist()


def test_a_spread_first_generation_is_no_random_draw():
    assert random_draws(small_record()) == ()
    assert len(random_draws(small_record(settings={"INITIAL": "uniform"}))) == 4
    assert len(random_draws(small_record(strategy="random"))) == 8


def test_a_failed_draw_is_a_draw():
    record = small_record(strategy="random", failures={3: Status.FAILED})
    assert random_draws(record).count(math.inf) == 1


def test_incomplete_tables_give_no_draws():
    complete = improve_record()
    counts = complete.run.counts.model_copy(update={"planned": 50})
    assert random_draws(improve_record(counts=counts)) == ()


def test_a_run_is_held_against_draws_of_others_where_they_suffice():
    small, large = improve_record(size="SMALL"), improve_record(size="MEDIUM", seed=2)
    available = pools([small, large])
    assert pool_for(small, available).runs == (large.key,)
    assert set(pool_for(large, available).runs) == {small.key, large.key}


def test_a_free_control_says_how_many_draws_it_has():
    small, large = improve_record(size="SMALL"), improve_record(size="MEDIUM", seed=2)
    first, second = free_controls([small, large])
    assert (first.budget, first.draws, first.bounded) == (8, 8, False)
    assert first.low <= first.expected <= first.high
    assert (second.budget, second.draws, second.bounded) == (40, 20, True)
    assert (second.low, second.high) == (None, None)
    assert 0 <= first.chance <= 1


def test_runs_on_unknown_data_are_held_against_nothing():
    unknown = Release(name="unknown")
    records = [improve_record(release=unknown), improve_record(size="SMALL", release=unknown)]
    assert free_controls(records) == []
    assert size_steps(records) == []
    assert standings([improve_record(release=unknown), improve_record("HiDRA", release=unknown)]) == []


def test_sizes_are_compared_with_the_next_larger_one():
    records = [improve_record(size=size, seed=seed) for seed, size in enumerate(("SMALL", "MEDIUM", "LARGE"))]
    steps = size_steps(records)
    assert [(step.start.size, step.end.size) for step in steps] == [("SMALL", "MEDIUM"), ("MEDIUM", "LARGE")]
    for step in steps:
        assert step.gain == pytest.approx((step.losses[0] - step.losses[1]) / step.losses[0])
        assert step.beyond_noise == (abs(step.gain) > step.noise)


def test_models_stand_together_only_under_one_protocol():
    log = Protocol(name="log", version=1, target="log10(auc + 0.01)", metric="mse", selection="unknown")
    records = [improve_record("IGTD"), improve_record("HiDRA", seed=2), improve_record("PathDSP", protocol=log)]
    (group,) = standings(records)
    assert {standing.run.model for standing in group} == {"IGTD", "HiDRA"}
    assert group[0].above == 0
    assert group[0].tied
    assert group[1].above >= 0


def test_a_default_is_held_against_the_search_alone():
    record = small_record(size="MEDIUM")
    (found,) = tuned([record])
    default = record.evaluations["val_loss"].iloc[0]
    assert found.step.losses == (default, best_searched(record))
    losses = record.evaluations["val_loss"].iloc[1:]
    assert found.better_than == pytest.approx((losses > default).mean())
    assert tuned([improve_record()]) == []


def test_the_running_best_falls_to_the_best():
    record = small_record(size="MEDIUM", failures={1: Status.FAILED})
    best = running_best(record)
    assert math.isnan(best[0])
    assert best[-1] == best_searched(record)
    assert all(later <= earlier for earlier, later in pairwise(best[1:]))
