"""The published archive, imported: improvements and flags known from independent readings of its files."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from pathlib import Path

import pytest

from hpo.archive import HallOfFame
from hpo.archive.audit import audit_archive
from hpo.archive.importers.improve import import_hall_of_fame
from hpo.archive.improvement import aggregates, improvements
from hpo.archive.verify import verify_archive
from hpo.cli.main import main
from tests.shared_data import improve_hall_of_fame

pytestmark = [pytest.mark.shared_data, pytest.mark.slow]

PAPER = ("GraphDRP", "IGTD", "Paccmann_MCA", "PathDSP", "HiDRA", "LGBM")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> HallOfFame:
    archive = tmp_path_factory.mktemp("corpus") / "hall_of_fame"
    import_hall_of_fame(improve_hall_of_fame(), archive)
    return HallOfFame(archive)


@pytest.fixture(scope="module")
def flagged(corpus: HallOfFame) -> dict[str, set[str]]:
    """Runs by flag, each as model/dataset/size."""
    found = defaultdict(set)
    for key, flags in audit_archive(corpus.records()).items():
        for flag in flags:
            found[flag.flag].add(key.rsplit("/", 1)[0])
    return dict(found)


def test_every_record_is_sound(corpus: HallOfFame) -> None:
    found = verify_archive(corpus.path)
    assert found.sound
    assert len(found.records) == 62


def test_the_published_improvement_is_found_again(corpus: HallOfFame) -> None:
    records = list(corpus.records(model=PAPER, size="MEDIUM"))
    assert len(records) == 24
    exact, rounded = aggregates(improvements(records)), aggregates(improvements(records, decimals=4))
    assert exact["worst_to_best"].mean == pytest.approx(56.367, abs=0.0005)
    assert rounded["worst_to_best"].mean == pytest.approx(56.3507, abs=0.00005)
    assert sum(run.degenerate for run in improvements(records)) == 2


def test_the_published_improvement_on_the_command_line(corpus: HallOfFame, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["hof", "improvement", "--size", "MEDIUM", "--models", ",".join(PAPER), "--json"]
    assert main([*arguments, "--archive", str(corpus.path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["all"]["worst_to_best"]["runs"] == 24
    assert round(found["all"]["worst_to_best"]["mean"], 2) == 56.37


def test_tables_that_lost_evaluations(flagged: dict[str, set[str]]) -> None:
    tables = {f"GraphDRP/{run}" for run in ("CCLE/LARGE", "CTRPv2/LARGE", "gCSI/LARGE")}
    tables |= {f"GraphDRP/GDSCv2/{size}" for size in ("LARGE", "LARGE_epochs_5", "MEDIUM")}
    assert flagged["mismatch-log-csv"] == tables
    assert tables < flagged["missing-evaluations"]
    assert {run.split("/")[2] for run in flagged["missing-evaluations"] - tables} <= {"old", "pop4gen3"}


def test_bests_that_were_lost(flagged: dict[str, set[str]]) -> None:
    assert flagged["best-lost"] == {
        "GraphDRP/GDSCv2/LARGE",
        "IGTD/GDSCv1/LARGE",
        "Paccmann_MCA/GDSCv1/MEDIUM",
        "Paccmann_MCA/GDSCv2/MEDIUM",
        "Uno/CCLE/SMALL",
    }


def test_searches_of_dead_networks_only(flagged: dict[str, set[str]]) -> None:
    assert flagged["degenerate"] == {
        "GraphDRP/CTRPv2/MEDIUM",
        "GraphDRP/GDSCv1/MEDIUM",
        "GraphDRP/GDSCv1/SMALL",
        "GraphDRP/GDSCv2/SMALL",
        "GraphDRP/gCSI/SMALL",
    }
    assert flagged["degenerate"] < flagged["plateau"]
    assert {run.split("/")[0] for run in flagged["plateau"]} == {"GraphDRP", "Uno"}


def test_log_scales_that_were_ignored(corpus: HallOfFame, flagged: dict[str, set[str]]) -> None:
    declared = {
        record.key.rsplit("/", 1)[0]
        for record in corpus.records()
        if record.space is not None and any(axis.log_scale for axis in record.space.axes)
    }
    assert len(declared) == 13
    assert flagged["log-scale-ignored"] == declared


def test_other_flags(flagged: dict[str, set[str]]) -> None:
    assert flagged["size-mismatch"] == {"GraphDRP/GDSCv2/MEDIUM"}
    assert flagged["out-of-bounds"] == {"Uno/CCLE/SMALL"}
    assert len(flagged["unrecorded-hyperparameter"]) == 25
    assert len(flagged["private-paths"]) == 47
    assert "failed-evaluations" not in flagged
    pairs = {run.rsplit("/", 1)[0] for run in flagged["space-differs-between-sizes"]}
    assert pairs == {"GraphDRP/CCLE", "GraphDRP/CTRPv2", "GraphDRP/GDSCv2", "Paccmann_MCA/gCSI"}
    assert {"GraphDRP/GDSCv2/LARGE_epochs_5", "Paccmann_MCA/CTRPv2/MEDIUM"} < flagged["epochs-differ"]


def test_everything_loads_at_once(corpus: HallOfFame) -> None:
    start = time.perf_counter()
    table = corpus.evaluations()
    seconds = time.perf_counter() - start
    assert len(table) == 5930
    assert seconds < 5, "a second on an idle machine"


def test_no_file_tells_whose_machine_it_came_from(corpus: HallOfFame) -> None:
    text = b"".join(path.read_bytes() for path in Path(corpus.path).rglob("*") if path.is_file())
    for private in (b"/home/", b"/homes/", b"/eagle/", b"/lus/", b"polaris-login"):
        assert private not in text
