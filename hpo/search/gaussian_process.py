"""A small Gaussian process: what a loss may be where nobody has measured it.

Matern kernel of smoothness 5/2 with a length for every axis and noise. Lengths and noise are chosen on a coarse grid,
one after the other, by the marginal likelihood: cheap, and the same on every machine where a continuous optimisation
would end somewhere else. Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, MIT Press 2006,
chapters 2, 4 and 5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
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
        start: Where the choice of lengths and noise begins; that of an earlier fit saves time.

    Attributes:
        grid: The lengths and the noise that were chosen.
    """

    def __init__(self, points: Matrix, owners: NDArray[np.int64], values: Vector, start: Grid | None = None) -> None:
        self._points, self._owners = points, owners
        self._mean = float(values.mean())
        self._scale = float(values.std()) or 1.0
        self._values = (values - self._mean) / self._scale
        axes = int(owners.max()) + 1
        squares = (points[:, None, :] - points[None, :, :]) ** 2
        self._squares = np.stack([squares[:, :, owners == axis].sum(axis=2) for axis in range(axes)])
        self.grid = self._chosen(start or Grid.middle(axes), (1,) if start else (1, 2))
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
        weight = 1.0 / LENGTHS[list(self.grid.lengths)][self._owners]
        a, b = one * weight, other * weight
        squares = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None, :] - 2.0 * (a @ b.T)
        return _matern(np.maximum(squares, 0.0))

    def explained(self, points: Matrix) -> Matrix:
        """``V`` with which ``correlation(a, b) - V_a.T @ V_b`` is the correlation left after the measurements."""
        result: Matrix = solve_triangular(self._factor, self.correlation(self._points, points), lower=True)
        return result

    def mean(self, points: Matrix) -> Vector:
        """Expected values, shape ``(len(points),)``."""
        return self._mean + self._scale * (self.correlation(points, self._points) @ self._weights)

    def _factorised(self, grid: Grid) -> Matrix:
        weights = 1.0 / LENGTHS[list(grid.lengths)] ** 2
        covariance: Matrix = _matern(np.asarray(np.tensordot(weights, self._squares, axes=1), dtype=np.float64))
        covariance[np.diag_indices_from(covariance)] += NOISES[grid.noise]
        return np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)

    def _evidence(self, grid: Grid) -> float:
        """Logarithm of the marginal likelihood with the best variance, and of the prior of the grid."""
        factor = self._factorised(grid)
        residual = solve_triangular(factor, self._values, lower=True)
        variance = max(float(residual @ residual) / len(residual), _LEAST_VARIANCE)
        likelihood = -0.5 * len(residual) * math.log(variance) - float(np.log(np.diag(factor)).sum())
        lengths = np.log(LENGTHS[list(grid.lengths)] / 0.5)
        noise = math.log(NOISES[grid.noise] / 1e-3) / 3.0
        return likelihood - 0.5 * float((lengths**2).sum()) - 0.5 * noise**2

    def _chosen(self, start: Grid, steps: tuple[int, ...]) -> Grid:
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
        return best


def _neighbours(grid: Grid, axis: int, steps: tuple[int, ...]) -> list[Grid]:
    """``grid`` with the length of ``axis``, or the noise, so many places further on either side."""
    is_noise = axis == len(grid.lengths)
    own, size = (grid.noise, len(NOISES)) if is_noise else (grid.lengths[axis], len(LENGTHS))
    places = [place for step in steps for place in (own - step, own + step) if 0 <= place < size]
    if is_noise:
        return [Grid(grid.lengths, place) for place in places]
    return [Grid((*grid.lengths[:axis], place, *grid.lengths[axis + 1 :]), grid.noise) for place in places]


def _matern(squares: Matrix) -> Matrix:
    distance = np.sqrt(5.0 * squares)
    result: Matrix = (1.0 + distance + distance * distance / 3.0) * np.exp(-distance)
    return result
