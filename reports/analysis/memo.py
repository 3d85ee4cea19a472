"""Remembers what was computed of a record, which many figures and pages ask for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from hpo.archive.record import Record

Result = TypeVar("Result")


def once_per_record(function: Callable[[Record], Result]) -> Callable[[Record], Result]:
    """``function``, computed once for each record as long as that is in memory.

    A record does not change; whoever gets a table must not change it either.
    """
    found: WeakKeyDictionary[Record, Result] = WeakKeyDictionary()

    @wraps(function)
    def remembered(record: Record) -> Result:
        if record not in found:
            found[record] = function(record)
        return found[record]

    return remembered
