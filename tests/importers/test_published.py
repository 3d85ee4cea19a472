"""The published corpus, held against a small reader that shares no code with the importer."""

from __future__ import annotations

import csv
import json
import math
import re
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from hpo.archive import HallOfFame
from hpo.archive.export import export
from hpo.archive.importers.improve import Report, import_hall_of_fame
from hpo.archive.invariants import violations
from tests.importers.sameness import essence
from tests.shared_data import improve_hall_of_fame

pytestmark = [pytest.mark.shared_data, pytest.mark.slow]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[HallOfFame, Report]:
    source = improve_hall_of_fame()
    archive = tmp_path_factory.mktemp("published") / "archive"
    return HallOfFame(archive), import_hall_of_fame(source, archive)


def independent(folder: Path) -> dict[tuple[int, int], float]:
    """Loss by iteration and sample, from hpo.csv or else output.csv."""
    losses: dict[tuple[int, int], float] = {}
    if (folder / "hpo.csv").exists():
        with (folder / "hpo.csv").open() as stream:
            for row in csv.DictReader(stream):
                losses.setdefault((int(row["iteration"]), int(row["sample"])), float(row["result"]))
    elif (folder / "output.csv").exists():
        with (folder / "output.csv").open() as stream:
            for row in csv.DictReader(stream):
                _, _, iteration, sample = row["run_id"].split("_")
                losses.setdefault((int(iteration), int(sample)), float(row["val_loss"]))
    return losses


def run_folders() -> list[Path]:
    return sorted({path.parent for path in (improve_hall_of_fame() / "HallOfFame").rglob("deap-*.log")})


def test_no_run_is_lost_and_every_line_is_accounted_for(imported: tuple[HallOfFame, Report]) -> None:
    hall, report = imported
    totals = report.totals()
    assert totals["folders"] == {"imported": 53, "partial": 9, "unchanged": 0, "refused": 0, "skipped": 1}
    assert len(hall.keys()) == len(run_folders()) == 62
    lines = sum(
        len(path.read_text(encoding="ascii").split()) - 1
        for name in ("hpo.csv", "output.csv")
        for path in improve_hall_of_fame().rglob(name)
    )
    assert totals["lines"] == lines
    assert totals["evaluations"] == len(hall.evaluations()) == 5930
    assert totals["lines"] == sum(totals[name] for name in ("evaluations", "phantoms", "doubled", "unreadable"))
    assert (totals["phantoms"], totals["unreadable"]) == (561, 0)


def test_every_run_has_the_evaluations_that_an_independent_reader_finds(imported: tuple[HallOfFame, Report]) -> None:
    hall, report = imported
    keys = {outcome.path: outcome.key for outcome in report.outcomes if outcome.key}
    for folder in run_folders():
        record = hall.record(keys[folder.relative_to(improve_hall_of_fame()).as_posix()])
        expected = independent(folder)
        losses = [expected[key] for key in sorted(expected)]
        assert record.evaluations["val_loss"].tolist() == losses, record.key
        assert (record.evaluations["generation"] + 1).tolist() == [key[0] for key in sorted(expected)]
        best = float(next(folder.glob("fitness-*.txt")).read_text())
        assert record.run.published_best is not None
        assert record.run.published_best.val_loss == best
        assert record.run.best is not None
        assert record.run.best.val_loss == min([*losses, best])
        (log,) = folder.glob("deap-*.log")
        rows = [line.split() for line in log.read_text().splitlines()[1:]]
        assert record.generations["log_min"].tolist() == [float(row[4]) for row in rows]
        assert record.generations["log_evaluations"].tolist() == [int(row[1]) for row in rows]
        fitnesses = next(folder.glob("fitnesses-*.txt")).read_text().strip().split(";")
        assert [member.val_loss for member in record.run.final_population] == [float(text) for text in fitnesses]
        assert violations(record) == []


def test_hyperparameters_are_those_of_the_tables(imported: tuple[HallOfFame, Report]) -> None:
    hall, report = imported
    compared: Counter[str] = Counter()
    for outcome in report.outcomes:
        table = improve_hall_of_fame() / outcome.path / "hpo.csv"
        if not outcome.key or not table.exists():
            continue
        evaluations = hall.record(outcome.key).evaluations
        with table.open() as stream:
            rows = {(int(row["iteration"]), int(row["sample"])): row for row in csv.DictReader(stream)}
        for name in ("learning_rate", "batch_size", "dropout"):
            cells = [row.get(name) for _, row in sorted(rows.items())]
            if None not in cells:
                assert evaluations[name].tolist() == [float(cell) for cell in cells if cell is not None]
                compared[name] += len(cells)
        times = [float(row["walltime"]) for _, row in sorted(rows.items())]
        found = evaluations["walltime"].tolist()
        assert found == times if any(times) else all(math.isnan(value) for value in found)
    assert compared["learning_rate"] > 4000


def test_searched_axes_without_a_column_are_named_and_partly_recovered(imported: tuple[HallOfFame, Report]) -> None:
    hall, _ = imported
    unrecorded = {run.key: run.unrecorded for run in hall.runs() if run.unrecorded}
    assert Counter(axis for axes in unrecorded.values() for axis in axes) == {"dropout": 21, "batch_size": 4}
    for record in hall.records():
        for axis in record.run.unrecorded:
            known = record.evaluations[axis].notna()
            assert known.sum() == (record.evaluations.get("recovered", known.map({})) == axis).sum() <= 1
            assert record.run.published_best is not None
            if known.any():
                value = record.evaluations.loc[known, axis].iloc[0]
                assert value == record.run.published_best.hyperparameters[axis]


def test_no_private_text_is_in_the_archive(imported: tuple[HallOfFame, Report]) -> None:
    hall, report = imported
    names = set()
    for path in improve_hall_of_fame().rglob("*"):
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        names |= set(re.findall(r"(?:USER|HOSTNAME|PROJECT)=(\S+)", text))
        names |= set(re.findall(r"/(?:homes?|tmp|projects|eagle)/([A-Za-z_]\w{2,})", text))
    names -= {"projects"}
    assert len(names) >= 5
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, names)) + r")\b|/candle_data_dir|/home|/tmp|/lus/")
    for path in hall.path.rglob("*"):
        if path.is_file():
            assert pattern.search(path.read_text(encoding="utf-8")) is None, path
    personal = [outcome for outcome in report.outcomes if set(outcome.removed) - {"container-path"}]
    assert len(personal) == 47


def test_a_second_import_changes_nothing_and_loading_is_quick(imported: tuple[HallOfFame, Report]) -> None:
    hall, _ = imported
    before = {path: path.stat().st_mtime_ns for path in hall.path.rglob("*")}
    report = import_hall_of_fame(improve_hall_of_fame(), hall.path)
    assert report.totals()["folders"]["unchanged"] == 62
    assert {path: path.stat().st_mtime_ns for path in hall.path.rglob("*")} == before
    start = time.perf_counter()
    assert len(hall.evaluations()) == 5930
    assert time.perf_counter() - start < 5  # a second on a quiet machine, see the benchmark


def test_export_and_import_give_the_same_records(imported: tuple[HallOfFame, Report], tmp_path: Path) -> None:
    hall, _ = imported
    assert export(hall, "ALL", "improve", tmp_path / "exported").runs == 62
    again = HallOfFame(tmp_path / "again")
    report = import_hall_of_fame(tmp_path / "exported", again.path)
    assert again.keys() == hall.keys()
    assert report.totals()["evaluations"] == 5930
    for key in hall.keys():  # noqa: SIM118 - a method of the archive, no dictionary
        assert essence(again.record(key)) == essence(hall.record(key)), key


def test_the_cross_study_export_refuses_what_is_dead_or_unrecorded(
    imported: tuple[HallOfFame, Report], tmp_path: Path
) -> None:
    hall, _ = imported
    done = export(hall, "ALL", "improve-csa", tmp_path / "hyperparameters_hpo.json", allow_missing=True)
    reasons = {refusal.what: refusal.reason for refusal in done.refused}
    dead = reasons.pop("GraphDRP on GDSCv1")
    assert dead.count("dead: no evaluation of the search is better") == 2
    for dataset in ("GDSCv1", "GDSCv2"):
        assert "dropout of its best is not recorded" in reasons.pop(f"Paccmann_MCA on {dataset}")
    assert {reason.split(": ", 1)[1] for reason in reasons.values()} == {"the dataset is not known"}
    content = json.loads((tmp_path / "hyperparameters_hpo.json").read_text(encoding="utf-8"))
    assert set(content["graphdrp"]) == {"CCLE", "CTRPv2", "GDSCv2", "gCSI"}
    assert all(values["learning_rate"] < 0.0025 for values in content["graphdrp"].values())
    assert all("dropout" in values for model in ("IGTD", "Paccmann_MCA") for values in content[model].values())


def test_odd_folders_and_foreign_files_are_told(imported: tuple[HallOfFame, Report]) -> None:
    hall, report = imported
    runs = {f"{run.model}/{run.dataset}/{run.size}": run for run in hall.runs()}
    assert {key for key in runs if "/unknown/" in key} == {
        "GraphDRP/unknown/old",
        "Paccmann_MCA/unknown/pop4gen3",
        "Uno/unknown/old",
    }
    early = {key for key, run in runs.items() if run.protocol.name == "improve-early"}
    assert early == {"GraphDRP/unknown/old", "Paccmann_MCA/unknown/pop4gen3", "Uno/CCLE/SMALL", "Uno/unknown/old"}
    logarithmic = {run.model for run in runs.values() if run.protocol.name == "improve-hof-log10auc"}
    assert logarithmic == {"PathDSP"}
    assert runs["GraphDRP/GDSCv2/MEDIUM"].population == 32
    assert runs["Uno/CCLE/SMALL"].fixed["epochs"] == 2
    assert any("epochs = 2, the space 200" in note for note in runs["Uno/CCLE/SMALL"].notes)
    assert any("POPULATION_SIZE = 16, the log 4" in note for note in runs["Uno/gCSI/SMALL"].notes)
    assert hall.record(runs["GraphDRP/GDSCv1/MEDIUM"].key).space is None
    without_times = defaultdict(int)
    for record in hall.records():
        if len(record.evaluations) and record.evaluations["walltime"].isna().all():
            without_times[record.run.model] += 1
    assert without_times == {"HiDRA": 8, "PathDSP": 5, "GraphDRP": 1}
    (skipped,) = [outcome for outcome in report.outcomes if outcome.state == "skipped"]
    assert skipped.path == "HallOfFame/Paccmann_MCA/pop9gen9"
    assert json.dumps(report.totals())
