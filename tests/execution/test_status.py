"""``cross-hpo status``: what the journals of a work folder say."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from hpo.cli.main import main
from hpo.execution.status import RunStatus, read_status
from tests.execution.builders import Case


def rows(capsys: pytest.CaptureFixture[str], work: Path) -> dict[str, dict[str, Any]]:
    assert main(["status", "--work", str(work), "--json"]) == 0
    return {row["search"]: row for row in json.loads(capsys.readouterr().out)}


def test_nothing_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--work", str(tmp_path / "none")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'none'}: no searches\n"


def test_every_state(tmp_path: Path, features: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = Case(tmp_path, features)
    case.call("--run", "halfway")
    case.cut_short(4)
    case.call("--run", "finished")
    case.call("--run", "hopeless", "--set", "act=exception", code=69)
    damaged = case.work / "Zoo-ZOO-SMALL-damaged"
    shutil.copytree(case.work / "Zoo-ZOO-SMALL-halfway", damaged)
    segment = damaged / "journal" / "00000001.seg"
    segment.write_bytes(segment.read_bytes().replace(b'"result"', b'"resul7"', 1))
    running = case.start("--run", "running", "--set", "seconds=1000.0")
    try:
        while not (case.work / "Zoo-ZOO-SMALL-running" / "lease.json").exists():
            time.sleep(0.02)
        found = {name.rpartition("-")[2]: row for name, row in rows(capsys, case.work).items()}
    finally:
        running.kill()
        running.communicate()
    assert {name: row["state"] for name, row in found.items()} == {
        "finished": "done",
        "hopeless": "failed",
        "halfway": "stopped",
        "damaged": "damaged",
        "running": "running",
    }
    assert (found["finished"]["done"], found["finished"]["total"]) == (9, 9)
    assert found["finished"]["best"] < 9.5
    assert found["finished"]["seconds_since_result"] < 120
    assert 0 < found["finished"]["busy"] <= 1
    assert found["damaged"]["busy"] is None
    assert found["hopeless"]["best"] is None
    assert "none of the first 8 evaluations succeeded" in found["hopeless"]["remark"]
    assert (found["halfway"]["remark"], found["halfway"]["done"]) == ("its process is gone", 4)
    assert f"process {running.pid} on " in found["running"]["remark"]
    assert "damaged at byte" in found["damaged"]["remark"]
    after = rows(capsys, case.work)["Zoo-ZOO-SMALL-running"]
    assert (after["state"], after["remark"]) in [("stopped", "its process is gone"), ("new", "")]
    assert main(["status", "--work", str(case.work)]) == 0
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 100


def test_a_running_status_without_a_process_is_stopped(tmp_path: Path) -> None:
    RunStatus("running", 3, 9).write(tmp_path)
    status = read_status(tmp_path)
    assert status is not None
    assert (status.state, status.code, status.reason) == ("stopped", 75, "its process is gone")


def test_an_unreadable_status_is_none(tmp_path: Path) -> None:
    (tmp_path / "status.json").write_text('{"state": ')
    assert read_status(tmp_path) is None
