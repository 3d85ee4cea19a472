"""Own runs replayed from their records: what was changed in one file or in all is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hpo.archive.record import Record
from hpo.evaluation import Evaluation
from hpo.execution.bookkeeping import result_entry
from hpo.execution.publication import record_of
from hpo.execution.spec import RunSpec
from hpo.replication.own import replay_own
from hpo.search import make_search_from, resolve_settings
from hpo.space import Space
from tests.search.problems import BASELINE, MIXED, TINY, drive, loss_of, ok

TIME = "2026-01-01T00:00:00.000Z"
OPEN: dict[str, Any] = {
    "type": "open", "time": TIME, "workers": 1, "software": {}, "commit": None, "dirty": None, "launcher": "local",
    "mpi_size": None, "time_limit": None,
}  # fmt: skip


def own_record(strategy: str = "ga", **settings: Any) -> Record:
    """A finished run of ours, made as publication makes it."""
    complete = resolve_settings(strategy, TINY, "default", settings)
    spec = RunSpec(
        "Zoo", "DEMO-A", "demo-1", "0" * 64, 0, "tiny", strategy, f"{strategy}-seed1", 1, MIXED, dict(complete),
        dict(BASELINE), {"epochs": 100, "folder": "data"},
        {"name": "auc-mse", "version": 1, "target": "auc", "metric": "mse", "selection": "best"},
        {"space": Space.from_json(MIXED).digest},
    )  # fmt: skip
    search = make_search_from(Space.from_json(spec.space), spec.seed, spec.settings, spec.baseline)
    entries: list[dict[str, Any]] = [OPEN]
    for candidate in drive(search):
        evaluation = Evaluation(candidate, ok(loss_of(candidate.hyperparameters)), 0, TIME, 1.0)
        entries.append(result_entry(evaluation, 1, 1.0 + candidate.evaluation, TIME))
    return record_of(spec, entries, search)


@pytest.mark.parametrize("strategy", ["ga", "random"])
def test_a_record_proves_itself(strategy: str) -> None:
    record = own_record(strategy)
    replay = replay_own(record)
    assert (replay.state, replay.reason) == ("complete", "")
    assert replay.derived == replay.agreeing == replay.recorded == len(record.evaluations)


def test_a_missing_package_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("optuna", reason="the extra optuna is not installed")
    record = own_record("tpe")
    monkeypatch.setattr("hpo.search.advisor.find_spec", lambda _: None)
    replay = replay_own(record)
    assert (replay.state, replay.failed) == ("impossible", False)
    assert "pip install 'cross-hpo[optuna]'" in replay.reason


def with_journal(record: Record, change: Callable[[list[dict[str, Any]]], None]) -> Record:
    lines = [json.loads(line) for line in (record.journal or b"").splitlines()]
    change(lines)
    return replace(record, journal="".join(json.dumps(line) + "\n" for line in lines).encode())


def test_a_changed_loss_in_the_table() -> None:
    record = own_record()
    table = record.evaluations.copy()
    table.loc[3, "val_loss"] = 0.5
    replay = replay_own(replace(record, evaluations=table))
    assert replay.state == "differs"
    assert replay.reason.startswith("evaluations.csv: row 3: val_loss is 0.5, but the journal gives ")


def test_a_changed_candidate_in_the_journal() -> None:
    def change(lines: list[dict[str, Any]]) -> None:
        lines[5]["candidate"]["hyperparameters"]["dropout"] = 0.25

    replay = replay_own(with_journal(own_record(), change))
    assert replay.state == "differs"
    assert replay.reason.startswith("evaluation 4: hyperparameters recorded as ")


def test_a_missing_evaluation() -> None:
    replay = replay_own(with_journal(own_record(), lambda lines: lines.pop(7)))
    assert replay.state == "differs"
    assert "missing" in replay.reason


def test_another_seed_in_the_identity() -> None:
    def change(lines: list[dict[str, Any]]) -> None:
        lines[0]["spec"]["seed"] = 2

    replay = replay_own(with_journal(own_record(), change))
    assert replay.state == "differs"
    assert "the digest of the run's identity" in replay.reason


def test_another_seed_in_run_json() -> None:
    record = own_record()
    replay = replay_own(replace(record, run=record.run.model_copy(update={"seed": 2})))
    assert replay.reason == "run.json: seed is 2, but the journal says 1"


def test_a_better_loss_everywhere_breeds_others() -> None:
    """A point of the first generation made the best, in journal and tables alike."""
    record = own_record()
    losses = record.evaluations.query("generation == 0")["val_loss"].tolist()
    worst = losses.index(max(losses))

    def change(lines: list[dict[str, Any]]) -> None:
        lines[worst + 1]["outcome"]["loss"] = 1e-9

    table = record.evaluations.copy()
    table.loc[worst, "val_loss"] = 1e-9
    replay = replay_own(with_journal(replace(record, evaluations=table), change))
    assert replay.state == "differs"
    assert "but the search asks for" in replay.reason


@pytest.mark.parametrize("journal", [None, b"", b"{}\n", b'{"schema": "other"}\n', b"no json\n"])
def test_a_journal_that_is_none(journal: bytes | None) -> None:
    replay = replay_own(replace(own_record(), journal=journal))
    assert replay.state == "differs"
    assert "journal.jsonl" in replay.reason
