"""How good the best of n random draws is, from a pool of draws: exact, without drawing again.

The order statistics of draws without replacement. Source: Tang et al. (2020), Showing Your Work Doesn't Always Work,
ACL 2020, doi:10.18653/v1/2020.acl-main.246, which corrects the biased estimate with replacement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

RESAMPLES: Final = 1000
LEVEL: Final = 0.95
SEED: Final = 24
POINTS: Final = 40
"""Numbers of draws at which a curve is computed, at most."""


def expected_best(losses: Sequence[float] | np.ndarray, draws: Sequence[int]) -> np.ndarray:
    """Mean lowest loss of ``n`` different members of the pool, for each ``n``.

    Args:
        losses: The pool, finite.
        draws: Numbers of draws, each from 1 to the size of the pool.

    Returns:
        float64 of shape (draws,), falling from the mean of the pool to its minimum.

    Raises:
        ValueError: A loss is not finite, or there are fewer of them than draws.
    """
    pool = _pool(losses)
    if not np.isfinite(pool).all():
        raise ValueError("the mean of draws without a loss is unknown")
    return np.asarray(_weights(len(pool), draws) @ pool)


def expected_best_band(losses: Sequence[float] | np.ndarray, draws: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the 95 % bootstrap interval of :func:`expected_best`: the pool itself is a sample.

    Percentile method, 1,000 resamples of the pool, fixed seed. No end lies below the minimum of the pool, so the
    lower one is too high where ``n`` comes near its size.
    """
    pool = _pool(losses)
    chosen = np.random.default_rng(SEED).integers(0, len(pool), size=(RESAMPLES, len(pool)))
    curves = np.sort(pool[chosen], axis=1) @ _weights(len(pool), draws).T
    low, high = np.quantile(curves, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return np.asarray(low), np.asarray(high)


def chance_to_reach(losses: Sequence[float] | np.ndarray, draws: int, target: float) -> float:
    """Probability that the best of ``draws`` different members of the pool is ``target`` or lower.

    Args:
        losses: The pool; draws without a loss are infinite.
        draws: From 1 to the size of the pool.
        target: A loss.

    Returns:
        0 to 1.

    Raises:
        ValueError: There are fewer losses than draws.
    """
    pool = _pool(losses)
    as_good = int(np.searchsorted(pool, target, side="right"))
    return float(1 - _survival(len(pool), [draws])[0, as_good])


def curve_points(size: int) -> list[int]:
    """At most 40 different numbers from 1 to ``size``, evenly spaced on a logarithmic axis.

    >>> curve_points(5)
    [1, 2, 3, 4, 5]
    """
    return sorted({int(n) for n in np.rint(np.geomspace(1, size, min(POINTS, size)))} | {*range(1, min(size, 10) + 1)})


def _pool(losses: Sequence[float] | np.ndarray) -> np.ndarray:
    pool = np.sort(np.asarray(losses, dtype=np.float64))
    if not len(pool) or np.isnan(pool).any():
        raise ValueError("a pool needs at least one loss, and none may be NaN")
    return pool


def _weights(size: int, draws: Sequence[int]) -> np.ndarray:
    """Probability that the best of n draws is the i-th of the sorted pool, shape (draws, size)."""
    return -np.diff(_survival(size, draws), axis=1)


def _survival(size: int, draws: Sequence[int]) -> np.ndarray:
    """Probability that none of n draws is among the lowest i = 0 … size of the pool, shape (draws, size + 1)."""
    from scipy.special import gammaln

    n = np.asarray(draws, dtype=np.float64)[:, None]
    if n.size and (n.min() < 1 or n.max() > size):
        raise ValueError(f"a pool of {size} says nothing about {draws} draws")
    above = size - np.arange(size + 1, dtype=np.float64)[None, :]
    possible = above >= n
    left = np.where(possible, above, n)
    log_ratio = gammaln(left + 1) - gammaln(left - n + 1) - gammaln(size + 1) + gammaln(size - n + 1)
    return np.asarray(np.where(possible, np.exp(np.minimum(log_ratio, 0.0)), 0.0))
