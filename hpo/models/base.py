"""What a drug-response model offers to a search.

A model is described by data (its card, defaults and space files) and does two things: ``prepare`` turns
csa_data files into arrays once per dataset and split, ``train`` fits one set of hyperparameters on them.
Modules of models are imported when used; heavy packages (torch, lightgbm, rdkit) inside their functions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hpo.evaluation import Hyperparameters, Outcome

if TYPE_CHECKING:
    import numpy as np

    from hpo.data.csa import CsaData
    from hpo.models.parameters import Parameter

Arrays = Mapping[str, "np.ndarray[Any, Any]"]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a reader of the site wants to know about a model.

    Attributes:
        name: Upstream's spelling, e.g. ``GraphDRP``.
        title: One line.
        summary: Two or three sentences: inputs, architecture, output.
        citation: Authors, title, journal, year, doi in one line.
        doi: DOI or empty.
        licence: What is known of the terms of the original code and of this implementation.
        inputs: csa_data files that it reads, relative to ``raw_data``.
        packages: Python packages that training needs.
        epochs_name: What ``epochs_run`` counts: ``epochs`` or ``boosting rounds``.
    """

    name: str
    title: str
    summary: str
    citation: str
    doi: str
    licence: str
    inputs: tuple[str, ...]
    packages: tuple[str, ...]
    epochs_name: str = "epochs"


@dataclass(frozen=True, slots=True)
class Training:
    """Everything about one training that is not a hyperparameter.

    Attributes:
        seed: Seeds every generator that the training uses.
        threads: CPU threads that it may use.
        device: ``cpu`` or ``cuda``; see ``hpo.models.device``.
    """

    seed: int
    threads: int = 1
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class TestScore:
    """Metrics of one trained model on the test split, by names ``test_mse``, ``test_rmse``, ``test_pcc``, …"""

    metrics: dict[str, float] = field(default_factory=dict)


class Model(ABC):
    """A drug-response model."""

    card: ModelCard
    defaults: Hyperparameters
    """Default value of every hyperparameter that the model knows."""
    parameters: tuple[Parameter, ...] = ()
    """Meaning and law of each of them, where the model says so."""
    features_version: int = 1
    """Raised by hand when ``prepare`` changes what it makes."""
    protocol_version: int = 1
    """Raised by hand when results of ``train`` stop being comparable with earlier ones."""

    @abstractmethod
    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        """Arrays for training on one split of one dataset; scalers are fitted on the training part only.

        Rows without features are left out and counted in ``dropped_<part>`` scalars. Every model writes at least
        ``train_cell``, ``train_drug`` (int32, shape ``(n,)``: rows of the feature tables), ``train_auc``
        (float32, shape ``(n,)``) and the same for ``val`` and ``test``.

        Raises:
            BadData: An input file is missing a column or id, or a part is left without rows.
        """

    @abstractmethod
    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        """Fit on the training part, select on the validation part, and report validation metrics.

        The loss is the mean squared error of ``auc`` over the complete validation part with the weights of the best
        epoch. A constant prediction (standard deviation below 1e-7) is ``degenerate``, a non-finite one
        ``invalid``. With ``test`` the test part is scored with the same weights.

        Raises:
            ValueError: A hyperparameter is unknown or has an impossible value.
        """
