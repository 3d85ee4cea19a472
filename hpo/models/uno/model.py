"""Uno as a searchable model: its card, hyperparameters, features and training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hpo.catalogue import MODEL_CARDS
from hpo.evaluation import Hyperparameters, Outcome
from hpo.models.base import Arrays, Model, TestScore, Training
from hpo.models.parameters import Parameter, defaults_of, resolve
from hpo.models.published import HOF, hof_protocol

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from hpo.data.csa import CsaData

_RATE: Final = Parameter(
    "learning_rate",
    3.2e-4,
    "step size of Adam after the warm-up, whatever the batch size; networks die above about 0.0006",
    lower=0.0,
    above=True,
)
_PUBLISHED_RATE: Final = Parameter(
    "learning_rate", 1e-5, "times the batch size: step size of Adam after the warm-up", lower=0.0, above=True
)
_INTERACTION: Final = Parameter("interaction_layers", 5, "fully connected layers over both towers", lower=1)
_PUBLISHED_INTERACTION: Final = Parameter("interaction_layers", 3, "fully connected layers over both towers", lower=1)
_COMMON: Final = (
    Parameter("batch_size", 32, "responses of a training step", lower=1),
    Parameter("dropout", 0.1, "share of the outputs of each hidden layer left out", lower=0.0, upper=0.9),
    Parameter("warmup_epochs", 5, "epochs over which the step size rises from a hundredth", lower=0),
    Parameter("width", 1000, "units of every hidden layer", lower=1),
    Parameter("epochs", 200, "most passes over the training part", lower=1),
    Parameter("patience", 20, "epochs without a better validation loss before stopping", lower=1),
)
PARAMETERS: Final = (_RATE, *_COMMON, _INTERACTION)
PUBLISHED_PARAMETERS: Final = (_PUBLISHED_RATE, *_COMMON, _PUBLISHED_INTERACTION)

START: Final = 1 / 100
"""Rate of the first epoch as a share of the full one."""
LEAST: Final = 1 / 10_000
"""Least rate likewise."""
PLATEAU: Final = 3
"""Epochs without a better validation loss that halve the rate."""
PLATEAU_FACTOR: Final = 0.5
PLATEAU_DELTA: Final = 1e-4
"""What a loss must be lower by to count as better for the rate (not for ``patience``): the default of Keras."""


class Uno(Model):
    """Uno in PyTorch; the same seed, device and number of threads give the same result bit for bit on a CPU.

    The original multiplies its learning rate by the batch size, so that neither can be searched without the other;
    here ``learning_rate`` is the rate that Adam gets.

    ``compat="hof"`` does as the original: the rate is ``learning_rate * batch_size``, there are three layers over
    both towers instead of five (the published runs took the number from the wrong branch), scales come from training
    and validation together, and cell lines and drugs with a missing value are left out. The published runs ignored
    the learning rate that they searched and took 1e-5; hold it there to repeat them.
    """

    card = MODEL_CARDS["Uno"]
    parameters = PARAMETERS
    defaults = defaults_of(PARAMETERS)
    compats = (HOF,)

    def __init__(self, compat: str | None = None) -> None:
        super().__init__(compat)
        if compat == HOF:
            self.parameters = PUBLISHED_PARAMETERS
            self.defaults = defaults_of(PUBLISHED_PARAMETERS)

    def protocol(self) -> dict[str, Any]:
        """See ``Model``."""
        return hof_protocol(self.protocol_version) if self.compat == HOF else super().protocol()

    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        """``cells`` (expression of all genes, float32) and ``drugs`` (descriptors, float32), and the pairs.

        Both tables are standardised on the cell lines and drugs of the training part. A column that is the same for
        all of these is left out, since nothing could be learned of it; a missing value becomes 0, the mean.
        """
        import numpy as np

        from hpo.models.features import SCALED_ON, response_pairs, rows_of_parts, standardised

        expression = data.gene_expression(level="Gene_Symbol")
        descriptors = data.drug_table("mordred")
        if self.compat == HOF:
            expression, descriptors = _complete(expression), _complete(descriptors)
        pairs = response_pairs(data, dataset, split, expression.index, descriptors.index)
        arrays = dict(pairs.arrays)
        for kind, table, ids in (("cell", expression, pairs.cells), ("drug", descriptors, pairs.drugs)):
            rows = rows_of_parts(pairs.arrays, kind, SCALED_ON[self.compat])
            values = standardised(table.loc[ids].to_numpy(np.float64), rows)
            arrays[f"{kind}s"] = values if self.compat == HOF else np.nan_to_num(values[:, _varying(values, rows)])
        return arrays

    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        """Adam on squared error; half the rate after 3 epochs without progress, the end after ``patience``."""
        values = resolve(self.parameters, hyperparameters)

        from hpo.models.device import reproducible
        from hpo.models.neural import Schedule, fit_and_score
        from hpo.models.rates import Plateau
        from hpo.models.uno.task import UnoTask

        batch_size = int(values["batch_size"])
        full = float(values["learning_rate"]) * (batch_size if self.compat == HOF else 1)
        rate = Plateau(
            full=full,
            factor=PLATEAU_FACTOR,
            patience=PLATEAU,
            min_delta=PLATEAU_DELTA,
            least=full * LEAST,
            warmup=int(values["warmup_epochs"]),
            start=full * START,
        )
        schedule = Schedule(rate, batch_size, int(values["epochs"]), int(values["patience"]))
        with reproducible(training) as device:
            task = UnoTask(
                arrays,
                device,
                width=int(values["width"]),
                interaction_layers=int(values["interaction_layers"]),
                dropout=float(values["dropout"]),
            )
            return fit_and_score(task, arrays, schedule, seed=training.seed, test=test)


def _complete(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``table`` without a missing value."""
    import numpy as np

    result: pd.DataFrame = table.loc[np.isfinite(table.to_numpy()).all(axis=1)]
    return result


def _varying(values: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.bool_]:
    """Columns of which ``rows`` show more than one value, missing ones aside."""
    import numpy as np

    seen = values[np.unique(rows)]
    present = np.isfinite(seen)
    least = np.where(present, seen, np.inf).min(axis=0)
    most = np.where(present, seen, -np.inf).max(axis=0)
    varies: NDArray[np.bool_] = most > least
    return varies
