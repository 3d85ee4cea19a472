"""What a rule found: a verdict, why, and the numbers behind it, each with the runs that it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from hpo.archive.record import Record


class Verdict(StrEnum):
    """What the archive says of a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_TESTABLE = "not testable"
    """The archive lacks what it takes, or noise hides the answer; the reason says which."""


class Number(BaseModel):
    """A number behind a verdict.

    Attributes:
        label: What it is.
        value: The number; ``None`` where it is unknown.
        unit: ``%``, ``loss``, ``runs`` and so on; empty for none.
        runs: Keys of the runs that it comes from; empty for numbers of the source itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    value: float | int | None
    unit: str = ""
    runs: tuple[str, ...] = ()


class Finding(BaseModel):
    """What a rule says.

    Attributes:
        verdict: The verdict.
        reason: One or two sentences with the numbers that decide.
        numbers: All numbers behind it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Verdict
    reason: str
    numbers: tuple[Number, ...] = ()

    @property
    def runs(self) -> tuple[str, ...]:
        """Keys of all runs that the numbers come from, each once, sorted."""
        return tuple(sorted(set().union(*(number.runs for number in self.numbers))))


def not_testable(reason: str, numbers: Iterable[Number] = ()) -> Finding:
    """The finding where the archive can't say."""
    return Finding(verdict=Verdict.NOT_TESTABLE, reason=reason, numbers=tuple(numbers))


def decided(holds: bool, reason: str, numbers: Iterable[Number] = ()) -> Finding:
    """The finding where it can."""
    verdict = Verdict.SUPPORTED if holds else Verdict.CONTRADICTED
    return Finding(verdict=verdict, reason=reason, numbers=tuple(numbers))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """What several verdicts that must all hold come to: contradicted before not testable before supported.

    >>> worst([Verdict.SUPPORTED, Verdict.NOT_TESTABLE])
    <Verdict.NOT_TESTABLE: 'not testable'>
    """
    return max(verdicts, key=(Verdict.SUPPORTED, Verdict.NOT_TESTABLE, Verdict.CONTRADICTED).index)


def keys_of(records: Iterable[Record]) -> tuple[str, ...]:
    """Keys of ``records``, sorted."""
    return tuple(sorted(record.key for record in records))


def names(records: Iterable[Record]) -> str:
    """Model, dataset and size of ``records`` in words, at most six of them."""
    found = list(dict.fromkeys(f"{r.run.model} on {r.run.dataset}, {r.run.size}" for r in records))
    more = f" and {len(found) - 6} more" if len(found) > 6 else ""
    return "; ".join(found[:6]) + more
