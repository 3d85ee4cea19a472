"""What runs must share for their losses to be ranked or pooled in an export."""

from __future__ import annotations

from hpo.archive.choice import comparable
from hpo.archive.schema import RunInfo

Yardstick = tuple[object, ...]


def yardstick(run: RunInfo) -> Yardstick:
    """What must be equal: all that makes losses comparable, and the numbers that were the same in the whole search.

    Of these ``epochs`` is the one that matters; texts are mostly paths and so left out.
    """
    numbers = sorted((name, value) for name, value in run.fixed.items() if not isinstance(value, str | None))
    return (*comparable(run), *numbers)
