"""What became of an export: what was written, what was refused and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hpo.errors import CheckFailed


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that an export does not write.

    Attributes:
        what: Name of the cell, run or task.
        reason: Why, a sentence without its full stop.
    """

    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote.

    Attributes:
        runs: Number of runs that are in it.
        refused: What was left out because it must not be handed on.
        notes: What a reader of the export should know, a sentence each.
    """

    runs: int
    refused: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()


class Refused(CheckFailed):
    """Raised when an export would lack something and that was not allowed; nothing is written then.

    Attributes:
        refused: All that was refused.
    """

    def __init__(self, refused: Sequence[Refusal], kept: int, what: str) -> None:
        self.refused = tuple(refused)
        head = f"{len(refused)} of {len(refused) + kept} {what} are refused, so nothing is written:"
        hint = "write the others with --allow-missing" if kept else "there is nothing else to write"
        super().__init__("\n".join([head, *(f"  {refusal}" for refusal in refused), f"  {hint}"]))


def check_refused(refused: Sequence[Refusal], kept: int, what: str, *, allow_missing: bool) -> None:
    """Stop an export that lacks something.

    Args:
        refused: What must not be handed on.
        kept: Number of things that are left.
        what: Their name in the plural.
        allow_missing: Whether to go on without what is refused.

    Raises:
        Refused: Something is refused and that is not allowed, or nothing is left.
    """
    if refused and (not allow_missing or not kept):
        raise Refused(refused, kept, what)
