"""``cross-hpo submit`` and ``cross-hpo search`` where a site has a batch system, to the record and over real MPI."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from hpo.archive.record import read_record
from hpo.cli.main import main
from tests.execution.batch.conftest import Pbs
from tests.execution.builders import DATASET, ROOT, ZOO, Case, Said


@dataclass(frozen=True)
class Cluster:
    """A folder with a launch profile, from which searches of the zoo are started."""

    folder: Path
    pbs: Pbs
    case: Case

    def profile(self, **keys: object) -> None:
        content = {"site": str(self.pbs.site), "account": "me", "walltime": "2m", "node_hours": 1.0, "poll": 0.2}
        lines = [f"{key} = {json.dumps(value)}" for key, value in {**content, **keys}.items() if value is not None]
        (self.folder / "launch.toml").write_text("\n".join(lines) + "\n")

    def call(self, *arguments: str, code: int = 0) -> Said:
        out, err = io.StringIO(), io.StringIO()
        with (
            pytest.MonkeyPatch.context() as patch,
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            patch.setattr(sys, "argv", ["cross-hpo", *arguments])
            found = main(arguments)
        assert found == code, f"exit code {found}\n{out.getvalue()}\n{err.getvalue()}"
        return Said(out.getvalue(), err.getvalue())

    def search(self, *more: str, code: int = 0) -> Said:
        return self.call(*self.case.command()[3:], *more, code=code)

    def submit(self, *more: str, code: int = 0) -> Said:
        command = self.case.command()[4:]
        drop = command.index("--space")
        del command[drop : drop + 2]
        return self.call("submit", *command, *more, code=code)

    @property
    def logs(self) -> str:
        return "\n".join(path.read_text() for path in self.folder.glob("work/jobs/*/*/*.log"))


@pytest.fixture
def cluster(pbs: Pbs, tmp_path: Path, features: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    case = Case(tmp_path, features)
    case.arguments = ()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_STAGE", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    found = Cluster(tmp_path, pbs, case)
    found.profile(setup=[f"export PYTHONPATH={ROOT}"])
    (tmp_path / "zoo.yaml").write_text(f"search:\n  space: {case.space}\n")
    return found


@pytest.mark.slow
@pytest.mark.mpi
def test_a_search_becomes_a_job_and_its_record_is_the_same(cluster: Cluster, tmp_path: Path, features: Path) -> None:
    from hpo.archive.compare import essence

    done = cluster.search()
    assert done.stdout.splitlines()[0] == "Zoo/ZOO/SMALL/ga-seed1: 9 evaluations (9 ok)"
    said = done.stderr.splitlines()
    assert said[0].startswith("forecast: 9 evaluations, 1 at a time on a node, cost unknown (no earlier record")
    assert said[0].endswith("; debug, 1 node, 00:02:00")
    assert said[1].startswith("job 1.standin submitted to debug: Zoo-ZOO-SMALL-ga-seed1; its files are in ")
    assert cluster.pbs.launches == ["fake-1,fake-1"]
    record = read_record(cluster.case.record)
    assert (record.run.provenance.mpi_size, record.run.cost.workers) == (2, 1)
    here = Case(tmp_path / "here", features, "--launcher", "local", "--workers", "1", "--site", "laptop")
    here.call()
    assert essence(record) == essence(read_record(here.record))
    # Nothing is left to do, so nothing is submitted; and a record that was removed comes from the journal.
    assert "nothing had to be trained" in cluster.search().stdout
    subprocess.run(["rm", "-r", str(cluster.case.archive)], check=True)
    assert "nothing had to be trained" in cluster.search().stdout
    assert cluster.pbs.jobs == ["1.standin"]


@pytest.mark.slow
@pytest.mark.mpi
def test_one_job_runs_many_searches_on_parts_of_its_nodes(cluster: Cluster) -> None:
    done = cluster.submit(
        "--settings", "zoo.yaml", "--strategy", "ga", "--strategy", "random", "--nodes", "2", "--json"
    )
    assert [(item["search"], item["code"]) for item in json.loads(done.stdout)] == [
        ("Zoo-ZOO-SMALL-ga-seed1", 0),
        ("Zoo-ZOO-SMALL-random-seed1", 0),
    ], cluster.logs
    assert sorted(cluster.pbs.launches) == ["fake-1,fake-1", "fake-2,fake-2"]
    assert len(list(cluster.case.archive.glob("*/*/*/*/run.json"))) == 2
    assert "forecast: 2 searches, about 0 node-hours, 2 unknown; at most 0.06667; debug, 2 nodes" in done.stderr
    again = cluster.submit("--settings", "zoo.yaml", "--strategy", "ga")
    assert "nothing to do: all records are there" in again.stderr


@pytest.mark.slow
@pytest.mark.mpi
def test_a_job_whose_time_is_short_is_continued_by_the_same_command(cluster: Cluster) -> None:
    cluster.pbs.behave(kill_delay=60)
    marks = cluster.case.marks

    def let_the_time_run_out() -> None:
        while len(list(marks.iterdir())) < 2:
            time.sleep(0.05)
        (cluster.pbs.folder / "1.standin" / "expired").touch()

    watcher = threading.Thread(target=let_the_time_run_out, daemon=True)
    watcher.start()
    first = cluster.search("--set", "seconds=0.1", code=75)
    watcher.join()
    assert "Zoo-ZOO-SMALL-ga-seed1: stopped by SIGTERM" in first.stderr
    assert "the same command continues it" in first.stderr
    (line,) = [line for line in cluster.logs.splitlines() if "Continue with: cross-hpo search --model" in line]
    assert "--deadline" not in line
    assert 2 <= len(list(marks.iterdir())) < 9
    cluster.search("--set", "seconds=0.1")
    names = [path.name for path in marks.iterdir()]
    assert len(names) == 9
    assert not [name for name in names if name.endswith("-again")]
    assert cluster.pbs.jobs == ["1.standin", "2.standin"]


def test_a_dry_run_prints_the_script_and_leaves_nothing(cluster: Cluster) -> None:
    done = cluster.submit("--settings", "zoo.yaml", "--nodes", "2", "--walltime", "30m", "--dry-run")
    assert "#PBS -l select=2:system=test\n#PBS -l walltime=00:30:00\n" in done.stdout
    assert done.stdout.endswith('--deadline "$deadline"\n')
    assert not cluster.pbs.jobs
    assert not cluster.case.work.exists()


def test_a_record_of_another_search_is_in_the_way(cluster: Cluster) -> None:
    cluster.case.arguments = ("--launcher", "local", "--workers", "0", "--site", "laptop", "--ga", "TOURNSIZE=3")
    cluster.search()
    cluster.case.arguments = ()
    refused = cluster.submit("--settings", "zoo.yaml", code=73)
    assert "another search's record is there, and records are never replaced" in refused.stderr
    assert "another search's record is there" in cluster.search(code=73).stderr
    assert not cluster.pbs.jobs


def test_detaching_prints_the_number_of_the_job(cluster: Cluster) -> None:
    cluster.pbs.behave(queued=60)
    assert cluster.submit("--settings", "zoo.yaml", "--detach").stdout == "1.standin\n"
    status = cluster.call("status", "--work", str(cluster.case.work)).stdout
    assert status.split()[-4:] == ["1.standin", "submitted", "Zoo-ZOO-SMALL-ga-seed1", "1"]
    assert json.loads(cluster.submit("--settings", "zoo.yaml", "--detach", "--json").stdout) == {"job": "1.standin"}


WRONG: dict[str, tuple[tuple[str, ...], int, str]] = {
    "queue": (("--queue", "prod"), 78, "site cluster has no queue 'prod'; there are debug"),
    "nodes": (
        ("--nodes", "3"),
        78,
        "no queue of cluster takes 3 nodes for 2 min 00 s:\n  debug: it takes 1 to 2 nodes",
    ),
    "walltime": (("--walltime", "2h"), 78, "debug: its jobs run for at most 1 h 00 min"),
    "walltime-form": (("--walltime", "2"), 2, "walltime '2': expected HH:MM:SS"),
    "cost": (("--nodes", "2", "--walltime", "50m"), 78, "are 1.667 node-hours; the launch profile allows 1"),
    "resubmit": (("--resubmit", "40"), 78, "are 1.367 node-hours; the launch profile allows 1"),
    "model": (("--model", "LGMB"), 2, "no model 'LGMB'"),
    "dataset": (("--dataset", "CCLE"), 2, "was prepared for dataset ZOO, not CCLE"),
    "site": (("--site", "laptop"), 78, "site laptop has no batch system"),
    "parts": (("--nodes-per-search", "2"), 2, "--nodes-per-search 2: the job has 1 nodes only"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_requests_are_refused_before_anything_is_submitted(cluster: Cluster, fault: str) -> None:
    arguments, code, message = WRONG[fault]
    command = cluster.case.command()[4:]
    for option in ("--model", "--dataset"):
        if option in arguments:
            at = command.index(option)
            del command[at : at + 2]
    at = command.index("--space")
    del command[at : at + 2]
    done = cluster.call("submit", *command, "--settings", "zoo.yaml", *arguments, code=code)
    assert message in done.stderr
    assert not cluster.pbs.jobs
    assert not cluster.case.work.exists()


def test_a_search_for_a_job_takes_no_deadline(cluster: Cluster) -> None:
    assert "a job ends at its walltime" in cluster.search("--deadline", "60", code=2).stderr
    assert "--launcher local: this site runs searches in jobs" in cluster.search("--launcher", "local", code=2).stderr


def test_within_a_job_nothing_is_submitted(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PBS_JOBID", "7.other")
    assert "this is job 7.other already" in cluster.submit("--settings", "zoo.yaml", code=2).stderr


def test_the_mpiexec_of_a_laptop_is_refused_within_a_job(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PBS_JOBID", "7.other")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    done = cluster.search("--site", "laptop", code=69)
    assert "job 7.other: mpiexec would be that of the mpich package" in done.stderr
    assert "pip uninstall mpich" in done.stderr
    assert not cluster.case.work.exists()


PIPELINE = f"pipeline: {{models: [LGBM], datasets: [{DATASET}]}}\nsearch: {{fixed: {{LGBM: {{}}}}}}\nsite: laptop\n"


def test_a_pipeline_starts_nothing_expensive_unasked(cluster: Cluster) -> None:
    (cluster.folder / "launch.toml").unlink()
    (cluster.folder / "params.yaml").write_text(PIPELINE)
    refused = cluster.search("--settings", "params.yaml", "--launcher", "local", code=78)
    assert (
        f"not started unasked: 9 evaluations, 2 at a time on a node, cost unknown (no earlier record of {ZOO[-3:]}"
        in (refused.stderr.replace("\n", " "))
    )
    for way in ("1. dvc pull", "2. demonstration parameters", "3. a launch profile, launch.toml"):
        assert way in refused.stderr
    assert not cluster.case.work.exists()
    # Asked for: by a profile, wherever it lies.
    (cluster.folder / "mine.toml").write_text("node_hours = 1.0\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CROSS_HPO_LAUNCH", "mine.toml")
        done = cluster.search("--settings", "params.yaml", "--launcher", "local", "--workers", "1")
    assert done.stderr.startswith("forecast: 9 evaluations")
    # Now it is known what such a search costs, so the next one needs no profile.
    again = cluster.search("--settings", "params.yaml", "--launcher", "local", "--workers", "1", "--seed", "2")
    assert "in 1 earlier record of this pair" in again.stderr
    # What is left of a search that was interrupted is forecast from what it has taken so far.
    cluster.case.arguments = ("--settings", "params.yaml", "--launcher", "local", "--workers", "1", "--seed", "2")
    subprocess.run(["rm", "-r", str(cluster.case.archive), *cluster.case.work.glob("*-ga-seed1")], check=True)
    (segment,) = cluster.case.run_folder.glob("journal/*")
    lines = segment.read_bytes().splitlines(keepends=True)
    ends = [index for index, line in enumerate(lines) if b'"type":"result"' in line]
    segment.write_bytes(b"".join(lines[: ends[2] + 1]))
    (cluster.case.run_folder / "status.json").unlink()
    left = cluster.search()
    assert left.stderr.startswith("forecast: 6 evaluations")
    assert "of this search so far" in left.stderr
