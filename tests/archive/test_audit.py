"""Each flag where it belongs, with its evidence, and nowhere else."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import irwinhall

from hpo.archive.audit import EXPLANATIONS, RECORD_RULES, SET_RULES, audit, audit_archive
from hpo.archive.audit_scale import scale_test
from hpo.archive.record import Record, make_record
from hpo.archive.schema import Counts, EvaluationSummary, Source
from hpo.archive.tables import LOG_COLUMNS, axis_types, evaluations_table, typed_table
from hpo.evaluation import RESULT_STATUSES, Status
from hpo.space import Space
from tests.archive.builders import SPACE, improve_record, improve_run_info, small_record

SPACE_1 = Space.from_json(SPACE)


def flags(record: Record) -> dict[str, dict[str, Any]]:
    return {flag.flag: flag.evidence for flag in audit(record)}


def record_of(losses: list[float | None], *, points: list[int] | None = None, **changes: Any) -> Record:
    """An import with one row a loss; rows with the same number in ``points`` have the same hyperparameters."""
    points = points or list(range(len(losses)))
    rows = [
        {
            "evaluation": number,
            "generation": number // 4,
            "status": "failed" if loss is None else "ok",
            "val_loss": loss,
            **SPACE_1.sample(random.Random(f"point {point}")),
        }
        for number, (loss, point) in enumerate(zip(losses, points, strict=True))
    ]
    log = changes.pop("log", None)
    run = improve_run_info("IGTD", "CCLE", "own", **{"counts": Counts(evaluations=0)} | changes)
    return make_record(run, SPACE_1, evaluations_table(rows, axis_types(SPACE_1)), log=log)


def log_of(*lines: tuple[int, float, float, float, float]) -> Any:
    columns = ("log_evaluations", "log_mean", "log_std", "log_min", "log_max")
    values = {name: [line[i] for line in lines] for i, name in enumerate(columns)}
    nothing = {"log_time": [None] * len(lines)}
    return typed_table(
        {"generation": list(range(len(lines)))} | values | nothing, {"generation": "Int64"} | LOG_COLUMNS
    )


def published(loss: float) -> EvaluationSummary:
    return EvaluationSummary(evaluation=1, hyperparameters={}, val_loss=loss)


def test_a_sound_record_has_no_flags() -> None:
    assert flags(small_record(seed=2)) == {}
    assert flags(record_of([0.3, 0.2, 0.1])) == {}


def test_missing_evaluations() -> None:
    record = record_of([0.3, 0.2, 0.1], counts=Counts(evaluations=0, planned=8))
    assert flags(record) == {"missing-evaluations": {"planned": 8, "recorded": 3, "missing": 5}}


def test_more_rows_than_planned_are_none_missing() -> None:
    assert flags(record_of([0.3, 0.2, 0.1], counts=Counts(evaluations=0, planned=2))) == {}


def test_best_lost() -> None:
    evidence = flags(record_of([0.3, 0.2, 0.1], published_best=published(0.11)))["best-lost"]
    assert evidence["evaluation"] == 2
    assert evidence["percent_worse"] == pytest.approx(10)
    assert flags(record_of([0.3, 0.2, 0.1], published_best=published(0.1))) == {}


def test_plateau_counts_configurations_not_repeats() -> None:
    dead = [0.5, 0.5, 0.5, 0.1]
    assert flags(record_of(dead))["plateau"] == {
        "loss": 0.5,
        "evaluations": 3,
        "of": 4,
        "configurations": 3,
        "share": 0.75,
    }
    repeated = flags(record_of(dead, points=[0, 0, 0, 1]))
    assert "plateau" not in repeated
    assert repeated["duplicates"]["repeats"] == 2
    assert repeated["duplicates"]["most_often"] == 3


def test_a_few_equal_losses_are_no_plateau() -> None:
    assert flags(record_of([0.5, 0.5, *(0.1 + i / 1000 for i in range(10))])) == {}
    assert flags(record_of([0.5, 0.5, 0.5, *(0.1 + i / 1000 for i in range(40))])) == {}


def test_degenerate() -> None:
    evidence = flags(record_of([0.5] * 4))["degenerate"]
    assert evidence == {"evaluations": 4, "losses": [0.5], "statuses": {"ok": 4}}
    assert "degenerate" in flags(small_record(degenerate=True))
    assert "degenerate" in flags(small_record(failures=dict.fromkeys(range(1, 9), Status.FAILED)))
    assert "degenerate" not in flags(record_of([0.5, 0.5, 0.5, 0.4]))


def test_degenerate_by_the_log_where_there_are_no_rows() -> None:
    same = log_of((4, 0.5, 0.0, 0.5, 0.5), (2, 0.5, 0.0, 0.5, 0.5))
    other = log_of((4, 0.5, 0.1, 0.4, 0.5), (2, 0.4, 0.0, 0.4, 0.4))
    assert "degenerate" in flags(record_of([], log=same))
    assert "degenerate" not in flags(record_of([], log=other))
    assert "degenerate" not in flags(record_of([]))


def test_out_of_bounds() -> None:
    record = record_of([0.3, 0.2, 0.1])
    table = record.evaluations.copy()
    table.loc[0, "learning_rate"], table.loc[1, "batch_size"] = 0.5, 1028
    evidence = flags(make_record(record.run, record.space, table))["out-of-bounds"]
    assert evidence["learning_rate"] == {
        "declared": [1e-06, 0.01],
        "outside": 1,
        "of": 3,
        "lowest": 0.5,
        "highest": 0.5,
    }
    assert evidence["batch_size"]["declared"] == [16, 32, 64, 128]


def test_a_constant_used_with_another_number_is_out_of_bounds() -> None:
    assert flags(record_of([0.3, 0.2], fixed={"epochs": 2}))["out-of-bounds"] == {
        "epochs": {"declared": [5], "found": 2}
    }
    assert flags(small_record(fixed={"epochs": 2})) == {}


def test_unrecorded_hyperparameter() -> None:
    record = record_of([0.3, 0.2, 0.1], unrecorded=["dropout"], recovered={"dropout": "best-8.json"})
    table = record.evaluations.copy()
    table["dropout"] = None
    table = table.astype({"dropout": "float64"})
    evidence = flags(make_record(record.run, record.space, table))["unrecorded-hyperparameter"]
    assert evidence == {
        "axes": ["dropout"],
        "values_known": {"dropout": 0},
        "of": 3,
        "recovered": {"dropout": "best-8.json"},
    }


def test_repeats_are_uncertain_where_an_axis_is_unknown() -> None:
    record = record_of([0.3, 0.2, 0.1], points=[0, 0, 1])
    assert flags(record)["duplicates"]["certain"] is True
    table = record.evaluations.copy()
    table.loc[0, "dropout"] = None
    evidence = flags(make_record(record.run, record.space, table))["duplicates"]
    assert (evidence["certain"], evidence["unknown_axes"], evidence["repeats"]) == (False, ["dropout"], 1)


def test_size_mismatch() -> None:
    assert flags(improve_record(population=32))["size-mismatch"] == {
        "size": "MEDIUM",
        "standard": {"population": 16, "generations": 4},
        "found": {"population": 32, "generations": 4},
    }
    assert "size-mismatch" not in flags(improve_record(population=None))
    assert "size-mismatch" not in flags(record_of([0.3, 0.2], population=7))


def test_a_log_that_agrees_with_the_table() -> None:
    losses = [0.4, 0.3, 0.2, 0.5, 0.1, 0.25]
    mean = sum(losses[:4]) / 4
    std = math.sqrt(sum((loss - mean) ** 2 for loss in losses[:4]) / 4)
    log = log_of((4, float(f"{mean:.6g}"), float(f"{std:.6g}"), 0.2, 0.5), (2, 0.2, 0.1, 0.1, 0.3))
    assert flags(record_of(losses, log=log)) == {}


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ([(4, 0.35, 0.111803, 0.15, 0.5)], {"min": {"log": 0.15, "table": 0.2}}),
        ([(5, 0.35, 0.111803, 0.2, 0.5)], {"evaluations": {"log": 5, "table": 4}}),
        ([(4, 0.35, 0.111803, 0.2, 0.5), (2, 0, 0, 0.05, 0.3)], {"min": {"log": 0.05, "table": 0.1}}),
        ([(4, 0.35, 0.111803, 0.2, 0.5), (2, 0, 0, 0.1, 0.45)], {"max": {"log": 0.45, "table": None}}),
        ([(4, 0.35, 0.111803, 0.2, 0.5), (2, 0, 0, 0.15, 0.4)], {"min": {"log": 0.15, "table": None}}),
    ],
    ids=["first_minimum", "first_count", "below_all_rows", "maximum_of_no_row", "minimum_of_no_row"],
)
def test_a_log_that_contradicts_the_table(lines: list[Any], wrong: dict[str, Any]) -> None:
    evidence = flags(record_of([0.4, 0.3, 0.2, 0.5, 0.1, 0.25], log=log_of(*lines)))["mismatch-log-csv"]
    assert evidence["lines"] == [{"generation": len(lines) - 1, "wrong": wrong}]
    assert evidence["generations"] == [len(lines) - 1]


def test_failed_evaluations() -> None:
    assert flags(record_of([0.3, None, 0.1, None]))["failed-evaluations"] == {"by_status": {"failed": 2}, "of": 4}
    assert "failed-evaluations" not in flags(small_record(failures={3: Status.DEGENERATE}, seed=2))


def test_private_paths() -> None:
    source = Source(kind="improve", removed={"path": 3, "user": 0, "container-path": 9})
    assert flags(record_of([0.3, 0.1], source=source))["private-paths"] == {"removed": {"path": 3}}
    harmless = Source(kind="improve", removed={"container-path": 9})
    assert flags(record_of([0.3, 0.1], source=harmless)) == {}


def with_learning_rates(values: list[float], **changes: Any) -> Record:
    record = record_of([0.1 + i / 100 for i in range(len(values))], **changes)
    table = record.evaluations.copy()
    table["learning_rate"], table["generation"] = values, 0
    return make_record(record.run, record.space, table.astype({"generation": "Int64"}))


def test_log_scale_ignored() -> None:
    rng = random.Random(1)
    linear = [rng.uniform(1e-6, 1e-2) for _ in range(16)]
    evidence = flags(with_learning_rates(linear))["log-scale-ignored"]["learning_rate"]
    assert evidence["p_log_uniform"] < 1e-6
    assert evidence["ks_log_uniform"] < 1e-4 < evidence["ks_uniform"]
    assert (evidence["values"], evidence["sample"]) == (16, "first generation")
    logarithmic = [10 ** rng.uniform(-6, -2) for _ in range(16)]
    assert "log-scale-ignored" not in flags(with_learning_rates(logarithmic))


def test_a_search_that_honours_the_scale_needs_no_test() -> None:
    high = [0.008, 0.0081, 0.0082, 0.0083]
    assert "log-scale-ignored" in flags(with_learning_rates(high))
    assert "log-scale-ignored" not in flags(with_learning_rates(high, settings={"HONOUR_LOG_SCALE": True}))
    assert "log-scale-ignored" in flags(with_learning_rates(high, settings={"HONOUR_LOG_SCALE": False}))


@pytest.mark.parametrize("count", [1, 2, 4, 16])
def test_the_p_value_is_that_of_irwin_and_hall(count: int) -> None:
    rng = random.Random(count)
    values = [10 ** rng.uniform(-6, -2) for _ in range(count)]
    total = sum((math.log10(value) + 6) / 4 for value in values)
    assert scale_test(values, 1e-6, 1e-2).p_log_uniform == pytest.approx(irwinhall(count).sf(total), rel=1e-6)


def test_the_approximation_continues_the_exact_distribution() -> None:
    values = [10**-3.2] * 17
    assert scale_test(values, 1e-6, 1e-2).p_log_uniform == pytest.approx(irwinhall(17).sf(17 * 0.7), rel=0.25)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([4, 16, 80]))
def test_logarithmic_draws_are_rejected_as_rarely_as_promised(seed: int, count: int) -> None:
    rng = random.Random(seed)
    rejected = sum(scale_test([10 ** rng.uniform(-6, -2) for _ in range(count)], 1e-6, 1e-2).linear for _ in range(20))
    # 1 in 20 on average at most; 7 or more of 20 has a probability below 1e-4.
    assert rejected < 7


def other_space(**changes: Any) -> list[dict[str, Any]]:
    return [{**SPACE[0], **changes}, *SPACE[1:]]


def test_space_differs_between_sizes() -> None:
    records = [
        improve_record(size="SMALL", space=other_space(upper=1e-3)),
        improve_record(size="MEDIUM"),
        improve_record(size="MEDIUM", dataset="gCSI"),
        improve_record(size="LARGE", dataset="gCSI", space=other_space(sigma=0.1, use_log_scale=False)),
    ]
    found = {key: {flag.flag: flag.evidence for flag in flags} for key, flags in audit_archive(records).items()}
    flagged = [key for key, flags in found.items() if "space-differs-between-sizes" in flags]
    assert flagged == ["IGTD/CCLE/SMALL/improve-2024-08-07", "IGTD/CCLE/MEDIUM/improve-2024-08-07"]
    assert found[flagged[0]]["space-differs-between-sizes"] == {
        "learning_rate": {
            "SMALL/improve-2024-08-07": [1e-06, 0.001],
            "MEDIUM/improve-2024-08-07": [1e-06, 0.01],
        }
    }


def test_epochs_differ() -> None:
    records = [
        improve_record(dataset=dataset, fixed={"epochs": epochs})
        for dataset, epochs in [("CCLE", 100), ("gCSI", 100), ("GDSCv1", 25), ("GDSCv2", 100)]
    ]
    records.append(improve_record("HiDRA", fixed={"epochs": 25}))
    records.append(improve_record("PathDSP", fixed={}))
    found = audit_archive(records)
    named = {key: flag.evidence for key, flags in found.items() for flag in flags if flag.flag == "epochs-differ"}
    assert named == {"IGTD/GDSCv1/MEDIUM/improve-2024-08-07": {"epochs": 25, "usual": 100, "runs": {"100": 3, "25": 1}}}


def test_a_tie_of_epochs_names_both() -> None:
    records = [improve_record(fixed={"epochs": 5}), improve_record(dataset="gCSI", fixed={"epochs": 10})]
    assert [
        [flag.flag for flag in flags if flag.flag == "epochs-differ"] for flags in audit_archive(records).values()
    ] == [
        ["epochs-differ"],
        ["epochs-differ"],
    ]


def test_every_flag_of_the_design_is_explained() -> None:
    assert set(EXPLANATIONS) == set(RECORD_RULES) | set(SET_RULES)
    assert len(EXPLANATIONS) == 14


def test_flags_enter_the_record_at_publication() -> None:
    record = small_record(failures={3: Status.FAILED})
    assert [flag.flag for flag in record.run.flags] == ["failed-evaluations"]
    assert record.run.flags == audit(record)


@settings(max_examples=20)
@given(
    failures=st.dictionaries(st.integers(0, 8), st.sampled_from(RESULT_STATUSES)),
    seed=st.integers(0, 1000),
    degenerate=st.booleans(),
)
def test_the_audit_is_pure_and_its_evidence_adds_up(failures: dict[int, Status], seed: int, degenerate: bool) -> None:
    record = small_record(failures=failures, seed=seed, degenerate=degenerate)
    before = record.files()
    found = flags(record)
    assert flags(record) == found
    assert record.files() == before
    failed = sum(not status.has_loss for status in failures.values())
    assert ("failed-evaluations" in found) == (failed > 0)
    if failed:
        assert sum(found["failed-evaluations"]["by_status"].values()) == failed
    if "plateau" in found:
        assert 3 <= found["plateau"]["configurations"] <= found["plateau"]["evaluations"] <= found["plateau"]["of"]
    bred = record.evaluations[record.evaluations["origin"] != "default"]
    assert ("degenerate" in found) == (bred["val_loss"].nunique() < 2 or not (bred["status"] == "ok").any())
    assert "out-of-bounds" not in found
    assert "best-lost" not in found


@settings(max_examples=20)
@given(st.lists(st.sampled_from([0.1, 0.2, 0.3]), min_size=2, max_size=12), st.randoms())
def test_flags_do_not_depend_on_the_order_of_rows(losses: list[float], rng: random.Random) -> None:
    record = record_of(losses)  # type: ignore[arg-type]
    shuffled = list(range(len(losses)))
    rng.shuffle(shuffled)
    other = replace(record, evaluations=record.evaluations.take(shuffled).reset_index(drop=True))
    assert set(flags(record)) == set(flags(other))
