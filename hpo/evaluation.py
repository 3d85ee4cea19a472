"""One training of one candidate: what was asked for, and what came of it.

A status says what happened and the loss is a number only where one was measured; nothing is ever imputed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from hpo.errors import BadData

Value = bool | int | float | str
Hyperparameters = dict[str, Value]


class Status(StrEnum):
    """What became of an evaluation."""

    OK = "ok"
    """Finite loss inside the metric's range."""
    DEGENERATE = "degenerate"
    """Constant output, a dead network: the loss is finite and measured, ranked behind every living one."""
    INVALID = "invalid"
    """No result, NaN, infinite or out of the metric's range (diverged)."""
    FAILED = "failed"
    """An exception, or a non-zero exit status."""
    CRASHED = "crashed"
    """Ended by a signal other than KILL, TERM, INT or HUP."""
    TIMEOUT = "timeout"
    """Ended by us at its time limit."""
    OOM = "oom"
    """Out of host or device memory."""
    KILLED = "killed"
    """Killed by somebody else, also when tried again."""
    INTERRUPTED = "interrupted"
    """Stopped by us or by the end of the job: no result, run again with the same seed."""

    @property
    def has_loss(self) -> bool:
        """Whether an evaluation of this status carries a measured loss."""
        return self in (Status.OK, Status.DEGENERATE)

    @property
    def is_result(self) -> bool:
        """Whether the search may be told of it; an interrupted evaluation is run again instead."""
        return self is not Status.INTERRUPTED


RESULT_STATUSES: Final = tuple(status for status in Status if status.is_result)
"""The statuses that a record can hold, in the order of tables."""


class ImpossibleOutcome(ValueError):
    """Raised where an outcome contradicts itself or a number in it is not finite; a training that returns one is
    ``invalid``."""


class Origin(StrEnum):
    """How the search came to a candidate."""

    DEFAULT = "default"
    """The model's default hyperparameters: the baseline."""
    INITIAL = "initial"
    """First generation."""
    CROSSOVER = "crossover"
    MUTATION = "mutation"
    MODEL = "model"
    """Proposed by a sampler that learned from the evaluations before it (strategies ``tpe`` and ``cmaes``)."""
    RANDOM = "random"
    """Drawn from the space: the random control, or an immigrant where breeding found nothing new."""
    REPLICATE = "replicate"
    """A leader trained again with another seed, after the search proper."""


EVALUATION_COLUMNS_BEFORE: Final = ("evaluation", "generation", "origin")
EVALUATION_COLUMNS_AFTER: Final = (
    "status",
    "val_loss",
    "val_mse",
    "val_rmse",
    "val_pcc",
    "val_scc",
    "val_r2",
    "epochs_run",
    "best_epoch",
    "seed",
    "worker",
    "started",
    "walltime",
    "parents",
    "message",
)
"""Columns of ``evaluations.csv`` around those of the hyperparameters."""

METRICS: Final = ("val_mse", "val_rmse", "val_pcc", "val_scc", "val_r2")
"""Validation metrics beside the objective ``val_loss``."""

RESERVED_NAMES: Final = frozenset(EVALUATION_COLUMNS_BEFORE) | frozenset(EVALUATION_COLUMNS_AFTER)
"""Names that no hyperparameter may have, since ``evaluations.csv`` uses them."""

MAX_MESSAGE: Final = 2000


@dataclass(frozen=True, slots=True)
class Candidate:
    """One point that a search wants evaluated.

    Attributes:
        evaluation: Number of the evaluation within its run, from 0 (the baseline, where there is one).
        generation: Generation from 0.
        origin: How the search came to it.
        hyperparameters: Values of the searched axes, in the space's order; constants are left out.
        seed: Seed of the training, 31 bits; a function of the run's seed and the hyperparameters, and for a replicate
            of how often they were trained before.
        parents: Evaluations that it was bred from; of a replicate the one that it repeats.
    """

    evaluation: int
    generation: int
    origin: Origin
    hyperparameters: Hyperparameters
    seed: int
    parents: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; :meth:`from_json` restores an equal candidate."""
        return {
            "evaluation": self.evaluation,
            "generation": self.generation,
            "origin": self.origin.value,
            "hyperparameters": dict(self.hyperparameters),
            "seed": self.seed,
            "parents": list(self.parents),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Candidate:
        """Restore what :meth:`to_json` wrote.

        Raises:
            BadData: A key is missing or has a wrong value.
        """
        try:
            return cls(
                evaluation=int(data["evaluation"]),
                generation=int(data["generation"]),
                origin=Origin(data["origin"]),
                hyperparameters=dict(data["hyperparameters"]),
                seed=int(data["seed"]),
                parents=tuple(int(parent) for parent in data["parents"]),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise BadData(f"candidate: {error!r} in {dict(data)!r:.200}") from error


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a training came to.

    Attributes:
        status: What happened.
        loss: ``val_loss``, the objective, lower is better; ``None`` unless ``status.has_loss``.
        metrics: Further validation metrics by the names of :data:`METRICS`; undefined ones are left out.
        epochs_run: Epochs (boosting rounds for trees) trained; ``None`` if unknown.
        best_epoch: Epoch, from 1, whose weights were scored; ``None`` if unknown.
        message: Why it is not ``ok``; free text of at most 2,000 characters.
    """

    status: Status
    loss: float | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    epochs_run: int | None = None
    best_epoch: int | None = None
    message: str = ""

    def __post_init__(self) -> None:
        if self.status.has_loss != (self.loss is not None):
            raise ImpossibleOutcome(f"status {self.status} and loss {self.loss} contradict each other")
        if self.loss is not None and not math.isfinite(self.loss):
            raise ImpossibleOutcome(f"loss {self.loss} is not finite: its status is {Status.INVALID}")
        undefined = [name for name, value in self.metrics.items() if name not in METRICS or not math.isfinite(value)]
        if undefined:
            raise ImpossibleOutcome(f"metrics {undefined} are unknown or not finite; leave undefined ones out")
        if len(self.message) > MAX_MESSAGE:
            object.__setattr__(self, "message", self.message[: MAX_MESSAGE - 1] + "…")

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; :meth:`from_json` restores an equal outcome."""
        return {
            "status": self.status.value,
            "loss": self.loss,
            "metrics": dict(self.metrics),
            "epochs_run": self.epochs_run,
            "best_epoch": self.best_epoch,
            "message": self.message,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Outcome:
        """Restore what :meth:`to_json` wrote.

        Raises:
            BadData: A key is missing or has a wrong value.
        """
        try:
            return cls(
                status=Status(data["status"]),
                loss=data["loss"],
                metrics=dict(data["metrics"]),
                epochs_run=data["epochs_run"],
                best_epoch=data["best_epoch"],
                message=str(data["message"]),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise BadData(f"outcome: {error!r} in {dict(data)!r:.200}") from error


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A finished evaluation: the candidate, its outcome, and where and when it ran.

    Attributes:
        candidate: What was asked for.
        outcome: What came of it; never ``interrupted``.
        worker: Number of the worker from 0; ``None`` if unknown.
        started: UTC, ISO 8601 with ``Z``; ``None`` if unknown.
        walltime: Seconds from start to result; ``None`` if unknown.
    """

    candidate: Candidate
    outcome: Outcome
    worker: int | None = None
    started: str | None = None
    walltime: float | None = None
