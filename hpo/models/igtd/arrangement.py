"""Which feature becomes which pixel: features that behave alike are to lie side by side.

The Image Generator for Tabular Data (Zhu et al. 2021) ranks the distances between all pairs of features and between
all pairs of pixels, and swaps features until the two rankings agree as well as swaps can make them. The error of an
arrangement is the sum of the absolute differences of the ranks over all pairs.

Ranks are multiples of one half and their sums stay below 2**52, so that all arithmetic here is exact: the same
distances and seed give the same image on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hpo.models.metrics import average_ranks

Matrix = NDArray[np.float64]

DECIMALS: Final = 10
"""Relative distances are rounded to so many decimals, so that equal ones share a rank in spite of rounding errors."""


@dataclass(frozen=True, slots=True)
class Effort:
    """When to stop swapping.

    Attributes:
        max_steps: Most steps.
        window: Stop when none of the last ``window`` steps has an error that is lower than the one before them by
            ``min_gain``.
        min_gain: Share of that error.
    """

    max_steps: int
    window: int = 500
    min_gain: float = 1e-6


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A place for every feature.

    Attributes:
        pixel: Pixel of each feature, counted row by row, shape ``(n,)``, int64.
        errors: Error at the start and after each step, shape ``(steps + 1,)``; never rises.
    """

    pixel: NDArray[np.int64]
    errors: Matrix


def feature_ranks(features: Matrix) -> Matrix:
    """Ranks of the Euclidean distances between all pairs of columns of ``features``, shape ``(n, n)``, diagonal 0."""
    from scipy.spatial.distance import pdist

    distances = pdist(features.T)
    most = float(distances.max(initial=0.0))
    return _symmetric(np.round(distances / most, DECIMALS) if most > 0 else distances, features.shape[1])


def pixel_ranks(rows: int, columns: int) -> Matrix:
    """Ranks of the Euclidean distances between all pairs of pixels, shape ``(n, n)``, diagonal 0."""
    from scipy.spatial.distance import pdist

    places = np.stack(np.divmod(np.arange(rows * columns), columns), axis=1)
    return _symmetric(pdist(places.astype(np.float64), "sqeuclidean"), rows * columns)


def arrange(features: Matrix, pixels: Matrix, effort: Effort, rng: np.random.Generator) -> Arrangement:
    """Swap features until no swap lowers the error, or the effort is spent.

    Each step takes a feature at random from those that were not considered for the longest time, and swaps it with
    the one that lowers the error most, or leaves it equal. Both then count as considered.

    Args:
        features: Ranks of the distances of features, shape ``(n, n)``, symmetric, diagonal 0, n >= 2.
        pixels: Those of pixels.
        effort: When to stop.
        rng: Chooses the features.
    """
    state = State(features, pixels)
    considered = np.zeros(len(features), dtype=np.int64)
    errors = [state.error]
    for step in range(1, effort.max_steps + 1):
        feature = int(rng.choice(np.flatnonzero(considered == considered.min())))
        considered[feature] = step
        changes = state.changes(feature)
        changes[feature] = np.inf
        other = int(np.argmin(changes))
        if changes[other] <= 0:
            state.swap(feature, other)
            considered[other] = step
        errors.append(state.error)
        if step > effort.window:
            before = errors[step - effort.window - 1]
            if before - errors[-1] < effort.min_gain * before or before == 0:
                break
    return Arrangement(state.pixel, np.array(errors))


class State:
    """Features at pixels, with the error of each feature kept up to date from swap to swap.

    Attributes:
        pixel: Pixel of each feature, shape ``(n,)``.
        row_errors: Sum over all other features of the difference of ranks, by feature, shape ``(n,)``.
    """

    def __init__(self, features: Matrix, pixels: Matrix) -> None:
        self.pixel = np.arange(len(features))
        self._features = features
        self._pixels = pixels.copy()  # rows and columns in the order of the features that lie there
        self.row_errors: Matrix = np.abs(features - pixels).sum(axis=1)

    @property
    def error(self) -> float:
        """Sum of the absolute differences of ranks over all pairs of features."""
        return float(self.row_errors.sum()) / 2

    def changes(self, feature: int) -> Matrix:
        """What swapping ``feature`` with each other one would add to the error, shape ``(n,)``."""
        from scipy.spatial.distance import cdist

        wanted, place = self._features[feature], self._pixels[feature]
        there = cdist(self._pixels, wanted[None], "cityblock")[:, 0]  # this feature at the place of each
        here = cdist(self._features, place[None], "cityblock")[:, 0]  # each at the place of this one
        # Both sums also compare the two features with their own places, which a swap leaves as they are.
        own = 2 * (wanted + place - np.abs(wanted - place))
        result: Matrix = there + here - own - self.row_errors - self.row_errors[feature]
        return result

    def swap(self, first: int, second: int) -> None:
        """Let two features change places."""
        pair = [first, second]
        features = self._features[:, pair]
        before = np.abs(features - self._pixels[:, pair]).sum(axis=1)
        self._pixels[pair] = self._pixels[pair[::-1]]
        self._pixels[:, pair] = self._pixels[:, pair[::-1]]
        self.pixel[pair] = self.pixel[pair[::-1]]
        self.row_errors += np.abs(features - self._pixels[:, pair]).sum(axis=1) - before
        self.row_errors[pair] = np.abs(self._features[pair] - self._pixels[pair]).sum(axis=1)


def _symmetric(distances: NDArray[Any], size: int) -> Matrix:
    """Average ranks of ``distances`` between all pairs, as a full matrix with diagonal 0."""
    upper = np.zeros((size, size))
    upper[np.triu_indices(size, 1)] = average_ranks(distances)
    result: Matrix = upper + upper.T
    return result
