"""Import of what Supervisor itself leaves: ``output.csv`` without a header, space and settings script."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hpo.archive import HallOfFame
from hpo.archive.importers.headerless import with_header
from hpo.archive.record import Record
from hpo.archive.summaries import rows_of
from hpo.archive.verify import record_problems
from hpo.cli.main import main
from hpo.errors import BadData, ExitCode
from tests.importers.fixtures import SPACE, Folder, good_run, output_table, trials, write_run

WHAT = ("--release", "csa", "--protocol", "hof")


def fresh_run(*, without: tuple[str, ...] = (), run_ids: bool = True) -> Folder:
    """A run folder as the workflow leaves it: the table without header, the space, the script, DEAP's files."""
    lines = output_table(trials()).decode().splitlines()[1:]
    if not run_ids:
        lines = [",".join([*line.split(",")[:-2], line.split(",")[-1]]) for line in lines]
    files = good_run() | {"output.csv": ("\n".join(lines) + "\n").encode()}
    return {name: content for name, content in files.items() if name != "hpo.csv" and name not in without}


def changed(folder: Folder, old: str, new: str) -> Folder:
    assert old.encode() in folder["output.csv"]
    return folder | {"output.csv": folder["output.csv"].replace(old.encode(), new.encode(), 1)}


def imported(folder: Folder, tmp_path: Path, *options: str, code: int = 0) -> list[Record]:
    write_run(tmp_path / "run", folder)
    archive = tmp_path / "archive"
    arguments = ["hof", "import", str(tmp_path / "run"), "--format", "supervisor", "--archive", str(archive)]
    assert main([*arguments, *WHAT, *options]) == code
    if not archive.is_dir():
        return []
    hall = HallOfFame(archive)
    for key in hall.keys():  # noqa: SIM118 a method of the archive
        assert list(record_problems(archive / key, key)) == []
    return [hall.record(key) for key in hall.keys()]  # noqa: SIM118


def test_a_folder_becomes_a_record(tmp_path: Path) -> None:
    [record] = imported(fresh_run(), tmp_path)
    run = record.run
    assert (run.model, run.dataset, run.size, run.strategy) == ("GraphDRP", "CCLE", "SMALL", "ga")
    assert (run.population, run.generations, run.counts.planned) == (4, 3, 8)
    assert (run.release.name, run.protocol.name, run.split) == ("csa", "hof", None)
    assert run.source.kind == "supervisor"
    assert "output.csv" in run.source.files
    assert record.axes == ("learning_rate", "batch_size", "dropout")
    rows = rows_of(record.evaluations)
    for row, trial in zip(rows, trials(), strict=True):
        assert {name: row[name] for name in record.axes} == trial.point
        assert (row["generation"], row["val_loss"], row["walltime"]) == (trial.iteration - 1, trial.loss, None)
    assert "log_min" in record.generations
    assert run.fixed["epochs"] == 5
    assert run.source.removed["user"] > 0
    assert not [
        path
        for path in (tmp_path / "archive").rglob("*")
        if path.is_file() and re.search(rb"\bada\b", path.read_bytes())
    ]


def test_the_table_space_and_script_are_enough(tmp_path: Path) -> None:
    only = ("output.csv", "hyperparams.json", "cfg-gdrp-1.sh")
    folder = {name: content for name, content in fresh_run().items() if name in only}
    [record] = imported(folder, tmp_path, "--model", "GraphDRP", "--dataset", "CCLE")
    assert (record.run.size, record.run.counts.evaluations, record.run.counts.planned) == ("SMALL", 8, 8)
    assert record.run.notes[-1].startswith("output.csv has no walltimes")


def test_results_that_are_none(tmp_path: Path) -> None:
    """No number, and one that the workflow's pattern cut in two at its exponent."""
    losses = [repr(trial.loss) for trial in trials()]
    folder = changed(changed(fresh_run(), f",{losses[1]}\n", ",9.5\n-05\n"), f",{losses[6]}\n", ",\n")
    [record] = imported({name: folder[name] for name in ("output.csv", "hyperparams.json", "metadata.txt")}, tmp_path)
    rows = rows_of(record.evaluations)
    assert [row["evaluation"] for row in rows if row["status"] == "invalid"] == [1, 6]
    assert "'9.5 -05'" in rows[1]["message"]
    assert rows[1]["val_loss"] is rows[6]["val_loss"] is None


def test_trainings_that_failed_have_no_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = fresh_run()
    lines = folder["output.csv"].decode().splitlines()
    [record] = imported(folder | {"output.csv": "\n".join(lines[:6]).encode()}, tmp_path)
    assert (record.run.counts.evaluations, record.run.counts.planned) == (6, 8)
    assert "6 of 8 evaluations have a row; 2 are missing." in " ".join(capsys.readouterr().out.split())


def test_lines_without_run_ids(tmp_path: Path) -> None:
    folder = fresh_run(run_ids=False, without=("deap-2.log", "metadata.txt"))
    [record] = imported(folder, tmp_path, "--model", "IGTD", "--dataset", "gCSI", "--size", "OWN")
    rows = rows_of(record.evaluations)
    assert [row["val_loss"] for row in rows] == [trial.loss for trial in reversed(trials())]
    assert {row["generation"] for row in rows} == {row["origin"] for row in rows} == {None}
    assert any("no run ids" in note for note in record.run.notes)


def test_another_spaces_constants_are_noticed(tmp_path: Path) -> None:
    space = [{**item, "value": 6} if item["name"] == "epochs" else item for item in SPACE]
    [record] = imported(fresh_run() | {"hyperparams.json": json.dumps(space).encode()}, tmp_path)
    assert any(note.startswith("epochs is constant 6 in the space, but not in the table") for note in record.run.notes)


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        (fresh_run() | {"output.csv": output_table(trials())}, "has a header, so it is of the published layout"),
        (fresh_run(without=("hyperparams.json",)), "no space says what its fields are; give --space"),
        (
            fresh_run() | {"hyperparams.json": json.dumps(SPACE[1:3]).encode()},
            "most lines have 7 fields; the space has 2",
        ),
        (
            fresh_run() | {"hyperparams.json": json.dumps([*SPACE[:1], *SPACE[4:], *SPACE[1:4]]).encode()},
            "epochs is constant in the space, but has 8 values in the table",
        ),
        (fresh_run() | {"output.csv": b"\n"}, "output.csv: empty"),
        (fresh_run(without=("output.csv",)), "no output.csv"),
    ],
    ids=["header", "no space", "another space", "another order", "empty", "none"],
)
def test_what_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: dict[str, Any], message: str
) -> None:
    assert imported(folder, tmp_path, code=1) == []
    assert message in " ".join(capsys.readouterr().out.split())


def test_a_space_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "space.json").write_text(json.dumps(SPACE))
    [record] = imported(fresh_run(without=("hyperparams.json",)), tmp_path, "--space", str(tmp_path / "space.json"))
    assert record.run.counts.evaluations == 8


def test_a_second_import_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(fresh_run(), tmp_path)
    capsys.readouterr()
    imported(fresh_run(), tmp_path, "--json")
    assert json.loads(capsys.readouterr().out)["totals"]["folders"]["unchanged"] == 1


def test_a_file_or_nothing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "run", fresh_run())
    archive = ["--format", "supervisor", "--archive", str(tmp_path / "archive"), *WHAT]
    assert main(["hof", "import", str(tmp_path / "run/output.csv"), *archive]) == 0
    (tmp_path / "empty").mkdir()
    assert main(["hof", "import", str(tmp_path / "empty"), *archive]) == ExitCode.MISSING_INPUT
    assert "no output.csv in it or below it" in capsys.readouterr().err


def test_a_dropped_image_is_no_field() -> None:
    made = with_header("0.5,x,run_01_001_0000,1.5\n", "output.csv", ["rate", "word", "candle_image"])
    assert made.header == ("rate", "word", "run_id", "val_loss")
    with pytest.raises(
        BadData, match=r"have 5 fields; the space has 1 parameters, so there must be 3 \(their values, the"
    ):
        with_header("0.5,x,y,run_01_001_0000,1.5\n", "output.csv", ["rate"])
