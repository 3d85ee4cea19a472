"""``steady_state``: what an evaluation may know, how many are under way, and how they are counted."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hpo.errors import BadConfiguration, Drift
from hpo.evaluation import Candidate, Origin, Outcome, Status
from hpo.search import Search, make_search_from, most_under_way, replay, resolve_settings
from hpo.sizes import SIZES, Size
from tests.search.problems import BASELINE, PROPER, drive, failed, genetic, measured, mixed_space, ok

SIZE = Size("own", 6, 5)

few = hypothesis_settings(max_examples=40)


def steady(window: int = 5, size: Size = SIZE, **settings: Any) -> Search:
    return genetic(size=size, GA_STRATEGY="steady_state", WINDOW=window, **settings)


@few
@given(changed=st.integers(0, 18), window=st.integers(2, 12), seed=st.integers(0, 50))
def test_an_outcome_reaches_evaluations_from_a_window_on_only(changed: int, window: int, seed: int) -> None:
    def other(candidate: Candidate) -> Outcome:
        return ok(-1.0) if candidate.evaluation == changed else measured(candidate)

    before, after = drive(steady(window, seed=seed)), drive(steady(window, seed=seed), other)
    assert before[: changed + window] == after[: changed + window]


def test_an_outcome_does_reach_them() -> None:
    """The best of all breeds at once."""
    found = drive(steady(4), lambda candidate: ok(-1.0) if candidate.evaluation == 7 else measured(candidate))
    assert 7 in {parent for candidate in found[11:] for parent in candidate.parents}
    assert 7 not in {parent for candidate in drive(steady(4))[:11] for parent in candidate.parents}


@pytest.mark.parametrize("window", [2, 5, 9, 40])
def test_as_many_are_under_way_as_the_window_allows(window: int) -> None:
    """The first is never answered: evaluations up to the window's end are asked for, and none beyond it."""
    search = steady(window)
    while (candidate := search.ask()) is not None:
        if candidate.evaluation:
            search.tell(candidate.evaluation, measured(candidate))
    assert [waiting.evaluation for waiting in search.outstanding] == [0]
    search.tell(0, ok(1.0))
    first = search.ask()
    asked = first.evaluation if first is not None else search.budget
    assert asked == min(max(window, SIZE.population), search.budget)


def test_generations_are_counted_as_those_of_the_size() -> None:
    candidates = drive(steady(baseline=BASELINE))
    assert candidates[0].origin is Origin.DEFAULT
    assert [candidate.generation for candidate in candidates] == [0] * 7 + [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3
    assert {candidate.origin for candidate in candidates[1:7]} == {Origin.INITIAL}


def test_the_first_generation_is_that_of_other_strategies() -> None:
    assert drive(steady(baseline=BASELINE))[:7] == drive(genetic(size=SIZE, baseline=BASELINE))[:7]


def test_only_successes_are_parents() -> None:
    def outcome(candidate: Candidate) -> Outcome:
        return measured(candidate) if candidate.evaluation % 3 else failed()

    parents = {parent for candidate in drive(steady(), outcome) for parent in candidate.parents}
    assert parents
    assert all(parent % 3 for parent in parents)


def test_where_nothing_succeeds_immigrants_go_on() -> None:
    candidates = drive(steady(), lambda _: failed(Status.CRASHED))
    assert len(candidates) == 18
    assert {candidate.origin for candidate in candidates[6:]} == {Origin.RANDOM}


def test_the_log_has_a_row_a_generation() -> None:
    search: Any = steady(baseline=BASELINE)
    drive(search, lambda candidate: failed() if candidate.evaluation in (2, 8) else measured(candidate))
    assert search.logbook.select("gen", "nevals", "failed") == ([0, 1, 2, 3, 4], [7, 3, 3, 3, 3], [1, 1, 0, 0, 0])
    assert all(row["min"] <= row["avg"] <= row["max"] for row in search.logbook)


@few
@given(known=st.integers(0, 18), order=st.randoms(use_true_random=False))
def test_a_search_goes_on_from_any_part_of_its_results(known: int, order: random.Random) -> None:
    """Results arrive in any order that workers can produce; after a stop the rest is the same."""
    expected = drive(steady())
    search = steady()
    running: list[Candidate] = []
    told: list[Candidate] = []
    while len(told) < known:
        while len(running) < 4 and (candidate := search.ask()) is not None:
            running.append(candidate)
        done = running.pop(order.randrange(len(running)))
        search.tell(done.evaluation, measured(done))
        told.append(done)
    again = steady()
    pending = replay(
        again, {item.evaluation: item for item in told}, {item.evaluation: measured(item) for item in told}
    )
    rest = []
    while (next_ := pending.pop(0) if pending else again.ask()) is not None:
        again.tell(next_.evaluation, measured(next_))
        rest.append(next_)
    assert again.finished
    assert sorted([*told, *rest], key=lambda item: item.evaluation) == expected


def test_a_result_from_beyond_the_window_is_drift() -> None:
    candidates = drive(steady())
    kept = {item.evaluation: item for item in candidates if item.evaluation != 0}
    with pytest.raises(Drift, match="evaluation 6 is recorded, but the search doesn't ask for it"):
        replay(steady(), kept, {number: measured(item) for number, item in kept.items()})


def test_recorded_settings_make_the_same_search() -> None:
    settings = resolve_settings("ga", SIZES["LARGE"], settings=PROPER | {"GA_STRATEGY": "steady_state"})
    assert settings["WINDOW"] == 40
    assert resolve_settings("ga", SIZES["SMALL"], settings={"GA_STRATEGY": "steady_state"})["WINDOW"] == 4
    search = make_search_from(mixed_space(), 1, settings)
    assert len({repr(candidate.hyperparameters) for candidate in drive(search)}) == search.budget == 440


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"WINDOW": 9}, "setting WINDOW: has a meaning for GA_STRATEGY steady_state only, not for mu_plus_lambda"),
        ({"GA_STRATEGY": "steady_state", "WINDOW": 1}, "setting WINDOW: must be "),
        (
            {"GA_STRATEGY": "steady_state", "DUPLICATES": "reuse"},
            "setting DUPLICATES: must be replace with GA_STRATEGY steady_state, where every child is an evaluation",
        ),
        (
            {"GA_STRATEGY": "steady_state", "STREAM": "single"},
            "setting STREAM: must be by_generation with GA_STRATEGY steady_state",
        ),
        ({"GA_STRATEGY": "steady_state", "MUT_PROB": 0.9}, "settings MUT_PROB and CX_PROB: must sum to at most 1"),
    ],
)
def test_wrong_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(BadConfiguration, match=message):
        resolve_settings("ga", SIZES["SMALL"], settings=settings)


@pytest.mark.parametrize(
    ("strategy", "settings", "most"),
    [
        ("ga", {}, 8),
        ("ga", {"GA_STRATEGY": "simple"}, 16),
        ("ga", {"GA_STRATEGY": "steady_state", "WINDOW": 12}, 12),
        ("random", {}, None),
    ],
)
def test_how_many_evaluations_can_be_under_way(strategy: str, settings: dict[str, Any], most: int | None) -> None:
    assert most_under_way(resolve_settings(strategy, SIZES["MEDIUM"], settings=settings)) == most
