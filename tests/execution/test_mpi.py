"""The MPI launcher: its command line, and ranks that do not fit together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hpo.archive.record import read_record
from hpo.errors import GaveUp
from hpo.execution import mpi
from hpo.execution.provenance import node_aliases
from tests.execution.builders import ROOT, Case


def test_the_command_line_is_the_sites() -> None:
    template = ("mpiexec", "-n", "{ranks}", "--ppn", "4", "--env", "RANKS={ranks}")
    line = mpi.command_line(template, Path("/opt/bin/mpiexec"), 5, Path("/w/job.json"))
    assert line[:7] == ["/opt/bin/mpiexec", "-n", "5", "--ppn", "4", "--env", "RANKS=5"]
    assert line[7:] == [sys.executable, "-P", "-m", "mpi4py", "-m", "hpo.execution.mpi", "/w/job.json"]


def test_mpiexec_beside_python_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("bin", "path"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mpiexec").write_text("#!/bin/sh\n")
        (tmp_path / folder / "mpiexec").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    assert mpi.find_mpiexec() == tmp_path / "bin" / "mpiexec"
    (tmp_path / "bin" / "mpiexec").unlink()
    assert mpi.find_mpiexec() == tmp_path / "path" / "mpiexec"
    (tmp_path / "path" / "mpiexec").unlink()
    assert mpi.find_mpiexec() is None
    with pytest.raises(GaveUp, match=r'mpiexec: not found, .*\n  On one machine: pip install "cross-hpo\[laptop\]"'):
        mpi.check_mpi(("mpiexec", "-n", "{ranks}"))


@pytest.mark.parametrize("name", mpi.RANK_VARIABLES)
def test_ranks_are_recognised(name: str) -> None:
    assert mpi.inside_mpi({name: "0"})
    assert not mpi.inside_mpi({"PATH": "/bin"})


def test_nodes_get_aliases() -> None:
    assert node_aliases(["b", "b", "a", "b"]) == ("node-01", "node-01", "node-02", "node-01")


def mpiexec(ranks: int, *command: str, case: Case) -> subprocess.CompletedProcess[str]:
    program = mpi.find_mpiexec()
    assert program is not None
    return subprocess.run(
        [str(program), "-n", str(ranks), sys.executable, "-m", "mpi4py", *command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=case.environment(),
        check=False,
    )


@pytest.mark.slow
@pytest.mark.mpi
def test_ranks_that_somebody_else_has_started(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features, "--launcher", "mpi")
    done = mpiexec(3, *case.command()[1:], case=case)
    assert done.returncode == 0, done.stderr
    run = read_record(case.record).run
    assert (run.cost.workers, run.provenance.mpi_size, run.provenance.launcher) == (2, 3, "mpi")
    assert run.provenance.nodes == ["node-01"]
    assert "nothing had to be trained" in mpiexec(2, *case.command()[1:], case=case).stdout


@pytest.mark.slow
@pytest.mark.mpi
def test_errors_end_all_ranks_with_one_message(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features, "--launcher", "mpi")
    done = mpiexec(3, *case.command("--dataset", "CCLE")[1:], case=case)
    assert done.returncode == 2
    assert done.stderr.count("was prepared for dataset ZOO, not CCLE") == 1
    assert "Traceback" not in done.stderr
    alone = mpiexec(1, *case.command()[1:], case=case)
    assert alone.returncode == 69
    assert "one rank only" in alone.stderr


@pytest.mark.slow
@pytest.mark.mpi
def test_ranks_of_different_versions_are_refused(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features, "--launcher", "mpi")
    program = (
        "import os, sys, hpo; from hpo.execution import mpi;"
        "mpi.__version__ = '9.9' if os.environ['PMI_RANK'] == '1' else '0.1';"
        "from hpo.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    done = mpiexec(3, "-c", program, *case.command()[3:], case=case)
    assert done.returncode == 70, done.stderr
    assert "rank 1 on node-01 runs cross-hpo 9.9" in done.stderr
