"""Finds the seed of a published search from what it drew first.

Supervisor took its seed from the clock, below 1,000,000, and recorded it nowhere. The first generation is drawn
before any loss is known, so a seed that gives the published one in all bits is the seed of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hpo.evaluation import Hyperparameters
from hpo.replication.words import Draws, Words, first_words
from hpo.space import Axis, Space
from hpo.space.axes import FloatAxis, IntAxis, ListedAxis, LogicalAxis

SEEDS: Final = 1_000_000
"""Seeds that Supervisor may have drawn: 0 and up to, but not including, this one."""

CHUNK: Final = 50_000
"""Seeds looked at together; bounds the memory."""

MOST_COMPARED: Final = 3
"""Individuals compared; one value of a float axis already has 53 bits."""

_WORDS_OF_AN_AXIS: Final = 4
"""Words set aside for each value; a listed axis needs two on average at most."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known of the first draws of one search.

    Attributes:
        space: The space, in the order in which it draws.
        population: Individuals of the first generation.
        first: Recorded axes of individuals of the first generation, by their number.
        values: Where ``first`` is empty: values of float axes that later individuals have; some of them go back to
            the first generation unchanged.
    """

    space: Space
    population: int
    first: Mapping[int, Hyperparameters]
    values: Mapping[str, Sequence[float]]

    @property
    def usable(self) -> bool:
        """Whether they can tell one seed from another."""
        return bool(self.first) or any(len(values) > 0 for values in self.values.values())

    @property
    def compared(self) -> tuple[int, ...]:
        """The individuals of the first generation that are compared: a few are enough."""
        return tuple(sorted(self.first)[:MOST_COMPARED])

    @property
    def words(self) -> int:
        """Words of the generator that are needed to draw what is compared."""
        individuals = max(self.compared) + 1 if self.first else self.population
        return _WORDS_OF_AN_AXIS * len(self.space.axes) * individuals + 64


def find_seeds(
    clues: Sequence[Clues], *, seeds: int = SEEDS, progress: Callable[[int], None] | None = None
) -> list[list[int]]:
    """Seeds below ``seeds`` that fit each of ``clues``, in the same order; a good clue leaves one or none.

    Args:
        clues: What is known of each search.
        seeds: Seeds to try.
        progress: Called with the number of seeds that have been tried.
    """
    found: list[list[int]] = [[] for _ in clues]
    wanted = [(number, clue) for number, clue in enumerate(clues) if clue.usable]
    if not wanted:
        return found
    count = max(clue.words for _, clue in wanted)
    for start in range(0, seeds, CHUNK):
        chunk = range(start, min(start + CHUNK, seeds))
        words = first_words(chunk, count)
        for number, clue in wanted:
            found[number] += [chunk[row] for row in _fitting(clue, words)]
        if progress is not None:
            progress(chunk.stop)
    return found


def _fitting(clue: Clues, words: Words) -> list[int]:
    return _by_first_individuals(clue, words) if clue.first else _by_values(clue, words)


def _by_first_individuals(clue: Clues, words: Words) -> list[int]:
    draws = Draws(words)
    for individual in range(max(clue.compared) + 1):
        known = clue.first[individual] if individual in clue.compared else {}
        for axis in clue.space.axes:
            values = _draw(axis, draws)
            if axis.name in known:
                draws.keep((values == _code(axis, known[axis.name])) & ~draws.exhausted)
            if not len(draws.rows):
                return []
    return [int(row) for row in draws.rows]


def _by_values(clue: Clues, words: Words) -> list[int]:
    known = {name: np.unique(np.asarray(values, dtype=np.float64)) for name, values in clue.values.items()}
    draws = Draws(words)
    hits = np.zeros(len(words), dtype=np.int64)
    for _ in range(clue.population):
        for axis in clue.space.axes:
            values = _draw(axis, draws)
            if isinstance(axis, FloatAxis) and len(known.get(axis.name, ())):
                hits += _is_in(values, known[axis.name]) & ~draws.exhausted
    return [int(row) for row in np.flatnonzero(hits)]


def _is_in(values: NDArray[Any], known: NDArray[np.float64]) -> NDArray[np.bool_]:
    places = np.minimum(np.searchsorted(known, values), len(known) - 1)
    result: NDArray[np.bool_] = known[places] == values
    return result


def _draw(axis: Axis, draws: Draws) -> NDArray[Any]:
    """One value of ``axis`` from every generator, as ``Axis.sample`` without a log scale draws it; see ``_code``."""
    if isinstance(axis, LogicalAxis):
        return (draws.random() < 0.5).astype(np.float64)
    if isinstance(axis, ListedAxis):
        return draws.below(len(axis.values))
    if isinstance(axis, FloatAxis | IntAxis):
        values = np.clip(draws.uniform(float(axis.lower), float(axis.upper)), axis.lower, axis.upper)
        return np.rint(values) if isinstance(axis, IntAxis) else values
    raise TypeError(f"no draws are known for {type(axis).__name__}")


def _code(axis: Axis, value: Any) -> float:
    """What stands for ``value`` in the arrays of ``_draw``: its place in a list, else the number itself.

    A listed value that the axis doesn't have has no place (-1) and fits no seed.
    """
    if isinstance(axis, ListedAxis) and not isinstance(axis, LogicalAxis):
        return next((place for place, known in enumerate(axis.values) if known == value), -1)
    return float(value)
