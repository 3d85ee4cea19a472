"""A stand-in for PBS on one machine: qsub, qstat and qdel that really run scripts, and misbehave where PBS does.

Started as ``standin.py qsub|qstat|qdel …`` with the variable ``STANDIN`` naming a folder. The folder's ``mode.json``
says what should happen: ``vanish``, ``hold`` (too many failed attempts), ``offline`` (answers that fail, a number),
``queued`` (seconds in the queue), ``kill_delay`` (seconds between SIGTERM and SIGKILL).

What it does as PBS does, and the tests rely on: directives end at the first line that is none; project, walltime and
file systems are mandatory; the script is copied; the job gets a fresh environment in which OMP_NUM_THREADS is set;
output goes to a folder that must exist; at the walltime every process of the session gets SIGTERM and later SIGKILL,
and the exit status is -29; death by a signal is 256 + its number; an unknown job is exit code 153; ``-W block=true``
deletes the job when qsub gets a signal.
"""

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
from typing import Any

FOLDER = Path(os.environ.get("STANDIN", "/nonexistent"))
MANDATORY = {"-A": "account", "walltime=": "walltime", "filesystems=": "filesystems", "select=": "select"}


def mode() -> dict[str, Any]:
    path = FOLDER / "mode.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def read(job: str) -> dict[str, Any] | None:
    path = FOLDER / job / "job.json"
    return dict(json.loads(path.read_text())) if path.exists() else None


def write(job: str, **changes: Any) -> None:
    path = FOLDER / job / "job.json"
    beside = path.with_name(f"job.json.{os.getpid()}")
    beside.write_text(json.dumps({**(read(job) or {}), **changes}))
    beside.replace(path)


def directives(script: str) -> list[str]:
    found = []
    for line in script.splitlines()[1:]:
        if not line.startswith("#PBS "):
            break
        found.append(line.removeprefix("#PBS "))
    return found


def qsub(arguments: list[str]) -> int:
    script = Path(arguments[-1])
    text = script.read_text()
    given = directives(text)
    missing = [name for mark, name in MANDATORY.items() if not any(mark in line for line in given)]
    if missing:
        print(f"qsub: Job rejected: {', '.join(missing)} not specified", file=sys.stderr)
        return 32
    numbers = [int(path.name.split(".")[0]) for path in FOLDER.iterdir() if path.is_dir() and path.name[0].isdigit()]
    job = f"{max(numbers, default=0) + 1}.standin"
    (FOLDER / job).mkdir()
    shutil.copy2(script, FOLDER / job / "script")
    hours, minutes, seconds = map(int, re.findall(r"walltime=(\d+):(\d+):(\d+)", text)[0])
    nodes = int(re.findall(r"select=(\d+)", text)[0])
    output = next(line.removeprefix("-o ") for line in given if line.startswith("-o "))
    write(job, job_state="Q", walltime=hours * 3600 + minutes * 60 + seconds, nodes=nodes, output=output)
    if mode().get("vanish"):
        shutil.rmtree(FOLDER / job)
    elif mode().get("hold") or not Path(output).parent.is_dir():
        write(job, job_state="H", comment="job held, too many failed attempts to run")
    else:
        command = [sys.executable, __file__, "mom", job]
        null = subprocess.DEVNULL
        subprocess.Popen(command, stdin=null, stdout=null, stderr=null, start_new_session=True)
    if "block=true" in arguments:
        return blocked(job)
    print(job, flush=True)
    return 0


def blocked(job: str) -> int:
    def delete(*_: Any) -> None:
        print(f"qsub: Job {job} is being deleted", flush=True)
        qdel([job])
        os._exit(2)

    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, delete)
    print(job, flush=True)
    while (found := read(job)) is not None and found["job_state"] != "F":
        time.sleep(0.05)
    return int(found.get("Exit_status", 3)) % 256 if found else 3


def mom(job: str) -> int:
    time.sleep(mode().get("queued", 0.0))
    found = read(job) or {}
    if found["job_state"] == "F":
        return 0
    nodes = FOLDER / job / "nodes"
    nodes.write_text("".join(f"fake-{number}\n" for number in range(1, found["nodes"] + 1)))
    environment = {
        "HOME": os.environ["HOME"], "PATH": os.environ["PATH"], "PBS_JOBID": job, "PBS_NODEFILE": str(nodes),
        "PBS_ENVIRONMENT": "PBS_BATCH", "PBS_O_WORKDIR": str(Path.cwd()), "OMP_NUM_THREADS": "64", "NCPUS": "64",
        "STANDIN": str(FOLDER),
    }  # fmt: skip
    with Path(found["output"]).open("ab") as output:
        process = subprocess.Popen(
            ["/bin/bash", str(FOLDER / job / "script")],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        write(job, job_state="R", session=process.pid, comment="Job run at …")
        limit = found["walltime"]
        until = time.monotonic() + limit
        # A test may let the time run out by a file.
        while process.poll() is None and time.monotonic() < until and not (FOLDER / job / "expired").exists():
            time.sleep(0.05)
        if process.returncode is not None:
            status = 256 - process.returncode if process.returncode < 0 else process.returncode
        else:
            output.write(f"=>> PBS: job killed: walltime {limit + 1} exceeded limit {limit}\n".encode())
            end(process.pid)
            process.wait()
            status = -29
    write(job, job_state="F", Exit_status=status, comment="Job run at … and finished")
    return 0


def end(session: int) -> None:
    for pid in members(session):
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + mode().get("kill_delay", 10.0)
    while members(session) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in members(session):
        os.kill(pid, signal.SIGKILL)


def members(session: int) -> list[int]:
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                fields = (path / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(path.name))
    return found


def qstat(arguments: list[str]) -> int:
    path = FOLDER / "mode.json"
    now = mode()
    if now.get("offline"):
        path.write_text(json.dumps({**now, "offline": now["offline"] - 1}))
        print("Connection refused\nqstat: cannot connect to server", file=sys.stderr)
        return 111
    job = arguments[-1]
    found = read(job)
    if found is None:
        print(f"qstat: Unknown Job Id {job}", file=sys.stderr)
        return 153
    print(json.dumps({"timestamp": 1, "pbs_version": "stand-in", "pbs_server": "standin", "Jobs": {job: found}}))
    return 0


def qdel(arguments: list[str]) -> int:
    job = arguments[-1]
    found = read(job)
    if found is None:
        print(f"qdel: Unknown Job Id {job}", file=sys.stderr)
        return 153
    if found["job_state"] == "R":
        end(found["session"])
    elif found["job_state"] in "QH":
        write(job, job_state="F", comment="Job deleted")
    return 0


if __name__ == "__main__":
    sys.exit({"qsub": qsub, "qstat": qstat, "qdel": qdel}.get(sys.argv[1], lambda items: mom(items[0]))(sys.argv[2:]))
