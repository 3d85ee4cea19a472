"""A model whose optimum differs between datasets by a known amount, and searches of it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from hpo.catalogue import ModelCard
from hpo.cli.main import main
from hpo.evaluation import Hyperparameters, Outcome, Status
from hpo.models.base import Arrays, Model, TestScore, Training
from hpo.models.synthetic import Synthetic

PATH = "tests.replication.tailored:Tailored"
RESPONSES = {"LEFT": 0.2, "RIGHT": 0.8}
"""Mean response by dataset; the optimum is ten times as far from 0.5, at -3 and 3."""
DEAD_FROM = 8.0
FAILS_BELOW = -8.0
SPACE: list[dict[str, Any]] = [
    {"name": "x", "type": "float", "lower": -6.0, "upper": 6.0, "sigma": 1.0},
    {"name": "epochs", "type": "constant", "value": 3},
]


class Tailored(Model):
    """``loss = 0.1 + (x - optimum)^2 / 100`` and a little that the seed decides; dead and failing far away."""

    card = ModelCard(name="Tailored", title="", summary="", citation="", doi="", licence="", inputs=(), packages=())
    trained: ClassVar[list[tuple[float, int]]] = []
    """Hyperparameter and seed of every training of this process that was scored on the test part."""

    def __init__(self, compat: str | None = None) -> None:
        super().__init__(compat)
        self.defaults = {"x": 0.5, "epochs": 3}

    prepare = Synthetic.prepare

    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        x = float(hyperparameters["x"])
        if test:
            self.trained.append((x, training.seed))
        if x < FAILS_BELOW:
            raise RuntimeError(f"diverged in {Path(__file__).resolve()}")
        optimum = 10 * (float(np.mean(arrays["train_auc"])) - 0.5)
        noise = 0.002 * random.Random(training.seed).random()
        loss = 0.1 + (x - optimum) ** 2 / 100 + noise if x < DEAD_FROM else 0.9
        status = Status.OK if x < DEAD_FROM else Status.DEGENERATE
        outcome = Outcome(status, loss, {"val_mse": loss}, epochs_run=3, best_epoch=2)
        return outcome, TestScore({"test_mse": loss + 0.01}) if test else None


def raw_data(folder: Path) -> Path:
    """A ``raw_data`` folder with ten responses a dataset."""
    (folder / "y_data").mkdir(parents=True)
    (folder / "splits").mkdir()
    rows = [f"{name}\tS-{row}\tD-{row}\t{auc}" for name, auc in RESPONSES.items() for row in range(10)]
    text = "\n".join(["source\timprove_sample_id\timprove_chem_id\tauc", *rows]) + "\n"
    (folder / "y_data" / "response.tsv").write_text(text)
    for first, name in zip((0, 10), RESPONSES, strict=True):
        for part, numbers in (("train", range(6)), ("val", (6, 7)), ("test", (8, 9))):
            text = "".join(f"{first + number}\n" for number in numbers)
            (folder / "splits" / f"{name}_split_0_{part}.txt").write_text(text)
    return folder


def search(folder: Path, dataset: str, *, seed: int = 1, strategy: str = "ga") -> None:
    """Search ``dataset`` of the data in ``folder / "raw_data"`` into the archive ``folder / "hof"``."""
    (folder / "space.json").write_text(json.dumps(SPACE))
    arguments = [
        "search", "--model", PATH, "--dataset", dataset, "--size", "tiny", "--ga", "POPULATION_SIZE=4",
        "--ga", "NUM_ITERATIONS=2", "--strategy", strategy, "--seed", str(seed), "--space", str(folder / "space.json"),
        "--data", str(folder / "raw_data"), "--archive", str(folder / "hof"), "--work", str(folder / "work"),
        "--features", str(folder / "features"), "--launcher", "local", "--workers", "0",
    ]  # fmt: skip
    assert main(arguments) == 0


def transfer(folder: Path, *more: str, model: str = PATH) -> int:
    """Run ``cross-hpo transfer`` there; its exit code."""
    places = ["--data", str(folder / "raw_data"), "--archive", str(folder / "hof")]
    return main(["transfer", model, "--size", "tiny", *places, "--features", str(folder / "features"), *more])


def final(folder: Path, dataset: str, *more: str) -> int:
    """Run ``cross-hpo final`` there; its exit code."""
    key = f"Tailored/{dataset}/tiny/ga-seed1"
    places = ["--data", str(folder / "raw_data"), "--archive", str(folder / "hof")]
    return main(["final", key, "--model", PATH, *places, "--features", str(folder / "features"), *more])
