"""Slurm itself, with two nodes on this machine: Debian's `slurm-wlm` and `munge`, started where they are installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hpo.archive.record import read_record
from hpo.errors import GaveUp
from hpo.execution.batch.scheduler import Phase
from hpo.execution.batch.slurm import Slurm
from hpo.execution.nodes import expanded
from tests.execution.builders import ROOT, Case

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "scancel", "sinfo")
MISSING = [name for name in PROGRAMS if not shutil.which(name)]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.mpi,
    pytest.mark.xdist_group("slurm"),
    pytest.mark.skipif(bool(MISSING), reason=f"Slurm: no {', '.join(MISSING)} (apt-get install slurm-wlm munge)"),
    pytest.mark.skipif(os.geteuid() != 0, reason="Slurm: only root may start its daemons"),
]

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0
KillWait=2
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={first} CPUs={cores} State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={second} CPUs={cores} State=UNKNOWN
PartitionName=debug Nodes=ALL Default=YES MaxTime=60 State=UP
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster of this machine; the folder of its files. SLURM_CONF names its configuration."""
    folder = tmp_path_factory.mktemp("slurm")
    # munge wants folders that others can enter.
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    for name in ("munge", "state", "spool-n1", "spool-n2"):
        (folder / name).mkdir(mode=0o755)
    key = folder / "munge" / "key"
    key.write_bytes(os.urandom(64))
    key.chmod(0o600)
    configuration = folder / "slurm.conf"
    host = socket.gethostname().partition(".")[0]
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder,
            host=host,
            cores=os.cpu_count(),
            controller=free_port(),
            first=free_port(),
            second=free_port(),
        )
    )
    munge = folder / "munge"
    daemons = [
        [
            "munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge}/socket",
            f"--pid-file={munge}/pid", f"--seed-file={munge}/seed", "--num-threads=2",
        ],
        ["slurmctld", "-D", "-f", str(configuration)],
        *(["slurmd", "-D", "-N", name, "-f", str(configuration)] for name in ("n1", "n2")),
    ]  # fmt: skip
    running: list[subprocess.Popen[bytes]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(configuration))
        try:
            for command in daemons:
                log = (folder / f"{len(running)}-{command[0]}.out").open("wb")
                running.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL))
                log.close()
                wait_for(lambda: (munge / "socket").exists(), 20)
            if not wait_for(is_idle, 60):
                pytest.skip(f"Slurm: its node does not start here: {last_words(folder)}")
            yield folder
        finally:
            for process in reversed(running):
                process.terminate()
            for process in running:
                process.wait(30)


def is_idle() -> bool:
    done = subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True, check=False)
    return done.stdout.split() == ["idle"]


def wait_for(fact: object, seconds: float) -> bool:
    assert callable(fact)
    until = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def last_words(folder: Path) -> str:
    return " | ".join(
        line for log in folder.glob("slurm*.log") for line in log.read_text(errors="replace").splitlines()[-2:]
    )


@pytest.fixture
def site(tmp_path: Path, slurm: Path) -> Path:
    """The packaged generic site, with what a user would edit: one worker a node, and the PMI of the mpich wheel."""
    generic = (ROOT / "hpo/execution/sites/slurm-generic.toml").read_text()
    edited = generic.replace("threads = 4", "threads = 1").replace("workers = 4", "workers = 1")
    edited = edited.replace("setup = []", f'setup = ["export PYTHONPATH={ROOT}"]')
    edited = edited.replace(
        "[environment]", f'[environment]\nMPIR_CVAR_PMI_VERSION = "1"\nZOO_MARKS = "{tmp_path}/marks"'
    )
    edited += '\n[[queues]]\nname = "debug"\nnodes = [1, 2]\nhours = 1\n'
    path = tmp_path / "site.toml"
    path.write_text(edited)
    (tmp_path / "launch.toml").write_text(
        f'site = "{path}"\nnodes = 2\nwalltime = "3m"\nnode_hours = 1.0\npoll = 0.3\n'
    )
    return path


def run(case: Case, *more: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*case.command(), *more], capture_output=True, text=True, cwd=case.folder, env=case.environment(), check=False
    )
    logs = "\n".join(path.read_text() for path in case.work.glob("jobs/*/*/*.log"))
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}\n{logs}"
    return done


def test_a_search_over_srun_stops_in_order_and_is_continued_by_another_job(
    tmp_path: Path, features: Path, site: Path
) -> None:
    case = Case(tmp_path, features)
    case.arguments = ("--set", "seconds=0.3")
    process = subprocess.Popen(
        case.command(),
        cwd=case.folder,
        env=case.environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert wait_for(lambda: len(list(case.marks.iterdir())) >= 2, 120)
    number = next(iter(case.work.glob("jobs/*/1/submitted.json"))).read_text().split('"job": "')[1].split('"')[0]
    # What Slurm does a minute before the end of the time: a signal for the script.
    subprocess.run(["scancel", "--batch", "--signal=TERM", number], check=True)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 75, f"{out}\n{err}"
    assert "Zoo-ZOO-SMALL-ga-seed1: stopped by SIGUSR1" in err
    before = len(list(case.marks.iterdir()))
    assert 2 <= before < 9
    done = run(case)
    assert "Zoo/ZOO/SMALL/ga-seed1: 9 evaluations (9 ok)" in done.stdout
    assert "job 2: running" in done.stderr
    record = read_record(case.record)
    assert (record.run.provenance.mpi_size, record.run.cost.workers, record.run.cost.starts) == (3, 2, 2)
    assert (case.run_folder / "ranks.txt").read_text().split() == ["n1", "n1", "n2"]
    names = [path.name for path in case.marks.iterdir()]
    assert len(names) == 9
    assert not [name for name in names if name.endswith("-again")]


def test_states_of_jobs(tmp_path: Path, slurm: Path) -> None:
    slurm_commands = Slurm()
    script = tmp_path / "script.sh"
    head = f"#!/bin/bash\n#SBATCH --output={tmp_path}/out\n#SBATCH --time=1\n"
    script.write_text(f"{head}exit 3\n")
    job = slurm_commands.submit(script)
    assert wait_for(lambda: slurm_commands.state(job).phase is Phase.ENDED, 60)
    assert slurm_commands.state(job).exit_code == 3
    script.write_text(f"{head}#SBATCH --hold\nexit 0\n")
    held = slurm_commands.submit(script)
    assert slurm_commands.state(held).phase is Phase.HELD
    subprocess.run(["scancel", held], check=True)
    assert wait_for(lambda: slurm_commands.state(held).phase is Phase.ENDED, 60)
    assert slurm_commands.state(held).reason == "cancelled"
    script.write_text(f"{head}sleep 60\n")
    killed = slurm_commands.submit(script)
    assert wait_for(lambda: slurm_commands.state(killed).phase is Phase.RUNNING, 60)
    subprocess.run(["scancel", "--signal=KILL", "--full", killed], check=True)
    assert wait_for(lambda: slurm_commands.state(killed).phase is Phase.ENDED, 60)
    assert slurm_commands.state(killed).exit_code != 0
    assert slurm_commands.state("999999").phase is Phase.UNKNOWN
    script.write_text(f"{head}#SBATCH --partition=none\nexit 0\n")
    with pytest.raises(GaveUp, match=r"sbatch refuses the job .*invalid partition"):
        slurm_commands.submit(script)


def test_lists_of_nodes_are_written_out(slurm: Path) -> None:
    assert expanded("gpu[01-03,07],login") == ["gpu01", "gpu02", "gpu03", "gpu07", "login"]
    assert sys.platform == "linux"
