"""Paccmann_MCA as a searchable model: its hyperparameters, features and training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from hpo.catalogue import MODEL_CARDS
from hpo.errors import BadData
from hpo.evaluation import Hyperparameters, Outcome
from hpo.models.base import Arrays, Model, TestScore, Training
from hpo.models.parameters import Parameter, defaults_of, resolve
from hpo.models.published import HOF, hof_protocol

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from hpo.data.csa import CsaData
    from hpo.models.paccmann.network import Sizes

PARAMETERS: Final = (
    Parameter("learning_rate", 1e-4, "step size of Adam", lower=0.0, above=True),
    Parameter("batch_size", 32, "responses of a training step", lower=2),
    Parameter("dropout", 0.1, "share left out, of every layer", lower=0.0, upper=0.99),
    Parameter("augment", True, "whether drugs are written by random SMILES in training"),
    Parameter("embedding_size", 16, "width of an embedded token", lower=1),
    Parameter("filters", 64, "filters of each of the three convolutions", lower=1),
    Parameter("heads", 4, "attention heads of each of the four representations of a drug", lower=1),
    Parameter("attention_size", 64, "units of an attention head", lower=1),
    Parameter("epochs", 200, "most passes over the training part", lower=1),
    Parameter("patience", 20, "epochs without a better validation loss before stopping", lower=1),
)

PUBLISHED_LATEST: Final = 50
"""Epochs up to which the original keeps the latest weights, whatever their validation loss."""


class PaccmannMCA(Model):
    """Paccmann_MCA in PyTorch; the same seed, device and number of threads give the same result on a CPU.

    ``compat="hof"`` scores the latest epoch up to the fiftieth and selects the best only from then on, and gives genes
    of a gene list that the expression table lacks the value 0.
    """

    card = MODEL_CARDS["Paccmann_MCA"]
    parameters = PARAMETERS
    defaults = defaults_of(PARAMETERS)
    compats = (HOF,)

    def protocol(self) -> dict[str, Any]:
        """See ``Model``."""
        if self.compat == HOF:
            selection = "the last epoch up to 50 epochs, then the best on validation"
            return hof_protocol(self.protocol_version, selection=selection)
        return super().protocol()

    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        """``cells`` (expression as it is, float32), ``tokens`` and ``token_count`` of the drugs, and the pairs.

        The original scales nothing, so nothing leaks. Genes are those of the original's list where ``annotations``
        holds it, else the landmark genes; tokens are those of its list, else all that the training part's drugs have,
        and unknown ones share a number. ``genes_from`` and ``tokens_from`` say which, ``vocabulary`` how many tokens.
        ``tokens`` has the shape ``(drugs, 33, longest)``: the SMILES of the data, then 32 random ones.

        Raises:
            BadData: An expression is missing, a SMILES can't be read, or a list of the original is wrong.
        """
        import numpy as np

        from hpo.models.features import complete_expression, response_pairs
        from hpo.models.paccmann.tokens import TOKENS_FILE, encode, random_smiles, read_tokens, vocabulary_of

        expression, genes_from = self._expression(data)
        smiles = data.smiles()
        pairs = response_pairs(data, dataset, split, expression.index, smiles.index)
        cells = complete_expression(expression.loc[pairs.cells], self.card.name)
        texts = {drug: str(smiles.loc[drug]) for drug in pairs.drugs}
        written = [[text, *others] for text, others in zip(texts.values(), random_smiles(texts), strict=True)]
        listed = data.path(TOKENS_FILE).is_file()
        if listed:
            vocabulary = data.read(TOKENS_FILE, read_tokens)
        else:
            seen = np.unique(pairs.arrays["train_drug"]).tolist()
            vocabulary = vocabulary_of(text for drug in seen for text in written[drug])
        tokens, count = _table([encode(variants, vocabulary) for variants in written])
        return {
            "cells": cells.astype(np.float32),
            "tokens": tokens,
            "token_count": count,
            "vocabulary": np.array(len(vocabulary), dtype=np.int64),
            "tokens_from": np.array(TOKENS_FILE if listed else "drugs of the training part"),
            "genes_from": np.array(genes_from),
            **pairs.arrays,
        }

    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        """Adam on squared error until the validation loss has not improved for ``patience`` epochs."""
        values = resolve(PARAMETERS, hyperparameters)

        from hpo.models.device import reproducible
        from hpo.models.neural import Schedule, fit_and_score
        from hpo.models.paccmann.task import PaccmannTask

        schedule = Schedule(
            float(values["learning_rate"]),
            int(values["batch_size"]),
            int(values["epochs"]),
            int(values["patience"]),
            keep_latest=PUBLISHED_LATEST if self.compat == HOF else 0,
        )
        with reproducible(training) as device:
            task = PaccmannTask(arrays, sizes_of(values), device, augment=bool(values["augment"]))
            return fit_and_score(task, arrays, schedule, seed=training.seed, test=test)

    def _expression(self, data: CsaData) -> tuple[pd.DataFrame, str]:
        """Expression of the genes that the network sees, and where their list comes from."""
        from hpo.models.features import gene_expression
        from hpo.models.paccmann.tokens import GENES_FILE, read_genes

        if not data.path(GENES_FILE).is_file():
            return gene_expression(data), "landmark genes"
        table = data.gene_expression(level="Gene_Symbol")
        listed = data.read(GENES_FILE, read_genes)
        if not set(listed) & set(table.columns):
            raise BadData(f"{data.path(GENES_FILE)}: none of its {len(listed)} genes is in the expression table")
        if self.compat == HOF:
            absent = sorted(set(listed) - set(table.columns))
            return table.reindex(columns=list(listed)).fillna(dict.fromkeys(absent, 0.0)), GENES_FILE
        return table[[gene for gene in listed if gene in table.columns]], GENES_FILE


def sizes_of(values: Hyperparameters) -> Sizes:
    """Sizes of the network that the hyperparameters ask for."""
    from hpo.models.paccmann.network import Sizes

    return Sizes(
        embedding=int(values["embedding_size"]),
        filters=int(values["filters"]),
        heads=int(values["heads"]),
        attention=int(values["attention_size"]),
        dropout=float(values["dropout"]),
    )


def _table(rows: Sequence[Sequence[Sequence[int]]]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Token numbers, shape ``(drugs, variants, longest)``, filled up with 0, and how many, ``(drugs, variants)``."""
    import numpy as np

    count = np.array([[len(tokens) for tokens in variants] for variants in rows], dtype=np.int32)
    table = np.zeros((*count.shape, int(count.max())), dtype=np.int32)
    for drug, variants in enumerate(rows):
        for variant, tokens in enumerate(variants):
            table[drug, variant, : len(tokens)] = tokens
    return table, count
