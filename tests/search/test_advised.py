"""``tpe`` and ``cmaes``: what a sampler of Optuna may know, how it is asked, and that nothing else decides."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import replace
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hpo.errors import Drift
from hpo.evaluation import Candidate, Origin, Outcome, Status, Value
from hpo.search import Search, make_search, make_search_from, most_under_way, replay, resolve_settings
from hpo.search.streams import evaluation_seed
from hpo.sizes import SIZES, Size
from hpo.space import Space
from tests.search.problems import (
    ACTIVATION,
    BASELINE,
    BATCH,
    CONSTANT,
    DROPOUT,
    LAYERS,
    MIXED,
    RATE,
    drive,
    drive_parallel,
    failed,
    loss_of,
    measured,
    mixed_space,
    ok,
    space_of,
)
from tests.search.test_determinism import number_of_points, outcome_patterns, refuse, some_trouble, spaces

pytest.importorskip("optuna", reason="the extra optuna is not installed")
pytest.importorskip("cmaes", reason="the extra optuna is not installed")

SIZE = Size("own", 6, 5)
PLAIN: dict[str, Value] = {"LEADERS": 0, "REPLICATES": 0, "CONFIRMATIONS": 0}
"""No leader is trained again."""

both = pytest.mark.parametrize("strategy", ["tpe", "cmaes"])


def advised(strategy: str, window: int = 4, size: Size = SIZE, seed: int = 1, **more: Any) -> Search:
    space, baseline, settings = (
        more.pop("space", mixed_space()),
        more.pop("baseline", None),
        {"WINDOW": window, **PLAIN, **more},
    )
    return make_search(space, strategy=strategy, size=size, seed=seed, settings=settings, baseline=baseline)


@both
@pytest.mark.parametrize("workers", [2, 7])
def test_any_number_of_workers_and_any_order_give_the_same_search(strategy: str, workers: int) -> None:
    alone = advised(strategy, baseline=BASELINE)
    expected = drive(alone, some_trouble)
    for order in range(3):
        parallel = advised(strategy, baseline=BASELINE)
        assert drive_parallel(parallel, workers, random.Random(order), some_trouble) == expected
        assert parallel.best == alone.best


@both
@pytest.mark.parametrize("changed", [0, 5, 11])
def test_an_outcome_reaches_evaluations_from_a_window_on_only(strategy: str, changed: int) -> None:
    def other(candidate: Candidate) -> Outcome:
        return ok(-100.0) if candidate.evaluation == changed else measured(candidate)

    before, after = drive(advised(strategy)), drive(advised(strategy), other)
    assert before[: changed + 4] == after[: changed + 4]


@both
def test_an_outcome_does_reach_them(strategy: str) -> None:
    size = Size("own", 6, 9)
    before = drive(advised(strategy, 2, size))
    after = drive(advised(strategy, 2, size), lambda candidate: ok(-loss_of(candidate.hyperparameters)))
    assert before[:2] == after[:2]
    assert before[15:] != after[15:]


@both
def test_as_many_are_under_way_as_the_window_allows(strategy: str) -> None:
    search = advised(strategy, 5)
    asked = 0
    while search.ask() is not None:
        asked += 1
    assert asked == 5
    assert most_under_way(resolve_settings(strategy, SIZES["LARGE"])) == 40
    assert most_under_way(resolve_settings(strategy, SIZES["SMALL"])) == 4


@both
def test_generations_are_counted_as_those_of_the_size(strategy: str) -> None:
    candidates = drive(advised(strategy, baseline=BASELINE))
    assert [candidate.generation for candidate in candidates] == [0] * 7 + [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3
    assert (candidates[0].origin, candidates[0].hyperparameters) == (Origin.DEFAULT, BASELINE)


@both
def test_it_says_which_candidates_a_model_proposed(strategy: str) -> None:
    def lost(candidate: Candidate) -> Outcome:
        return failed()

    origins = [candidate.origin for candidate in drive(advised(strategy))]
    assert origins[0] is Origin.RANDOM
    assert origins[-1] is Origin.MODEL
    assert {candidate.origin for candidate in drive(advised(strategy), lost)} == {Origin.RANDOM}


@both
def test_a_search_goes_on_from_any_part_of_its_results(strategy: str) -> None:
    expected = drive(advised(strategy, baseline=BASELINE), some_trouble)
    for known in (0, 3, 9, len(expected) - 1):
        told = expected[:known]
        again = advised(strategy, baseline=BASELINE)
        pending = replay(
            again, {item.evaluation: item for item in told}, {item.evaluation: some_trouble(item) for item in told}
        )
        rest = []
        while (next_ := pending.pop(0) if pending else again.ask()) is not None:
            again.tell(next_.evaluation, some_trouble(next_))
            rest.append(next_)
        assert again.finished
        assert sorted([*told, *rest], key=lambda item: item.evaluation) == expected


def test_drift_says_that_another_version_may_ask_for_others() -> None:
    recorded = {candidate.evaluation: candidate for candidate in drive(advised("cmaes"))}
    recorded[9] = replace(recorded[9], seed=1)
    outcomes = {number: measured(candidate) for number, candidate in recorded.items()}
    with pytest.raises(Drift, match=r"or it was made with other versions than cmaes [0-9.]+ and optuna [0-9.]+, which"):
        replay(advised("cmaes"), recorded, outcomes)


@hypothesis_settings(max_examples=20)
@given(
    space=spaces(),
    strategy=st.sampled_from(["tpe", "cmaes"]),
    size=st.builds(Size, st.just("own"), st.integers(4, 12), st.integers(1, 4)),
    window=st.integers(1, 9),
    seed=st.integers(0, 2**40),
    outcome=outcome_patterns(),
    workers=st.integers(1, 9),
    order=st.randoms(use_true_random=False),
)
def test_laws_of_every_search(
    space: Space,
    strategy: str,
    size: Size,
    window: int,
    seed: int,
    outcome: Callable[[Candidate], Outcome],
    workers: int,
    order: random.Random,
) -> None:
    search = advised(strategy, window, size, seed, space=space)
    candidates = drive_parallel(search, workers, order, outcome)
    keys = [space.key(candidate.hyperparameters) for candidate in candidates]
    assert len(set(keys)) == len(keys), "a point was asked for twice"
    assert all(not space.problems(candidate.hyperparameters) for candidate in candidates)
    assert [candidate.seed for candidate in candidates] == [evaluation_seed(seed, key) for key in keys]
    assert len(candidates) == min(search.budget, number_of_points(space))
    assert any("ended before its budget" in note for note in search.notes) == (len(candidates) < search.budget)


@both
def test_nothing_but_the_search_is_touched(
    strategy: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Global generators, the level of Optuna's log, the streams of the process."""
    make_search(mixed_space(), strategy=strategy, size=SIZE, seed=1)  # imports Optuna, which sets its level once
    level = logging.getLogger("optuna").level
    for module in (random, np.random):
        for name in dir(module):
            function = getattr(module, name)
            if name.islower() and callable(function) and not name.startswith("_"):
                monkeypatch.setattr(module, name, refuse)
    drive(make_search(mixed_space(), strategy=strategy, size=SIZES["MEDIUM"], seed=1), some_trouble)
    assert logging.getLogger("optuna").level == level
    assert capfd.readouterr() == ("", "")


def share_below(candidates: list[Candidate], rate: float) -> float:
    found = [candidate for candidate in candidates if candidate.origin is Origin.MODEL]
    return fmean(float(candidate.hyperparameters["rate"]) < rate for candidate in found)


@both
@pytest.mark.parametrize(
    "trouble", [Outcome(Status.DEGENERATE, 0.01), Outcome(Status.CRASHED, message="signal 11")], ids=str
)
def test_dead_and_failed_evaluations_attract_nobody(strategy: str, trouble: Outcome) -> None:
    """Whatever the loss of a dead network, it ranks behind every living one, and a failed one has none to compare."""

    def outcome(candidate: Candidate) -> Outcome:
        rate = float(candidate.hyperparameters["rate"])
        return trouble if rate < 1e-4 else ok(1.0 + abs(np.log10(rate) + 2.0))

    shares = [
        share_below(drive(advised(strategy, 4, SIZES["MEDIUM"], seed, space=space_of(RATE, LAYERS)), outcome), 1e-4)
        for seed in range(3)
    ]
    assert fmean(shares) < 0.3  # 0.4 of the axis


@both
def test_it_finds_more_than_random_draws(strategy: str) -> None:
    space = space_of(RATE, LAYERS, DROPOUT)

    def bowl(candidate: Candidate) -> Outcome:
        return ok(sum((place - 0.3) ** 2 for place in space.to_unit(candidate.hyperparameters)))

    def best(of: str, seed: int) -> float:
        settings = PLAIN if of == "random" else {**PLAIN, "WINDOW": 2}
        search = make_search(space, strategy=of, size=Size("own", 16, 4), seed=seed, settings=settings)
        drive(search, bowl)
        assert search.best is not None
        return search.best[1].loss or 0.0

    assert sum(best(strategy, seed) < best("random", seed) for seed in range(6)) >= 5


@both
def test_a_log_scale_is_told_to_the_sampler_where_it_is_honoured(strategy: str) -> None:
    def median(honour: bool) -> float:
        candidates = drive(advised(strategy, 40, Size("own", 40, 1), HONOUR_LOG_SCALE=honour))
        return float(np.median([float(candidate.hyperparameters["rate"]) for candidate in candidates]))

    assert median(True) < 3e-3 < 1e-2 < median(False)


@both
def test_a_baseline_outside_the_space_is_evaluated_and_told_to_nobody(strategy: str) -> None:
    far = {**BASELINE, "rate": 0.5, "batch": 48}

    def better(candidate: Candidate) -> Outcome:
        return ok(-1.0) if candidate.origin is Origin.DEFAULT else measured(candidate)

    search = advised(strategy, baseline=far)
    candidates = drive(search)
    assert candidates[0].hyperparameters == far
    assert any(note.startswith("The baseline lies outside the space and advises nobody: ") for note in search.notes)
    assert drive(advised(strategy, baseline=far), better)[:19] == candidates[:19]


def test_cma_says_which_axes_it_draws_at_random() -> None:
    notes = advised("cmaes").notes
    assert notes == ("CMA-ES has no model of values without order: activation, bias are drawn at random.",)
    assert advised("tpe").notes == ()


@both
def test_a_space_of_listed_values_only(strategy: str) -> None:
    candidates = drive(advised(strategy, space=space_of(CONSTANT, ACTIVATION, BATCH)))
    assert len({repr(candidate.hyperparameters) for candidate in candidates}) == 15


@both
def test_recorded_settings_make_the_same_search(strategy: str) -> None:
    settings = resolve_settings(strategy, SIZE, settings={"WINDOW": 1, **PLAIN})
    assert {name: settings[name] for name in ("STRATEGY", "POPULATION_SIZE", "NUM_ITERATIONS", "WINDOW")} == {
        "STRATEGY": strategy,
        "POPULATION_SIZE": 6,
        "NUM_ITERATIONS": 5,
        "WINDOW": 1,
    }
    assert not {"MUT_PROB", "GA_STRATEGY", "BROOD"} & set(settings)
    again = make_search_from(Space.from_json(MIXED), 1, settings)
    assert drive(again) == drive(advised(strategy, 1))
