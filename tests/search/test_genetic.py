from __future__ import annotations

from typing import Any

import pytest

from hpo.evaluation import Candidate, Origin, Outcome, Status
from hpo.search.genetic import GeneticSearch
from hpo.sizes import SIZES, Size
from tests.search.problems import (
    BASELINE,
    BATCH,
    BIAS,
    DROPOUT,
    LAYERS,
    RATE,
    drive,
    failed,
    genetic,
    measured,
    mixed_space,
    ok,
    space_of,
)

MEDIUM = SIZES["MEDIUM"]


def points_of(candidates: list[Candidate]) -> list[str]:
    return [repr(candidate.hyperparameters) for candidate in candidates]


def test_the_same_seed_gives_the_same_search() -> None:
    assert drive(genetic(size=MEDIUM, seed=4)) == drive(genetic(size=MEDIUM, seed=4))
    assert points_of(drive(genetic(size=MEDIUM, seed=4))) != points_of(drive(genetic(size=MEDIUM, seed=5)))


def test_the_default_preset_trains_nothing_twice() -> None:
    search = genetic(space_of(BATCH, BIAS, LAYERS), SIZES["LARGE"])
    candidates = drive(search)
    assert len(set(points_of(candidates))) == len(candidates)
    assert search.reused == 0


def test_all_points_of_a_small_space_and_then_the_end() -> None:
    search = genetic(space_of(BATCH, BIAS), MEDIUM)
    candidates = drive(search)
    assert len(candidates) == len(set(points_of(candidates))) == 10
    assert search.notes == (
        "The search ended before its budget of 40 evaluations was spent: no further point of the space was found that "
        "had not been evaluated.",
    )


def test_a_space_of_exactly_the_budget_is_searched_through() -> None:
    layers = {**LAYERS, "upper": 4}
    search = genetic(space_of(BATCH, BIAS, layers), MEDIUM)
    assert len(drive(search)) == search.budget == 40
    assert search.notes == ()


@pytest.mark.parametrize("strategy", ["mu_plus_lambda", "simple"])
def test_a_space_of_one_point(strategy: str) -> None:
    only = {**BATCH, "values": [16]}
    for settings in ({}, {"FAILED_BREED": True}, {"DUPLICATES": "reuse"}):
        assert len(drive(genetic(space_of(only), MEDIUM, GA_STRATEGY=strategy, **settings))) == 1


def test_repeats_take_the_outcome_of_their_twin() -> None:
    search = genetic(space_of(BATCH, BIAS), MEDIUM, preset="supervisor")
    assert isinstance(search, GeneticSearch)
    candidates = drive(search)
    assert len(set(points_of(candidates))) == len(candidates) <= 10
    assert len(candidates) + search.reused == search.budget
    assert all(individual.fitness.valid for individual in search.population)


def test_a_twin_in_the_same_generation_waits_for_the_outcome() -> None:
    search = genetic(space_of({**BATCH, "values": [16, 32]}), MEDIUM, preset="supervisor")
    first, second = search.ask(), search.ask()
    assert first is not None
    assert second is not None
    assert search.ask() is None
    assert not search.finished
    search.tell(0, ok(2.0))
    assert not search.finished
    search.tell(1, ok(1.0))
    assert search.finished
    assert search.reused == 38


def test_a_copy_is_no_repeat() -> None:
    """Reproduction costs nothing in DEAP either, so it isn't counted as reused."""
    search = genetic(size=MEDIUM, preset="supervisor", MUT_PROB=0.0, CX_PROB=0.0)
    assert len(drive(search)) == 16
    assert search.reused == 0


def test_copies_are_replaced_where_repeats_are() -> None:
    search = genetic(size=MEDIUM, MUT_PROB=0.0, CX_PROB=0.0, BROOD=0)
    candidates = drive(search)
    assert len(set(points_of(candidates))) == len(candidates) == 40
    assert {(c.origin, len(c.parents)) for c in candidates if c.generation} == {(Origin.MUTATION, 1)}


def test_immigrants_where_mutation_changes_nothing() -> None:
    search = genetic(size=MEDIUM, MUT_PROB=1.0, CX_PROB=0.0, MUT_INDPB=0.0)
    later = [candidate for candidate in drive(search) if candidate.generation]
    assert {(candidate.origin, candidate.parents) for candidate in later} == {(Origin.RANDOM, ())}


def test_parents_are_earlier_ok_evaluations() -> None:
    outcomes: dict[int, Outcome] = {}

    def some_fail(candidate: Candidate) -> Outcome:
        statuses = [Status.FAILED, Status.DEGENERATE, Status.OK, Status.OK, Status.TIMEOUT]
        status = statuses[candidate.evaluation % 5]
        outcomes[candidate.evaluation] = (
            Outcome(status, 1.0 - candidate.evaluation / 1000) if status.has_loss else failed(status)
        )
        return outcomes[candidate.evaluation]

    for strategy in ("mu_plus_lambda", "simple"):
        for candidate in drive(genetic(size=MEDIUM, GA_STRATEGY=strategy, seed=6), some_fail):
            for parent in candidate.parents:
                assert parent < candidate.evaluation
                assert outcomes[parent].status is Status.OK


@pytest.mark.parametrize("strategy", ["mu_plus_lambda", "simple"])
@pytest.mark.parametrize("preset", ["default", "supervisor"])
def test_a_search_where_everything_fails_goes_on(strategy: str, preset: str) -> None:
    search = genetic(size=MEDIUM, preset=preset, GA_STRATEGY=strategy)
    assert isinstance(search, GeneticSearch)
    candidates = drive(search, lambda _: failed(Status.OOM))
    assert search.best is None
    assert len(search.logbook) == 4
    assert search.logbook[3]["min"] is None
    if preset == "default":
        assert {candidate.origin for candidate in candidates if candidate.generation} == {Origin.RANDOM}


def test_immigrants_until_two_may_breed() -> None:
    search = genetic(size=MEDIUM)
    candidates = drive(search, lambda candidate: ok(1.0) if candidate.evaluation in (3, 20) else failed())
    origins = [{c.origin for c in candidates if c.generation == generation} for generation in range(4)]
    assert origins[0] == {Origin.INITIAL}
    assert origins[1] == {Origin.RANDOM}
    assert origins[2] <= {Origin.MUTATION, Origin.CROSSOVER}
    assert {parent for c in candidates if c.generation >= 2 for parent in c.parents} == {3, 20}


@pytest.mark.parametrize("strategy", ["mu_plus_lambda", "simple"])
@pytest.mark.parametrize("seed", range(5))
def test_the_best_ever_can_always_breed(strategy: str, seed: int) -> None:
    search = genetic(size=MEDIUM, GA_STRATEGY=strategy, seed=seed)
    assert isinstance(search, GeneticSearch)
    ended = 0
    while (candidate := search.ask()) is not None:
        search.tell(candidate.evaluation, measured(candidate))
        if len(search.logbook) > ended:
            ended += 1
            assert search.best is not None
            assert search.hall[0].evaluation == search.best[0].evaluation
    assert ended == 4


def test_the_best_baseline_breeds() -> None:
    search = genetic(size=MEDIUM, baseline=BASELINE)
    candidates = drive(search, lambda candidate: ok(float(candidate.evaluation)))
    assert any(0 in candidate.parents for candidate in candidates)


def test_a_baseline_that_may_not_breed() -> None:
    search = genetic(size=MEDIUM, baseline=BASELINE, BASELINE_BREEDS=False, INITIAL="uniform")
    candidates = drive(search, lambda candidate: ok(float(candidate.evaluation)))
    assert not any(0 in candidate.parents for candidate in candidates)


def test_a_baseline_outside_the_space_is_evaluated_and_does_not_breed() -> None:
    search = genetic(size=MEDIUM, baseline={**BASELINE, "rate": 5.0, "batch": 1000})
    candidates = drive(search, lambda candidate: ok(float(candidate.evaluation)))
    assert len(candidates) == 41
    assert candidates[0].hyperparameters["rate"] == 5.0
    assert not any(0 in candidate.parents for candidate in candidates)
    [note] = search.notes
    assert note.startswith("The baseline lies outside the space and has no offspring: ")
    assert "rate" in note
    assert "batch" in note


def test_the_log_has_a_row_a_generation() -> None:
    search = genetic(size=Size("own", 4, 2), baseline=BASELINE)
    assert isinstance(search, GeneticSearch)
    outcomes = [ok(4.0), failed(), ok(2.0), Outcome(Status.DEGENERATE, 0.5), ok(3.0), ok(1.0), failed()]
    drive(search, lambda candidate: outcomes[candidate.evaluation])
    assert search.logbook.select("gen", "nevals", "failed") == ([0, 1], [5, 2], [2, 1])
    assert search.logbook.select("min", "max", "avg", "std") == ([2.0, 1.0], [3.0, 2.0], [2.5, 1.5], [0.5, 0.5])


def test_one_generation_only() -> None:
    search = genetic(size=Size("own", 5, 1))
    assert {candidate.origin for candidate in drive(search)} == {Origin.INITIAL}
    assert search.budget == 5


def test_the_first_generation_has_a_point_in_every_part_of_every_axis() -> None:
    space = space_of(RATE, DROPOUT)
    first = [c for c in drive(genetic(space, MEDIUM)) if c.generation == 0]
    units = [space.to_unit(candidate.hyperparameters) for candidate in first]
    for axis in range(2):
        assert sorted(int(unit[axis] * 16) for unit in units) == list(range(16))


def test_mutants_are_reflected_instead_of_piled_up_on_the_bounds() -> None:
    wide = {"name": "x", "type": "float", "lower": 0.0, "upper": 1e-5, "sigma": 0.01}
    on_bounds = {
        bounds: sum(
            candidate.hyperparameters["x"] in (0.0, 1e-5)
            for candidate in drive(genetic(space_of(wide), MEDIUM, BOUNDS=bounds, DUPLICATES="retrain", BROOD=0))
        )
        for bounds in ("reflect", "clamp")
    }
    assert on_bounds["reflect"] == 0
    assert on_bounds["clamp"] > 5


def test_without_the_log_scale_large_values_crowd_out_the_small() -> None:
    def low(**settings: Any) -> int:
        first = drive(genetic(mixed_space(), MEDIUM, INITIAL="uniform", **settings))[:16]
        return sum(float(candidate.hyperparameters["rate"]) < 0.001 for candidate in first)

    assert low(HONOUR_LOG_SCALE=False) <= 2
    assert low(HONOUR_LOG_SCALE=True) >= 6
