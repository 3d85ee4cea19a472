"""The identity of a run: everything that its result depends on, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hpo.digest import digest
from hpo.evaluation import Hyperparameters, Value


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What defines a run; immutable, stored beside its journal, and compared by digest at every start.

    The number of workers, the launcher, time limits and the place of files are left out: they may differ
    between a start and its continuation.

    Attributes:
        model: Name in the registry.
        dataset: Study whose responses are fitted.
        release: Name of the cut of the dataset, e.g. ``demo-1`` or ``real-mini``.
        release_digest: SHA-256 over the digests of the data files used.
        split: Number of the train/validation/test split.
        size: Name of the size; population and generations are in ``settings``.
        strategy: One of ``hpo.search.catalogue.STRATEGIES``.
        run: Name of the run, ``<strategy>-seed<k>`` unless the user chose one.
        seed: Seed of the search.
        space: The space as a CANDLE JSON list.
        settings: Settings of the search by Supervisor's names, as JSON values.
        baseline: The model's default values of the searched axes; empty where there is no baseline.
        fixed: Hyperparameters that stay the same: the space's constants and ``--set`` overrides.
        protocol: How a loss comes about (target, metric, epochs, selection), as JSON; see ``Protocol`` in
            ``hpo.archive.schema``.
        digests: SHA-256 by role: ``space``, ``data/<file>``, ``split/<file>``, ``features``.
    """

    model: str
    dataset: str
    release: str
    release_digest: str
    split: int
    size: str
    strategy: str
    run: str
    seed: int
    space: list[dict[str, Any]]
    settings: dict[str, Any]
    baseline: Hyperparameters
    fixed: dict[str, Value]
    protocol: dict[str, Any]
    digests: dict[str, str]

    @property
    def name(self) -> str:
        """Name of the run's work folder: ``<MODEL>-<DATASET>-<SIZE>-<RUN>``."""
        return f"{self.model}-{self.dataset}-{self.size}-{self.run}"

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of all attributes."""
        return digest(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; ``RunSpec(**data)`` restores an equal spec."""
        return {name: getattr(self, name) for name in self.__slots__}
