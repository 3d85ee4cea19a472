"""Trainings that go wrong in every way, in searches behind both launchers: the search goes on and calls each by its
name; and clocks that jump, which nothing depends on."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hpo.archive.compare import essence
from hpo.archive.record import read_record
from hpo.archive.verify import record_problems
from tests.execution.builders import Case
from tests.faults.test_kills import no_process_survives
from tests.faults.test_stops import LOCAL, MPI

ALL_ACTS = [{"name": "y", "type": "int", "lower": 0, "upper": 8}]
"""A space of as many points as SMALL has evaluations: each is trained once."""

LIMITS = ("--strategy", "random", "--time-limit", "5", "--memory-limit", "0.5")


@pytest.mark.slow
@pytest.mark.parametrize("how", [pytest.param(LOCAL, id="local"), MPI])
def test_a_search_survives_whatever_its_trainings_do(tmp_path: Path, features: Path, how: tuple[str, ...]) -> None:
    case = Case(tmp_path, features, *how, space=ALL_ACTS)
    said = case.run("--set", "act=anything", *LIMITS)
    record = read_record(case.record)
    once = dict.fromkeys(("timeout", "oom", "crashed", "invalid", "failed"), 1)
    assert record.run.counts.by_status == {"ok": 4, **once}
    messages = dict(zip(record.evaluations["status"], record.evaluations["message"], strict=True))
    assert messages["timeout"] == "longer than the limit of 5 s"
    assert "more than the limit of 512 MiB; last output: allocating" in messages["oom"]
    assert messages["crashed"] == "signal 11 (SIGSEGV); last output: about to crash"
    assert messages["failed"].startswith("exit code 5; last output: ")
    assert not list(record_problems(case.record))
    assert "Traceback" not in said.stderr
    assert no_process_survives(case)


def test_a_generation_of_nothing_but_nan_is_followed_by_others(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features, "--launcher", "local", "--workers", "0")
    case.call("--set", "act=nan-for-a-while")
    record = read_record(case.record)
    generations = record.generations
    assert list(generations["failed"]) == [0, 2, 0]
    assert generations["best_so_far"].is_monotonic_decreasing
    assert generations["mean"].isna().tolist() == [False, True, False]


def test_a_clock_that_jumps_changes_nothing(tmp_path: Path, features: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By up to two days, forwards and backwards, at every look, and with a deadline and a time limit."""
    limits = ("--deadline", "1000000", "--time-limit", "60")
    other = Case(tmp_path / "undisturbed", features)
    other.call(*limits)
    case = Case(tmp_path / "jumping", features)
    rng, now = random.Random(1), time.time

    class Jumping(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # noqa: ARG003
            return datetime.now(UTC) + timedelta(days=rng.uniform(-2, 2))

    monkeypatch.setattr(time, "time", lambda: now() + rng.uniform(-2, 2) * 86400)
    monkeypatch.setattr("hpo.execution.clock.datetime", Jumping)
    case.call(*limits)
    monkeypatch.undo()
    assert essence(read_record(case.record)) == essence(read_record(other.record))
    assert not list(record_problems(case.record))
