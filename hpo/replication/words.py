"""Draws of Python's ``random`` for many seeds at once.

The generator (Mersenne Twister) gives words of 32 bits. ``random()`` takes two of them, ``randint`` as many as it
needs until one is small enough. Both are repeated here on arrays, a row a seed, so that a million seeds can be
compared with a published table in seconds. Semantics: CPython 3, module ``random``.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]


def first_words(seeds: Iterable[int], count: int) -> Words:
    """The first ``count`` words of the generator after ``random.seed(seed)``, shape ``(seeds, count)``."""
    generator = random.Random()
    rows = []
    for seed in seeds:
        generator.seed(seed)
        # The first word drawn is the least significant one.
        rows.append(generator.getrandbits(32 * count).to_bytes(4 * count, "little"))
    return np.frombuffer(b"".join(rows), dtype="<u4").reshape(-1, count)


class Draws:
    """Generators in the same state of progress: each call draws one value from every one of them.

    Attributes:
        rows: Which of the generators of the beginning are left; :meth:`keep` drops others.
        exhausted: Generators that would have needed more words than there are; their values mean nothing.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._position = np.zeros(len(words), dtype=np.int64)
        self.rows: NDArray[np.int64] = np.arange(len(words))

    @property
    def exhausted(self) -> NDArray[np.bool_]:
        past_the_end: NDArray[np.bool_] = self._position > self._words.shape[1]
        return past_the_end

    def keep(self, chosen: NDArray[np.bool_]) -> None:
        """Go on with the generators marked in ``chosen`` only."""
        self.rows, self._position = self.rows[chosen], self._position[chosen]

    def random(self) -> NDArray[np.float64]:
        """As ``random()``: uniform in [0, 1), 53 bits."""
        high, low = self._next() >> np.uint32(5), self._next() >> np.uint32(6)
        result: NDArray[np.float64] = (high * 67108864.0 + low) * (1.0 / 9007199254740992.0)
        return result

    def uniform(self, lower: float, upper: float) -> NDArray[np.float64]:
        """As ``uniform(lower, upper)``."""
        return lower + (upper - lower) * self.random()

    def below(self, limit: int) -> NDArray[np.int64]:
        """As ``randint(0, limit - 1)``."""
        bits = limit.bit_length()
        result = np.full(len(self._position), limit, dtype=np.int64)
        while (open_ := (result >= limit) & (self._position < self._words.shape[1])).any():
            where = np.flatnonzero(open_)
            words = self._words[self.rows[where], self._position[where]]
            result[where] = words >> np.uint32(32 - bits)
            self._position[where] += 1
        self._position[result >= limit] = self._words.shape[1] + 1
        return result

    def _next(self) -> Words:
        last = self._words.shape[1] - 1
        words: Words = self._words[self.rows, np.minimum(self._position, last)]
        self._position += 1
        return words
