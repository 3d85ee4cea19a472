from hpo.evaluation import Origin
from hpo.search import Search, make_search
from hpo.sizes import SIZES, Size
from hpo.space import Space
from tests.search.problems import BASELINE, BATCH, BIAS, PROPER, drive, failed, genetic, mixed_space, ok, space_of


def control(space: Space | None = None, size: Size = SIZES["MEDIUM"], **settings: bool) -> Search:
    return make_search(space or mixed_space(), strategy="random", size=size, seed=2, settings=PROPER | settings)


def test_as_many_evaluations_in_the_same_generations_as_the_genetic_algorithm() -> None:
    size = SIZES["MEDIUM"]
    random = make_search(mixed_space(), strategy="random", size=size, seed=1, baseline=BASELINE)
    generations = [candidate.generation for candidate in drive(random)]
    assert generations == [candidate.generation for candidate in drive(genetic(size=size, baseline=BASELINE))]


def test_all_draws_are_random_and_independent_of_the_outcomes() -> None:
    good, bad = drive(control(), lambda _: ok(1.0)), drive(control(), lambda _: failed())
    assert good == bad
    assert {(candidate.origin, candidate.parents) for candidate in good} == {(Origin.RANDOM, ())}


def test_no_point_is_drawn_twice() -> None:
    search = control(space_of(BATCH, BIAS))
    candidates = drive(search)
    assert len({repr(candidate.hyperparameters) for candidate in candidates}) == len(candidates) == 10
    assert "The search ended before its budget of 40 evaluations was spent" in search.notes[0]


def test_draws_follow_the_scale_of_the_axis() -> None:
    def low(search: Search) -> int:
        return sum(float(candidate.hyperparameters["rate"]) < 0.001 for candidate in drive(search))

    assert low(control()) >= 15
    assert low(control(HONOUR_LOG_SCALE=False)) <= 3
