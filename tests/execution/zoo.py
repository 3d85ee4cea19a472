"""Models that misbehave in one way each; found through the registry as ``tests.execution.zoo:Zoo``."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from hpo.catalogue import ModelCard
from hpo.evaluation import Hyperparameters, Outcome, Status
from hpo.models.base import Arrays, Model, TestScore, Training

MARKS = "ZOO_MARKS"
"""Variable: folder that gets an empty file ``<round>-<seed>`` for every finished training, ``…-again`` for a repeat."""
ROUND = "ZOO_ROUND"


ACTS = ("succeed", "hang", "segfault", "fake_reply", "hog", "succeed", "flood", "nan", "binary_output")
"""What trainings of ``anything`` do, by the value of ``y``."""


class Zoo(Model):
    """``loss = (x - 3)^2 + y / 10``, after ``seconds``; ``act`` says what happens instead."""

    card = ModelCard(name="Zoo", title="", summary="", citation="", doi="", licence="", inputs=(), packages=())
    defaults: ClassVar[Hyperparameters] = {"x": 0.0, "y": 5, "act": "train", "seconds": 0.0, "mix": 0.0}

    def prepare(self, data: Any, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        arrays: dict[str, np.ndarray[Any, Any]] = {}
        for part in ("train", "val", "test"):
            rows = data.split(dataset, split, part)
            arrays[f"{part}_cell"] = arrays[f"{part}_drug"] = np.zeros(len(rows), dtype=np.int32)
            arrays[f"{part}_auc"] = np.zeros(len(rows), dtype=np.float32)
        return arrays

    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        values = {**self.defaults, **hyperparameters}
        time.sleep(float(values["seconds"]) * (1 + training.seed % 3))
        mark(training.seed)
        act = str(values["act"]) if values["act"] != "train" else "succeed"
        if float(values["mix"]):
            act = mixed(training.seed, float(values["mix"]))
        return getattr(self, act.replace("-", "_"))(values, training), None

    def succeed(self, values: Any, training: Training) -> Outcome:
        loss = (float(values["x"]) - 3.0) ** 2 + int(values["y"]) / 10
        return Outcome(Status.OK, loss, {"val_mse": loss}, epochs_run=1, best_epoch=1)

    def exception(self, values: Any, training: Training) -> Outcome:
        raise RuntimeError(f"shapes don't fit in {Path(__file__).resolve()}")

    def exit_3(self, values: Any, training: Training) -> Outcome:
        print("leaving", flush=True)
        sys.exit(3)

    def exit_0_at_once(self, values: Any, training: Training) -> Outcome:
        os._exit(0)

    def abort(self, values: Any, training: Training) -> Outcome:
        os.abort()

    def segfault(self, values: Any, training: Training) -> Outcome:
        print("about to crash", flush=True)
        ctypes.string_at(0)
        raise AssertionError

    def hang(self, values: Any, training: Training) -> Outcome:
        time.sleep(1e6)
        raise AssertionError

    def hang_deaf(self, values: Any, training: Training) -> Outcome:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return self.hang(values, training)

    def hang_with_grandchild(self, values: Any, training: Training) -> Outcome:
        subprocess.Popen(["sleep", "54321"], close_fds=False)
        return self.hang(values, training)

    def exit_with_grandchild(self, values: Any, training: Training) -> Outcome:
        subprocess.Popen(["sleep", "54322"], close_fds=False)
        os._exit(4)

    def nan(self, values: Any, training: Training) -> Outcome:
        return Outcome(Status.OK, float("nan"))

    def negative(self, values: Any, training: Training) -> Outcome:
        return Outcome(Status.OK, -0.5)

    def nothing(self, values: Any, training: Training) -> Any:
        return None

    def interrupted(self, values: Any, training: Training) -> Outcome:
        return Outcome(Status.INTERRUPTED)

    def numpy_numbers(self, values: Any, training: Training) -> Outcome:
        loss: Any = np.float32(0.25)
        epochs: Any = np.int64(7)
        return Outcome(Status.OK, loss, {"val_mse": loss}, epochs, epochs)

    def flood(self, values: Any, training: Training) -> Outcome:
        for _ in range(20):
            os.write(1, b"x" * 1_000_000)
        return self.succeed(values, training)

    def binary_output(self, values: Any, training: Training) -> Outcome:
        os.write(2, b"\xff\xfe\x00\x1b[31mred\x1b[0m caf\xc3\xa9\n")
        os._exit(5)

    def fake_reply(self, values: Any, training: Training) -> Outcome:
        print('{"outcome": {"status": "ok", "loss": 0.0}}', flush=True)
        return self.succeed(values, training)

    def memory_error(self, values: Any, training: Training) -> Outcome:
        raise MemoryError("14 GiB for an array")

    def cuda_memory(self, values: Any, training: Training) -> Outcome:
        raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB")

    def killed_from_outside(self, values: Any, training: Training) -> Outcome:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def killed_once(self, values: Any, training: Training) -> Outcome:
        mark_file = Path(os.environ[MARKS]) / f"killed-{training.seed}"
        if not mark_file.exists():
            mark_file.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return self.succeed(values, training)

    def terminated_from_outside(self, values: Any, training: Training) -> Outcome:
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError

    def hog(self, values: Any, training: Training) -> Outcome:
        print("allocating", flush=True)
        allocate()
        return self.hang(values, training)

    def hog_in_a_child(self, values: Any, training: Training) -> Outcome:
        """As loaders do that read with processes of their own."""
        if os.fork() == 0:
            os.setsid()
            allocate()
        return self.hang(values, training)

    def anything(self, values: Any, training: Training) -> Outcome:
        """What ``y`` says; four in nine succeed, two of them after printing what could be mistaken for a result."""
        return getattr(self, ACTS[int(values["y"])])(values, training)

    def nan_for_a_while(self, values: Any, training: Training) -> Outcome:
        """NaN for all trainings but the first and the last three of a search of SMALL."""
        done = len(list(Path(os.environ[MARKS]).iterdir()))
        return self.succeed(values, training) if done <= 5 or done >= 8 else self.nan(values, training)

    def closes_everything(self, values: Any, training: Training) -> Outcome:
        os.closerange(0, 64)
        return self.hang(values, training)


def allocate() -> None:
    """Take 1 GiB of memory, and keep it."""
    blocks = []
    for _ in range(32):
        blocks.append(b"x" * 32 * 1024**2)
        time.sleep(0.01)
    time.sleep(1e6)


def mark(seed: int) -> None:
    """Leave a trace of a training."""
    folder = os.environ.get(MARKS)
    if folder is None:
        return
    path = Path(folder) / f"{os.environ.get(ROUND, '0')}-{seed}"
    try:
        path.open("x").close()
    except FileExistsError:
        path.with_name(f"{path.name}-again-{time.monotonic_ns()}").touch()


def mixed(seed: int, share: float) -> str:
    """What happens in a zoo where a ``share`` of trainings fails, by their seeds."""
    if seed % 1000 >= share * 1000:
        return "succeed"
    return ("exception", "segfault", "exit_3", "nan")[seed % 4]


class Unprepared(Zoo):
    """Can't be made: what happens where a model's own module is broken."""

    def __init__(self) -> None:
        raise RuntimeError("the licence server does not answer")
