"""Ask and tell: what every search strategy offers, and nothing about MPI, files or models.

A search is deterministic: given its space, settings, size and seed, and the outcomes told so far, it asks for
the same candidates, whatever the number of workers and the order in which results arrive. So a journal of
outcomes is enough to continue it, and a record is enough to replay it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from hpo.evaluation import Candidate, Outcome


class Search(ABC):
    """A search under way. Not thread-safe: one controller asks and tells."""

    @property
    @abstractmethod
    def budget(self) -> int:
        """Evaluations that the whole search may spend, the baseline included."""

    @abstractmethod
    def ask(self) -> Candidate | None:
        """The next candidate, or ``None``: either the search has finished, or it waits for outstanding outcomes."""

    @abstractmethod
    def tell(self, evaluation: int, outcome: Outcome) -> None:
        """Report the outcome of a candidate that was asked for.

        Raises:
            ValueError: ``evaluation`` was never asked for or was told before, or the outcome is no result
                (``interrupted``).
        """

    @property
    @abstractmethod
    def finished(self) -> bool:
        """Whether every evaluation of the search has been asked for and told."""

    @property
    @abstractmethod
    def best(self) -> tuple[Candidate, Outcome] | None:
        """The best evaluation ever told (lowest loss with status ``ok``, the earliest of equals), if any.

        Replicates are none: another training of a known point may be lucky, but finds nothing.
        """

    @property
    def announced(self) -> Candidate | None:
        """The candidate that the search recommends: where leaders were trained again (``hpo.search.leaders``), the one
        that turned out best, else :attr:`best`. It may change until the search has finished."""
        return None if self.best is None else self.best[0]

    @property
    @abstractmethod
    def outstanding(self) -> tuple[Candidate, ...]:
        """Candidates that were asked for and not told yet, by number."""

    @property
    def reused(self) -> int:
        """Individuals that took the outcome of an equal, earlier one and were not trained again."""
        return 0

    @property
    def packages(self) -> tuple[str, ...]:
        """Packages beside those of every search that decide what is asked for: another version may ask for others."""
        return ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the record should know about this search, one sentence each."""
        return ()
