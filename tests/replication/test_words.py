"""Draws on arrays against Python's own generator."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hpo.replication.words import Draws, first_words

CALLS = st.lists(st.one_of(st.just("random"), st.integers(1, 1000), st.tuples(st.floats(-9, 9), st.floats(-9, 9))))


@given(st.lists(st.integers(0, 999_999), min_size=1, max_size=5), CALLS)
def test_draws_are_those_of_python(seeds: list[int], calls: list[str | int | tuple[float, float]]) -> None:
    draws = Draws(first_words(seeds, 40 * len(calls) + 2))
    generators = [random.Random(seed) for seed in seeds]
    for call in calls:
        if isinstance(call, tuple):
            found, expected = draws.uniform(*call), [generator.uniform(*call) for generator in generators]
        elif isinstance(call, int):
            found, expected = draws.below(call), [generator.randint(0, call - 1) for generator in generators]
        else:
            found, expected = draws.random(), [generator.random() for generator in generators]
        assert found.tolist() == expected
    assert not draws.exhausted.any()


def test_generators_that_are_kept_go_on_where_they_were() -> None:
    draws = Draws(first_words([1, 2, 3], 10))
    draws.random()
    draws.keep(np.array([False, True, True]))
    twins = [random.Random(2), random.Random(3)]
    for twin in twins:
        twin.random()
    assert draws.random().tolist() == [twin.random() for twin in twins]
    assert draws.rows.tolist() == [1, 2]


def test_running_out_of_words_is_told() -> None:
    draws = Draws(first_words([1], 3))
    draws.random()
    assert not draws.exhausted.any()
    draws.random()
    assert draws.exhausted.all()
