"""Pages of runs that are taken from what was kept."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

import pytest

from reports.analysis.corpus import load_corpus
from reports.analysis.kept import keeping
from reports.analysis.scores import load_scores
from reports.pages import run_files
from reports.pages.run_files import write_runs
from tests.archive.builders import small_archive, small_record
from tests.reports.transfers import write_final_of

RUN = "GraphDRP/DEMO-A/SMALL/ga-seed1"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return small_archive(tmp_path / "hall_of_fame")


def write(archive: Path, name: str) -> tuple[dict[str, bytes], list[str]]:
    """What is written into a folder ``name``, and the keys of the runs whose pages were made anew."""
    root, made = archive.parent, []
    original = run_files.run_page

    def watched(record, *others):
        made.append(record.key)
        return original(record, *others)

    with keeping(root / "kept"), mock.patch.object(run_files, "run_page", watched):
        corpus = load_corpus(archive)
        write_runs(corpus, load_scores(archive, corpus.digests), root / "figures", root / name)
    files = sorted(path for path in (root / name).rglob("*") if path.is_file())
    return {str(path.relative_to(root / name)): path.read_bytes() for path in files}, made


def test_an_unchanged_run_has_the_page_that_it_had(archive: Path):
    first, made = write(archive, "first")
    assert sorted(made) == sorted(load_corpus(archive).digests)
    assert write(archive, "again") == (first, [])


def test_a_page_is_made_anew_when_something_on_it_changes(archive: Path):
    write(archive, "first")
    about = {"alt": "Finding", "caption": "How to read it.", "width": 3.0, "height": 2.0}
    drawn = archive.parent / "figures/runs" / RUN
    drawn.mkdir(parents=True)
    (drawn / "landscape.json").write_text(json.dumps(about), encoding="utf-8")
    files, made = write(archive, "figure")
    assert made == [RUN]
    assert b"Finding" in files[f"runs/{RUN}/index.md"]
    write_final_of(archive, RUN, [0.01, 0.012], [0.02, None])
    assert write(archive, "final")[1] == [RUN]
    with mock.patch.object(run_files, "_code_digest", return_value="other"):
        assert len(write(archive, "code")[1]) == 5


def test_a_page_leads_to_new_neighbours(archive: Path):
    write(archive, "first")
    small_record("GraphDRP", "DEMO-A", seed=7).write(archive)
    files, made = write(archive, "more")
    assert {"GraphDRP/DEMO-A/SMALL/ga-seed7", RUN} <= set(made)
    assert b"ga-seed7" in files[f"runs/{RUN}/index.md"]
    assert len(made) < len(load_corpus(archive).records)
