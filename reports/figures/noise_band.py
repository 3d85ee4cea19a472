"""The band of noise around the best so far: what a later best must leave to be more than luck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reports.analysis.noises import BASES, Noise
from reports.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OWN: Final = "noise"
OTHERS: Final = "noise, from other runs"
"""Labels of bands that repeats within the run, and repeats in other runs, tell; the latter have dashed edges."""

CAPTION: Final = (
    "The band is one standard deviation of trainings of the same hyperparameters to each side: a later best that stays "
    "in it may be luck."
)


def draw_band(axes: Axes, xs: Any, best: Any, ends: tuple[Any, Any], noise: Noise) -> dict[str, Any]:
    """Draw the band between ``ends`` around the line ``best`` over ``xs``, all float64 of shape (evaluations,).

    Only where the line falls there is something to draw, so a long search takes no more than a short one.

    Returns:
        Its mark by label, for a legend; nothing where the noise is assumed.
    """
    if not noise.measured:
        return {}
    from matplotlib.colors import to_rgba

    line = np.asarray(best, dtype=np.float64)
    keep = np.ones(len(line), dtype=bool)
    keep[1:-1] = line[1:-1] != line[:-2]
    low, high = (np.asarray(end, dtype=np.float64)[keep] for end in ends)
    own = noise.basis == "run"
    band = axes.fill_between(
        np.asarray(xs, dtype=np.float64)[keep],
        low,
        high,
        step="post",
        facecolor=to_rgba(style.INK, 0.16 if own else 0.08),
        edgecolor=to_rgba(style.INK, 0.65),
        linewidth=0.7,
        linestyle="-" if own else (0, (3, 2)),
        zorder=1.2,
    )
    return {OWN if own else OTHERS: band}


def share_text(noise: Noise) -> str:
    """How much it is, in two digits.

    >>> share_text(Noise(0.0266, "run"))
    '2.7 %'
    """
    return f"{style.number(100 * noise.share, 2)} %"


def noise_words(noise: Noise) -> str:
    """How much it is and where it is known from, within a sentence.

    >>> noise_words(Noise(0.0266, "pair"))
    'noise is 2.7 % (repeats in other runs of the model on the dataset)'
    """
    return f"noise is {share_text(noise)} ({BASES[noise.basis]})"
