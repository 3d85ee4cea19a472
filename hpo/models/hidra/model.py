"""HiDRA as a searchable model: its card, hyperparameters, features and training."""

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

    from hpo.data.annotations import GeneSets
    from hpo.data.csa import CsaData

PARAMETERS: Final = (
    Parameter("learning_rate", 1e-3, "step size of Adam", lower=0.0, above=True),
    Parameter("batch_size", 32, "responses of a training step", lower=1),
    Parameter("epochs", 20, "most passes over the training part", lower=1),
    Parameter("patience", 10, "epochs without a better validation loss before stopping", lower=1),
)


class HiDRA(Model):
    """HiDRA in PyTorch; the same seed, device and number of threads give the same result bit for bit on a CPU.

    ``compat="hof"`` scales each gene over all cell lines of the table, as published runs did, instead of each cell line
    over its genes.
    """

    card = MODEL_CARDS["HiDRA"]
    parameters = PARAMETERS
    defaults = defaults_of(PARAMETERS)
    compats = (HOF,)

    def protocol(self) -> dict[str, Any]:
        """See ``Model``."""
        if self.compat != HOF:
            return super().protocol()
        selection = "none: the least validation loss of all epochs is reported"
        return hof_protocol(self.protocol_version, selection=selection)

    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        """``cells`` (float32), ``drugs`` (512 bits, uint8), ``set_start`` and ``set_genes`` (int32), and the pairs.

        The genes of set ``i``, columns of ``cells``, are ``set_genes[set_start[i]:set_start[i + 1]]``; genes that the
        table lacks are left out, and so are sets that have no other. The expression of each cell line is brought to
        mean 0 and standard deviation 1 over these genes, which needs no other cell line.

        Raises:
            BadData: An annotation breaks a rule, none of its genes is in the table, or an expression is missing.
        """
        import numpy as np

        from hpo.data.annotations import KEGG_SETS, read_gene_sets
        from hpo.models.features import complete_expression, response_pairs, standardised

        table = data.gene_expression()
        sets = _known_genes(data.read(KEGG_SETS, read_gene_sets), set(table.columns))
        if not sets:
            raise BadData(
                f"{KEGG_SETS}: none of its genes is in x_data/cancer_gene_expression.tsv; both must name genes by "
                "symbol"
            )
        genes = list(dict.fromkeys(gene for members in sets for gene in members))
        column = {gene: index for index, gene in enumerate(genes)}
        bits = data.drug_table("ecfp4")
        pairs = response_pairs(data, dataset, split, table.index, bits.index)
        if self.compat == HOF:
            everywhere = complete_expression(table[genes], "HiDRA")
            place = {str(cell): row for row, cell in enumerate(table.index)}
            cells = standardised(everywhere, np.arange(len(table)))[[place[cell] for cell in pairs.cells]]
        else:
            cells = scaled_by_cell(complete_expression(table.loc[pairs.cells, genes], "HiDRA"))
        return {
            "cells": cells,
            "drugs": bits.loc[pairs.drugs].to_numpy(np.uint8),
            "set_start": np.cumsum([0, *map(len, sets)]).astype(np.int32),
            "set_genes": np.array([column[gene] for members in sets for gene in members], dtype=np.int32),
            **pairs.arrays,
        }

    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        """Adam on squared error until the validation loss has not improved for ``patience`` epochs."""
        values = resolve(PARAMETERS, hyperparameters)

        from hpo.models.device import reproducible
        from hpo.models.hidra.task import HiDRATask
        from hpo.models.neural import Schedule, fit_and_score

        schedule = Schedule(
            float(values["learning_rate"]), int(values["batch_size"]), int(values["epochs"]), int(values["patience"])
        )
        with reproducible(training) as device:
            return fit_and_score(HiDRATask(arrays, device), arrays, schedule, seed=training.seed, test=test)


def scaled_by_cell(expression: NDArray[np.float64]) -> NDArray[np.float32]:
    """``expression`` with rows of mean 0 and standard deviation 1; a constant row is only centred."""
    import numpy as np

    centred = expression - expression.mean(axis=1, keepdims=True)
    deviation = centred.std(axis=1, keepdims=True)
    result: NDArray[np.float32] = (centred / np.where(deviation > 1e-12, deviation, 1.0)).astype(np.float32)
    return result


def _known_genes(sets: GeneSets, known: set[str]) -> list[list[str]]:
    """The known genes of each set that has any, in their order."""
    found = [[gene for gene in members if gene in known] for members in sets.genes]
    return [members for members in found if members]
