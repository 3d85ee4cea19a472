"""Whatever is in a folder: a record that keeps its laws or a refusal that says why, and nothing anywhere else."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hpo.archive import HallOfFame
from hpo.archive.importers.assemble import describe
from hpo.archive.importers.folder import parse_run_files
from hpo.archive.importers.identity import identify
from hpo.archive.importers.improve import import_hall_of_fame
from hpo.archive.invariants import violations
from hpo.errors import BadData
from tests.importers.corruption import spoilt_folders
from tests.importers.fixtures import Folder, good_run, write_corpus, write_run

PLACES = ("GraphDRP/CCLE/SMALL", "IGTD/old", "Uno/CCLE/a b", "A/B/C/D/E", "graphdrp/CCLE/SMALL", "PathDSP/gCSI")


@contextmanager
def a_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.slow
@given(
    st.dictionaries(st.sampled_from(PLACES), spoilt_folders(), min_size=1, max_size=2),
    st.lists(st.sampled_from(["empty", "stray file", "link"]), max_size=2),
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_corrupt_corpus_gives_records_and_refusals_only(runs: dict[str, Folder], extras: list[str]) -> None:
    with a_folder() as folder:
        corpus = write_corpus(folder / "clone", {**runs, "LGBM/gCSI/SMALL": good_run(3)})
        _add(corpus / "HallOfFame", extras)
        (folder / "beside").mkdir()
        before = {path: path.read_bytes() for path in corpus.rglob("*") if path.is_file()}
        report = import_hall_of_fame(corpus, folder / "archive")
        assert {path: path.read_bytes() for path in corpus.rglob("*") if path.is_file()} == before
        assert sorted(path.name for path in folder.iterdir()) == ["archive", "beside", "clone"]
        hall = HallOfFame(folder / "archive")
        states = {outcome.path: outcome.state for outcome in report.outcomes}
        assert states["HallOfFame/LGBM/gCSI/SMALL"] == "imported"
        for outcome in report.outcomes:
            assert not any("internal error" in reason for reason in outcome.reasons), outcome
            assert outcome.path.isprintable()
            assert outcome.reasons or outcome.state == "imported"
            if outcome.key:
                record = hall.record(outcome.key)
                assert violations(record) == []
                assert record.run.key == outcome.key
                text = json.dumps(record.run.model_dump(mode="json"))
                assert "/home" not in text
                assert "engine-01" not in text
        assert sorted(outcome.key for outcome in report.outcomes if outcome.key) == hall.keys()


@pytest.mark.slow
@pytest.mark.timeout(900)
@given(spoilt_folders(most=3))
@settings(max_examples=10_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_ten_thousand_spoilt_folders_are_understood_or_refused(content: Folder) -> None:
    identity = identify(("HallOfFame", "GraphDRP", "CCLE", "SMALL"), 4, {})
    try:
        run = parse_run_files(content)
        found = describe(run, identity, "improve-0123456", None)
    except BadData:
        return
    assert "/home/ada" not in found.info.model_dump_json()
    numbers = [row["evaluation"] for row in found.evaluations.rows]
    assert numbers == sorted(set(numbers))
    for table in run.tables:
        lines = [line for line in content[table.name].replace(b"\r", b"\n").split(b"\n") if line.strip()]
        assert table.lines == len(lines) - 1


def _add(hall: Path, extras: list[str]) -> None:
    if "empty" in extras:
        (hall / "EMPTY").mkdir()
    if "stray file" in extras:
        write_run(hall / "GraphDRP", {"notes.txt": b"\xff\x00"})
    if "link" in extras:
        (hall / "LINK").symlink_to("/")
