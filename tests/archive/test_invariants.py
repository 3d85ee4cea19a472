"""Every law of a record has a record that breaks only it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo.archive.invariants import LAWS, violations
from hpo.archive.record import Record, make_record
from hpo.archive.schema import EvaluationSummary
from hpo.evaluation import RESULT_STATUSES, Status
from tests.archive.builders import SPACE, improve_record, improve_run_info, small_record

Damage = Callable[[Record], Record]


def with_cell(column: str, row: int, value: Any) -> Damage:
    def damage(record: Record) -> Record:
        table = record.evaluations.copy()
        table.loc[row, column] = value
        return replace(record, evaluations=table)

    return damage


def with_run(**changes: Any) -> Damage:
    return lambda record: replace(record, run=record.run.model_copy(update=changes))


def with_counts(**changes: Any) -> Damage:
    return lambda record: with_run(counts=record.run.counts.model_copy(update=changes))(record)


def with_generation(column: str, row: int, value: Any) -> Damage:
    def damage(record: Record) -> Record:
        table = record.generations.copy()
        table.loc[row, column] = value
        return replace(record, generations=table)

    return damage


def second_best(record: Record) -> Record:
    assert record.run.baseline is not None
    return with_run(best=record.run.baseline)(record)


DAMAGES: dict[str, tuple[Damage, str]] = {
    "numbers_with_a_gap": (
        with_cell("evaluation", 8, 9),
        "evaluations.csv: evaluation: numbers have no gap from 0; found 0, 1, 2, 3, 4, … (9 in all)",
    ),
    "number_twice": (with_cell("evaluation", 8, 7), "numbers are >= 0, unique and ascending"),
    "unknown_status": (with_cell("status", 4, "fine"), "evaluation 4, status: is one of crashed, degenerate"),
    "interrupted_is_no_result": (with_cell("status", 4, "interrupted"), "evaluation 4, status: is one of"),
    "unknown_origin": (with_cell("origin", 4, "stork"), "evaluation 4, origin: is one of crossover"),
    "ok_without_loss": (with_cell("val_loss", 4, None), "evaluation 4, val_loss: is there exactly if the status has a"),
    "failure_with_loss": (with_cell("status", 4, "failed"), "evaluation 4, val_loss: is there exactly if"),
    "infinite_metric": (with_cell("val_pcc", 4, float("inf")), "evaluation 4, val_pcc: is finite or empty; found inf"),
    "negative_walltime": (with_cell("walltime", 4, -1.0), "evaluation 4, walltime: is >= 0 or empty; found -1.0"),
    "no_time": (
        with_cell("started", 4, "2026-01-01T00:99:00.000Z"),
        "evaluation 4, started: is UTC like 2026-01-31T12:00:00.000Z, or empty; found '2026-01-01T00:99:00.000Z'",
    ),
    "column_missing": (
        lambda record: replace(record, evaluations=record.evaluations.drop(columns="dropout")),
        "evaluations.csv: line 1: hyperparameters are learning_rate, batch_size, dropout",
    ),
    "no_journal": (lambda record: replace(record, journal=None), "journal.jsonl: an own run has its journal"),
    "no_space": (lambda record: replace(record, space=None), "space.json: an own run has its space"),
    "unknown_value": (with_cell("dropout", 4, None), "evaluation 4, dropout: is known in an own run; found an empty"),
    "unknown_seed": (with_cell("seed", 4, None), "evaluation 4, seed: is known in an own run"),
    "value_outside": (
        with_cell("dropout", 4, 0.9),
        "evaluation 4: values lie in the space; found dropout must be a number from 0.0 to 0.5, got 0.9",
    ),
    "wrong_count": (with_counts(evaluations=8), "run.json: counts.evaluations: is the 9 rows; found 8"),
    "wrong_status_count": (with_counts(by_status={"ok": 8}), "run.json: counts.by_status: is {'ok': 9}"),
    "two_baselines": (with_cell("origin", 4, "default"), "evaluations.csv: origin: at most one row is the baseline"),
    "no_baseline": (with_run(baseline=None), "run.json: baseline: is evaluation 0 (ok, "),
    "best_is_not_the_best": (second_best, "run.json: best: is the lowest loss of status ok, evaluation 2"),
    "wrong_mean": (with_generation("mean", 1, 0.5), "generations.csv: generation 1, mean: is 0."),
    "wrong_generation": (
        with_generation("generation", 2, 3),
        "generations.csv: generation: are [0, 1, 2]; found 0, 1, 3",
    ),
    "wrong_best_so_far": (with_generation("best_so_far", 2, 0.001), "generation 2, best_so_far: is 0.0046"),
}


@pytest.mark.parametrize("fault", DAMAGES)
def test_a_broken_law_is_named(fault: str) -> None:
    damage, message = DAMAGES[fault]
    record = small_record(strategy="random", seed=2)
    assert violations(record) == []
    assert message in "\n".join(str(violation) for violation in violations(damage(record)))


def test_the_baseline_may_lie_outside_the_space() -> None:
    narrow = [{**SPACE[0], "upper": 1e-4}, *SPACE[1:]]
    record = small_record(space=narrow)
    assert record.evaluations["learning_rate"][0] > 1e-4
    assert violations(record) == []


def test_imports_may_know_less() -> None:
    source = improve_record()
    table = source.evaluations.copy()
    table.loc[3:5, "dropout"] = None
    table.loc[7, "generation"] = None
    record = make_record(improve_run_info(), source.space, table.drop(index=2))
    assert violations(record) == []


def test_an_import_may_name_a_best_that_no_row_has_but_not_a_worse_one() -> None:
    better = EvaluationSummary(evaluation=None, hyperparameters={}, val_loss=1e-5)
    record = improve_record(published_best=better)
    assert violations(record) == []
    worse = better.model_copy(update={"val_loss": 1.0})
    damaged = with_run(best=worse, published_best=worse)(record)
    assert [violation.where for violation in violations(damaged)] == ["best"]


@settings(max_examples=40)
@given(
    failures=st.dictionaries(st.integers(0, 8), st.sampled_from(RESULT_STATUSES)),
    seed=st.integers(0, 10_000),
    degenerate=st.booleans(),
)
def test_whatever_a_search_ends_with_is_a_sound_record(
    failures: dict[int, Status], seed: int, degenerate: bool
) -> None:
    record = small_record(failures=failures, seed=seed, degenerate=degenerate)
    assert violations(record) == []
    best = record.run.best
    ok = record.evaluations[record.evaluations["status"] == "ok"]["val_loss"]
    assert (best is None) == ok.empty
    assert best is None or best.val_loss == ok.min()
    assert record.generations["evaluations"].sum() == 8
    assert record.generations["best_so_far"].dropna().is_monotonic_decreasing


def test_every_law_says_what_it_is() -> None:
    assert all(law.__doc__ for law in LAWS)
    assert isinstance(small_record().evaluations, pd.DataFrame)
