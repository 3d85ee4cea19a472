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

from hpo.catalogue.cards import ModelCard
from hpo.errors import UsageError
from hpo.evaluation import Hyperparameters, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from hpo.data.csa import CsaData
    from hpo.data.prepared import Prepared
    from hpo.models.parameters import Parameter

Arrays = Mapping[str, "np.ndarray[Any, Any]"]


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
    """A drug-response model.

    Args:
        compat: Name of the published behaviour to reproduce (one of ``compats``), for example ``hof``: how the
            searches of the published Hall of Fame prepared, trained and scored. ``None`` for the model as it should
            be. Losses of different ``compat`` belong to different protocols and are never compared.

    Raises:
        UsageError: The model knows no such behaviour.
    """

    card: ModelCard
    defaults: Hyperparameters
    """Default value of every hyperparameter that the model knows."""
    parameters: tuple[Parameter, ...] = ()
    """Meaning and law of each of them, where the model says so."""
    features_version: int = 1
    """Raised by hand when ``prepare`` changes what it makes."""
    protocol_version: int = 1
    """Raised by hand when results of ``train`` stop being comparable with earlier ones."""
    compats: tuple[str, ...] = ()
    """Published behaviours that the model can reproduce."""
    compat: str | None = None
    """The one that this instance reproduces."""
    keeps_files: bool = False
    """Whether :meth:`prepare_files` leaves files of the model's own beside the arrays."""

    def __init__(self, compat: str | None = None) -> None:
        if compat is not None and compat not in self.compats:
            known = ", ".join(self.compats) or "none"
            raise UsageError(f"{self.card.name} knows no behaviour {compat!r} to reproduce (known: {known})")
        self.compat = compat

    def protocol(self) -> dict[str, Any]:
        """How the loss comes about, as ``hpo.archive.schema.Protocol`` describes it."""
        return {
            "name": "auc-mse",
            "version": self.protocol_version,
            "target": "auc",
            "metric": "mse",
            "selection": "best epoch on the validation part",
        }

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 by role of what the model is made of, where that is no part of this package."""
        return {}

    def device_name(self) -> str:
        """Name of the device that trainings use, where it is not the one that this project chooses; else empty."""
        return ""

    @abstractmethod
    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        """Arrays for training on one split of one dataset; scalers are fitted on the training part only.

        Rows without features are left out and counted in ``dropped_<part>`` scalars. Every model writes at least
        ``train_cell``, ``train_drug`` (int32, shape ``(n,)``: rows of the feature tables), ``train_auc``
        (float32, shape ``(n,)``) and the same for ``val`` and ``test``.

        Raises:
            BadData: An input file is missing a column or id, or a part is left without rows.
        """

    def prepare_files(self, data: CsaData, dataset: str, split: int, folder: Path) -> dict[str, np.ndarray[Any, Any]]:
        """As :meth:`prepare`, for a model that ``keeps_files``: they go to the empty ``folder``, and stay."""
        return self.prepare(data, dataset, split)

    def use(self, prepared: Prepared) -> None:  # noqa: B027 - most models need nothing but the arrays
        """Take note of the prepared folder that trainings get their arrays from; called before the first.

        Raises:
            Drift: It does not fit the model.
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
