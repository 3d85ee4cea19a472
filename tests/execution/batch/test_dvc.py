"""`dvc repro` where the site has a batch system: refused unasked, then a job, by one and the same command."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.execution.batch.conftest import Pbs
from tests.execution.builders import ROOT, Case

pytestmark = [pytest.mark.slow, pytest.mark.mpi, pytest.mark.xdist_group("dvc")]


def dvc(folder: Path, *arguments: str, code: int = 0) -> str:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(folder / "dvc-site-cache"),
    }
    done = subprocess.run(["dvc", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    logs = "\n".join(path.read_text() for path in folder.glob("work/jobs/*/*/*.log"))
    assert done.returncode == code, f"{output}\n{logs}"
    return output


def test_the_same_command_searches_through_a_job(pbs: Pbs, tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features)
    case.arguments = ("--settings", "params.yaml", "--archive", "archive", "--work", "work")
    settings = "pipeline: {models: [LGBM], datasets: [ZOO]}\nsearch: {fixed: {LGBM: {}}}\nsite: "
    (tmp_path / "params.yaml").write_text(f"{settings}{pbs.site}\n")
    record = "archive/Zoo/ZOO/SMALL/ga-seed1"
    command = shlex.join(["cross-hpo", *case.command()[3:]])
    (tmp_path / "dvc.yaml").write_text(
        f"stages:\n  search:\n    cmd: {command}\n    deps: [space.json]\n    outs: [{record}]\n"
    )
    dvc(tmp_path, "init", "--no-scm", "-q")
    refused = dvc(tmp_path, "repro", code=255)
    assert "not started unasked: 9 evaluations" in refused
    assert "exited with 78" in refused
    assert not pbs.jobs
    (tmp_path / "launch.toml").write_text(
        f'node_hours = 1.0\naccount = "me"\nwalltime = "3m"\npoll = 0.2\nsetup = ["export PYTHONPATH={ROOT}"]\n'
    )
    assert "job 1.standin submitted to debug" in dvc(tmp_path, "repro")
    assert (tmp_path / record / "run.json").is_file()
    assert pbs.jobs == ["1.standin"]
