"""IGTD as a searchable model: its card, hyperparameters, features and training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hpo.catalogue import MODEL_CARDS
from hpo.errors import BadData
from hpo.evaluation import Hyperparameters, Outcome
from hpo.models.base import Arrays, Model, TestScore, Training
from hpo.models.parameters import Parameter, defaults_of, resolve
from hpo.models.published import HOF, hof_protocol

if TYPE_CHECKING:
    import numpy as np

    from hpo.data.csa import CsaData
    from hpo.models.igtd.images import Images

PARAMETERS: Final = (
    Parameter("learning_rate", 1e-4, "step size of Adam, divided by 10 at every plateau", lower=0.0, above=True),
    Parameter("batch_size", 128, "responses of a training step", lower=1),
    Parameter("dropout", 0.1, "share of the outputs of a hidden layer left out", lower=0.0, upper=0.9),
    Parameter("epochs", 100, "most passes over the training part", lower=1),
    Parameter("patience", 20, "epochs without a better validation loss before stopping", lower=1),
    Parameter("filters", 16, "channels of the first convolutions; each further one has twice as many", lower=1),
    Parameter("dense_width", 1000, "width of the first hidden layer; the others are shares of it", lower=1),
)

MIN_DELTA: Final = 1e-6
"""What a validation loss must be lower by to count as better for patience and plateaus."""
PLATEAU: Final = 10
"""Epochs without a better validation loss that make a plateau."""
PLATEAU_FACTOR: Final = 0.1
LEAST_RATE: Final = 1e-6


class IGTD(Model):
    """IGTD in PyTorch; the same seed, device and number of threads give the same result bit for bit on a CPU.

    ``compat="hof"`` lets the cell lines and drugs of all three parts choose, scale and arrange the pixels, arranges
    for up to 50,000 steps (tens of minutes for 50 by 50 pixels), and begins the running statistics of batch
    normalisation as Keras does.
    """

    card = MODEL_CARDS["IGTD"]
    parameters = PARAMETERS
    defaults = defaults_of(PARAMETERS)
    compats = (HOF,)

    def protocol(self) -> dict[str, Any]:
        """See ``Model``."""
        return hof_protocol(self.protocol_version) if self.compat == HOF else super().protocol()

    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        """``cells`` and ``drugs`` (images, float32, shape ``(n, side, side)``), how they came about, and the pairs.

        All genes and descriptors compete for the pixels; columns with a missing value can't be one. Of each table
        there is also ``<table>_layout`` (column shown by each pixel, int32) and ``<table>_errors`` (error of the
        arrangement before the first and after each step, float64). ``hpo.models.igtd.images`` says how large the
        images are.

        Raises:
            BadData: Fewer than 36 genes or descriptors can be pixels.
        """
        import numpy as np

        from hpo.models.features import PARTS, response_pairs, rows_of_parts
        from hpo.models.igtd.images import MAX_SIDE, image_side, make_images, usable

        expression = data.gene_expression(level="Gene_Symbol")
        descriptors = data.drug_table("mordred")
        pairs = response_pairs(data, dataset, split, expression.index, descriptors.index)
        published = self.compat == HOF
        seen_parts = PARTS if published else ("train",)
        arrays = dict(pairs.arrays)
        side = MAX_SIDE
        # Cell lines first: the images of the drugs are no larger than theirs.
        for kind, frame, ids in (("cell", expression, pairs.cells), ("drug", descriptors, pairs.drugs)):
            table = frame.loc[ids].to_numpy(np.float64)
            rows = rows_of_parts(pairs.arrays, kind, seen_parts)
            side = image_side(_enough(len(usable(table, rows)), kind), side)
            images = make_images(table, rows, side, published=published)
            arrays |= _arrays(f"{kind}s", images)
        return arrays

    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        """Adam on squared error; a tenth of the rate after 10 epochs without progress, the end after ``patience``."""
        values = resolve(PARAMETERS, hyperparameters)

        from hpo.models.device import reproducible
        from hpo.models.igtd.task import IGTDTask
        from hpo.models.neural import Schedule, fit_and_score
        from hpo.models.rates import Plateau

        rate = Plateau(
            full=float(values["learning_rate"]),
            factor=PLATEAU_FACTOR,
            patience=PLATEAU,
            min_delta=MIN_DELTA,
            least=LEAST_RATE,
        )
        schedule = Schedule(
            rate, int(values["batch_size"]), int(values["epochs"]), int(values["patience"]), min_delta=MIN_DELTA
        )
        with reproducible(training) as device:
            task = IGTDTask(
                arrays,
                device,
                filters=int(values["filters"]),
                width=int(values["dense_width"]),
                dropout=float(values["dropout"]),
                slow_start=self.compat == HOF,
            )
            return fit_and_score(task, arrays, schedule, seed=training.seed, test=test)


def _enough(count: int, kind: str) -> int:
    from hpo.models.igtd.images import MIN_SIDE

    if count < MIN_SIDE**2:
        file = {"cell": "x_data/cancer_gene_expression.tsv", "drug": "x_data/drug_mordred.tsv"}[kind]
        raise BadData(
            f"{file}: {count} columns are complete and vary over the training part; the smallest image of IGTD, "
            f"{MIN_SIDE} x {MIN_SIDE} pixels, needs {MIN_SIDE**2}"
        )
    return count


def _arrays(table: str, images: Images) -> dict[str, np.ndarray[Any, Any]]:
    return {table: images.pixels, f"{table}_layout": images.layout, f"{table}_errors": images.errors}
