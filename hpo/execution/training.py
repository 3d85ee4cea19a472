"""One training in this process: the model's answer, or its exception, as an outcome.

Used by the evaluator child, and by the pool that trains inside the searching process.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from hpo.evaluation import Candidate, Hyperparameters, ImpossibleOutcome, Outcome, Status
from hpo.models.base import Arrays, Model, Training
from hpo.models.failures import says_out_of_memory


@dataclass(frozen=True, slots=True)
class EvaluatorSettings:
    """What an evaluator needs to know beside the candidates.

    Attributes:
        model: Registered name or import path of the model.
        features: The prepared folder.
        fixed: Hyperparameters that stay the same.
        compat: Published behaviour that the model reproduces.
        threads: CPU threads of one training.
        time_limit: Seconds that a training may take; ``None`` for no limit.
        memory_limit: GiB of memory that it may use, with all processes that it starts; ``None`` for no limit.
        grace: Seconds between the request to end and the kill.
        logs: Folder for what trainings print; ``None`` to drop it.
        environment: Variables set for the evaluator.
    """

    model: str
    features: str
    fixed: Hyperparameters
    compat: str | None = None
    threads: int = 1
    time_limit: float | None = None
    memory_limit: float | None = None
    grace: float = 10.0
    logs: str | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; ``EvaluatorSettings(**data)`` restores equal settings."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Trainer:
    """A model with its data, ready to train candidates one after the other."""

    model: Model
    arrays: Arrays
    settings: EvaluatorSettings
    device: str

    @classmethod
    def ready(cls, settings: EvaluatorSettings) -> Trainer:
        """Load the model and map its features."""
        from hpo.data.prepared import open_prepared
        from hpo.models.device import choose_device
        from hpo.models.registry import load

        model = load(settings.model, settings.compat)
        prepared = open_prepared(Path(settings.features))
        model.use(prepared)
        return cls(model, prepared.arrays, settings, choose_device() if "torch" in model.card.packages else "cpu")

    def train(self, hyperparameters: Mapping[str, Any], seed: int) -> Outcome:
        """Train once; whatever goes wrong becomes an outcome. The traceback is printed."""
        training = Training(seed=seed, threads=self.settings.threads, device=self.device)
        try:
            outcome, _ = self.model.train({**self.settings.fixed, **hyperparameters}, self.arrays, training)
            return checked(outcome)
        except Exception as error:
            traceback.print_exc()
            return outcome_of(error)


def checked(outcome: object) -> Outcome:
    """``outcome``, if it is one that a training may have and the loss, a squared error, is not negative."""
    if not isinstance(outcome, Outcome):
        return Outcome(Status.INVALID, message=f"the model returned {type(outcome).__name__}, no outcome")
    if not outcome.status.is_result:
        return Outcome(Status.INVALID, message=f"the model returned the status {outcome.status}, which is no result")
    if outcome.loss is not None and outcome.loss < 0:
        return Outcome(Status.INVALID, message=f"the loss {outcome.loss!r} is negative; a squared error can't be")
    return replace(
        outcome,
        # Plain numbers instead of NumPy's, which JSON does not know.
        loss=None if outcome.loss is None else float(outcome.loss),
        metrics={name: float(value) for name, value in outcome.metrics.items()},
        epochs_run=None if outcome.epochs_run is None else int(outcome.epochs_run),
        best_epoch=None if outcome.best_epoch is None else int(outcome.best_epoch),
        message=str(outcome.message),
    )


def outcome_of(error: Exception) -> Outcome:
    """What a training that raised ``error`` came to."""
    name = type(error).__name__
    text = f"{name}: {error}" if str(error) else name
    if isinstance(error, ImpossibleOutcome):
        return Outcome(Status.INVALID, message=str(error))
    if isinstance(error, MemoryError) or says_out_of_memory(text):
        return Outcome(Status.OOM, message=text)
    return Outcome(Status.FAILED, message=f"{text}\n{_place(error)}")


def poisons_process(outcome: Outcome) -> bool:
    """Whether a process in which this happened should not train again: its device may be in an undefined state."""
    return outcome.status is Status.OOM or "CUDA error" in outcome.message


def request_of(candidate: Candidate) -> dict[str, Any]:
    """What an evaluator is sent for ``candidate``."""
    return {"hyperparameters": candidate.hyperparameters, "seed": candidate.seed}


def _place(error: Exception) -> str:
    """The last three frames of the traceback within the model, innermost last, without folders."""
    frames = traceback.extract_tb(error.__traceback__)[1:][-3:]
    return "\n".join(f"in {frame.name} ({Path(frame.filename).name}, line {frame.lineno})" for frame in frames)
