"""From journal entries to a record: cost, provenance and the flat journal follow from them alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hpo.errors import BadData
from hpo.execution.bookkeeping import evaluations_in, flatten, result_entry, starts_in
from hpo.execution.publication import _cost
from hpo.execution.spec import RunSpec
from tests.execution.builders import evaluation

OPEN: dict[str, Any] = {"type": "open", "time": "2026-01-01T00:00:00.000Z", "workers": 2}


def result(number: int, elapsed: float, walltime: float = 3.0) -> dict[str, Any]:
    return result_entry(evaluation(number, walltime=walltime), 1, elapsed, "2026-01-01T00:01:00.000Z")


ENTRIES = [
    OPEN,
    result(1, 4.0),
    result(0, 5.0),
    OPEN | {"workers": 4},
    {"type": "started", "evaluation": 2, "elapsed": 1.5},
    OPEN,
    result(2, 10.0),
    {"type": "stopped", "elapsed": 11.0, "reason": "SIGTERM"},
]


def test_starts() -> None:
    starts = starts_in(ENTRIES)
    assert [(start.results, start.seconds, start.stopped) for start in starts] == [
        (2, 5.0, ""),
        (0, 1.5, ""),
        (1, 11.0, "SIGTERM"),
    ]


def test_cost_counts_every_start() -> None:
    cost = _cost(ENTRIES, starts_in(ENTRIES))
    assert (cost.starts, cost.workers) == (3, 2)
    assert cost.walltime == 17.5
    assert cost.worker_seconds == 5.0 * 2 + 1.5 * 4 + 11.0 * 2
    assert cost.busy_seconds == 9.0
    assert cost.idle_seconds == cost.worker_seconds - 9.0


def test_an_evaluation_with_two_results_is_refused() -> None:
    with pytest.raises(BadData, match="evaluation 1 has two results"):
        evaluations_in([*ENTRIES, result(1, 1.0)])


def spec() -> RunSpec:
    return RunSpec(
        "Zoo", "ZOO", "local", "0" * 64, 0, "SMALL", "ga", "ga-seed1", 1, [], {}, {}, {}, {}, {"space": "1" * 64}
    )


def test_the_flat_journal_is_in_the_order_of_evaluations() -> None:
    lines = [json.loads(line) for line in flatten(spec(), ENTRIES).splitlines()]
    assert lines[0]["schema"] == "cross-hpo/journal/1"
    assert RunSpec(**lines[0]["spec"]).digest == lines[0]["digest"] == spec().digest
    assert [line["candidate"]["evaluation"] for line in lines[1:]] == [0, 1, 2]
    assert set(lines[1]) == {"candidate", "outcome", "worker", "started", "walltime", "attempts"}
