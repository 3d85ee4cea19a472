"""``cross-hpo doctor``: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import click

from hpo.cli.output import print_json, print_table
from hpo.errors import CheckFailed

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


@click.command("doctor", epilog="Example: cross-hpo doctor --json")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Check this machine: packages, MPI, devices, scratch space. Exit 1 if something is missing."""
    findings = [finding for check in _CHECKS for finding in check()]
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


def check_packages() -> list[Finding]:
    """Whether each optional package is installed."""
    findings = []
    for name, extra in PACKAGES.items():
        try:
            findings.append(Finding(name, True, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding(name, False, "not installed", f'pip install "cross-hpo[{extra}]"'))
    return findings


def check_mpi() -> list[Finding]:
    """Whether mpiexec starts two ranks that see each other, by running them."""
    from hpo.execution.mpi import find_mpiexec

    mpiexec = find_mpiexec()
    if mpiexec is None:
        return [
            Finding("mpiexec", False, "not found", 'pip install "cross-hpo[laptop]", or load the module of the site')
        ]
    # Only rank 0 prints: the launcher may mix what two ranks write into one line.
    program = (
        "from mpi4py import MPI; c = MPI.COMM_WORLD; n = c.allreduce(1); "
        "c.rank or print(f\"{n} {MPI.Get_library_version().split(',')[0]}\")"
    )
    try:
        done = subprocess.run(
            [str(mpiexec), "-n", "2", sys.executable, "-m", "mpi4py", "-c", program],
            capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return [Finding("mpiexec", False, "two ranks did not answer within 60 s", "check the MPI installation")]
    lines = done.stdout.split("\n")
    if done.returncode == 0 and lines[0].startswith("2 "):
        return [Finding("mpiexec", True, f"{mpiexec.name}: {lines[0][2:].strip()}")]
    answer = " ".join((done.stdout + done.stderr).split())[:200]
    found = (
        f"two ranks don't see each other: {answer}"
        if done.returncode == 0
        else f"exit code {done.returncode}: {answer}"
    )
    return [Finding("mpiexec", False, found, "mpiexec and mpi4py must use the same MPI library")]


def check_devices() -> list[Finding]:
    """Processor cores and, where torch is installed, the devices that it sees."""
    findings = [Finding("cores", True, str(len(os.sched_getaffinity(0))))]
    try:
        import torch
    except ImportError:
        return findings
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return [*findings, Finding("GPUs", True, ", ".join(names) or "none: models train on the CPU")]


def check_scratch() -> list[Finding]:
    """Whether the current folder can be written and has space."""
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


_CHECKS: Final[tuple[Callable[[], list[Finding]], ...]] = (check_packages, check_mpi, check_devices, check_scratch)
