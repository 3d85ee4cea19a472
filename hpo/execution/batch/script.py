"""The batch script: a text made from a site and a job, and from nothing else."""

from __future__ import annotations

import re
import shlex
from typing import Final

from hpo.errors import BadConfiguration, UsageError
from hpo.execution.batch.job import OUTPUT, BatchJob, margin
from hpo.execution.queues import clock
from hpo.execution.site import Site

NAME: Final = "cross-hpo"
WARNING: Final = 60
"""Seconds before the end at which Slurm is asked to send SIGTERM, if the job is that long."""

_PATH = re.compile(r"/[A-Za-z0-9_.+/@=-]*")


def render_script(site: Site, job: BatchJob) -> str:
    """The batch script of ``job`` on ``site``. No line stands between directives: PBS stops reading there.

    Raises:
        BadConfiguration: The site has no batch system, or charges projects and none is given.
        UsageError: A path holds characters that a directive can't.
    """
    if site.scheduler == "none":
        raise BadConfiguration(f"site {site.name} has no batch system; start the search here: cross-hpo search")
    if site.account_needed and not (job.account or site.account):
        raise BadConfiguration(
            f"site {site.name} charges a project: give --account NAME, or `account` in the launch profile"
        )
    if not _PATH.fullmatch(job.folder):
        raise UsageError(f"{job.folder}: batch systems need a path of letters, digits and _.+/@=- only; see --work")
    directives = _pbs(site, job) if site.scheduler == "pbs" else _slurm(site, job)
    prefix = "#PBS" if site.scheduler == "pbs" else "#SBATCH"
    lines = [
        "#!/bin/bash -l",
        *(f"{prefix} {directive}" for directive in directives),
        "",
        f"# {', '.join(search.name for search in job.searches)}",
        f"deadline=$(( $(date +%s) + {job.walltime - margin(job.walltime)} ))",
        f"cd {shlex.quote(job.directory)} || exit 66",
        *site.setup,
        *job.setup,
        # PBS sets it to all processors of the node.
        f"export OMP_NUM_THREADS={site.threads}",
        *(f"export {name}={shlex.quote(value)}" for name, value in site.environment.items()),
        "exec "
        + shlex.join([job.python, "-P", "-m", "hpo.execution.batch.inside", job.folder])
        + ' --deadline "$deadline"',
    ]
    return "\n".join(lines) + "\n"


def _pbs(site: Site, job: BatchJob) -> list[str]:
    account = job.account or site.account
    return [
        f"-N {NAME}",
        *([f"-A {account}"] if account else []),
        *([f"-q {job.queue}"] if job.queue else []),
        f"-l select={job.nodes}" + (f":{site.select}" if site.select else ""),
        f"-l walltime={clock(job.walltime)}",
        *([f"-l filesystems={':'.join(site.filesystems)}"] if site.filesystems else []),
        *site.directives,
        "-j oe",
        f"-o {job.folder}/{OUTPUT}",
        f"-r {'y' if job.rerun else 'n'}",
    ]


def _slurm(site: Site, job: BatchJob) -> list[str]:
    account = job.account or site.account
    return [
        f"--job-name={NAME}",
        *([f"--account={account}"] if account else []),
        *([f"--partition={job.queue}"] if job.queue else []),
        f"--nodes={job.nodes}",
        f"--time={clock(job.walltime)}",
        *site.directives,
        f"--output={job.folder}/{OUTPUT}",
        "--open-mode=append",
        # Slurm tells the steps of a job when it ends, but the script only where it is asked to.
        f"--signal=B:TERM@{min(WARNING, job.walltime // 10)}",
        "--requeue" if job.rerun else "--no-requeue",
    ]
