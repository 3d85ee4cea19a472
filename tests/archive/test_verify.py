"""No damage to an archive goes unseen, and none hides another."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hpo.archive.layout import is_key, record_folder, record_keys
from hpo.archive.manifest import parse_manifest, render_manifest
from hpo.archive.verify import record_problems, verify_archive
from hpo.errors import BadData, MissingInput
from tests.archive.builders import small_record

KEY = "GraphDRP/DEMO-A/SMALL/ga-seed1"


def test_a_sound_archive_has_no_problems(archive: Path) -> None:
    (archive / "README.md").write_text("what this is")
    (archive / "GraphDRP" / "DEMO-A" / "SMALL" / ".gitignore").write_text("/ga-seed1\n")
    found = verify_archive(archive)
    assert found.sound
    assert len(found.records) == 5


def test_any_flipped_bit_is_found(tmp_path: Path) -> None:
    folder = small_record().write(tmp_path)
    rng = random.Random(1)
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        for _ in range(12):
            position, bit = rng.randrange(len(content)), rng.randrange(8)
            damaged = bytearray(content)
            damaged[position] ^= 1 << bit
            path.write_bytes(bytes(damaged))
            problems = list(record_problems(folder, KEY))
            assert problems, (path.name, position)
            assert path.name == "MANIFEST.sha256" or any(path.name in problem for problem in problems)
        path.write_bytes(content)
    assert list(record_problems(folder, KEY)) == []


def test_every_flipped_bit_of_a_manifest_is_found() -> None:
    files = {"run.json": b"{}", "best.json": b"null"}
    manifest = render_manifest(files)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert parse_manifest(manifest, "m") == digests
    for position in range(len(manifest)):
        for bit in range(8):
            damaged = bytearray(manifest)
            damaged[position] ^= 1 << bit
            with contextlib.suppress(BadData):
                assert parse_manifest(bytes(damaged), "m") != digests


def test_truncation_anywhere_is_found(tmp_path: Path) -> None:
    folder = small_record().write(tmp_path)
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        for length in (0, 1, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:length])
            problems = list(record_problems(folder, KEY))
            assert problems, (path.name, length)
            assert path.name == "MANIFEST.sha256" or any(path.name in problem for problem in problems)
        path.write_bytes(content)


def test_every_problem_is_named_and_other_records_are_still_checked(archive: Path) -> None:
    first = archive / KEY
    (first / "best.json").unlink()
    (first / "notes.txt").write_text("mine")
    (first / "space.json").unlink()
    (first / "space.json").symlink_to(first / "run.json")
    second = archive / "LGBM/DEMO-A/SMALL/ga-seed1"
    (second / "journal.jsonl").write_text("")
    (archive / "LGBM" / "DEMO-A" / "old stuff").mkdir()
    (archive / ".tmp-123").mkdir()
    (archive / "leftover.csv").write_text("")
    found = verify_archive(archive)
    assert not found.sound
    assert set(found.problems) == {KEY, "LGBM/DEMO-A/SMALL/ga-seed1"}
    text = "\n".join(found.problems[KEY])
    assert f"{first}/best.json: is missing" in text
    assert f"{first}/notes.txt: is no file of a record" in text
    assert f"{first}/space.json: must be a regular file" in text
    assert "sha256 is" in "\n".join(found.problems["LGBM/DEMO-A/SMALL/ga-seed1"])
    strangers = "\n".join(found.strangers)
    assert ".tmp-123: a record that was being written" in strangers
    assert "leftover.csv: does not belong into an archive" in strangers
    assert "old stuff: does not belong into an archive" in strangers


def test_consistent_forgery_is_found_by_the_invariants(tmp_path: Path) -> None:
    folder = small_record().write(tmp_path)
    lines = (folder / "evaluations.csv").read_text().splitlines(keepends=True)
    (folder / "evaluations.csv").write_text("".join(lines[:-1]))
    seal(folder)
    problems = "\n".join(record_problems(folder, KEY))
    assert "sha256" not in problems
    assert "run.json: counts.evaluations: is the 8 rows; found 9" in problems
    assert "generations.csv: generation 2, evaluations: is 1; found 2" in problems


def test_best_json_must_agree(tmp_path: Path) -> None:
    folder = small_record().write(tmp_path)
    best = json.loads((folder / "best.json").read_text())
    best["best"]["hyperparameters"]["batch_size"] = 16
    (folder / "best.json").write_text(json.dumps(best))
    seal(folder)
    assert list(record_problems(folder, KEY)) == [
        f"{folder}/best.json: must say the same as best in run.json, evaluation and values included"
    ]


def test_a_record_in_the_place_of_another_is_found(tmp_path: Path) -> None:
    folder = small_record().write(tmp_path)
    shutil.copytree(folder, folder.parent / "ga-seed2")
    found = verify_archive(tmp_path)
    assert list(found.problems) == ["GraphDRP/DEMO-A/SMALL/ga-seed2"]
    assert "calls itself GraphDRP/DEMO-A/SMALL/ga-seed1" in found.problems["GraphDRP/DEMO-A/SMALL/ga-seed2"][0]


def test_an_empty_folder_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "M" / "D" / "S" / "R").mkdir(parents=True)
    found = verify_archive(tmp_path)
    assert any("run.json: is missing" in problem for problem in found.problems["M/D/S/R"])


@pytest.mark.parametrize("place", [KEY, "GraphDRP/DEMO-A", "GraphDRP"])
def test_an_unreadable_folder_is_named_and_the_others_are_checked(
    archive: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    original = Path.iterdir

    def denied(self: Path) -> Iterator[Path]:
        if self == archive / place:
            raise PermissionError(13, "Permission denied", str(self))
        return original(self)

    monkeypatch.setattr(Path, "iterdir", denied)
    (archive / "LGBM/DEMO-A/SMALL/ga-seed1/best.json").unlink()
    found = verify_archive(archive)
    text = "\n".join([*(problem for problems in found.problems.values() for problem in problems), *found.strangers])
    assert f"{archive / place}: cannot be read" in text
    assert "best.json: is missing" in text


def test_a_missing_archive_is_missing_input(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match="no such archive; name another with --archive"):
        verify_archive(tmp_path / "nothing")


@pytest.mark.parametrize("key", ["../x/y/z", "a/b/c", "a/b/c/d/e", "a/b/c/..", "/a/b/c", "a//b/c", "a/b/c/con", ""])
def test_no_key_leads_out_of_the_archive(key: str) -> None:
    assert not is_key(key)
    with pytest.raises(ValueError, match="is no key of a record"):
        record_folder(Path("archive"), key)


def test_links_are_not_followed(tmp_path: Path) -> None:
    small_record().write(tmp_path / "elsewhere")
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "GraphDRP").symlink_to(tmp_path / "elsewhere" / "GraphDRP")
    assert list(record_keys(tmp_path / "archive")) == []
    assert not verify_archive(tmp_path / "archive").sound


def seal(folder: Path) -> None:
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "MANIFEST.sha256"}
    (folder / "MANIFEST.sha256").write_bytes(render_manifest(files))
