"""Colour and shape of every dataset: the same in all figures, and each told apart without colour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from reports.analysis.order import DATASETS, sorted_datasets
from reports.figures import style

COLOURS: Final = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.GREY)
SHAPES: Final = ("o", "s", "^", "D", "v", "P", "X", "p", "h", "<", ">")


def dataset_marks(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Colour and Matplotlib marker by dataset: fixed for the five studies, in turn for others.

    >>> dataset_marks(["gCSI", "CCLE"])
    {'CCLE': ('#0072b2', 'o'), 'gCSI': ('#009e73', '^')}
    """
    others = len(DATASETS)
    marks = {}
    for name in sorted_datasets(names):
        index = DATASETS.index(name) if name in DATASETS else others
        others += name not in DATASETS
        marks[name] = COLOURS[index % len(COLOURS)], SHAPES[index % len(SHAPES)]
    return marks
