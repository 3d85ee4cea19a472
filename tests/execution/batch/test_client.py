"""Submitting and waiting: what becomes of a job is told truly, whatever happens to it or to whoever waits."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hpo.errors import BadConfiguration, GaveUp, OwnedOrExists, Resumable
from hpo.execution.batch.attempts import Attempt, new_folder
from hpo.execution.batch.client import Client
from hpo.execution.batch.inside import Ended
from hpo.execution.batch.job import OUTPUT, RESULT, STARTED, SUBMITTED, BatchJob, Search
from hpo.execution.batch.pbs import Pbs as Scheduler
from hpo.execution.site import read_site
from tests.execution.batch.conftest import Pbs


def search(folder: Path, name: str, body: str) -> Search:
    """A "search" whose command is a line of Python; it finds its record as ``RECORD``."""
    record = folder / "archive" / name
    publish = f"import pathlib; RECORD = pathlib.Path({str(record)!r}); "
    (folder / f"{name}.py").write_text(publish + body)
    return Search(name, str(folder / "work" / name), str(record), (f"{name}.py",))


PUBLISH = "RECORD.mkdir(parents=True); (RECORD / 'run.json').touch()"


@pytest.fixture
def client(pbs: Pbs, tmp_path: Path) -> Client:
    said: list[str] = []
    client = Client(read_site(str(pbs.site)), Scheduler(), tmp_path / "work", poll=0.1, say=said.append)
    object.__setattr__(client, "command", "cross-hpo again")
    return client


@pytest.fixture
def make(pbs: Pbs, tmp_path: Path) -> Callable[..., BatchJob]:
    """Makes jobs whose searches are lines of Python: ``python`` is a program that runs them as such."""
    python = tmp_path / "bin" / "python-of-the-job"
    python.write_text(
        # The driver is real; what it starts as `python -P -m hpo search.py …` becomes `python search.py`.
        f'#!/bin/bash\nif [ "$3" = hpo.execution.batch.inside ]; then\n'
        f'export SEARCHES={tmp_path}\nexec {sys.executable} {tmp_path}/driver.py "${{@:4}}"\nfi\n'
    )
    python.chmod(0o755)
    (tmp_path / "driver.py").write_text(
        "import os, sys\nfrom hpo.execution.batch import inside\n"
        "inside.python = lambda *_: [sys.executable, '-c', 'import os, runpy, sys;"
        'sys.argv.pop(0); runpy.run_path(os.path.join(os.environ["SEARCHES"], sys.argv[0]))\']\n'
        "inside.BETWEEN = 0.05\nsys.exit(inside.main(sys.argv[1:]))\n"
    )

    def job(*searches: Search, walltime: int = 120, nodes: int = 1, **changes: object) -> BatchJob:
        made = BatchJob(
            folder="/",
            directory=str(tmp_path),
            python=str(python),
            site="cluster",
            searches=searches,
            nodes=nodes,
            nodes_per_search=1,
            walltime=walltime,
            queue="debug",
            account="me",
        )
        return dataclasses.replace(made, **changes)  # type: ignore[arg-type]

    return job


def test_a_job_runs_its_searches_and_says_how_each_ended(
    client: Client, make: Callable[..., BatchJob], tmp_path: Path, pbs: Pbs
) -> None:
    good = search(tmp_path, "good", PUBLISH)
    stopped = search(tmp_path, "stopped", "raise SystemExit(75)")
    wrong = search(tmp_path, "wrong", "raise SystemExit(65)")
    truncated = search(tmp_path, "truncated", "pass")
    killed = search(tmp_path, "killed", "import os; os.kill(os.getpid(), 9)")
    ended = client.to_the_end(make(good, stopped, wrong, truncated, killed, nodes=2))
    assert {name: end.code for name, end in ended.items()} == {
        "good": 0, "stopped": 75, "wrong": 65, "truncated": 75, "killed": 75,
    }  # fmt: skip
    assert ended["truncated"].reason == "it ended with exit code 0, but there is no record"
    assert "ranks were ended" in ended["killed"].reason
    wait_for(lambda: pbs.state("1.standin") == "F")
    assert json.loads((pbs.folder / "1.standin/job.json").read_text())["Exit_status"] == 65


def test_what_the_walltime_cut_short_is_submitted_again(
    client: Client, make: Callable[..., BatchJob], tmp_path: Path, pbs: Pbs
) -> None:
    body = "import sys; first = not RECORD.with_suffix('.1').exists(); RECORD.parent.mkdir(exist_ok=True);"
    body += "RECORD.with_suffix('.1').touch()\nif first: sys.exit(75)\n" + PUBLISH
    finished = search(tmp_path, "finished", PUBLISH)
    ended = client.to_the_end(make(finished, search(tmp_path, "long", body), nodes=2), resubmit=2)
    assert ended == {"finished": Ended(0), "long": Ended(0)}
    assert len(pbs.jobs) == 2
    second = json.loads((tmp_path / "work/jobs/long/1/job.json").read_text())
    assert [item["name"] for item in second["searches"]] == ["long"]


def test_a_job_killed_at_its_walltime_can_be_continued(
    client: Client, make: Callable[..., BatchJob], tmp_path: Path, pbs: Pbs
) -> None:
    pbs.behave(kill_delay=0.2)
    body = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    body += "RECORD.parent.mkdir(exist_ok=True); RECORD.with_suffix('.up').touch(); time.sleep(60)"
    attempt = client.submit(make(search(tmp_path, "deaf", body)))
    wait_for(lambda: (tmp_path / "archive/deaf.up").exists())
    (pbs.folder / attempt.number / "expired").touch()
    ended = client.wait(attempt)["deaf"]
    assert ended == Ended(75, "job 1.standin: killed at its walltime")
    assert "=>> PBS: job killed: walltime" in (tmp_path / "work/jobs/deaf/1/output.log").read_text()


def test_searches_get_the_signal_and_leave_a_result(
    client: Client, make: Callable[..., BatchJob], tmp_path: Path, pbs: Pbs
) -> None:
    pbs.behave(kill_delay=20)
    body = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(75)); "
    body += "RECORD.parent.mkdir(exist_ok=True); RECORD.with_suffix('.up').touch(); time.sleep(60)"
    attempt = client.submit(make(search(tmp_path, "polite", body)))
    wait_for(lambda: (tmp_path / "archive/polite.up").exists())
    subprocess.run(["qdel", attempt.number], check=True)
    assert client.wait(attempt) == {"polite": Ended(75)}


def test_a_client_that_is_killed_does_not_kill_the_job(
    client: Client, make: Callable[..., BatchJob], tmp_path: Path, pbs: Pbs
) -> None:
    body = "import time; RECORD.parent.mkdir(exist_ok=True)\n"
    body += "while not RECORD.with_suffix('.go').exists(): time.sleep(0.05)\n" + PUBLISH
    job = make(search(tmp_path, "long", body))
    attempt = client.submit(job)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        threading.Timer(0.5, os.kill, (os.getpid(), number)).start()
        with pytest.raises(Resumable, match=rf"stopped waiting by {number.name}; job 1.standin goes on"):
            client.wait(attempt)
    again = client.submit(job)
    assert again.number == attempt.number
    (tmp_path / "archive/long.go").touch()
    assert client.wait(again) == {"long": Ended(0)}
    assert len(pbs.jobs) == 1


def test_blocking_qsub_would_have_deleted_the_job(
    client: Client, make: Callable[..., BatchJob], tmp_path: Path
) -> None:
    """Why `qsub -W block=true` is not used."""
    attempt = client.submit(make(search(tmp_path, "first", "import time; time.sleep(60)")))
    process = subprocess.Popen(
        ["qsub", "-W", "block=true", str(attempt.folder / "script.sh")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    job = process.stdout.readline().strip()
    process.send_signal(signal.SIGHUP)
    assert "is being deleted" in process.communicate()[0]
    assert process.returncode == 2
    wait_for(lambda: client.scheduler.state(job).phase == "ended")
    assert client.scheduler.state(attempt.number).phase in ("queued", "running")


def test_a_job_that_vanishes_is_told_as_such(
    client: Client, make: Callable[..., BatchJob], tmp_path: Path, pbs: Pbs
) -> None:
    pbs.behave(vanish=True)
    with pytest.raises(GaveUp, match=r"job 1.standin has vanished: .*\n.*fit no queue behind a routing queue"):
        client.to_the_end(make(search(tmp_path, "a", PUBLISH)))


def test_a_held_job_is_told_with_its_reason(
    client: Client, make: Callable[..., BatchJob], tmp_path: Path, pbs: Pbs
) -> None:
    pbs.behave(hold=True)
    with pytest.raises(GaveUp, match=r"is held and will not start: job held, too many failed .*\n.*`qdel 1.standin`"):
        client.to_the_end(make(search(tmp_path, "a", PUBLISH)))


def test_a_script_that_fails_before_any_search(client: Client, make: Callable[..., BatchJob], tmp_path: Path) -> None:
    job = make(search(tmp_path, "a", PUBLISH), setup=("echo no such module >&2; exit 3",))
    with pytest.raises(
        GaveUp, match=r"ended before it began with a search: exit code 3\n  It printed:\n    no such mod"
    ):
        client.to_the_end(job)


def test_a_batch_system_that_does_not_answer_is_asked_again(
    client: Client, make: Callable[..., BatchJob], tmp_path: Path, pbs: Pbs
) -> None:
    pbs.behave(offline=5)
    assert client.to_the_end(make(search(tmp_path, "a", PUBLISH))) == {"a": Ended(0)}
    said: list[str] = client.say.__self__  # type: ignore[attr-defined]
    assert sum("cannot connect to server; the job goes on" in line for line in said) == 1


def test_a_refused_job_says_why(client: Client, make: Callable[..., BatchJob], tmp_path: Path) -> None:
    site = client.site.model_copy(update={"filesystems": ()})
    with pytest.raises(GaveUp, match=r"qsub refuses the job \(exit code 32\): .* filesystems not specified"):
        dataclasses.replace(client, site=site).submit(make(search(tmp_path, "a", PUBLISH)))


def test_nothing_is_submitted_without_a_project(
    client: Client, make: Callable[..., BatchJob], tmp_path: Path, pbs: Pbs
) -> None:
    with pytest.raises(BadConfiguration, match="charges a project: give --account"):
        client.submit(make(search(tmp_path, "a", PUBLISH), account=""))
    assert not pbs.jobs
    assert not list((tmp_path / "work/jobs").glob("*/*/script.sh"))


def test_a_job_that_runs_only_some_of_the_searches_is_in_the_way(
    client: Client, make: Callable[..., BatchJob], tmp_path: Path, pbs: Pbs
) -> None:
    pbs.behave(queued=60)
    one, two = search(tmp_path, "one", PUBLISH), search(tmp_path, "two", PUBLISH)
    client.submit(make(one))
    with pytest.raises(OwnedOrExists, match=r"job 1.standin runs one already\n.*qdel 1.standin"):
        client.submit(make(one, two))
    subprocess.run(["qdel", "1.standin"], check=True)
    assert client.submit(make(one, two)).number == "2.standin"


def test_the_newest_attempt_counts(tmp_path: Path) -> None:
    numbers = [new_folder(tmp_path, "a").name for _ in range(11)]
    assert numbers == [str(number) for number in range(1, 12)]


@pytest.mark.parametrize("content", [None, "", "{", '{"results": {"a": 1}}'])
def test_half_a_result_is_none(tmp_path: Path, content: str | None) -> None:
    job = BatchJob("/", "/", "python", "s", (), 1, 1, 60)
    if content is not None:
        (tmp_path / RESULT).write_text(content)
    assert Attempt(tmp_path, job, "1").results is None


def wait_for(fact: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not fact():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_files_of_an_attempt_have_different_names() -> None:
    assert len({OUTPUT, RESULT, STARTED, SUBMITTED}) == 4
    assert shutil.which("bash")
