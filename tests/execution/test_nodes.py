"""Which rank goes to which node, and which device it takes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.errors import UsageError
from hpo.execution import affinity, mpi, nodes
from hpo.execution.site import Node, read_site, site_names
from tests.execution.builders import ROOT

LAYOUTS = st.builds(Node, workers=st.integers(1, 12), rank0=st.sampled_from(["beside", "instead"]))


@given(LAYOUTS, st.integers(1, 20))
def test_ranks_fill_the_nodes_and_one_of_them_searches(node: Node, count: int) -> None:
    names = [f"n{number}" for number in range(count)]
    most = nodes.most_workers(node, count)
    if most < 1:
        return
    hosts = nodes.places(node, names, most)
    assert len(hosts) == most + 1
    assert hosts[0] == names[0]
    assert list(dict.fromkeys(hosts)) == names
    per_node = Counter(hosts)
    assert per_node[names[0]] == node.workers + (node.rank0 == "beside")
    assert {per_node[name] for name in names[1:]} <= {node.workers}


def test_polaris_names_its_first_node_five_times() -> None:
    node = read_site("polaris").node
    assert node is not None
    assert nodes.places(node, ["a", "b"], 8) == ("a",) * 5 + ("b",) * 4


@pytest.mark.parametrize("workers", [0, 9])
def test_more_workers_than_places_are_refused(workers: int) -> None:
    node = read_site("polaris").node
    assert node is not None
    with pytest.raises(UsageError, match=f"--workers {workers}: 2 nodes have places for 1 to 8"):
        nodes.places(node, ["a", "b"], workers)


def test_every_worker_of_a_node_gets_a_device_of_its_own() -> None:
    """Rank 0 only searches: beside four workers it shares the device of the last."""
    for name in ("polaris", "aurora"):
        node = read_site(name).node
        assert node is not None
        first = 1 if node.rank0 == "beside" else 0
        for ranks in (range(first, first + node.workers), range(node.workers)):
            taken = [affinity.device_environment(node, rank)[node.device_variable] for rank in ranks]
            assert sorted(taken) == sorted(node.devices)


def test_devices_of_polaris_are_those_next_to_the_cores() -> None:
    """--cpu-bind depth with 8 cores a rank gives local rank r the cores from 8 r on; 24 to 31 are next to GPU 0."""
    node = read_site("polaris").node
    assert node is not None
    nearest = {0: "3", 8: "2", 16: "1", 24: "0"}
    for rank in range(4):
        assert affinity.device_environment(node, rank) == {"CUDA_VISIBLE_DEVICES": nearest[8 * rank]}


@pytest.mark.parametrize(
    ("environment", "rank"),
    [
        ({"PALS_LOCAL_RANKID": "2", "PMI_RANK": "6"}, 2),
        ({"PMI_LOCAL_RANK": "3"}, 3),
        ({"MPI_LOCALRANKID": "1", "SLURM_LOCALID": "0"}, 1),
        ({"SLURM_LOCALID": "4"}, 4),
        ({"PMI_RANK": "6"}, None),
        ({"SLURM_LOCALID": ""}, None),
    ],
)
def test_the_launcher_says_which_rank_of_the_node_this_is(environment: dict[str, str], rank: int | None) -> None:
    assert affinity.local_rank(environment) == rank


def test_a_rank_takes_its_device_only_if_told_how() -> None:
    polaris = affinity.order_of(read_site("polaris").node)
    environment = {**polaris, "PMI_LOCAL_RANK": "1"}
    affinity.take_device(environment)
    assert environment["CUDA_VISIBLE_DEVICES"] == "2"
    for without in ({"PMI_LOCAL_RANK": "1"}, dict(polaris)):
        before = dict(without)
        affinity.take_device(without)
        assert without == before
    assert affinity.order_of(read_site("laptop").node) == {}
    assert affinity.order_of(None) == {}


@pytest.mark.mpi
def test_ranks_that_are_really_started_take_different_devices(tmp_path: Path) -> None:
    program = (
        "import os, sys; from hpo.execution.affinity import take_device; take_device(os.environ);"
        "open(sys.argv[1] + os.environ['MPI_LOCALRANKID'], 'w').write(os.environ['CUDA_VISIBLE_DEVICES'])"
    )
    mpiexec = mpi.find_mpiexec()
    order = affinity.order_of(read_site("polaris").node)[affinity.ORDER]
    command = [str(mpiexec), "-n", "5", "-env", affinity.ORDER, order, sys.executable, "-c", program, f"{tmp_path}/"]
    subprocess.run(command, check=True, cwd=ROOT)
    assert [(tmp_path / str(rank)).read_text() for rank in range(5)] == ["3", "2", "1", "0", "3"]


def test_nodes_of_a_job(tmp_path: Path) -> None:
    file = tmp_path / "nodes"
    file.write_text("x3001\nx3002\nx3002\nx3001\n")
    assert nodes.job_nodes({"PBS_NODEFILE": str(file)}) == ("x3001", "x3002")
    assert nodes.job_nodes({"PBS_NODEFILE": str(file), nodes.NODES: "x3002"}) == ("x3002",)
    assert nodes.job_nodes({"SLURM_JOB_NODELIST": "n1,n2"}) == ("n1", "n2")
    assert nodes.job_nodes({}) == ()
    assert nodes.job_id({"PBS_JOBID": "7.pbs"}) == "7.pbs"
    assert nodes.job_id({"SLURM_JOB_ID": "8"}) == "8"
    assert nodes.job_id({}) == ""


def test_the_mpiexec_line_of_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(nodes.NODES, "a,b")
    line = nodes.placed_mpiexec(read_site("polaris"), 8, tmp_path)
    assert line == (
        "mpiexec", "-n", "{ranks}", "-host", "a,a,a,a,a,b,b,b,b", "--depth", "8", "--cpu-bind", "depth",
        "--abort-on-failure",
    )  # fmt: skip
    line = nodes.placed_mpiexec(read_site("aurora"), 23, tmp_path)
    assert line[3:7] == ("--ppn", "12", "--hostfile", str(tmp_path / "nodes.txt"))
    assert (tmp_path / "nodes.txt").read_text() == "a\nb\n"
    line = nodes.placed_mpiexec(read_site("slurm-generic"), 5, tmp_path)
    assert {"--ntasks={ranks}", "--nodes=2", f"--nodelist={tmp_path}/ranks.txt"} <= set(line)
    assert (tmp_path / "ranks.txt").read_text().split() == ["a"] * 5 + ["b"]
    laptop = read_site("laptop")
    assert nodes.placed_mpiexec(laptop, 2, tmp_path) == laptop.mpiexec


def test_no_packaged_site_names_a_project() -> None:
    assert {read_site(name).account for name in site_names()} == {""}


def test_only_open_mpi_knows_these_options() -> None:
    """PALS refuses them before it starts anything."""
    foreign = ("--mca", "--map-by", "--bind-to", "--oversubscribe")
    for name in ("polaris", "aurora"):
        assert not [part for part in read_site(name).mpiexec if part.startswith(foreign)]
