"""Python's collector of garbage, told to look less often: much of a build goes by in which there is nothing to free."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

OBJECTS: Final = 50_000
"""New objects after which it looks; figures are some thousand objects that only it can free."""


def look_less() -> None:
    """From now on look seldom, and never at what is there already, such as modules."""
    gc.freeze()
    gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])


@contextmanager
def looking_less() -> Iterator[None]:
    """:func:`look_less` while the context lasts."""
    before = gc.get_threshold()
    look_less()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
