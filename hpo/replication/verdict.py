"""What a replay came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from hpo.evaluation import Hyperparameters

State = Literal["complete", "partial", "differs", "no-seed", "impossible"]
"""``complete``: every evaluation of the search comes back, and all that is recorded agrees. ``partial``: all that can
be derived agrees, but losses that decide over the rest are not recorded. ``differs``: the record is not what the search
does. ``no-seed``: no seed gives what is recorded. ``impossible``: the record does not say enough, or a package that
its search needs is not installed."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The replay of one record.

    Attributes:
        key: Key of the record.
        state: How it ended.
        seed: Seed of the search; ``None`` if unknown.
        derived: Evaluations whose hyperparameters the replay knows.
        recorded: Rows of the record.
        agreeing: Rows of the record that the replay gives, bit for bit.
        reason: What differs first, or why it is not complete; empty if it is.
        assumptions: What had to be assumed for it, a sentence each.
        points: Hyperparameters of every derived evaluation, by number.
        recovered: Searched axis: rows of the record whose value only the replay knows.
    """

    key: str
    state: State
    seed: int | None = None
    derived: int = 0
    recorded: int = 0
    agreeing: int = 0
    reason: str = ""
    assumptions: tuple[str, ...] = ()
    points: Mapping[int, Hyperparameters] = field(default_factory=dict)
    recovered: Mapping[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether the record is not what a search of its seed, space and losses would have left."""
        return self.state in ("differs", "no-seed")

    def to_json(self) -> dict[str, Any]:
        """As JSON; the points of evaluations are left out."""
        content = asdict(self)
        del content["points"]
        return {**content, "assumptions": list(self.assumptions), "recovered": dict(self.recovered)}
