import pytest

from hpo.errors import BadConfiguration
from hpo.evaluation import Origin, Outcome, Status
from hpo.search import make_search, make_search_from, resolve_settings
from hpo.search.protocol import Search
from hpo.search.streams import evaluation_seed
from hpo.sizes import SIZES
from tests.search.problems import BASELINE, PROPER, TINY, drive, failed, genetic, mixed_space, ok


def both_strategies() -> list[Search]:
    return [
        make_search(mixed_space(), strategy=strategy, size=TINY, seed=3, baseline=BASELINE, settings=PROPER)
        for strategy in ("ga", "random")
    ]


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("strategy", ["ga", "random"])
@pytest.mark.parametrize("baseline", [BASELINE, None], ids=["baseline", "none"])
def test_the_budget_is_that_of_the_size(name: str, strategy: str, baseline: dict[str, object] | None) -> None:
    size = SIZES[name]
    search = make_search(mixed_space(), strategy=strategy, size=size, seed=1, baseline=baseline)  # type: ignore[arg-type]
    assert search.budget == size.evaluations(0.5, baseline=baseline is not None)


@pytest.mark.parametrize("search", both_strategies(), ids=["ga", "random"])
def test_the_baseline_comes_first_and_numbers_count_up(search: Search) -> None:
    candidates = drive(search)
    assert [candidate.evaluation for candidate in candidates] == list(range(search.budget))
    first = candidates[0]
    assert (first.origin, first.generation, first.hyperparameters) == (Origin.DEFAULT, 0, BASELINE)
    assert list(first.hyperparameters) == list(mixed_space().names)
    assert [sum(c.generation == g for c in candidates) for g in range(4)] == [7, 3, 3, 3]


@pytest.mark.parametrize("search", both_strategies(), ids=["ga", "random"])
def test_the_seed_of_an_evaluation_depends_on_run_and_point_only(search: Search) -> None:
    for candidate in drive(search):
        assert candidate.seed == evaluation_seed(3, mixed_space().key(candidate.hyperparameters))


def test_an_outcome_is_told_once_and_for_a_candidate_asked_for() -> None:
    search = genetic(baseline=BASELINE)
    with pytest.raises(ValueError, match="evaluation 0 was never asked for"):
        search.tell(0, ok(1.0))
    search.ask()
    search.ask()
    with pytest.raises(ValueError, match="evaluation 5 was never asked for"):
        search.tell(5, ok(1.0))
    search.tell(0, ok(1.0))
    with pytest.raises(ValueError, match="evaluation 0 was told before"):
        search.tell(0, ok(1.0))


def test_an_interrupted_evaluation_stays_outstanding() -> None:
    search = genetic()
    candidate = search.ask()
    assert candidate is not None
    with pytest.raises(ValueError, match="evaluation 0: interrupted is no result; run it again instead"):
        search.tell(0, Outcome(Status.INTERRUPTED))
    assert search.outstanding == (candidate,)
    search.tell(0, ok(1.0))
    assert len(search.outstanding) == 0


def test_a_generation_waits_for_all_outcomes_of_the_one_before() -> None:
    search = genetic()
    for _ in range(TINY.population):
        assert search.ask() is not None
    assert search.ask() is None
    assert not search.finished
    for number in range(TINY.population - 1):
        search.tell(number, ok(1.0))
        assert search.ask() is None
    search.tell(TINY.population - 1, ok(1.0))
    assert search.ask() is not None


def test_the_random_control_never_waits() -> None:
    search = both_strategies()[1]
    assert [search.ask() is not None for _ in range(search.budget)] == [True] * search.budget
    assert search.ask() is None
    assert not search.finished


def test_finished_without_asking_once_more() -> None:
    for search in both_strategies():
        for _ in range(search.budget):
            assert not search.finished
            candidate = search.ask()
            assert candidate is not None
            search.tell(candidate.evaluation, ok(1.0))
        assert search.finished
        assert search.ask() is None


def test_the_best_is_the_earliest_of_the_lowest_ok_losses() -> None:
    assert genetic().best is None
    search = genetic()
    candidates = [search.ask() for _ in range(6)]
    outcomes = {
        5: ok(2.0),
        3: ok(1.0),
        4: Outcome(Status.DEGENERATE, 0.1),
        1: ok(1.0),
        0: failed(Status.TIMEOUT),
        2: ok(3.0),
    }
    bests: list[int | None] = []
    for number, outcome in outcomes.items():
        search.tell(number, outcome)
        bests.append(search.best[0].evaluation if search.best else None)
    assert bests == [5, 3, 3, 1, 1, 1]
    assert search.best == (candidates[1], outcomes[1])


@pytest.mark.parametrize("strategy", ["ga", "random"])
@pytest.mark.parametrize("preset", ["default", "supervisor"])
def test_recorded_settings_rebuild_the_search(strategy: str, preset: str) -> None:
    settings = resolve_settings(strategy, TINY, preset)
    one = make_search(mixed_space(), strategy=strategy, size=TINY, seed=5, preset=preset, baseline=BASELINE)
    other = make_search_from(mixed_space(), 5, settings, BASELINE)
    assert drive(one) == drive(other)


def test_an_empty_baseline_is_none() -> None:
    assert genetic(baseline={}).budget == genetic().budget


def test_the_baseline_names_exactly_the_searched_axes() -> None:
    wrong = {**BASELINE, "epochs": 100}
    del wrong["rate"]
    with pytest.raises(BadConfiguration) as raised:
        genetic(baseline=wrong)
    assert str(raised.value).splitlines() == [
        "baseline: no value for rate",
        "baseline: epochs is no searched axis of the space",
    ]


def test_the_baseline_takes_the_types_of_the_axes() -> None:
    search = genetic(baseline={**BASELINE, "dropout": 0})
    first = search.ask()
    assert first is not None
    assert repr(first.hyperparameters["dropout"]) == "0.0"
    assert search.notes == ()


def test_a_seed_below_zero() -> None:
    with pytest.raises(BadConfiguration, match="seed: must be at least 0, got -1"):
        genetic(seed=-1)
