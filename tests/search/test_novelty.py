import random
from collections.abc import Iterator

from hpo.evaluation import Hyperparameters
from hpo.search.novelty import draw_new
from hpo.space import Space
from tests.search.problems import BATCH, BIAS, CONSTANT, DROPOUT, space_of

FIRST: Hyperparameters = {"batch": 16, "bias": False}


def all_points() -> list[Hyperparameters]:
    return [{"batch": batch, "bias": bias} for batch in (16, 32, 64, 128, 256) for bias in (False, True)]


def small() -> Space:
    return space_of(CONSTANT, BATCH, BIAS)


def test_the_first_new_draw() -> None:
    space = small()
    draws: Iterator[Hyperparameters] = iter([FIRST, FIRST, {"batch": 32, "bias": True}])
    assert draw_new(space, {space.key(FIRST)}, random.Random(1), lambda: next(draws)) == {"batch": 32, "bias": True}


def test_points_that_draws_never_hit_are_listed() -> None:
    space = small()
    known = {space.key(point) for point in all_points() if point != {"batch": 64, "bias": True}}
    assert draw_new(space, known, random.Random(1), lambda: FIRST) == {"batch": 64, "bias": True}


def test_nothing_is_left() -> None:
    space = small()
    assert draw_new(space, {space.key(point) for point in all_points()}, random.Random(1), lambda: FIRST) is None


def test_a_space_that_cannot_be_listed() -> None:
    space = space_of(DROPOUT)
    point: Hyperparameters = {"dropout": 0.25}
    assert draw_new(space, {space.key(point)}, random.Random(1), lambda: point) is None
    wide = space_of(*({"name": name, "type": "int", "lower": 0, "upper": 1000} for name in ("a", "b")))
    origin: Hyperparameters = {"a": 0, "b": 0}
    assert draw_new(wide, {wide.key(origin)}, random.Random(1), lambda: origin) is None
