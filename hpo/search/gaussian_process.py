"""Small Gaussian processes: what a loss may be where nobody has measured it.

A length for every axis and noise are chosen on a coarse grid, one after the other, by the marginal likelihood: cheap,
and the same on every machine where a continuous optimisation would end somewhere else. Source: Rasmussen and Williams,
Gaussian Processes for Machine Learning, MIT Press 2006, chapters 2, 4 and 5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

LENGTHS: Final = np.array([0.06, 0.1, 0.17, 0.3, 0.5, 0.9, 1.6, 3.0, 8.0])
"""Lengths, in ranges of an axis, that are tried."""

NOISES: Final = np.array([1e-4, 1e-3, 1e-2, 0.05, 0.2, 0.5])
"""Variances of the noise, in units of the variance of the process, that are tried."""

_MIDDLE: Final = (4, 2)
_SWEEPS: Final = 4
_LEAST_VARIANCE: Final = 1e-12


class Kernel(Enum):
    """How much the losses at two points have to do with each other.

    ``SMOOTH`` is the Matern kernel of smoothness 5/2: losses bend gently. ``ROUGH`` is the product over axes of
    exponential kernels: losses may jump anywhere along an axis, as those of trees do (a random forest whose cuts fall
    anywhere has this kernel: Balog et al., The Mondrian Kernel, UAI 2016).
    """

    SMOOTH = "smooth"
    ROUGH = "rough"


@dataclass(frozen=True, slots=True)
class Grid:
    """Places in the grids: one of ``LENGTHS`` for every axis, and one of ``NOISES``."""

    lengths: tuple[int, ...]
    noise: int

    @classmethod
    def middle(cls, axes: int) -> Grid:
        """Where the first choice starts."""
        return cls((_MIDDLE[0],) * axes, _MIDDLE[1])


class GaussianProcess:
    """Fitted to ``values`` at ``points``.

    Args:
        points: Shape ``(n, columns)``, each column from 0 to 1.
        owners: Axis that each column belongs to, shape ``(columns,)``.
        values: Shape ``(n,)``; lower is better.
        kernel: What is expected between points.
        start: Where the choice of lengths and noise begins; that of an earlier fit saves time.

    Attributes:
        grid: The lengths and the noise that were chosen.
        evidence: Logarithm of the marginal likelihood of the values, up to a constant that depends only on their
            number, and of the prior of the grid.
    """

    def __init__(
        self,
        points: Matrix,
        owners: NDArray[np.int64],
        values: Vector,
        kernel: Kernel = Kernel.SMOOTH,
        start: Grid | None = None,
    ) -> None:
        self._points, self._owners, self._kernel = points, owners, kernel
        self._mean = float(values.mean())
        self._scale = float(values.std()) or 1.0
        self._values = (values - self._mean) / self._scale
        self._apart = self._distances(points, points)
        axes = len(self._apart)
        self.grid, self.evidence = self._chosen(start or Grid.middle(axes), (1,) if start else (1, 2))
        self._factor = self._factorised(self.grid)
        residual = solve_triangular(self._factor, self._values, lower=True)
        self._variance = max(float(residual @ residual) / len(residual), _LEAST_VARIANCE)
        self._weights = solve_triangular(self._factor.T, residual, lower=False)

    @property
    def noise(self) -> float:
        """Variance of the noise, in units of the variance of the process."""
        return float(NOISES[self.grid.noise])

    @property
    def deviation(self) -> float:
        """Standard deviation of the process far from all points, in units of the values."""
        return math.sqrt(self._variance) * self._scale

    def correlation(self, one: Matrix, other: Matrix) -> Matrix:
        """Prior correlation of points, shape ``(len(one), len(other))``."""
        return self._correlation(self._distances(one, other), self.grid)

    def explained(self, points: Matrix) -> Matrix:
        """``V`` with which ``correlation(a, b) - V_a.T @ V_b`` is the correlation left after the measurements."""
        result: Matrix = solve_triangular(self._factor, self.correlation(self._points, points), lower=True)
        return result

    def mean(self, points: Matrix) -> Vector:
        """Expected values, shape ``(len(points),)``."""
        return self._mean + self._scale * (self.correlation(points, self._points) @ self._weights)

    def _distances(self, one: Matrix, other: Matrix) -> Matrix:
        """Of each axis how far points are apart on it, squared if smooth, shape ``(axes, len(one), len(other))``."""
        result = np.zeros((int(self._owners.max()) + 1, len(one), len(other)))
        for column, owner in enumerate(self._owners):
            result[owner] += (one[:, column][:, None] - other[:, column][None, :]) ** 2
        return result if self._kernel is Kernel.SMOOTH else np.sqrt(result)

    def _correlation(self, distances: Matrix, grid: Grid) -> Matrix:
        lengths = LENGTHS[list(grid.lengths)]
        if self._kernel is Kernel.ROUGH:
            return np.asarray(np.exp(-np.tensordot(1.0 / lengths, distances, axes=1)), dtype=np.float64)
        distance = np.sqrt(5.0 * np.tensordot(1.0 / lengths**2, distances, axes=1))
        return np.asarray((1.0 + distance + distance * distance / 3.0) * np.exp(-distance), dtype=np.float64)

    def _factorised(self, grid: Grid) -> Matrix:
        covariance = self._correlation(self._apart, grid)
        covariance[np.diag_indices_from(covariance)] += NOISES[grid.noise]
        return np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)

    def _evidence(self, grid: Grid) -> float:
        """The evidence of the best variance at ``grid``."""
        factor = self._factorised(grid)
        residual = solve_triangular(factor, self._values, lower=True)
        variance = max(float(residual @ residual) / len(residual), _LEAST_VARIANCE)
        likelihood = -0.5 * len(residual) * math.log(variance) - float(np.log(np.diag(factor)).sum())
        lengths = np.log(LENGTHS[list(grid.lengths)] / 0.5)
        noise = math.log(NOISES[grid.noise] / 1e-3) / 3.0
        return likelihood - 0.5 * float((lengths**2).sum()) - 0.5 * noise**2

    def _chosen(self, start: Grid, steps: tuple[int, ...]) -> tuple[Grid, float]:
        best, evidence = start, self._evidence(start)
        for _ in range(_SWEEPS):
            before = best
            for axis in range(len(start.lengths) + 1):
                for neighbour in _neighbours(best, axis, steps):
                    found = self._evidence(neighbour)
                    if found > evidence + 1e-6:
                        best, evidence = neighbour, found
            if best == before:
                break
        return best, evidence


def _neighbours(grid: Grid, axis: int, steps: tuple[int, ...]) -> list[Grid]:
    """``grid`` with the length of ``axis``, or the noise, so many places further on either side."""
    is_noise = axis == len(grid.lengths)
    own, size = (grid.noise, len(NOISES)) if is_noise else (grid.lengths[axis], len(LENGTHS))
    places = [place for step in steps for place in (own - step, own + step) if 0 <= place < size]
    if is_noise:
        return [Grid(grid.lengths, place) for place in places]
    return [Grid((*grid.lengths[:axis], place, *grid.lengths[axis + 1 :]), grid.noise) for place in places]
