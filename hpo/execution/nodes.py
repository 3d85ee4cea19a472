"""The nodes of the batch job that this process runs in, and which rank goes where."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from hpo.errors import GaveUp, UsageError
from hpo.execution.site import Node, Site
from hpo.storage import write_atomically

NODES: Final = "CROSS_HPO_NODES"
"""Nodes for one search of a job that runs several, separated by commas."""

JOB_VARIABLES: Final = ("PBS_JOBID", "SLURM_JOB_ID")
"""Set by PBS and Slurm in the processes of a job."""


def job_id(environment: Mapping[str, str] = os.environ) -> str:
    """Number of the batch job that this process runs in; empty outside of one."""
    return next((environment[name] for name in JOB_VARIABLES if environment.get(name)), "")


def job_nodes(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Nodes that a search may use, each once, in the order of the scheduler; empty outside of a job.

    Raises:
        GaveUp: Slurm can't say which nodes the job has.
    """
    if environment.get(NODES):
        return tuple(environment[NODES].split(","))
    if environment.get("PBS_NODEFILE"):
        lines = Path(environment["PBS_NODEFILE"]).read_text(encoding="utf-8").split()
        return tuple(dict.fromkeys(lines))
    if environment.get("SLURM_JOB_NODELIST"):
        return tuple(expanded(environment["SLURM_JOB_NODELIST"]))
    return ()


def expanded(node_list: str) -> list[str]:
    """Host names in Slurm's short form, such as ``gpu[01-03,07]``.

    Raises:
        GaveUp: ``scontrol`` fails.
    """
    if "[" not in node_list:
        return node_list.split(",")
    command = ["scontrol", "show", "hostnames", node_list]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise GaveUp(f"{' '.join(command)}: {error}") from error
    return done.stdout.split()


def places(node: Node, nodes: Sequence[str], workers: int) -> tuple[str, ...]:
    """Host of every rank, rank 0 first, so that ``workers`` ranks train and one searches.

    The ranks of a node follow each other. With ``rank0 = "beside"`` the first node has one rank more than the others;
    with ``"instead"`` the searching rank takes the place of a worker.

    >>> places(Node(workers=2, rank0="beside"), ["a", "b"], 4)
    ('a', 'a', 'a', 'b', 'b')
    >>> places(Node(workers=2, rank0="instead"), ["a", "b"], 3)
    ('a', 'a', 'b', 'b')

    Raises:
        UsageError: The nodes have fewer places.
    """
    most = most_workers(node, len(nodes))
    if not 0 < workers <= most:
        raise UsageError(f"--workers {workers}: {len(nodes)} nodes have places for 1 to {most}")
    slots = [host for host in nodes for _ in range(node.workers)]
    if node.rank0 == "beside":
        slots.insert(0, nodes[0])
    return tuple(slots[: workers + 1])


def most_workers(node: Node, nodes: int) -> int:
    """Evaluations that ``nodes`` nodes can do at the same time."""
    return nodes * node.workers - (node.rank0 == "instead")


def placed_mpiexec(site: Site, workers: int, folder: Path) -> tuple[str, ...]:
    """The ``mpiexec`` line of ``site`` for this job's nodes; only ``{ranks}`` is left in it.

    Args:
        site: The site; without a ``[node]`` section its line needs nothing.
        workers: Ranks that train.
        folder: Where the lists of hosts are written, one line a rank and one line a node.

    Raises:
        UsageError: The nodes have fewer places.
        GaveUp: See :func:`job_nodes`.
        StorageError: The lists can't be written.
    """
    if site.node is None:
        return site.mpiexec
    hosts = places(site.node, job_nodes() or (socket.gethostname(),), workers)
    nodes = tuple(dict.fromkeys(hosts))
    files = {"rankfile": folder / "ranks.txt", "nodefile": folder / "nodes.txt"}
    for path, lines in ((files["rankfile"], hosts), (files["nodefile"], nodes)):
        write_atomically(path, "".join(f"{line}\n" for line in lines).encode(), durable=False)
    values = {"nodes": str(len(nodes)), "ppn": str(site.node.workers), "hosts": ",".join(hosts)}
    return site.placed(values | {name: str(path) for name, path in files.items()})
