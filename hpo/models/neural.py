"""The training loop of the neural networks: Adam, early stopping on validation, best weights restored.

A learning rate that changes from epoch to epoch is a function of the validation losses so far; see
``hpo.models.rates``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hpo.evaluation import Outcome, Status
from hpo.models.base import Arrays, TestScore
from hpo.models.metrics import is_constant, outcome_from_predictions, test_score
from hpo.models.rates import Rates

CONSTANT_EPOCHS: Final = 2
"""Epochs in a row with constant validation predictions after which a network counts as dead."""

Score = Callable[[NDArray[np.float32], NDArray[Any]], float]
"""Validation loss of predictions and truth, shape ``(n,)`` each: what the best epoch has the least of."""


class Task(Protocol):
    """A network with its data: what the loop needs to know of them."""

    rows: int
    """Training rows."""

    @property
    def network(self) -> nn.Module:
        """The network, trained in place."""

    def loss(self, rows: Tensor) -> Tensor:
        """What to minimise, of the training rows with these numbers (int64 on the CPU), with its graph."""

    def predict(self, part: str) -> Tensor:
        """Predictions of a whole part; the network is in evaluation mode and no gradients are kept."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and in which steps to train.

    Attributes:
        learning_rate: Of Adam: a number, or a function of the validation losses of the epochs so far.
        batch_size: Training rows of a step; a last batch of one row joins the one before.
        epochs: Most passes over the training rows.
        patience: Epochs without a better validation loss before stopping; ``None`` to train all epochs.
        min_delta: What a loss must be lower by to count as better for ``patience``; the weights kept are always those
            of the least loss.
        keep_latest: Epochs up to which the latest weights are kept instead of the best; a later epoch replaces them
            when its loss is lower than theirs.
        weight_decay: L2 penalty of Adam.
        clip_value: Bound on the absolute value of every gradient; ``None`` for none.
    """

    learning_rate: float | Rates
    batch_size: int
    epochs: int
    patience: int | None
    min_delta: float = 0.0
    keep_latest: int = 0
    weight_decay: float = 0.0
    clip_value: float | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """What a training came to; the network holds the weights of ``best_epoch``.

    Attributes:
        epochs_run: Epochs trained.
        best_epoch: Epoch, from 1, with the lowest validation loss (or the latest, see ``Schedule.keep_latest``);
            ``None`` if no epoch had a finite one.
        message: Why it stopped before patience ran out: constant or non-finite output; else empty.
    """

    epochs_run: int
    best_epoch: int | None
    message: str


def mean_squared_error(prediction: NDArray[np.float32], truth: NDArray[Any]) -> float:
    """Mean of the squared differences, in 64 bits."""
    return float(np.mean(np.square(prediction - truth, dtype=np.float64)))


def fit(task: Task, truth: NDArray[Any], schedule: Schedule, *, seed: int, score: Score = mean_squared_error) -> Fit:
    """Train ``task.network`` in place and give it back with the weights of its best epoch.

    A network whose validation predictions are constant after two epochs in a row, or not finite after one, is beyond
    recovery: training stops at once instead of burning the remaining epochs.

    Args:
        task: Network and data.
        truth: Validation target, shape ``(n,)``.
        schedule: Hyperparameters of the training.
        seed: Seeds the order of the training rows.
        score: Validation loss that chooses the best epoch.
    """
    order = torch.Generator().manual_seed(seed)
    rate = schedule.learning_rate
    optimizer = torch.optim.Adam(
        task.network.parameters(),
        lr=rate(()) if callable(rate) else rate,
        weight_decay=schedule.weight_decay,
        fused=True,
    )
    losses: list[float] = []
    best_loss, best_epoch, best_state = np.inf, None, dict[str, Tensor]()
    reference, improved = np.inf, 0
    constant = epoch = 0
    message = ""
    for epoch in range(1, schedule.epochs + 1):
        if callable(rate):
            optimizer.param_groups[0]["lr"] = rate(losses)
        _train_epoch(task, torch.randperm(task.rows, generator=order), schedule, optimizer)
        predictions = evaluate(task, "val")
        if not np.isfinite(predictions).all():
            message = f"not finite from epoch {epoch} on"
            break
        loss = score(predictions, truth)
        losses.append(loss)
        latest = epoch <= schedule.keep_latest
        if latest or loss < best_loss:
            best_loss, best_epoch = loss, epoch
            best_state = {name: value.detach().clone() for name, value in task.network.state_dict().items()}
        if latest or loss < reference - schedule.min_delta:
            reference, improved = loss, epoch
        constant = constant + 1 if is_constant(predictions) else 0
        if constant == CONSTANT_EPOCHS:
            message = f"constant output from epoch {epoch - CONSTANT_EPOCHS + 1} on"
            break
        if schedule.patience is not None and epoch - improved >= schedule.patience:
            break
    if best_epoch is not None:
        task.network.load_state_dict(best_state)
    return Fit(epoch, best_epoch, message)


def fit_and_score(
    task: Task,
    arrays: Arrays,
    schedule: Schedule,
    *,
    seed: int,
    test: bool,
    score: Score = mean_squared_error,
) -> tuple[Outcome, TestScore | None]:
    """:func:`fit` on AUC, and what came of it; see ``Model.train``.

    Args:
        task: Network and data; it predicts AUC (or what stands for it in ``arrays``).
        arrays: Prepared arrays, of which the measured AUC are used.
        schedule: Hyperparameters of the training.
        seed: Seeds the order of the training rows.
        test: Whether to score the test part.
        score: Validation loss that chooses the best epoch.
    """
    result = fit(task, arrays["val_auc"], schedule, seed=seed, score=score)
    if result.best_epoch is None:
        return Outcome(Status.INVALID, epochs_run=result.epochs_run, message=result.message), None
    outcome = outcome_from_predictions(
        arrays["val_auc"],
        evaluate(task, "val"),
        epochs_run=result.epochs_run,
        best_epoch=result.best_epoch,
        message=result.message,
    )
    return outcome, test_score(arrays["test_auc"], evaluate(task, "test")) if test else None


def _train_epoch(task: Task, order: Tensor, schedule: Schedule, optimizer: torch.optim.Optimizer) -> None:
    """One pass over the training rows in ``order``; the loss stays on the device."""
    task.network.train()
    for rows in batches(order, schedule.batch_size):
        optimizer.zero_grad(set_to_none=True)
        task.loss(rows).backward()  # type: ignore[no-untyped-call]  # untyped in PyTorch
        if schedule.clip_value is not None:
            nn.utils.clip_grad_value_(task.network.parameters(), schedule.clip_value)
        optimizer.step()


def evaluate(task: Task, part: str) -> NDArray[np.float32]:
    """Predictions of a whole part, float32 on the host, in evaluation mode."""
    task.network.eval()
    with torch.inference_mode():
        result: NDArray[np.float32] = task.predict(part).float().cpu().numpy()
    return result


def batches(order: Tensor, size: int) -> list[Tensor]:
    """``order`` cut into batches of ``size``; a last batch of one row joins the one before.

    >>> [len(batch) for batch in batches(torch.arange(9), 4)]
    [4, 5]
    """
    parts = list(torch.split(order, size))
    if len(parts) > 1 and len(parts[-1]) == 1:
        parts[-2:] = [torch.cat(parts[-2:])]
    return parts
