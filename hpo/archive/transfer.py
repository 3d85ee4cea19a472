"""Transfer of optima: what the search found on one dataset, trained on all others, beside the records of the model.

``<MODEL>/<SIZE>.transfer.json`` lies beside the folders of the datasets; the SHA-256 of each record's manifest ties it
to the runs whose optima it compares.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hpo.archive import layout
from hpo.archive.final import DEFAULT, FinalTraining, manifest_digest
from hpo.archive.schema import Digest, Identifier, Protocol
from hpo.errors import BadData, MissingInput
from hpo.evaluation import Status, Value
from hpo.storage import write_json
from hpo.strict_json import read_json

SCHEMA: Final = "cross-hpo/transfer/1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TransferRun(_Part):
    """The run that stands for a dataset."""

    dataset: Identifier
    run: str = Field(description="key of the record")
    manifest: Digest = Field(description="SHA-256 of the record's MANIFEST.sha256")


class TransferCandidate(_Part):
    """One set of hyperparameters, trained on every dataset."""

    name: Identifier = Field(description="the dataset whose optimum it is, or default")
    evaluation: int | None = Field(description="row of evaluations.csv of that dataset's run; null for none")
    hyperparameters: dict[str, Value]


class TransferCell(_Part):
    """One candidate on one dataset."""

    candidate: Identifier
    dataset: Identifier
    trainings: list[FinalTraining] = Field(
        description="by number of the seed, from 0: odd ones choose the best on average, even ones judge it"
    )


class TransferScores(_Part):
    """``<MODEL>/<SIZE>.transfer.json``."""

    schema_: Literal["cross-hpo/transfer/1"] = Field(SCHEMA, alias="schema")
    model: Identifier
    size: Identifier
    release: Identifier
    split: int | None
    protocol: Protocol
    seeds: int = Field(ge=1, description="trainings of a candidate on a dataset, the same seeds for all candidates")
    runs: list[TransferRun] = Field(min_length=2)
    candidates: list[TransferCandidate]
    cells: list[TransferCell] = Field(description="those trained so far, dataset by dataset")
    uniform: Identifier | None = Field(
        None, description="the candidate with the best loss on average; null where that is not known"
    )
    software: dict[str, str] = {}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [candidate.name for candidate in self.candidates]
        places = [(cell.candidate, cell.dataset) for cell in self.cells]
        expected = [*self.datasets, DEFAULT] if DEFAULT in names else self.datasets
        if sorted(names) != sorted(expected) or len(set(names)) < len(names):
            raise ValueError(f"candidates are the optimum of each dataset, and default at most; found {names}")
        if len(set(places)) < len(places) or not set(places) <= {(n, d) for n in names for d in self.datasets}:
            raise ValueError("cells are one for each candidate and dataset at most")
        seeds = {(cell.dataset, *(training.seed for training in cell.trainings)) for cell in self.cells}
        if len({dataset for dataset, *_ in seeds}) < len(seeds) or any(len(own) != self.seeds + 1 for own in seeds):
            raise ValueError(f"all cells of a dataset have {self.seeds} trainings of the same seeds")
        if self.uniform != best_on_average(names, self.datasets, self.cells):
            raise ValueError("uniform is not the candidate with the lowest loss on average")
        return self

    @property
    def datasets(self) -> list[str]:
        """The datasets, in the order of the runs."""
        return [run.dataset for run in self.runs]

    @property
    def complete(self) -> bool:
        """Whether every candidate was trained on every dataset."""
        return len(self.cells) == len(self.candidates) * len(self.runs)

    @property
    def name(self) -> str:
        """Path within the archive: ``MODEL/SIZE.transfer.json``."""
        return f"{self.model}/{self.size}{layout.TRANSFER_SUFFIX}"

    def cell(self, candidate: str, dataset: str) -> TransferCell | None:
        """That candidate on that dataset; ``None`` if it was not trained yet."""
        return next((cell for cell in self.cells if (cell.candidate, cell.dataset) == (candidate, dataset)), None)


def judging(trainings: Sequence[FinalTraining]) -> Sequence[FinalTraining]:
    """Those of ``trainings`` of a cell that had no part in the choice of the best on average."""
    return trainings[::2]


def best_on_average(names: Sequence[str], datasets: Sequence[str], cells: Sequence[TransferCell]) -> str | None:
    """The candidate with the lowest mean over ``datasets`` of the logarithm of its loss.

    With logarithms every dataset counts alike, whatever its losses are divided by. Only every second training decides,
    so that the others can judge the choice. A candidate that failed or died in one of them is not chosen.

    Returns:
        The first of equals; ``None`` where a cell is missing, has a single training, or no candidate always succeeded.
    """
    by_place = {(cell.candidate, cell.dataset): cell.trainings[1::2] for cell in cells}
    if any(not by_place.get((name, dataset)) for name in names for dataset in datasets):
        return None
    means = {}
    for name in names:
        logs = [[_log(training) for training in by_place[name, dataset]] for dataset in datasets]
        means[name] = fmean(fmean(own) for own in logs)
    best = min(names, key=lambda name: means[name])
    return best if math.isfinite(means[best]) else None


def _log(training: FinalTraining) -> float:
    loss = training.val_loss
    living = training.status == Status.OK.value and loss is not None and loss > 0
    return math.log(loss) if living and loss is not None else math.inf


def mean_loss(trainings: Sequence[FinalTraining]) -> float | None:
    """Mean validation loss of the trainings that have one, dead networks included; ``None`` if none has."""
    losses = [training.val_loss for training in trainings if training.val_loss is not None]
    return fmean(losses) if losses else None


def transfer_path(archive: Path, model: str, size: str) -> Path:
    """Where the transfer of the optima of ``model`` is."""
    return archive / model / f"{size}{layout.TRANSFER_SUFFIX}"


def transfer_files(archive: Path) -> Iterator[Path]:
    """All transfer files of ``archive``, sorted."""
    yield from sorted(path for path in archive.glob(f"*/*{layout.TRANSFER_SUFFIX}") if layout.is_transfer(path))


def write_transfer(archive: Path, scores: TransferScores) -> Path:
    """Write ``scores``; an earlier file is replaced.

    Raises:
        StorageError: Writing failed; the earlier file is in its place.
    """
    path = transfer_path(archive, scores.model, scores.size)
    write_json(path, scores.model_dump(mode="json", by_alias=True))
    return path


def parse_transfer(path: Path) -> TransferScores:
    """The transfer in the file ``path``, whatever became of the records since.

    Raises:
        MissingInput: There is no such file.
        BadData: It can't be understood; all problems.
    """
    try:
        return TransferScores.model_validate(read_json(path))
    except ValidationError as error:
        problems = error.errors(include_url=False)
        raise BadData(f"{path}: {_where(one['loc'])}{one['msg']}" for one in problems) from error


def read_transfer(archive: Path, path: Path) -> TransferScores:
    """The transfer in the file ``path`` of ``archive``.

    Raises:
        MissingInput: There is no such file.
        BadData: It can't be understood, lies in the wrong place, or is of another state of the records; all problems.
    """
    scores = parse_transfer(path)
    if transfer_path(archive, scores.model, scores.size) != path:
        raise BadData(f"{path}: says that it is {scores.name}")
    stale = [run.run for run in scores.runs if not _is_of(archive, run)]
    if stale:
        raise BadData(f"{path}: {run} is missing or in another state; run cross-hpo transfer again" for run in stale)
    return scores


def _where(place: Sequence[str | int]) -> str:
    return f"{'.'.join(str(part) for part in place)}: " if place else ""


def _is_of(archive: Path, run: TransferRun) -> bool:
    try:
        return layout.is_key(run.run) and manifest_digest(archive, run.run) == run.manifest
    except MissingInput:
        return False


def with_cells(scores: TransferScores, cells: Mapping[tuple[str, str], TransferCell]) -> TransferScores:
    """``scores`` with exactly these ``cells``, by candidate and dataset, in the order of datasets and candidates."""
    names = [candidate.name for candidate in scores.candidates]
    ordered = [cells[name, dataset] for dataset in scores.datasets for name in names if (name, dataset) in cells]
    uniform = best_on_average(names, scores.datasets, ordered)
    return scores.model_copy(update={"cells": ordered, "uniform": uniform})
