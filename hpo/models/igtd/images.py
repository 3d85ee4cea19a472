"""Tables as images: one image a row, one pixel a feature.

The sides follow from the data as in the original: at most 50 by 50 pixels, fewer where the table has fewer features,
and an image of a drug is no larger than one of a cell line (:func:`image_side`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hpo.models.igtd.arrangement import Arrangement, Effort, Matrix, arrange, feature_ranks, pixel_ranks

MAX_SIDE: Final = 50
"""Pixels of a side where a table has features enough."""

MIN_SIDE: Final = 6
"""Least side that leaves a pixel after one convolution (5 by 5) and pooling (2 by 2)."""

STEPS_PER_FEATURE: Final = 4
"""Steps of the arrangement for each feature: they bring 99 % of what swaps can bring at all, and cost a fixed number
of passes over the table of distances (n * n) for each feature. The original stops at 50,000 steps."""

PUBLISHED_EFFORT: Final = Effort(max_steps=50_000)
"""That of the original."""

SEED: Final = 1
"""Seeds the arrangement; the images are a property of the data and the same for every training."""


@dataclass(frozen=True, slots=True)
class Images:
    """The images of a table.

    Attributes:
        pixels: One image a row of the table, float32 in 0..1, shape ``(rows, side, side)``: 1 where the feature has
            its least value, 0 where it has its greatest.
        layout: Column of the table that each pixel shows, int32, shape ``(side, side)``.
        errors: How the arrangement improved, step by step; see ``Arrangement``.
    """

    pixels: NDArray[np.float32]
    layout: NDArray[np.int32]
    errors: Matrix


def usable(table: Matrix, rows: NDArray[np.integer]) -> NDArray[np.int64]:
    """Columns that can be pixels: finite everywhere, and not constant over ``rows``."""
    kept = np.isfinite(table).all(axis=0)
    known = np.where(kept, table, 0.0)[np.unique(rows)]
    return np.flatnonzero(kept & (known.max(axis=0) > known.min(axis=0)))


def image_side(features: int, most: int = MAX_SIDE) -> int:
    """Side of a square image of ``features`` pixels or less.

    >>> image_side(30_805), image_side(1_000), image_side(1_826, most=31)
    (50, 31, 31)
    """
    return min(most, math.isqrt(features))


def effort(features: int, *, published: bool) -> Effort:
    """How long to arrange ``features`` features."""
    if published:
        return PUBLISHED_EFFORT
    return Effort(max_steps=min(STEPS_PER_FEATURE * features, PUBLISHED_EFFORT.max_steps))


def make_images(table: Matrix, rows: NDArray[np.integer], side: int, *, published: bool = False) -> Images:
    """Images of all rows of ``table``, made from what ``rows`` show.

    Of the usable columns those with the greatest variance become pixels, each scaled to the range that it has over
    ``rows``; a value beyond counts as the end of the range. Rows of equal values count once.

    Args:
        table: Features, shape ``(rows, columns)``.
        rows: Rows that may be looked at for choosing, scaling and arranging; repeats allowed.
        side: Pixels of a side; ``side ** 2`` columns must be usable.
        published: Whether to arrange for as long as the original.
    """
    columns = usable(table, rows)
    seen = _distinct(table[np.unique(rows)][:, columns])
    variance = seen.var(axis=0)
    strongest = np.sort(np.argsort(-variance, kind="stable")[: side**2])
    columns, seen = columns[strongest], seen[:, strongest]
    least, most = seen.min(axis=0), seen.max(axis=0)
    found = _arrange((seen - least) / (most - least), side, published=published)
    layout = np.empty(side**2, dtype=np.int32)
    layout[found.pixel] = columns
    scaled = np.empty((len(table), side**2))
    scaled[:, found.pixel] = ((table[:, columns] - least) / (most - least)).clip(0, 1)
    return Images(
        pixels=(1 - scaled).astype(np.float32).reshape(-1, side, side),
        layout=layout.reshape(side, side),
        errors=found.errors,
    )


def _arrange(features: Matrix, side: int, *, published: bool) -> Arrangement:
    rng = np.random.default_rng(SEED)
    return arrange(
        feature_ranks(features), pixel_ranks(side, side), effort(features.shape[1], published=published), rng
    )


def _distinct(table: Matrix) -> Matrix:
    """Rows of ``table`` without repeats, in the order of their first occurrence."""
    first = np.unique(table, axis=0, return_index=True)[1]
    return table[np.sort(first)]
