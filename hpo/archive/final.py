"""Final scores: what a run found, trained with fresh seeds and scored on the test part, beside its record.

``<RUN>.final.json`` lies beside the folder of the record, which stays as it was published; the SHA-256 of the record's
manifest ties the two together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from hpo.archive import layout
from hpo.errors import BadData, MissingInput
from hpo.evaluation import Value
from hpo.storage import write_json
from hpo.strict_json import read_json

SCHEMA: Final = "cross-hpo/final/1"
BEST: Final = "best"
DEFAULT: Final = "default"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FinalTraining(_Part):
    """One training."""

    seed: int
    status: str
    val_loss: FiniteFloat | None = None
    epochs_run: int | None = None
    best_epoch: int | None = None
    metrics: dict[str, FiniteFloat] = Field({}, description="validation and test metrics: val_mse, test_mse, …")
    message: str = ""


class FinalCandidate(_Part):
    """One set of hyperparameters, trained with every seed."""

    name: Literal["best", "default"]
    evaluation: int | None = Field(description="row of evaluations.csv; null if in none")
    hyperparameters: dict[str, Value]
    trainings: list[FinalTraining]

    def values(self, metric: str) -> list[float]:
        """The metric in every training that has it."""
        return [training.metrics[metric] for training in self.trainings if metric in training.metrics]


class FinalScores(_Part):
    """``<RUN>.final.json``."""

    schema_: Literal["cross-hpo/final/1"] = Field("cross-hpo/final/1", alias="schema")
    run: str = Field(description="key of the record")
    manifest: str = Field(description="SHA-256 of the record's MANIFEST.sha256")
    candidates: list[FinalCandidate]
    references: dict[str, dict[str, FiniteFloat]] = Field(
        description="metrics of predictors without features: mean, additive (a mean effect of cell line and drug)"
    )
    software: dict[str, str] = {}

    def candidate(self, name: str) -> FinalCandidate | None:
        """The candidate of that name, if it was trained."""
        return next((candidate for candidate in self.candidates if candidate.name == name), None)


def spread(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and standard deviation (with n - 1); the latter ``None`` for a single value.

    Raises:
        ValueError: There is no value.
    """
    if not values:
        raise ValueError("no value")
    return fmean(values), stdev(values) if len(values) > 1 else None


def final_path(archive: Path, key: str) -> Path:
    """Where the final scores of the record ``key`` are."""
    folder = layout.record_folder(archive, key)
    return folder.with_name(folder.name + layout.FINAL_SUFFIX)


def manifest_digest(archive: Path, key: str) -> str:
    """SHA-256 of the manifest of the record ``key``.

    Raises:
        MissingInput: There is no such record.
    """
    path = layout.record_folder(archive, key) / layout.MANIFEST
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise MissingInput(f"{path}: no such file, and every record has one") from error


def write_final(archive: Path, final: FinalScores) -> Path:
    """Write ``final`` beside its record; earlier final scores are replaced.

    Raises:
        StorageError: Writing failed; nothing is half-written.
    """
    path = final_path(archive, final.run)
    write_json(path, final.model_dump(mode="json", by_alias=True))
    return path


def read_final(archive: Path, key: str) -> FinalScores | None:
    """Final scores of the record ``key``; ``None`` where there are none.

    Raises:
        BadData: They can't be understood, or are of another record.
    """
    path = final_path(archive, key)
    if not path.is_file():
        return None
    try:
        final = FinalScores.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadData(f"{path}: {where}: {first['msg']}") from error
    if final.run != key:
        raise BadData(f"{path}: says that it is of {final.run}")
    if final.manifest != manifest_digest(archive, key):
        raise BadData(f"{path}: is of another state of the record; run cross-hpo final again")
    return final
