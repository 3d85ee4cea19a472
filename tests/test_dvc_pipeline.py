"""The pipeline as its users meet it: real DVC, real MPI, a small model, in a copy of the project."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECORD = "hall_of_fame/LGBM/DEMO-A/SMALL/ga-seed1"
PARAMS = """\
pipeline: {models: [LGBM], datasets: [DEMO-A], strategies: [ga], finals: [LGBM], transfers: [], final_seeds: 2}
search:
  size: SMALL
  seed: 1
  split: 0
  preset: default
  settings: {}
  fixed:
    LGBM: {n_estimators: 20}
site: laptop
"""

pytestmark = [pytest.mark.slow, pytest.mark.mpi, pytest.mark.xdist_group("dvc"), pytest.mark.timeout(600)]


def environment(project: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(project),
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(project.parent / "dvc-site-cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "NO_MKDOCS_2_WARNING": "1",
    }


def run(project: Path, *command: str, code: int = 0) -> str:
    done = subprocess.run(
        command, cwd=project, env=environment(project), capture_output=True, text=True, check=False, timeout=300
    )
    output = done.stdout + done.stderr
    assert done.returncode == code, output
    return output


def commit(project: Path, message: str) -> None:
    run(project, "git", "add", "--all")
    run(project, "git", "-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-qm", message)


def repro(project: Path, *targets: str) -> list[str]:
    """Run ``dvc repro`` and name the stages that ran."""
    return re.findall(r"Running stage '([^']+)'", run(project, "dvc", "repro", *targets))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the pipeline has run once."""
    project = tmp_path_factory.mktemp("pipeline") / "project"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, project / name)
    (project / "params.yaml").write_text(PARAMS)
    run(project, "git", "init", "-q")
    run(project, "cross-hpo", "pipeline", "sync")
    commit(project, "Start")
    ran = repro(project)
    assert ran.index("search@LGBM-DEMO-A-ga") < ran.index("final@LGBM-DEMO-A") < ran.index("tables")
    assert (project / "build/site/index.html").is_file()
    commit(project, "Results")
    return project


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "project", symlinks=True))


def edit(project: Path, name: str, old: str, new: str) -> None:
    path = project / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_nothing_changed_nothing_runs(project: Path) -> None:
    assert "up to date" in run(project, "dvc", "repro")


def test_a_comment_in_the_code_runs_no_search(project: Path) -> None:
    for name in ("hpo/search/genetic.py", "hpo/models/lgbm.py", "hpo/execution/run.py"):
        with (project / name).open("a") as stream:
            stream.write("# A comment.\n")
    assert repro(project) == []


def test_a_new_dataset_runs_only_its_own_search(project: Path) -> None:
    edit(project, "params.yaml", "datasets: [DEMO-A]", "datasets: [DEMO-B, DEMO-A]")
    edit(project, "params.yaml", "transfers: []", "transfers: [LGBM]")
    run(project, "cross-hpo", "pipeline", "sync")
    ran = repro(project)
    of_models = ["prepare@LGBM-DEMO-B", "search@LGBM-DEMO-B-ga", "final@LGBM-DEMO-B", "transfer-LGBM"]
    assert [name for name in ran if "LGBM" in name] == of_models
    assert (project / "hall_of_fame/LGBM/SMALL.transfer.json").is_file()
    run(project, "cross-hpo", "hof", "verify")
    assert ran[-1] == "site"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("hpo/space/files/LGBM.json", '"comment": "', '"comment": "Changed. '),
        ("params.yaml", "seed: 1", "seed: 2"),
        ("params.yaml", "n_estimators: 20", "n_estimators: 21"),
    ],
    ids=["space", "seed", "fixed"],
)
def test_a_changed_input_runs_exactly_the_searches_it_touches(project: Path, name: str, old: str, new: str) -> None:
    edit(project, name, old, new)
    run(project, "cross-hpo", "pipeline", "sync")
    shutil.rmtree(project / ".search")
    assert [stage for stage in repro(project, "final") if "@" in stage] == [
        "search@LGBM-DEMO-A-ga",
        "final@LGBM-DEMO-A",
    ]


def test_push_and_pull_bring_identical_records(project: Path, tmp_path: Path) -> None:
    run(project, "dvc", "remote", "add", "--default", "archive", str(tmp_path / "remote"))
    commit(project, "Remote")
    run(project, "dvc", "push")
    clone = tmp_path / "clone"
    run(tmp_path, "git", "clone", "-q", str(project), str(clone))
    run(clone, "dvc", "pull")
    assert {path.name: path.read_bytes() for path in (clone / RECORD).iterdir()} == {
        path.name: path.read_bytes() for path in (project / RECORD).iterdir()
    }
    run(clone, "cross-hpo", "hof", "verify")
    assert repro(clone) == []


def test_a_deleted_record_comes_back_without_training(project: Path) -> None:
    before = (project / RECORD / "evaluations.csv").read_bytes()
    shutil.rmtree(project / RECORD)
    shutil.rmtree(project / ".search")
    assert repro(project) == []
    assert (project / RECORD / "evaluations.csv").read_bytes() == before


def test_metrics_and_plots(project: Path) -> None:
    metrics = json.loads(run(project, "dvc", "metrics", "show", "--json"))
    assert "LGBM" in json.dumps(metrics)
    output = run(project, "dvc", "plots", "show", "--out", "plots")
    assert "index.html" in output


def test_an_interrupted_search_goes_on(project: Path) -> None:
    edit(project, "params.yaml", "seed: 1", "seed: 3")
    edit(project, "params.yaml", "n_estimators: 20", "n_estimators: 400")
    run(project, "cross-hpo", "pipeline", "sync")
    started = subprocess.Popen(
        ["dvc", "repro", "search"],
        cwd=project,
        env=environment(project),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    status = project / ".search/LGBM-DEMO-A-SMALL-ga-seed3/status.json"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if status.is_file() and json.loads(status.read_text())["done"] >= 3:
            break
        time.sleep(0.05)
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    done = json.loads(status.read_text())["done"]
    assert 3 <= done < 9, "the search was to be killed midway"
    assert repro(project, "search") == ["search@LGBM-DEMO-A-ga"]
    record = json.loads((project / "hall_of_fame/LGBM/DEMO-A/SMALL/ga-seed3/run.json").read_text())
    assert record["cost"]["starts"] == 2
    assert record["counts"]["evaluations"] == 9
