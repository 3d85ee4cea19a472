"""An objective with a known optimum instead of a training: for tests, benchmarks of the search, and the tutorial."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Final

from hpo.catalogue import ModelCard
from hpo.evaluation import Hyperparameters, Outcome, Status
from hpo.models.base import Arrays, Model, TestScore, Training
from hpo.models.parameters import Parameter, defaults_of, resolve

if TYPE_CHECKING:
    import numpy as np

    from hpo.data.csa import CsaData

OPTIMUM: Final[Hyperparameters] = {
    "learning_rate": 0.003,
    "width": 48,
    "activation": "relu",
    "use_bias": True,
    "dropout": 0.25,
}
"""Where the loss is least."""
LEAST_LOSS: Final = 0.01
DEAD_FROM: Final = 0.1
"""Learning rate from which the imitated network is dead: its loss is that of a constant prediction."""
DEAD_LOSS: Final = 0.05

_ACTIVATIONS: Final = {"relu": 0.0, "tanh": 0.002, "sigmoid": 0.005}


class Synthetic(Model):
    """A smooth valley around :data:`OPTIMUM`; what a network would do above :data:`DEAD_FROM` is imitated, too."""

    card = ModelCard(
        name="Synthetic",
        title="An analytic objective with a known optimum",
        summary="Nothing is trained: the loss is a formula of the hyperparameters. It shows within seconds how a "
        "search goes, and how far it ends from the optimum.",
        citation="",
        doi="",
        licence="Part of Cross-HPO.",
        inputs=(),
        packages=(),
    )
    parameters = (
        Parameter("learning_rate", 0.0001, "acts on a logarithmic scale", lower=0.0, above=True),
        Parameter("width", 16, "width of a layer", lower=1),
        Parameter("activation", "sigmoid", "relu, tanh or sigmoid"),
        Parameter("use_bias", False, "whether there is a bias"),
        Parameter("dropout", 0.0, "share of units left out", lower=0.0, upper=1.0),
        Parameter("epochs", 10, "counted, without effect on the loss", lower=1),
        Parameter("seconds", 0.0, "seconds that an evaluation takes", lower=0.0),
    )
    defaults = defaults_of(parameters)

    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        """Row numbers and responses only: the objective reads no data."""
        import numpy as np

        auc = data.responses()["auc"].to_numpy(dtype=np.float32)
        arrays: dict[str, np.ndarray[Any, Any]] = {}
        for part in ("train", "val", "test"):
            rows = data.split(dataset, split, part)
            arrays[f"{part}_cell"] = arrays[f"{part}_drug"] = np.zeros(len(rows), dtype=np.int32)
            arrays[f"{part}_auc"] = auc[rows]
        return arrays

    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        values = resolve(self.parameters, hyperparameters)
        time.sleep(float(values["seconds"]))
        loss = objective(values)
        dead = float(values["learning_rate"]) >= DEAD_FROM
        epochs = int(values["epochs"])
        outcome = Outcome(
            Status.DEGENERATE if dead else Status.OK,
            loss=loss,
            metrics={"val_mse": loss, "val_rmse": math.sqrt(loss)},
            epochs_run=epochs,
            best_epoch=epochs,
            message="constant prediction" if dead else "",
        )
        return outcome, TestScore({"test_mse": loss}) if test else None


def objective(values: Hyperparameters) -> float:
    """The loss at ``values``: :data:`LEAST_LOSS` at :data:`OPTIMUM`, more everywhere else.

    Raises:
        ValueError: The activation is unknown.
    """
    if values["activation"] not in _ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(_ACTIVATIONS)}, got {values['activation']!r}")
    if float(values["learning_rate"]) >= DEAD_FROM:
        return DEAD_LOSS
    decades = math.log10(float(values["learning_rate"]) / float(OPTIMUM["learning_rate"]))
    octaves = math.log2(int(values["width"]) / int(OPTIMUM["width"]))
    return (
        LEAST_LOSS
        + 0.004 * decades**2
        + 0.001 * octaves**2
        + 0.02 * (float(values["dropout"]) - float(OPTIMUM["dropout"])) ** 2
        + _ACTIVATIONS[str(values["activation"])]
        + (0.0 if values["use_bias"] else 0.001)
    )
