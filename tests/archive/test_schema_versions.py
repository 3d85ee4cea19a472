"""Records of every schema version ever written stay readable; their files in ``data`` are never made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpo.archive import HallOfFame, versions
from hpo.archive.verify import verify_archive
from hpo.archive.versions import upgraded
from hpo.errors import BadData

DATA = Path(__file__).parent / "data"


def test_version_1() -> None:
    assert verify_archive(DATA / "schema-1").sound
    hall = HallOfFame(DATA / "schema-1")
    assert hall.keys() == ["GraphDRP/DEMO-A/SMALL/ga-seed2", "IGTD/CCLE/SMALL/improve-2024-08-07"]
    run = hall.run("GraphDRP/DEMO-A/SMALL/ga-seed2")
    assert run.counts.by_status == {"ok": 7, "degenerate": 1, "timeout": 1}
    assert run.best is not None
    assert run.best.val_loss == 0.0046171363862256955
    table = hall.evaluations()
    assert len(table) == 17
    assert table["hp_learning_rate"].iloc[0] == 0.0005


@pytest.mark.parametrize("schema", [None, 1, "cross-hpo/run/0", "cross-hpo/run/x", "optuna/1"])
def test_what_says_no_version_is_refused(schema: object) -> None:
    with pytest.raises(BadData, match=r"run\.json: schema: expected 'cross-hpo/run/1' or an older version, got"):
        upgraded({"schema": schema}, "run.json")


def test_steps_are_taken_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "SCHEMA", "cross-hpo/run/3")
    steps = {1: lambda data: {**data, "one": 1}, 2: lambda data: {**data, "two": 2}}
    monkeypatch.setattr(versions, "UPGRADES", steps)
    assert upgraded({"schema": "cross-hpo/run/1"}, "x") == {"schema": "cross-hpo/run/1", "one": 1, "two": 2}
    assert upgraded({"schema": "cross-hpo/run/2"}, "x") == {"schema": "cross-hpo/run/2", "two": 2}
