"""DeepTTC as a searchable model: its hyperparameters, features and training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hpo.catalogue import MODEL_CARDS
from hpo.evaluation import Hyperparameters, Outcome
from hpo.models.base import Arrays, Model, TestScore, Training
from hpo.models.parameters import Parameter, defaults_of, resolve
from hpo.models.published import HOF, hof_protocol

if TYPE_CHECKING:
    import numpy as np

    from hpo.data.csa import CsaData
    from hpo.models.deepttc.network import Sizes

PARAMETERS: Final = (
    Parameter("learning_rate", 1e-4, "step size of Adam", lower=0.0, above=True),
    Parameter("batch_size", 64, "responses of a training step", lower=1),
    Parameter("dropout", 0.1, "share left out of the embedded drug and of the head", lower=0.0, upper=0.99),
    Parameter("attention_dropout", 0.1, "share of attention weights left out", lower=0.0, upper=0.99),
    Parameter("hidden_dropout", 0.1, "share left out within the encoder's layers", lower=0.0, upper=0.99),
    Parameter("layers", 8, "layers of the drug encoder", lower=1),
    Parameter("hidden_size", 128, "width of the drug encoder, a multiple of attention_heads", lower=1),
    Parameter("attention_heads", 8, "attention heads of a layer", lower=1),
    Parameter("intermediate_size", 512, "width of the inner layer of the drug encoder", lower=1),
    Parameter("epochs", 100, "most passes over the training part", lower=1),
    Parameter("patience", 10, "epochs without a better validation loss before stopping", lower=1),
)

PUBLISHED_PATIENCE: Final = 10
"""What the original stops after, whatever its parameter says."""


class DeepTTC(Model):
    """DeepTTC in PyTorch; the same seed, device and number of threads give the same result bit for bit on a CPU.

    ``compat="hof"`` stops after ten epochs without a better loss whatever ``patience`` is, as the original does.
    """

    card = MODEL_CARDS["DeepTTC"]
    parameters = PARAMETERS
    defaults = defaults_of(PARAMETERS)
    compats = (HOF,)

    def protocol(self) -> dict[str, Any]:
        """See ``Model``."""
        return hof_protocol(self.protocol_version) if self.compat == HOF else super().protocol()

    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        """``cells`` (expression, float32), ``tokens`` and ``token_count`` of the drugs, and the pairs.

        Expression is standardised on the cell lines of the training part. Sub-words follow the original's tables
        where ``annotations`` holds them, else merges are learned from the training part's drugs; ``tokens_from`` says
        which, ``units`` how many rows the embedding needs.

        Raises:
            BadData: An expression is missing, or a table of the original is wrong.
            MissingInput: Only one of the original's two tables is there.
        """
        import numpy as np

        from hpo.models.deepttc.subwords import (
            MERGES_FILE,
            UNITS_FILE,
            learn,
            published_subwords,
            read_merges,
            read_units,
        )
        from hpo.models.features import complete_expression, gene_expression, response_pairs, standardised

        expression = gene_expression(data)
        smiles = data.smiles()
        pairs = response_pairs(data, dataset, split, expression.index, smiles.index)
        cells = complete_expression(expression.loc[pairs.cells], self.card.name)
        texts = [str(smiles.loc[drug]) for drug in pairs.drugs]
        published = any(data.path(file).is_file() for file in (MERGES_FILE, UNITS_FILE))
        if published:
            subwords = published_subwords(data.read(MERGES_FILE, read_merges), data.read(UNITS_FILE, read_units))
        else:
            subwords = learn(texts[drug] for drug in np.unique(pairs.arrays["train_drug"]))
        tokens, count = subwords.encode(texts)
        return {
            "cells": standardised(cells, pairs.arrays["train_cell"]),
            "tokens": tokens,
            "token_count": count,
            "units": np.array(subwords.size, dtype=np.int64),
            "tokens_from": np.array(MERGES_FILE if published else "merges learned from the training part"),
            **pairs.arrays,
        }

    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        """Adam on squared error until the validation loss has not improved for ``patience`` epochs."""
        values = resolve(PARAMETERS, hyperparameters)

        from hpo.models.deepttc.task import DeepTTCTask
        from hpo.models.device import reproducible
        from hpo.models.neural import Schedule, fit_and_score

        sizes = sizes_of(values)
        patience = PUBLISHED_PATIENCE if self.compat == HOF else int(values["patience"])
        schedule = Schedule(float(values["learning_rate"]), int(values["batch_size"]), int(values["epochs"]), patience)
        with reproducible(training) as device:
            task = DeepTTCTask(arrays, sizes, device)
            return fit_and_score(task, arrays, schedule, seed=training.seed, test=test)


def sizes_of(values: Hyperparameters) -> Sizes:
    """Sizes of the network that the hyperparameters ask for.

    Raises:
        ValueError: ``hidden_size`` is no multiple of ``attention_heads``.
    """
    from hpo.models.deepttc.network import Sizes

    hidden, heads = int(values["hidden_size"]), int(values["attention_heads"])
    if hidden % heads:
        raise ValueError(f"hidden_size must be a multiple of attention_heads, got {hidden} and {heads}")
    return Sizes(
        layers=int(values["layers"]),
        hidden=hidden,
        heads=heads,
        intermediate=int(values["intermediate_size"]),
        dropout=float(values["dropout"]),
        attention_dropout=float(values["attention_dropout"]),
        hidden_dropout=float(values["hidden_dropout"]),
    )
