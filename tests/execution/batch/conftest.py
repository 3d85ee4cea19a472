"""A cluster on one machine: the stand-ins for PBS and PALS, and a site that uses them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.execution.batch import standin

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Pbs:
    """The stand-in.

    Attributes:
        folder: Its state.
        site: A site file whose batch system it is.
    """

    folder: Path
    site: Path

    def behave(self, **mode: object) -> None:
        (self.folder / "mode.json").write_text(json.dumps(mode))

    @property
    def jobs(self) -> list[str]:
        """Jobs that were taken and not forgotten, in order."""
        found = [path.name for path in self.folder.iterdir() if path.name.endswith(".standin")]
        return sorted(found, key=lambda name: int(name.split(".")[0]))

    @property
    def launches(self) -> list[str]:
        """Hosts of every mpiexec so far."""
        path = self.folder / "launches.txt"
        return path.read_text().splitlines() if path.exists() else []

    def state(self, job: str) -> str:
        return str(json.loads((self.folder / job / "job.json").read_text())["job_state"])


@pytest.fixture
def pbs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pbs]:
    folder, programs = tmp_path / "pbs", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    for name in ("qsub", "qstat", "qdel"):
        script(programs / name, "standin.py", name)
    script(programs / "pals", "pals.py")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STANDIN", str(folder))
    for name in ("PBS_JOBID", "SLURM_JOB_ID", "CROSS_HPO_LAUNCH"):
        monkeypatch.delenv(name, raising=False)
    site = tmp_path / "cluster.toml"
    site.write_text(
        f"""
name = "cluster"
scheduler = "pbs"
launcher = "mpi"
account_needed = true
filesystems = ["home"]
select = "system=test"
directives = ["-l place=scatter", "-k doe"]
mpiexec = ["{programs / "pals"}", "-n", "{{ranks}}", "-host", "{{hosts}}", "--depth", "1", "--abort-on-failure"]

[environment]
MPI4PY_RC_RECV_MPROBE = "0"
ZOO_MARKS = "{tmp_path / "marks"}"

[node]
workers = 1
rank0 = "beside"
device_variable = "CUDA_VISIBLE_DEVICES"
devices = ["1", "0"]

[[queues]]
name = "debug"
nodes = [1, 2]
hours = 1
"""
    )
    (tmp_path / "marks").mkdir()
    yield Pbs(folder, site)
    # Nothing of the stand-in outlives its test.
    for path in folder.glob("*.standin/job.json"):
        content = json.loads(path.read_text())
        if content["job_state"] != "F":
            subprocess.run([str(programs / "qdel"), path.parent.name], check=False, capture_output=True)
            if content["job_state"] == "R":
                standin_kill(content["session"])


def standin_kill(session: int) -> None:
    for pid in standin.members(session):
        os.kill(pid, 9)


def script(path: Path, module: str, *arguments: str) -> None:
    """An executable at ``path`` that runs a program of this folder."""
    command = shlex.join([sys.executable, str(HERE / module), *arguments])
    path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    path.chmod(0o755)
