"""What a search will cost, told before it is started, and who may start it.

A clone whose results were not pulled would search everything again at the first `dvc repro`. So a search of a
pipeline is started unasked only where it is sure to cost little; the rest needs a launch profile, see
``hpo.execution.launch``.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hpo.archive.schema import RunInfo
from hpo.errors import BadConfiguration
from hpo.execution.launch import EXAMPLE, FILE, LaunchProfile
from hpo.execution.progress import duration

UNASKED: Final = 1.0
"""Node-hours that a search may cost without a launch profile."""

UTILISATION: Final = 0.8
"""Share of a worker's time that is spent in trainings; measured for generations: 0.82."""

DEMONSTRATION: Final = "DEMO-"
"""Beginning of the names of synthetic datasets."""

DEMONSTRATION_SECONDS: Final = 60.0
"""Assumed for an evaluation on a synthetic dataset that nothing is known of; most take less than 5 s."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is left of a search.

    Attributes:
        evaluations: Trainings still to be made.
        seconds: Of one training; ``None`` if nothing is known.
        basis: Where ``seconds`` comes from, in words.
        workers: Trainings at the same time on one node.
    """

    evaluations: int
    seconds: float | None
    basis: str
    workers: int

    @property
    def node_hours(self) -> float | None:
        """Hours that one node would need for all; ``None`` if unknown."""
        if self.seconds is None:
            return None
        return self.evaluations * self.seconds / (self.workers * UTILISATION * 3600)

    @property
    def words(self) -> str:
        """In one line."""
        hours = self.node_hours
        cost = "cost unknown" if hours is None else f"about {hours:.2g} node-hours"
        return f"{self.evaluations} evaluations, {self.workers} at a time on a node, {cost} ({self.basis})"


def forecast(
    model: str, dataset: str, evaluations: int, workers: int, earlier: Sequence[RunInfo], own: Sequence[float] = ()
) -> Forecast:
    """Forecast the cost of ``evaluations`` trainings of a model on a dataset.

    Args:
        model: Name of the model.
        dataset: Name of the dataset.
        evaluations: Trainings still to be made.
        workers: Trainings at the same time on one node.
        earlier: Records of this pair.
        own: Seconds of the trainings that this search has already made; they count first.
    """
    workers = max(1, workers)
    if own:
        return Forecast(evaluations, statistics.median(own), f"{_each(own)} of this search so far", workers)
    known = [
        run.cost.busy_seconds / run.counts.evaluations
        for run in earlier
        if run.cost.busy_seconds and run.counts.evaluations
    ]
    if known:
        records = f"{len(known)} earlier record{'s' * (len(known) != 1)}"
        return Forecast(evaluations, statistics.median(known), f"{_each(known)} in {records} of this pair", workers)
    if dataset.startswith(DEMONSTRATION):
        basis = f"assumed: {duration(DEMONSTRATION_SECONDS)} each on a demonstration dataset"
        return Forecast(evaluations, DEMONSTRATION_SECONDS, basis, workers)
    return Forecast(evaluations, None, f"no earlier record of {model} on {dataset}", workers)


def check_launch(expected: Forecast, profile: LaunchProfile | None, *, at_most: float | None = None) -> None:
    """Refuse what nobody has allowed.

    Args:
        expected: What the search will cost.
        profile: What the user allows; ``None`` for nothing beyond ``UNASKED``.
        at_most: Node-hours after which a batch system ends the job or jobs; ``None`` where none is used.

    Raises:
        BadConfiguration: The search may cost more than is allowed.
    """
    hours = expected.node_hours
    if profile is None:
        if hours is None or hours > UNASKED:
            raise BadConfiguration(
                f"not started unasked: {expected.words}; more than {UNASKED:g} node-hour needs to be allowed\n"
                "  Three ways on:\n"
                "  1. dvc pull: get the published results instead of searching again\n"
                "  2. demonstration parameters in params.yaml: size SMALL, datasets DEMO-A and DEMO-B\n"
                f"  3. a launch profile, {FILE} in this folder (not committed), that says what may be spent:\n"
                + "\n".join(f"       {line}" for line in EXAMPLE.splitlines())
            )
        return
    cost = hours if at_most is None else at_most
    if cost is not None and cost > profile.node_hours:
        what = expected.words if at_most is None else f"nodes x walltime x jobs are {at_most:.4g} node-hours"
        raise BadConfiguration(
            f"not started: {what}; {FILE} allows {profile.node_hours:g} node-hours\n"
            f"  Raise node_hours in {FILE}, or ask for less."
        )


def _each(seconds: Sequence[float]) -> str:
    return f"median {duration(statistics.median(seconds))} each"
