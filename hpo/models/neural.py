"""The training loop of the neural networks: Adam, early stopping on validation, best weights restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hpo.models.metrics import is_constant

CONSTANT_EPOCHS: Final = 2
"""Epochs in a row with constant validation predictions after which a network counts as dead."""


class Task(Protocol):
    """A network with its data: what the loop needs to know of them."""

    rows: int
    """Training rows."""

    @property
    def network(self) -> nn.Module:
        """The network, trained in place."""

    def loss(self, rows: Tensor) -> Tensor:
        """Mean squared error of the training rows with these numbers (int64 on the CPU), with its graph."""

    def predict(self, part: str) -> Tensor:
        """Predictions of a whole part; the network is in evaluation mode and no gradients are kept."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and in which steps to train.

    Attributes:
        learning_rate: Of Adam.
        batch_size: Training rows of a step; a last batch of one row joins the one before.
        epochs: Most passes over the training rows.
        patience: Epochs without a better validation loss before stopping.
    """

    learning_rate: float
    batch_size: int
    epochs: int
    patience: int


@dataclass(frozen=True, slots=True)
class Fit:
    """What a training came to; the network holds the weights of the best epoch.

    Attributes:
        epochs_run: Epochs trained.
        best_epoch: Epoch, from 1, with the lowest validation loss; ``None`` if no epoch had a finite one.
        message: Why it stopped before patience ran out: constant or non-finite output; else empty.
    """

    epochs_run: int
    best_epoch: int | None
    message: str


def fit(task: Task, truth: NDArray[Any], schedule: Schedule, *, seed: int) -> Fit:
    """Train ``task.network`` in place and give it back with the weights of its best epoch.

    A network whose validation predictions are constant after two epochs in a row, or not finite after one, is beyond
    recovery: training stops at once instead of burning the remaining epochs.

    Args:
        task: Network and data.
        truth: Validation AUC, shape ``(n,)``.
        schedule: Hyperparameters of the training.
        seed: Seeds the order of the training rows.
    """
    order = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(task.network.parameters(), lr=schedule.learning_rate, fused=True)
    best_loss, best_epoch, best_state = np.inf, None, dict[str, Tensor]()
    constant = epoch = 0
    message = ""
    for epoch in range(1, schedule.epochs + 1):
        task.network.train()
        for rows in batches(torch.randperm(task.rows, generator=order), schedule.batch_size):
            optimizer.zero_grad(set_to_none=True)
            task.loss(rows).backward()  # type: ignore[no-untyped-call]  # untyped in PyTorch
            optimizer.step()
        predictions = evaluate(task, "val")
        if not np.isfinite(predictions).all():
            message = f"not finite from epoch {epoch} on"
            break
        loss = float(np.mean(np.square(predictions - truth, dtype=np.float64)))
        if loss < best_loss:
            best_loss, best_epoch = loss, epoch
            best_state = {name: value.detach().clone() for name, value in task.network.state_dict().items()}
        constant = constant + 1 if is_constant(predictions) else 0
        if constant == CONSTANT_EPOCHS:
            message = f"constant output from epoch {epoch - CONSTANT_EPOCHS + 1} on"
            break
        if best_epoch is not None and epoch - best_epoch >= schedule.patience:
            break
    if best_epoch is not None:
        task.network.load_state_dict(best_state)
    return Fit(epoch, best_epoch, message)


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
