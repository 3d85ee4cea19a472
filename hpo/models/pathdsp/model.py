"""PathDSP as a searchable model: its card, hyperparameters, features and training."""

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
    from numpy.typing import NDArray

    from hpo.data.csa import CsaData

PARAMETERS: Final = (
    Parameter("learning_rate", 4e-4, "step size of Adam", lower=0.0, above=True),
    Parameter("batch_size", 12, "responses of a training step", lower=1),
    Parameter("dropout", 0.1, "share of the units left out after each hidden layer", lower=0.0, upper=0.95),
    Parameter("weight_decay", 1e-5, "L2 penalty of Adam", lower=0.0),
    Parameter("width", 1000, "units of the first hidden layer; the others have 80, 50 and 10 % of it", lower=1),
    Parameter("epochs", 800, "most passes over the training part", lower=1),
    Parameter("patience", 30, "epochs without a better validation loss before stopping", lower=1),
)

CLIP: Final = 5.0
"""Bound on every gradient."""


class PathDSP(Model):
    """PathDSP in PyTorch; the same seed, device and number of threads give the same result bit for bit on a CPU.

    The network learns ``log10(auc + 0.01)``; its predictions are turned back, so that its loss is on AUC.

    ``compat="hof"`` does what published runs did: each part is scaled by itself, scores of pathways are compared
    with three random gene lists, responses without a score are left out, and both early stopping and the loss are on
    the logarithm.
    """

    card = MODEL_CARDS["PathDSP"]
    parameters = PARAMETERS
    defaults = defaults_of(PARAMETERS)
    compats = (HOF,)

    def protocol(self) -> dict[str, Any]:
        """See ``Model``."""
        if self.compat != HOF:
            return super().protocol()
        return hof_protocol(
            self.protocol_version,
            selection="the best epoch by the mean error of validation batches",
            name="improve-hof-log10auc",
            target="log10(auc + 0.01)",
        )

    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        """``cells`` and ``drugs`` (float32), and the pairs.

        A cell line has the scores of each pathway by copy number, by mutations and by expression, a drug 128 bits of
        its Morgan fingerprint and the scores of each pathway by its targets. Scores are standardised on the cell lines
        and drugs of the training part. A score that can't be computed, since a cell line has no altered gene in the
        network or a drug no known target, becomes 0, the mean; so the responses are those of other models.

        With ``compat="hof"`` such responses are left out, and in the place of the two tables are ``cells_<part>`` and
        ``drugs_<part>``, scaled on the responses of each part by itself.

        Raises:
            BadData: An annotation breaks a rule or fits no other file, an expression is missing, a SMILES can't be
                read, or an AUC is not above -0.01.
        """
        import numpy as np
        import pandas as pd

        from hpo.models.features import PARTS, response_pairs, standardised
        from hpo.models.pathdsp.features import Tables, cell_scores, drug_scores, fingerprints, read_network

        published = self.compat == HOF
        tables, smiles = Tables.read(data), data.smiles()
        pairs = response_pairs(data, dataset, split, tables.cells, smiles.index)
        _check_targets(pairs.arrays, dataset)
        network, sets = read_network(data, published=published)
        cells = cell_scores(tables, pairs.cells, network, sets, published=published)
        targets = drug_scores(data, pairs.drugs, network)
        bits = fingerprints({drug: str(smiles.loc[drug]) for drug in pairs.drugs})
        if not published:
            scaled = standardised(targets, pairs.arrays["train_drug"])
            return {
                "cells": np.nan_to_num(standardised(cells, pairs.arrays["train_cell"])),
                "drugs": np.hstack([bits, np.nan_to_num(scaled)]),
                **pairs.arrays,
            }
        known_cell, known_drug = (np.isfinite(table).all(axis=1) for table in (cells, targets))
        kept = response_pairs(
            data,
            dataset,
            split,
            pd.Index(np.array(pairs.cells)[known_cell]),
            pd.Index(np.array(pairs.drugs)[known_drug]),
        )
        cells = cells[np.isin(pairs.cells, kept.cells)]
        drug = np.isin(pairs.drugs, kept.drugs)
        arrays = dict(kept.arrays)
        for part in PARTS:
            arrays[f"cells_{part}"] = _scaled_by_row(cells, kept.arrays[f"{part}_cell"])
            scaled = _scaled_by_row(targets[drug], kept.arrays[f"{part}_drug"])
            arrays[f"drugs_{part}"] = np.hstack([bits[drug], scaled])
        return arrays

    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        """Adam on the root of the squared error until the validation loss has not improved for ``patience`` epochs."""
        values = resolve(PARAMETERS, hyperparameters)

        import numpy as np

        from hpo.models.device import reproducible
        from hpo.models.neural import Schedule, fit_and_score, mean_squared_error
        from hpo.models.pathdsp.network import OFFSET
        from hpo.models.pathdsp.task import PathDSPTask, batch_error

        logs = self.compat == HOF
        truth = arrays
        if logs:
            truth = {f"{part}_auc": np.log10(arrays[f"{part}_auc"] + OFFSET) for part in ("val", "test")}
        schedule = Schedule(
            learning_rate=float(values["learning_rate"]),
            batch_size=int(values["batch_size"]),
            epochs=int(values["epochs"]),
            patience=int(values["patience"]),
            weight_decay=float(values["weight_decay"]),
            clip_value=CLIP,
        )
        with reproducible(training) as device:
            task = PathDSPTask(arrays, device, dropout=float(values["dropout"]), width=int(values["width"]), logs=logs)
            score = batch_error if logs else mean_squared_error
            return fit_and_score(task, truth, schedule, seed=training.seed, test=test, score=score)


def _check_targets(arrays: Arrays, dataset: str) -> None:
    from hpo.models.features import PARTS

    least = min(float(arrays[f"{part}_auc"].min()) for part in PARTS)
    if least <= -0.01:
        raise BadData(
            f"y_data/response.tsv: an auc of {dataset} is {least:g}; PathDSP learns log10(auc + 0.01), so it must be "
            "above -0.01"
        )


def _scaled_by_row(table: NDArray[np.float64], rows: NDArray[Any]) -> NDArray[np.float32]:
    """``table`` with columns of mean 0 and deviation 1 over its ``rows``, each counted as often as it occurs."""
    import numpy as np

    share = np.bincount(rows, minlength=len(table)) / len(rows)
    mean = share @ table
    deviation = np.sqrt(share @ np.square(table - mean))
    varies = deviation > 10 * np.finfo(np.float64).eps * np.maximum(1.0, np.abs(mean))
    result: NDArray[np.float32] = ((table - mean) / np.where(varies, deviation, 1.0)).astype(np.float32)
    return result
