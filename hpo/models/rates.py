"""Learning rates that change while a network trains, as functions of the validation losses so far.

A function of the losses has no state of its own: the same losses give the same rate, however often it is asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Rates = Callable[[Sequence[float]], float]
"""Learning rate of the next epoch, given the validation losses of all epochs before it."""


@dataclass(frozen=True, slots=True)
class Plateau:
    """A rate that rises over the first epochs and falls whenever the validation loss has stayed for a while.

    The laws are those of Keras's ``ReduceLROnPlateau`` (without a cooldown) and of a linear warm-up before it: epoch
    1 has the rate ``start``, epoch ``warmup + 1`` the rate ``full``; losses count from the first epoch on, and what
    they take from the rate during the warm-up is given back by its next step.

    Attributes:
        full: The rate after the warm-up.
        factor: What the rate is multiplied by at a plateau.
        patience: Epochs without a better loss that make a plateau; each plateau after the first as many again.
        min_delta: What a loss must be lower by to count as better.
        least: The rate does not fall below this.
        warmup: Epochs of the warm-up; 0 for none.
        start: Rate of the first epoch of the warm-up.
    """

    full: float
    factor: float
    patience: int
    min_delta: float
    least: float
    warmup: int = 0
    start: float = 0.0

    def __call__(self, losses: Sequence[float]) -> float:
        """Learning rate of epoch ``len(losses) + 1``.

        >>> Plateau(full=0.8, factor=0.5, patience=2, min_delta=0.0, least=0.1)([3.0, 2.0, 2.0, 2.5])
        0.4
        """
        rate = self._warm(0)
        best, waited = math.inf, 0
        for epoch, loss in enumerate(losses, start=1):
            waited += 1
            if loss < best - self.min_delta:
                best, waited = loss, 0
            elif waited >= self.patience:
                # A warm-up may start below the least rate, and stays there.
                rate, waited = max(rate * self.factor, min(rate, self.least)), 0
            if epoch <= self.warmup:
                rate = self._warm(epoch)
        return rate

    def _warm(self, epoch: int) -> float:
        if self.warmup == 0:
            return self.full
        return self.start + (self.full - self.start) * epoch / self.warmup
