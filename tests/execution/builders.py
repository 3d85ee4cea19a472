"""Small runs for tests: data that hold nothing but responses, spaces of the zoo, command lines."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from hpo.evaluation import Candidate, Evaluation, Hyperparameters, Origin, Outcome, Status
from hpo.execution.training import EvaluatorSettings

ROOT = Path(__file__).parents[2]
ZOO = "tests.execution.zoo:Zoo"
DATASET = "ZOO"

SPACE: list[dict[str, Any]] = [
    {"name": "x", "type": "float", "lower": -10.0, "upper": 10.0},
    {"name": "y", "type": "int", "lower": 0, "upper": 9},
]


def raw_data(folder: Path) -> Path:
    """A ``raw_data`` folder with ten responses and one split."""
    (folder / "y_data").mkdir(parents=True)
    (folder / "splits").mkdir()
    rows = [f"{DATASET}\tS-{row}\tD-{row}\t0.5" for row in range(10)]
    text = "\n".join(["source\timprove_sample_id\timprove_chem_id\tauc", *rows]) + "\n"
    (folder / "y_data" / "response.tsv").write_text(text)
    for part, numbers in (("train", range(6)), ("val", (6, 7)), ("test", (8, 9))):
        (folder / "splits" / f"{DATASET}_split_0_{part}.txt").write_text("\n".join(map(str, numbers)) + "\n")
    return folder


def prepared(folder: Path) -> Path:
    """Features of the zoo, prepared from :func:`raw_data`."""
    from hpo.data.csa import CsaData
    from hpo.data.prepared import prepare
    from tests.execution.zoo import Zoo

    return prepare(Zoo(), CsaData(raw_data(folder / "raw_data")), DATASET, 0, folder / "prepared").path


def evaluator_settings(features: Path, act: str = "train", **changes: Any) -> EvaluatorSettings:
    """Settings of an evaluator of the zoo that does ``act``."""
    fixed: Hyperparameters = {"act": act}
    return EvaluatorSettings(**{"model": ZOO, "features": str(features), "fixed": fixed, "grace": 0.3, **changes})


def candidate(number: int = 0, **hyperparameters: Any) -> Candidate:
    return Candidate(number, 0, Origin.INITIAL, {"x": 1.0, "y": 2, **hyperparameters}, 100 + number)


def evaluation(number: int = 0, loss: float | None = 0.5, status: Status = Status.OK, **changes: Any) -> Evaluation:
    message = changes.pop("message", "" if status is Status.OK else "it went wrong")
    outcome = Outcome(status, loss if status.has_loss else None, message=message)
    return Evaluation(candidate(number), outcome, 0, "2026-01-01T00:00:00.000Z", changes.pop("walltime", 1.0))


@dataclass
class Said:
    """What a command printed."""

    stdout: str
    stderr: str


class Case:
    """A folder with data, space, work and archive, and the command that searches there.

    Attributes:
        folder: Where everything is.
        arguments: Options beside those that say where things are.
    """

    def __init__(self, folder: Path, features: Path, *arguments: str, space: Any = None) -> None:
        self.folder = folder
        self.archive = folder / "archive"
        self.work = folder / "work"
        self.marks = folder / "marks"
        self.marks.mkdir(parents=True, exist_ok=True)
        self.space = folder / "space.json"
        self.space.write_text(json.dumps(SPACE if space is None else space))
        self._features = features
        self.arguments = arguments or ("--launcher", "local", "--workers", "1")

    @property
    def run_folder(self) -> Path:
        """Work folder of the run."""
        (found,) = (path for path in self.work.iterdir() if (path / "spec.json").exists() and ".old-" not in path.name)
        return found

    @property
    def record(self) -> Path:
        """Folder of the record."""
        (found,) = (path.parent for path in self.archive.glob("*/*/*/*/run.json"))
        return found

    def command(self, *more: str) -> list[str]:
        options = {
            "--model": ZOO, "--dataset": DATASET, "--size": "SMALL", "--data": str(self._features),
            "--space": str(self.space), "--archive": str(self.archive), "--work": str(self.work),
        }  # fmt: skip
        pairs = [part for option in options.items() for part in option]
        return [sys.executable, "-m", "hpo", "search", *pairs, *self.arguments, *more]

    def environment(self, round_: int = 0) -> dict[str, str]:
        return {**os.environ, "ZOO_MARKS": str(self.marks), "ZOO_ROUND": str(round_), "PYTHONPATH": str(ROOT)}

    def run(self, *more: str, code: int = 0, round_: int = 0) -> subprocess.CompletedProcess[str]:
        """Run the command to its end and check its exit code."""
        done = subprocess.run(
            self.command(*more), capture_output=True, text=True, cwd=ROOT, env=self.environment(round_), check=False
        )
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def call(self, *more: str, code: int = 0, round_: int = 0) -> Said:
        """Run the command within this process, which is quicker, and check its exit code."""
        from hpo.cli.main import main

        variables = {"ZOO_MARKS": str(self.marks), "ZOO_ROUND": str(round_)}
        out, err = io.StringIO(), io.StringIO()
        arguments = self.command(*more)[3:]
        with (
            mock.patch.dict(os.environ, variables),
            mock.patch.object(sys, "argv", ["cross-hpo", *arguments]),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            found = main(arguments)
        said = Said(out.getvalue(), err.getvalue())
        assert found == code, f"exit code {found}\n{said.stdout}\n{said.stderr}"
        return said

    def cut_short(self, results: int) -> Path:
        """Turn a finished run into one that was killed after some results; its only segment."""
        shutil.rmtree(self.archive)
        (segment,) = (self.run_folder / "journal").iterdir()
        lines = segment.read_bytes().splitlines(keepends=True)
        ends = [index for index, line in enumerate(lines) if b'"type":"result"' in line]
        segment.write_bytes(b"".join(lines[: ends[results - 1] + 1]))
        (self.run_folder / "status.json").unlink()
        return segment

    def start(self, *more: str, round_: int = 0) -> subprocess.Popen[str]:
        """Start the command in a session of its own."""
        return subprocess.Popen(
            self.command(*more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=self.environment(round_),
            start_new_session=True,
        )

    def processes(self) -> list[int]:
        """Living processes that were started with this case's marks: the search, its ranks and its evaluators."""
        wanted = f"ZOO_MARKS={self.marks}".encode()
        return [pid for pid in _pids() if wanted in _environment(pid)]


def _pids() -> Sequence[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        return [] if state == "Z" else Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
