"""Leaders trained again: who they are, who wins, what is announced, and that it is not luck."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from statistics import fmean, stdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hpo.archive.optimum import optimum_of
from hpo.archive.tables import axis_types, table_of
from hpo.errors import BadConfiguration
from hpo.evaluation import Candidate, Evaluation, Hyperparameters, Origin, Outcome, Status
from hpo.search import Search, make_search, make_search_from, replay, resolve_settings
from hpo.search.settings import check_complete
from hpo.sizes import SIZES, Size
from tests.search.problems import BASELINE, drive, drive_parallel, failed, measured, mixed_space, ok, space_of

SIZE = Size("own", 8, 3)
"""Eight evaluations, four, and four less those that train leaders again."""

LINE = space_of({"name": "x", "type": "float", "lower": -1.0, "upper": 1.0})


def search_of(leaders: int, replicates: int, confirmations: int, **changes: Any) -> Search:
    settings: dict[str, Any] = {"LEADERS": leaders, "REPLICATES": replicates, "CONFIRMATIONS": confirmations}
    settings |= {"OFFSPRING_PROPORTION": 1.5} if leaders * replicates + confirmations > 3 else {}
    arguments: dict[str, Any] = {"strategy": "random", "size": SIZE, "seed": 3} | changes
    space = arguments.pop("space", mixed_space())
    return make_search(space, settings=settings | arguments.pop("more", {}), **arguments)


def replicates_in(candidates: list[Candidate]) -> list[Candidate]:
    return [candidate for candidate in candidates if candidate.origin is Origin.REPLICATE]


def ranked(candidates: list[Candidate], outcome_of: Callable[[Candidate], Outcome] = measured) -> list[Candidate]:
    """What the search proper chose, from the best on."""
    searched = [candidate for candidate in candidates if candidate.origin is not Origin.REPLICATE]
    return sorted(searched, key=lambda candidate: outcome_of(candidate).loss or math.inf)


def test_the_leaders_are_trained_again_and_the_winner_once_more() -> None:
    search = search_of(3, 2, 4)
    candidates = drive(search)
    first, second, third = (leader.evaluation for leader in ranked(candidates)[:3])
    again = replicates_in(candidates)
    assert [replicate.parents for replicate in again] == [
        *[(first,)] * 2, *[(second,)] * 2, *[(third,)] * 2, *[(first,)] * 4,
    ]  # fmt: skip
    assert all(candidates[one.parents[0]].hyperparameters == one.hyperparameters for one in again)
    assert search.announced == candidates[first]
    assert search.best == (candidates[first], measured(candidates[first]))


def test_every_training_of_a_point_has_a_seed_of_its_own() -> None:
    candidates = drive(search_of(3, 2, 4))
    assert len({candidate.seed for candidate in candidates}) == len(candidates)


@pytest.mark.parametrize("strategy", ["ga", "random"])
@pytest.mark.parametrize("size", [SIZES["SMALL"], SIZES["MEDIUM"], Size("own", 6, 3)], ids=["SMALL", "MEDIUM", "own"])
def test_the_budget_stays_that_of_the_size(strategy: str, size: Size) -> None:
    search = make_search(mixed_space(), strategy=strategy, size=size, seed=1, baseline=BASELINE)
    candidates = drive(search)
    assert [candidate.evaluation for candidate in candidates] == list(range(size.evaluations(0.5, baseline=True)))
    assert search.budget == len(candidates)
    assert {one.generation for one in replicates_in(candidates)} == {size.generations - 1}
    assert any(one.generation == size.generations - 1 for one in ranked(candidates))


@pytest.mark.parametrize("more", [{}, {"GA_STRATEGY": "steady_state"}], ids=["generations", "steady_state"])
def test_the_search_before_is_the_one_without(more: dict[str, Any]) -> None:
    """Only its last evaluations are missing."""
    arguments = {"strategy": "ga", "more": more, "baseline": BASELINE}
    with_leaders, without = drive(search_of(0, 0, 2, **arguments)), drive(search_of(0, 0, 0, **arguments))
    assert with_leaders[:-2] == without[:-2]
    assert len(with_leaders) == len(without)


def test_a_lucky_draw_is_found_out() -> None:
    """Evaluation 2 looks best of all, but only once."""

    def lucky(candidate: Candidate) -> Outcome:
        return ok(-100.0) if candidate.evaluation == 2 else measured(candidate)

    search = search_of(2, 2, 3)
    candidates = drive(search, lambda one: ok(1e6) if one.parents == (2,) else lucky(one))
    winner = ranked(candidates, lucky)[1]
    assert search.best is not None
    assert search.best[0].evaluation == 2
    assert search.announced == winner
    assert {one.parents for one in candidates[-3:]} == {(winner.evaluation,)}


def test_a_leader_that_fails_again_ranks_behind_and_gets_no_loss() -> None:
    search = search_of(2, 2, 1)
    best, second = ranked(drive(search_of(2, 2, 1)))[:2]

    def outcome(candidate: Candidate) -> Outcome:
        trained_again = candidate.parents == (best.evaluation,)
        return failed(Status.OOM) if trained_again and candidate.evaluation % 2 else measured(candidate)

    drive(search, outcome)
    assert search.announced == second


def test_a_winner_that_always_fails_is_not_announced() -> None:
    search = search_of(0, 0, 3)
    candidates = drive(search, lambda one: failed() if one.origin is Origin.REPLICATE else measured(one))
    best = ranked(candidates)[0]
    assert search.announced == best
    assert f"Evaluation {best.evaluation} was the best of the leaders, but failed whenever" in search.notes[-1]
    table = table_of([Evaluation(one, measured(one)) for one in candidates[:-3]], axis_types(mixed_space()))
    assert optimum_of(table, {}) is None


def test_where_nothing_succeeds_nobody_is_trained_again() -> None:
    search = search_of(2, 2, 1)
    candidates = drive(search, lambda _: failed(Status.CRASHED))
    assert not replicates_in(candidates)
    assert search.budget == len(candidates)
    assert search.notes == ("No evaluation ended ok, so there was no leader to train again.",)


def test_what_a_single_leader_leaves_goes_to_the_confirmation() -> None:
    search = search_of(2, 2, 3)
    candidates = drive(search, lambda one: measured(one) if one.evaluation in (3, 10_000) or one.parents else failed())
    assert [one.parents for one in replicates_in(candidates)] == [(3,)] * 7
    assert len(candidates) == search.budget


def test_a_point_leads_once() -> None:
    """The published behaviour trains a repeated point again."""
    search = search_of(3, 1, 1, strategy="ga", preset="supervisor", more={"DUPLICATES": "retrain"}, space=space_of(
        {"name": "x", "type": "int", "lower": 0, "upper": 3}
    ))  # fmt: skip
    again = replicates_in(drive(search, lambda one: ok(float(one.hyperparameters["x"]))))
    assert sorted(int(one.hyperparameters["x"]) for one in again[:3]) == [0, 1, 2]


@pytest.mark.parametrize(
    "more", [{"BROOD": 0}, {"GA_STRATEGY": "steady_state", "WINDOW": 3}], ids=["generations", "steady"]
)
@hypothesis_settings(max_examples=15)
@given(known=st.integers(0, 26), workers=st.integers(1, 5), order=st.randoms(use_true_random=False))
def test_a_search_goes_on_from_any_part_of_its_results(
    known: int, workers: int, order: random.Random, more: dict[str, Any]
) -> None:
    def fresh() -> Search:
        return search_of(2, 2, 2, strategy="ga", more=more | {"OFFSPRING_PROPORTION": 1.0})

    expected = drive(fresh())
    assert drive_parallel(fresh(), workers, order, measured) == expected
    again = fresh()
    told = {one.evaluation: one for one in expected[:known]}
    pending = replay(again, told, {number: measured(one) for number, one in told.items()})
    rest = []
    while (candidate := pending.pop(0) if pending else again.ask()) is not None:
        again.tell(candidate.evaluation, measured(candidate))
        rest.append(candidate)
    assert again.finished
    assert [*expected[:known], *rest] == expected


def test_an_outcome_is_told_once() -> None:
    search = search_of(0, 0, 2)
    while (candidate := search.ask()) is not None and candidate.origin is not Origin.REPLICATE:
        search.tell(candidate.evaluation, measured(candidate))
    assert candidate is not None
    assert search.outstanding == (candidate,)
    with pytest.raises(ValueError, match="interrupted is no result; run it again instead"):
        search.tell(candidate.evaluation, Outcome(Status.INTERRUPTED))
    search.tell(candidate.evaluation, ok(1.0))
    with pytest.raises(ValueError, match=f"evaluation {candidate.evaluation} was told before"):
        search.tell(candidate.evaluation, ok(1.0))
    with pytest.raises(ValueError, match="evaluation 0 was told before"):
        search.tell(0, ok(1.0))


def truth(point: Hyperparameters) -> float:
    return 1.0 + float(point["x"]) ** 2


def noisy(point: Hyperparameters, seed: int) -> float:
    return truth(point) + random.Random(seed).gauss(0.0, 0.2)


def test_the_announced_loss_is_unbiased_and_the_lowest_is_not() -> None:
    """Mean over many searches of (what is claimed - the true loss of that point), in standard errors."""
    announced, lowest = [], []
    for seed in range(300):
        search = search_of(3, 1, 2, space=LINE, size=Size("own", 12, 2), seed=seed)
        losses: list[float] = []

        def outcome(candidate: Candidate, losses: list[float] = losses) -> Outcome:
            losses.append(noisy(candidate.hyperparameters, candidate.seed))
            return ok(losses[-1])

        candidates = drive(search, outcome)
        assert search.announced is not None
        assert {one.parents for one in candidates[-2:]} == {(search.announced.evaluation,)}
        announced.append(fmean(losses[-2:]) - truth(search.announced.hyperparameters))
        assert search.best is not None
        lowest.append(min(losses[:-5]) - truth(search.best[0].hyperparameters))
    assert abs(fmean(announced)) < 2.5 * stdev(announced) / math.sqrt(len(announced))
    assert fmean(lowest) < -10 * stdev(lowest) / math.sqrt(len(lowest))


def test_records_from_before_replay_as_they_were() -> None:
    settings = resolve_settings("ga", SIZE, settings={"CONFIRMATIONS": 0})
    old = {name: value for name, value in settings.items() if name not in ("LEADERS", "REPLICATES", "CONFIRMATIONS")}
    assert check_complete(old) == settings
    assert drive(make_search_from(mixed_space(), 3, old)) == drive(search_of(0, 0, 0, strategy="ga"))


@pytest.mark.parametrize(
    ("size", "given", "expected"),
    [
        ("SMALL", {}, (0, 0, 1)),
        ("LARGE", {}, (5, 2, 5)),
        ("XL", {}, (10, 5, 10)),
        ("MEDIUM", {"LEADERS": 0}, (0, 0, 2)),
        ("MEDIUM", {"CONFIRMATIONS": 0}, (0, 0, 0)),
        ("MEDIUM", {"LEADERS": 5}, (5, 1, 2)),
        ("SMALL", {"OFFSPRING_PROPORTION": 1.0, "REPLICATES": 1}, (2, 1, 1)),
    ],
)
def test_settings_that_are_not_given_fit_those_that_are(
    size: str, given: dict[str, Any], expected: tuple[int, ...]
) -> None:
    settings = resolve_settings("random", SIZES[size], settings=given)
    assert tuple(settings[name] for name in ("LEADERS", "REPLICATES", "CONFIRMATIONS")) == expected


def test_a_search_without_a_second_generation_or_room_confirms_nothing() -> None:
    for size in (Size("own", 40, 1), Size("own", 2, 9)):
        assert resolve_settings("random", size)["CONFIRMATIONS"] == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"LEADERS": 2, "REPLICATES": 0}, "settings LEADERS and REPLICATES: must both be 0 or both be more"),
        ({"LEADERS": 1}, "setting LEADERS: must be 0, or at least 2 to compare, got 1"),
        ({"LEADERS": 2, "CONFIRMATIONS": 0}, "setting CONFIRMATIONS: must be at least 1 where leaders are trained"),
        ({"CONFIRMATIONS": 8}, r"must be at most 7, since the last generation makes room .* got 0 \* 0 \+ 8 = 8"),
        ({"REPLICATES": -1}, "setting REPLICATES: must be an integer from 0"),
    ],
)
def test_settings_that_contradict_each_other(given: dict[str, Any], message: str) -> None:
    with pytest.raises(BadConfiguration, match=message):
        resolve_settings("ga", SIZES["MEDIUM"], settings=({"LEADERS": 0} if "CONFIRMATIONS" in given else {}) | given)
