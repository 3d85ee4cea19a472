"""Remembers what was computed of a record, which many figures and pages ask for."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from hpo.archive.record import Record

Result = TypeVar("Result")


class once_per_record(Generic[Result]):  # noqa: N801 — a decorator
    """A function of a record, computed once for each as long as that is in memory.

    A record does not change; whoever gets a table must not change it either.
    """

    def __init__(self, function: Callable[[Record], Result]) -> None:
        self._function = function
        self._found: WeakKeyDictionary[Record, Result] = WeakKeyDictionary()
        update_wrapper(self, function)

    def __call__(self, record: Record) -> Result:
        if record not in self._found:
            self._found[record] = self._function(record)
        return self._found[record]

    def remember(self, record: Record, result: Result) -> None:
        """Take ``result``, known from elsewhere, for what the function says of ``record``."""
        self._found[record] = result

    def remembered(self) -> dict[Record, Result]:
        """What is known of the records in memory."""
        return dict(self._found)
