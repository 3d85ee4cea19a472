"""What the final scores of a run say: tuned against default, with fresh seeds, on the validation and the test part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hpo.archive.final import BEST, DEFAULT, FinalScores, spread
from reports.analysis.comparison import Effect, effect

METRICS: Final = ("val_mse", "test_mse", "test_pcc", "test_scc", "test_r2")
"""Metrics shown, where the model has them."""
VALIDATION: Final = "val_mse"
TEST: Final = "test_mse"
"""Metrics that are errors, so that tuned and default can be compared by their ratio."""


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one candidate.

    Attributes:
        values: By training; those that have none are missing.
        mean: Their mean.
        deviation: Their sample standard deviation; ``None`` for a single one.
    """

    values: tuple[float, ...]
    mean: float
    deviation: float | None


@dataclass(frozen=True)
class Scored:
    """The final scores of a run.

    Attributes:
        scores: The file.
        table: Score by candidate and metric, where any training has it.
        tuned: From the default to the tuned hyperparameters by metric (:data:`VALIDATION`, :data:`TEST`), paired by
            seed; without a pair missing.
    """

    scores: FinalScores
    table: Mapping[tuple[str, str], Score]
    tuned: Mapping[str, Effect]

    @property
    def metrics(self) -> tuple[str, ...]:
        """Those of :data:`METRICS` that any candidate or reference predictor has."""
        of_references = {metric for values in self.scores.references.values() for metric in values}
        found = {metric for _, metric in self.table} | of_references
        return tuple(metric for metric in METRICS if metric in found)

    def score(self, candidate: str, metric: str) -> Score | None:
        """That score; ``None`` where no training has the metric."""
        return self.table.get((candidate, metric))

    @property
    def failed(self) -> int:
        """Trainings that gave no loss."""
        return sum(one.val_loss is None for candidate in self.scores.candidates for one in candidate.trainings)


def scored(scores: FinalScores) -> Scored:
    """Everything that ``scores`` says."""
    table: dict[tuple[str, str], Score] = {}
    for candidate in scores.candidates:
        for metric in METRICS:
            values = tuple(candidate.values(metric))
            if values:
                table[candidate.name, metric] = Score(values, *spread(values))
    pairs = {metric: _pairs(scores, metric) for metric in (VALIDATION, TEST)}
    return Scored(scores, table, {metric: effect(found) for metric, found in pairs.items() if found})


def _pairs(scores: FinalScores, metric: str) -> list[tuple[float, float]]:
    default, best = scores.candidate(DEFAULT), scores.candidate(BEST)
    if default is None or best is None:
        return []
    tuned = {one.seed: one.metrics.get(metric) for one in best.trainings}
    losses = [(one.metrics.get(metric), tuned.get(one.seed)) for one in default.trainings]
    return [(one, other) for one, other in losses if one is not None and other is not None and one > 0 and other > 0]
