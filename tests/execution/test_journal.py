"""The journal: acknowledged means kept, one writer, and no damage is accepted in silence."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from hpo.errors import BadData, Drift, Fenced, OwnedOrExists, StorageError
from hpo.execution import journal as module
from hpo.execution.journal import Journal, read_journal

SPEC = "a" * 64


def write(folder: Path, *starts: int) -> None:
    """A journal with one segment a start, each with that many results."""
    number = 0
    for results in starts:
        journal = Journal.begin(folder, SPEC)
        for _ in range(results):
            journal.append({"type": "result", "n": number})
            number += 1
        journal.close()


def numbers(folder: Path) -> list[int]:
    return [entry["n"] for entry in read_journal(folder, SPEC).of_type("result")]


def segment(folder: Path, number: int) -> Path:
    return folder / f"{number:08d}.seg"


def flip(path: Path, place: int, bit: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


def test_an_absent_folder_is_an_empty_journal(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "journal").entries == ()


def test_several_starts_are_read_in_order(tmp_path: Path) -> None:
    write(tmp_path, 3, 0, 2)
    assert numbers(tmp_path) == [0, 1, 2, 3, 4]
    assert [entry["epoch"] for entry in read_journal(tmp_path).of_type("open")] == [1, 2, 3]


def test_begin_hands_over_what_was_there(tmp_path: Path) -> None:
    write(tmp_path, 2)
    journal = Journal.begin(tmp_path, SPEC, workers=3)
    assert [entry["n"] for entry in journal.history.of_type("result")] == [0, 1]
    journal.close()
    assert read_journal(tmp_path).of_type("open")[-1]["workers"] == 3


def test_another_spec_is_drift(tmp_path: Path) -> None:
    write(tmp_path, 1)
    with pytest.raises(Drift, match=f"belongs to another run .spec {'a' * 12}, expected bbb"):
        Journal.begin(tmp_path, "b" * 64)


def test_a_replaced_writer_is_fenced_and_its_late_lines_are_ignored(tmp_path: Path) -> None:
    old = Journal.begin(tmp_path, SPEC)
    old.append({"type": "result", "n": 0})
    new = Journal.begin(tmp_path, SPEC)
    with pytest.raises(Fenced, match="another search has taken over"):
        old.append({"type": "result", "n": 66})
    new.append({"type": "result", "n": 1})
    assert numbers(tmp_path) == [0, 1]
    assert "are ignored" in read_journal(tmp_path).remarks[0]
    with pytest.raises(StorageError):
        old.append({"type": "result", "n": 67})


def test_lines_without_acknowledgement_are_flushed_with_the_next(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, SPEC)
    journal.append({"type": "started"}, durable=False)
    journal.append({"type": "result", "n": 0}, {"type": "result", "n": 1})
    assert [entry["type"] for entry in read_journal(tmp_path).entries] == ["open", "started", "result", "result"]


def test_a_torn_end_is_ignored_and_sealed(tmp_path: Path) -> None:
    write(tmp_path, 2)
    with segment(tmp_path, 1).open("ab") as stream:
        stream.write(b'0badf00d {"half":')
    assert "torn end" in read_journal(tmp_path).remarks[0]
    write(tmp_path, 0)
    assert numbers(tmp_path) == [0, 1]


def test_a_start_that_died_before_its_header_leaves_no_trace(tmp_path: Path) -> None:
    write(tmp_path, 2)
    segment(tmp_path, 2).touch()
    assert numbers(tmp_path) == [0, 1]
    segment(tmp_path, 2).write_bytes(b"deadbeef {")
    write(tmp_path, 0)
    assert segment(tmp_path, 3).exists()
    assert numbers(tmp_path) == [0, 1]


def test_every_flipped_bit_of_a_sealed_segment_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 1, 0)
    good = segment(tmp_path, 1).read_bytes()
    for place in range(len(good)):
        for bit in range(8):
            segment(tmp_path, 1).write_bytes(good)
            flip(segment(tmp_path, 1), place, bit)
            with pytest.raises(BadData, match="damaged since it was written"):
                read_journal(tmp_path)


def test_every_truncation_of_a_sealed_segment_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 2, 1)
    content = segment(tmp_path, 1).read_bytes()
    for length in range(len(content)):
        segment(tmp_path, 1).write_bytes(content[:length])
        with pytest.raises(BadData, match="restore it from a backup"):
            read_journal(tmp_path)


def test_damage_before_the_end_names_the_place_and_repairs_nothing(tmp_path: Path) -> None:
    write(tmp_path, 3)
    lines = segment(tmp_path, 1).read_bytes().splitlines(keepends=True)
    flip(segment(tmp_path, 1), len(lines[0]) + 20)
    damaged = segment(tmp_path, 1).read_bytes()
    with pytest.raises(BadData, match=rf"00000001\.seg: damaged at byte {len(lines[0])}: the checksum does not fit"):
        read_journal(tmp_path)
    assert segment(tmp_path, 1).read_bytes() == damaged


def test_a_missing_segment_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 1, 1, 1)
    segment(tmp_path, 2).unlink()
    with pytest.raises(BadData, match=r"00000002\.seg: this segment of the journal is missing"):
        read_journal(tmp_path)


def test_two_starts_at_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 1)
    # Both have looked and found one segment; the other one was faster.
    segment(tmp_path, 2).touch()
    monkeypatch.setattr(module, "_numbers", lambda _: [1])
    with pytest.raises(OwnedOrExists, match="at the same moment"):
        Journal.begin(tmp_path, SPEC)


def test_a_removed_journal_is_an_error_of_storage(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "journal", SPEC)
    shutil.rmtree(tmp_path / "journal")
    with pytest.raises(StorageError, match="has been removed while the search was running"):
        journal.append({"type": "result", "n": 0})
    assert not (tmp_path / "journal").exists()


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_after_a_failed_write_nothing_more_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    journal = Journal.begin(tmp_path, SPEC)
    journal.append({"type": "result", "n": 0})

    def fail(*arguments: Any) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(StorageError, match="No space left on device"):
            journal.append({"type": "result", "n": 1})
    with pytest.raises(StorageError, match="No space left on device"):
        journal.append({"type": "result", "n": 2})
    journal.close()
    write(tmp_path, 0)
    assert numbers(tmp_path) in ([0], [0, 1])


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal.begin(tmp_path, SPEC)
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: whole(descriptor, bytes(content[:7])))
    journal.append({"type": "result", "n": 0})
    assert numbers(tmp_path) == [0]
