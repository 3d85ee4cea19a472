"""``cross-hpo doctor`` for a site with a batch system, on its login node and within a job."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpo.cli.main import main
from tests.execution.batch.conftest import Pbs


def findings(capsys: pytest.CaptureFixture[str], site: str) -> dict[str, dict[str, object]]:
    main(["doctor", "--site", site, "--json"])
    return {item["check"]: item for item in json.loads(capsys.readouterr().out)}


def test_on_a_login_node(
    pbs: Pbs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = findings(capsys, str(pbs.site))
    assert found["batch system"]["found"] == "pbs: qsub, qstat, qdel"
    assert "not tried" in str(found["mpiexec"]["found"])
    assert (found["project"]["good"], found["project"]["remedy"]) == (False, 'account = "…" in launch.toml')
    (tmp_path / "launch.toml").write_text('node_hours = 1\naccount = "me"\n')
    assert findings(capsys, str(pbs.site))["project"]["good"]
    (tmp_path / "bin" / "qdel").unlink()
    assert findings(capsys, str(pbs.site))["batch system"]["found"] == "no qdel"


@pytest.mark.mpi
@pytest.mark.slow
def test_within_a_job_all_ranks_say_which_device_they_would_use(
    pbs: Pbs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PBS_JOBID", "7.standin")
    monkeypatch.setenv("CROSS_HPO_NODES", "a,b")
    found = findings(capsys, str(pbs.site))
    assert found["mpiexec"]["good"], found
    assert str(found["mpiexec"]["found"]).startswith("pals: 3 ranks on 1 nodes, MPICH Version: ")
    assert str(found["mpiexec"]["found"]).endswith("devices of the first node: 1 0 1")
    assert found["GPUs"]["good"] is False or "," in str(found["GPUs"]["found"])
    assert pbs.launches == ["a,a,b"]
    assert not list(tmp_path.glob(".doctor-*"))


def test_scratch_that_cannot_be_written(
    pbs: Pbs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pbs.site.write_text(pbs.site.read_text().replace("[environment]", '[environment]\nTMPDIR = "/nonexistent"'))
    found = findings(capsys, str(pbs.site))["scratch"]
    assert found["remedy"] == "set TMPDIR in the site's environment"
