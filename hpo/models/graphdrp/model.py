"""GraphDRP as a searchable model: its card, hyperparameters, features and training."""

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

PARAMETERS: Final = (
    Parameter("learning_rate", 1e-4, "step size of Adam; networks die above about 0.002", lower=0.0, above=True),
    Parameter("batch_size", 256, "responses of a training step", lower=1),
    Parameter("epochs", 150, "most passes over the training part", lower=1),
    Parameter("patience", 20, "epochs without a better validation loss before stopping", lower=1),
)


class GraphDRP(Model):
    """GraphDRP in PyTorch; the same seed, device and number of threads give the same result bit for bit on a CPU.

    ``compat="hof"`` fits the scales of the expression on training and validation together, as published runs did.
    """

    card = MODEL_CARDS["GraphDRP"]
    parameters = PARAMETERS
    defaults = defaults_of(PARAMETERS)
    compats = (HOF,)

    def protocol(self) -> dict[str, Any]:
        """See ``Model``."""
        return hof_protocol(self.protocol_version) if self.compat == HOF else super().protocol()

    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        """``cells`` (expression, float32), ``atoms``, ``atom_start`` and ``bonds`` of the drugs, and the pairs.

        Expression is standardised on the cell lines of the training part. The arrays of the drugs are those of
        ``graphdrp.molecules.molecular_graphs``.

        Raises:
            BadData: There are fewer than 118 genes, an expression is missing, or a SMILES can't be read.
        """
        import numpy as np

        from hpo.models.features import (
            MIN_GENES,
            SCALED_ON,
            gene_expression,
            response_pairs,
            rows_of_parts,
            standardised,
        )
        from hpo.models.graphdrp.molecules import molecular_graphs

        expression = gene_expression(data)
        if expression.shape[1] < MIN_GENES:
            raise BadData(
                f"x_data/cancer_gene_expression.tsv: {expression.shape[1]} genes; the three convolutions of GraphDRP "
                f"need at least {MIN_GENES}"
            )
        smiles = data.smiles()
        pairs = response_pairs(data, dataset, split, expression.index, smiles.index)
        cells = expression.loc[pairs.cells]
        missing = cells.index[~np.isfinite(cells.to_numpy()).all(axis=1)]
        if len(missing):
            raise BadData(
                f"x_data/cancer_gene_expression.tsv: {len(missing)} cell lines miss the expression of a gene, "
                f"{missing[0]} for one; GraphDRP needs all of them"
            )
        return {
            "cells": standardised(
                cells.to_numpy(np.float64), rows_of_parts(pairs.arrays, "cell", SCALED_ON[self.compat])
            ),
            **molecular_graphs({drug: str(smiles.loc[drug]) for drug in pairs.drugs}),
            **pairs.arrays,
        }

    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        """Adam on squared error until the validation loss has not improved for ``patience`` epochs."""
        values = resolve(PARAMETERS, hyperparameters)

        from hpo.models.device import reproducible
        from hpo.models.graphdrp.task import GraphDRPTask
        from hpo.models.neural import Schedule, fit_and_score

        schedule = Schedule(
            float(values["learning_rate"]), int(values["batch_size"]), int(values["epochs"]), int(values["patience"])
        )
        with reproducible(training) as device:
            task = GraphDRPTask(arrays, device)
            return fit_and_score(task, arrays, schedule, seed=training.seed, test=test)
