"""DeepHyper's ``results.csv``: its columns, its sign, its failures, and exact values."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from hpo.archive import HallOfFame
from hpo.archive.export import export
from hpo.archive.record import Record, make_record
from hpo.archive.summaries import points, rows_of
from hpo.cli.main import main
from hpo.evaluation import Status
from tests.archive.builders import improve_record, small_record


def table_of(tmp_path: Path, record: Record) -> pd.DataFrame:
    """The file of ``record``, read as ``deephyper.analysis.hpo.read_results_from_csv`` does."""
    record.write(tmp_path / "archive")
    export(HallOfFame(tmp_path / "archive"), "ALL", "deephyper", tmp_path / "deephyper")
    return pd.read_csv(tmp_path / "deephyper" / record.key / "results.csv", index_col=None)


def test_columns_sign_and_failures_are_deephypers(tmp_path: Path) -> None:
    record = small_record(failures={3: Status.FAILED, 5: Status.TIMEOUT})
    table = table_of(tmp_path, record)
    assert list(table.columns[:8]) == [
        "p:learning_rate", "p:batch_size", "p:dropout", "p:residual", "p:activation", "objective", "job_id",
        "job_status",
    ]  # fmt: skip
    assert all(name.startswith("m:") for name in table.columns[8:])
    # DeepHyper takes a text that begins with F for a failure, and a column without any for numbers.
    failed = table["objective"].str.startswith("F")
    assert table["objective"][failed].tolist() == ["F_failed", "F_timeout"]
    losses = record.evaluations["val_loss"].dropna().tolist()
    assert [-float(value) for value in table["objective"][~failed]] == losses
    best = record.run.best
    assert best is not None
    assert table["objective"][~failed].astype(float).idxmax() == best.evaluation
    assert table["job_id"].tolist() == list(range(9))
    assert set(table["job_status"]) == {"DONE"}


def test_values_come_back_exactly(tmp_path: Path) -> None:
    record = small_record()
    table = table_of(tmp_path, record)
    assert table["objective"].dtype == float
    assert (-table["objective"]).tolist() == record.evaluations["val_loss"].tolist()
    names = {f"p:{name}": name for name in record.axes}
    assert table[list(names)].rename(columns=names).to_dict("records") == points(record.evaluations)
    rows = rows_of(record.evaluations)
    assert table["m:evaluation"].tolist() == [row["evaluation"] for row in rows]
    assert table["m:origin"].tolist() == [row["origin"] for row in rows]
    assert table["m:seed"].tolist() == [row["seed"] for row in rows]
    # The run began a minute before its first evaluation.
    assert table["m:timestamp_submit"].tolist() == [60.0 + 7 * number for number in range(9)]
    assert (table["m:timestamp_gather"] - table["m:timestamp_submit"]).tolist() == [6.5] * 9


def test_dead_networks_keep_their_loss_and_their_name(tmp_path: Path) -> None:
    table = table_of(tmp_path, small_record(degenerate=True))
    dead = table[table["m:status"] == "degenerate"]
    assert len(dead) == 8
    assert (dead["objective"] < 0).all()


def test_unknown_values_are_empty_cells(tmp_path: Path) -> None:
    record = improve_record()
    values = record.evaluations.copy()
    values.loc[2, "dropout"] = float("nan")
    table = table_of(tmp_path, make_record(record.run, record.space, values))
    assert table["p:dropout"].isna().tolist() == [row == 2 for row in range(40)]
    assert table["m:timestamp_submit"].isna().all()
    assert table["m:seed"].isna().all()


def test_the_folder_comes_back_as_the_same_evaluations(tmp_path: Path) -> None:
    record = small_record(failures={3: Status.FAILED, 5: Status.TIMEOUT, 6: Status.DEGENERATE})
    table_of(tmp_path, record)
    said = ["--release", "demo-1", "--protocol", "auc-mse/1", "--target", "auc", "--metric", "mse"]
    back = tmp_path / "back"
    arguments = ["hof", "import", str(tmp_path / "deephyper"), "--format", "deephyper", "--archive", str(back)]
    assert main([*arguments, *said]) == 0
    (again,) = HallOfFame(back).records()
    assert again.key.startswith("GraphDRP/DEMO-A/SMALL/")
    assert again.space == record.space
    assert again.run.fixed == {"epochs": 5}
    # DeepHyper counts seconds from the beginning of a search that it has no date of.
    kept = [name for name in record.evaluations.columns if name != "started"]
    pd.testing.assert_frame_equal(again.evaluations[kept], record.evaluations[kept])


def test_deephyper_reads_it(tmp_path: Path) -> None:
    analysis = pytest.importorskip("deephyper.analysis.hpo", reason="DeepHyper is not installed")
    record = small_record(failures={3: Status.FAILED})
    table_of(tmp_path, record)
    path = tmp_path / "deephyper" / record.key / "results.csv"
    table = analysis.read_results_from_csv(str(path))
    good, failed = analysis.filter_failed_objectives(table)
    assert (len(good), len(failed)) == (8, 1)
    settings, value = analysis.parameters_at_max(table)
    assert record.run.best is not None
    assert -value == record.run.best.val_loss
    assert settings.items() <= record.run.best.hyperparameters.items()
