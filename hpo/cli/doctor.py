"""``cross-hpo doctor``: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hpo import __version__
from hpo.cli.output import print_json, print_table
from hpo.errors import CheckFailed

if TYPE_CHECKING:
    from hpo.cli.batch import Place

PACKAGES: Final = {
    "deap": "core", "pandas": "core", "lightgbm": "models", "rdkit": "models", "torch": "models", "mpi4py": "mpi",
    "dvc": "pipeline", "jinja2": "site", "matplotlib": "site", "mkdocs-material": "site",
}  # fmt: skip
"""Package: the extra of cross-hpo that brings it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, whether it is good, what was found, and the remedy if it is not."""

    check: str
    good: bool
    found: str
    remedy: str = ""


@click.command("doctor", epilog="Example: cross-hpo doctor --site polaris")
@click.option("--site", metavar="NAME|FILE", help="Check for this site; by default launch.toml's, or laptop.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(site: str | None, as_json: bool) -> None:
    """Check this machine: packages, MPI, devices, scratch space, batch system. Exit 1 if something is missing.

    Within a job of the site's batch system all its ranks are started once, and say which device each would use.
    """
    from hpo.cli.batch import choose_place
    from hpo.settings import Settings

    place = choose_place(site, Settings())
    findings = [finding for check in _CHECKS for finding in check(place)]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        print_table(
            ("check", "", "found", "remedy"),
            [(item.check, "ok" if item.good else "NO", item.found, item.remedy) for item in findings],
        )
    bad = [finding.check for finding in findings if not finding.good]
    if bad:
        raise CheckFailed(f"not ready: {', '.join(bad)}")


def check_packages(_: Place) -> list[Finding]:
    """Versions of the program and Python, and whether each optional package is installed."""
    findings = [Finding("cross-hpo", True, f"{__version__}, Python {platform.python_version()}")]
    for name, extra in PACKAGES.items():
        try:
            findings.append(Finding(name, True, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding(name, False, "not installed", f'pip install "cross-hpo[{extra}]"'))
    return findings


def check_mpi(place: Place) -> list[Finding]:
    """Whether the site's mpiexec starts ranks that see each other, by running them."""
    from hpo.errors import CrossHpoError
    from hpo.execution import mpi
    from hpo.execution.affinity import order_of
    from hpo.execution.nodes import job_nodes, most_workers, placed_mpiexec

    site = place.site
    if place.needs_job:
        return [Finding("mpiexec", True, f"not tried: {site.mpiexec[0]} starts ranks within a job only")]
    workers = most_workers(site.node, len(job_nodes()) or 1) if site.node else 1
    # A shared folder: all nodes read the list of hosts.
    with tempfile.TemporaryDirectory(prefix=".doctor-", dir=".") as folder:
        try:
            line = placed_mpiexec(site, workers, Path(folder).resolve())
            program = mpi.check_mpi(line)
        except CrossHpoError as error:
            found, _, remedy = str(error).partition("\n")
            return [Finding("mpiexec", False, found, " ".join(remedy.split()))]
        ranks = [part.replace("{ranks}", str(workers + 1)) for part in line[1:]]
        environment = {**mpi.SETTINGS, **os.environ, **site.environment, **order_of(site.node)}
        try:
            done = subprocess.run(
                [str(program), *ranks, sys.executable, "-m", "mpi4py", "-c", _RANKS],
                capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL, env=environment,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return [Finding("mpiexec", False, "its ranks did not answer within 60 s", "check the MPI installation")]
    # A launcher may print lines of its own before.
    said = next((text for text in done.stdout.splitlines() if text.startswith(_MARK)), "").removeprefix(_MARK)
    size, _, words = said.partition(" ")
    if done.returncode == 0 and size == str(workers + 1):
        return [Finding("mpiexec", True, f"{program.name}: {words}")]
    answer = said or " ".join((done.stdout + done.stderr).split())[:200]
    found = (
        f"ranks don't see each other: {answer}" if done.returncode == 0 else f"exit code {done.returncode}: {answer}"
    )
    return [Finding("mpiexec", False, found, "mpiexec and mpi4py must use the same MPI library")]


_MARK: Final = "ranks: "

# Only rank 0 prints: the launcher may mix what several ranks write into one line.
_RANKS: Final = f"""
import os, socket
from hpo.execution.affinity import ORDER, local_rank, take_device
take_device(os.environ)
from mpi4py import MPI
comm = MPI.COMM_WORLD
size = comm.allreduce(1)
device = os.environ.get(os.environ.get(ORDER, "").partition("=")[0], "")
found = comm.gather((socket.gethostname(), local_rank(os.environ), device))
if comm.rank == 0:
    library = " ".join(MPI.Get_library_version().splitlines()[0].split(",")[0].split())
    first = [name for name, _, _ in found].count(found[0][0])
    devices = ", devices of the first node: " + " ".join(d for _, _, d in found[:first]) if device else ""
    hosts = len(dict.fromkeys(name for name, _, _ in found))
    print(f"{_MARK}{{size}} {{size}} ranks on {{hosts}} nodes, {{library}}{{devices}}", flush=True)
"""


def check_batch_system(place: Place) -> list[Finding]:
    """Whether the commands of the site's batch system are here, and a project is named where one is charged."""
    from hpo.execution.batch.scheduler import scheduler_named

    site = place.site
    if site.scheduler == "none":
        return []
    commands = scheduler_named(site.scheduler).commands
    # Compute nodes need not have them.
    missing = [name for name in commands if place.needs_job and shutil.which(name) is None]
    remedy = "run this on a login node, or load the module of the batch system"
    findings = [
        Finding("batch system", False, f"no {', '.join(missing)}", remedy)
        if missing
        else Finding("batch system", True, f"{site.scheduler}: {', '.join(commands)}")
    ]
    account = (place.profile.account if place.profile else None) or site.account
    if site.account_needed:
        remedy = "" if account else 'account = "…" in launch.toml'
        findings.append(Finding("project", bool(account), account or "none is named, and one is charged", remedy))
    return findings


def check_devices(place: Place) -> list[Finding]:
    """Processor cores and, where torch is installed, the GPUs that it sees: within a job as many as the site says."""
    findings = [Finding("cores", True, str(len(os.sched_getaffinity(0))))]
    try:
        import torch
    except ImportError:
        return findings
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    node = place.site.node
    wanted = len(node.devices) if node is not None and node.device_variable == "CUDA_VISIBLE_DEVICES" else 0
    if not place.needs_job and len(names) < wanted:
        remedy = "ask the batch system for all of them (directives), and use a PyTorch with CUDA"
        return [*findings, Finding("GPUs", False, f"{len(names)} of the {wanted} of a node", remedy)]
    return [*findings, Finding("GPUs", True, ", ".join(names) or "none: models train on the CPU")]


def check_scratch(place: Place) -> list[Finding]:
    """Whether the current folder and the site's place for temporary files can be written, and have space."""
    scratch = place.site.environment.get("TMPDIR") or tempfile.gettempdir()
    if not os.access(scratch, os.W_OK):
        return [Finding("scratch", False, f"{scratch} can't be written", "set TMPDIR in the site's environment")]
    free = shutil.disk_usage(".").free / 2**30
    try:
        with tempfile.NamedTemporaryFile(dir="."):
            pass
    except OSError as error:
        return [Finding("folder", False, str(error.strerror), "change to a folder that you may write")]
    enough = free >= 1
    return [
        Finding("folder", enough, f"{free:.0f} GiB free in {Path.cwd().name}", "" if enough else "make room: 1 GiB")
    ]


_CHECKS: Final[tuple[Callable[[Place], list[Finding]], ...]] = (
    check_packages,
    check_mpi,
    check_devices,
    check_scratch,
    check_batch_system,
)
