"""What tailoring hyperparameters to a dataset is worth, from trainings of every optimum on every dataset."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final, Literal

from hpo.archive.final import DEFAULT, FinalTraining
from hpo.archive.transfer import TransferCell, TransferScores, judging, mean_loss
from hpo.evaluation import Status
from reports.analysis.comparison import Effect, effect
from reports.analysis.order import sorted_datasets

Verdict = Literal["pays", "costs", "open", "unknown"]

UNIFORM: Final = "best on average"


@dataclass(frozen=True, slots=True)
class Regret:
    """One candidate on one dataset, against the dataset's own optimum.

    Attributes:
        candidate: Dataset whose optimum it is, or ``default``.
        dataset: Where it was trained.
        trainings: Number of trainings.
        failed: Those without a loss.
        dead: Those that gave a dead network; their loss counts.
        loss: Mean validation loss of those that have one; ``None`` for none.
        test: Mean of ``test_mse`` of those that have it; ``None`` for none.
        above: The effect from the candidate to the own optimum, paired by seed; its gain is the share of the
            candidate's loss that the own optimum saves. ``None`` without a pair.
    """

    candidate: str
    dataset: str
    trainings: int
    failed: int
    dead: int
    loss: float | None
    test: float | None
    above: Effect | None

    @property
    def regret(self) -> float | None:
        """Loss above that of the own optimum, as a share of it: 0.1 for 10 % more; negative where it is less."""
        return None if self.above is None else excess(self.above.gain)

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the regret over seeds; ``None`` with a single pair."""
        if self.above is None or self.above.low is None or self.above.high is None:
            return None
        return excess(self.above.low), excess(self.above.high)


def excess(gain: float) -> float:
    """By how much the first of two losses exceeds the second, as a share of the second; ``gain`` is of the first.

    >>> excess(0.5)
    1.0
    """
    return gain / (1 - gain)


@dataclass(frozen=True, slots=True)
class Against:
    """Tailored hyperparameters against one configuration for all datasets.

    Attributes:
        uniform: ``default`` or :data:`UNIFORM`.
        candidate: Name of the candidate that it is.
        effects: From the uniform configuration to the tailored one by dataset, paired by seed. A dataset of whose
            pairs none has two losses is missing.
        overall: The same over datasets, each with the mean of its pairs; ``None`` without any.
    """

    uniform: str
    candidate: str
    effects: Mapping[str, Effect]
    overall: Effect | None

    @property
    def verdict(self) -> Verdict:
        """Whether tailoring ``pays`` or ``costs``, the interval over datasets excluding zero; ``open`` where it does
        not, ``unknown`` with fewer than two datasets."""
        if self.overall is None or self.overall.low is None or self.overall.high is None:
            return "unknown"
        return "pays" if self.overall.low > 0 else "costs" if self.overall.high < 0 else "open"

    @property
    def clear(self) -> int:
        """Datasets whose interval over seeds lies above zero."""
        return sum(one.low is not None and one.low > 0 for one in self.effects.values())


@dataclass(frozen=True)
class Transfer:
    """The transfer of one model.

    Attributes:
        scores: The file.
        datasets: Datasets in the order of the tables.
        candidates: Candidates in the order of the tables: optima by dataset, then the default.
        regrets: By candidate and dataset; pairs that were not trained are missing.
        against: Tailored against uniform configurations, as far as known.
    """

    scores: TransferScores
    datasets: tuple[str, ...]
    candidates: tuple[str, ...]
    regrets: Mapping[tuple[str, str], Regret]
    against: tuple[Against, ...]

    def run(self, dataset: str) -> str:
        """Key of the run whose optimum stands for ``dataset``."""
        return next(run.run for run in self.scores.runs if run.dataset == dataset)


def transfer(scores: TransferScores) -> Transfer:
    """Everything that ``scores`` says."""
    datasets = tuple(sorted_datasets(scores.datasets))
    names = [candidate.name for candidate in scores.candidates]
    candidates = (*datasets, *(name for name in names if name not in datasets))
    cells = {(cell.candidate, cell.dataset): cell for cell in scores.cells}
    against = [] if DEFAULT not in names else [_against(DEFAULT, DEFAULT, cells, datasets)]
    if scores.uniform is not None:
        against.append(_against(UNIFORM, scores.uniform, cells, datasets))
    return Transfer(
        scores=scores,
        datasets=datasets,
        candidates=candidates,
        regrets={place: _regret(cell, cells.get((cell.dataset, cell.dataset))) for place, cell in cells.items()},
        against=tuple(against),
    )


def _regret(cell: TransferCell, own: TransferCell | None) -> Regret:
    tests = [one.metrics["test_mse"] for one in cell.trainings if "test_mse" in one.metrics]
    pairs = [] if own is None else _pairs(cell.trainings, own.trainings)
    return Regret(
        candidate=cell.candidate,
        dataset=cell.dataset,
        trainings=len(cell.trainings),
        failed=sum(one.val_loss is None for one in cell.trainings),
        dead=sum(one.status == Status.DEGENERATE.value for one in cell.trainings),
        loss=mean_loss(cell.trainings),
        test=fmean(tests) if tests else None,
        above=effect(pairs) if pairs else None,
    )


def _pairs(first: Sequence[FinalTraining], second: Sequence[FinalTraining]) -> list[tuple[float, float]]:
    losses = [(one.val_loss, other.val_loss) for one, other in zip(first, second, strict=True)]
    return [(one, other) for one, other in losses if one is not None and other is not None and one > 0 and other > 0]


def _against(
    uniform: str, candidate: str, cells: Mapping[tuple[str, str], TransferCell], datasets: Sequence[str]
) -> Against:
    """The default needs no choice, so all trainings judge it; the best on average is judged by those that did not
    choose it."""
    pairs: dict[str, list[tuple[float, float]]] = {}
    for dataset in datasets:
        one, own = cells.get((candidate, dataset)), cells.get((dataset, dataset))
        if one is None or own is None:
            continue
        kept = [list(cell.trainings if uniform == DEFAULT else judging(cell.trainings)) for cell in (one, own)]
        pairs[dataset] = _pairs(*kept)
    effects = {dataset: effect(own) for dataset, own in pairs.items() if own}
    means = [
        tuple(math.exp(fmean(map(math.log, side))) for side in zip(*own, strict=True)) for own in pairs.values() if own
    ]
    return Against(uniform, candidate, effects, effect([(one, other) for one, other in means]) if means else None)
