"""What differs between two archives, and between two revisions of one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hpo.archive.diff import as_json, compare_archives
from hpo.archive.revision import checkout_archive
from hpo.archive.schema import Times
from hpo.errors import MissingInput
from hpo.evaluation import Status
from tests.archive.builders import small_record

KEY = "GraphDRP/DEMO-A/SMALL/ga-seed1"


@pytest.fixture
def pair(archive: Path, tmp_path: Path) -> tuple[Path, Path]:
    shutil.copytree(archive, tmp_path / "second")
    return archive, tmp_path / "second"


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_equal_archives_do_not_differ(pair: tuple[Path, Path]) -> None:
    difference = compare_archives(*pair)
    assert difference.empty
    assert difference.unchanged == 5


def test_added_removed_and_changed_runs_are_named(pair: tuple[Path, Path]) -> None:
    first, second = pair
    shutil.rmtree(second / "LGBM")
    small_record(seed=5).write(second)
    shutil.rmtree(second / KEY)
    small_record(failures={0: Status.FAILED}).write(second)
    shutil.rmtree(second / "GraphDRP/DEMO-B/SMALL/ga-seed1")
    small_record("GraphDRP", "DEMO-B", degenerate=True, times=Times()).write(second)
    difference = compare_archives(first, second)
    assert list(difference.added) == ["GraphDRP/DEMO-A/SMALL/ga-seed5"]
    assert list(difference.removed) == ["LGBM/DEMO-A/SMALL/ga-seed1"]
    changed = {change.key: change for change in difference.changed}
    results, times = changed[KEY], changed["GraphDRP/DEMO-B/SMALL/ga-seed1"]
    assert results.moved
    assert results.before is not None
    assert results.after is not None
    assert results.before < results.after
    assert results.same_results is False
    assert (times.same_results, times.moved, times.files) == (True, False, ("run.json",))
    assert difference.unchanged == 2
    assert as_json(difference)["changed"][0]["run"] == KEY


def test_a_broken_record_is_a_difference_that_hides_no_other(pair: tuple[Path, Path]) -> None:
    first, second = pair
    (second / KEY / "MANIFEST.sha256").write_text("nonsense")
    shutil.rmtree(second / "LGBM")
    difference = compare_archives(first, second)
    assert not difference.empty
    assert "MANIFEST.sha256: line 1" in difference.problems[0]
    assert list(difference.removed) == ["LGBM/DEMO-A/SMALL/ga-seed1"]


def test_revisions_of_an_archive_in_git(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    archive = tmp_path / "results" / "hall_of_fame"
    small_record().write(archive)
    (archive / "README.md").write_text("what this is")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    git(tmp_path, "tag", "v1")
    small_record(seed=2).write(archive)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "two")
    before = checkout_archive(archive, "v1", tmp_path / "a")
    after = checkout_archive(archive, "HEAD", tmp_path / "b")
    difference = compare_archives(before, after)
    assert list(difference.added) == ["GraphDRP/DEMO-A/SMALL/ga-seed2"]
    assert (difference.removed, difference.changed, difference.unchanged) == ({}, (), 1)
    assert compare_archives(after, archive).empty


def test_what_is_no_revision_is_said(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match=r"no such folder, and no Git revision either: .* is in no Git repository"):
        checkout_archive(archive, "HEAD", tmp_path / "a")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "nothing")
    with pytest.raises(MissingInput, match="'v9' is neither a folder nor a revision"):
        checkout_archive(archive, "v9", tmp_path / "b")
    with pytest.raises(MissingInput, match="'--output=x' is neither a folder nor a revision"):
        checkout_archive(archive, "--output=x", tmp_path / "b")
    with pytest.raises(MissingInput, match="revision HEAD holds no records of this archive"):
        checkout_archive(archive, "HEAD", tmp_path / "c")


@pytest.mark.slow
def test_revisions_of_an_archive_that_dvc_tracks(tmp_path: Path) -> None:
    dvc = shutil.which("dvc", path=str(Path(sys.executable).parent))
    if dvc is None:
        pytest.skip("dvc is not installed")
    git(tmp_path, "init", "--quiet")
    subprocess.run([dvc, "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run([dvc, "config", "core.analytics", "false"], cwd=tmp_path, check=True)
    archive = tmp_path / "hall_of_fame"
    for number, seed in enumerate((1, 2)):
        folder = small_record(seed=seed).write(archive)
        subprocess.run([dvc, "add", "--quiet", str(folder)], cwd=tmp_path, check=True)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "--quiet", "-m", f"record {number}")
    before = checkout_archive(archive, "HEAD~1", tmp_path / "a")
    difference = compare_archives(before, archive)
    assert list(difference.added) == ["GraphDRP/DEMO-A/SMALL/ga-seed2"]
    assert difference.unchanged == 1
