"""What is remembered of a record."""

from __future__ import annotations

import os
from pathlib import Path

from hpo.archive import layout
from hpo.archive.layout import record_folder, record_keys
from hpo.archive.record import Record, read_record
from reports.analysis.kept import keeping
from reports.analysis.memo import kept_of, once_per_record, read_once, with_flags
from tests.archive.builders import small_archive, small_record


def test_each_record_is_computed_once():
    calls: list[str] = []

    @once_per_record
    def key(record: Record) -> str:
        calls.append(record.key)
        return record.key

    one, twin = small_record(), small_record()
    assert [key(one), key(one), key(twin)] == [one.key] * 3
    assert calls == [one.key] * 2, "an equal record is another one"


def test_nothing_is_kept_of_records_that_are_gone():
    @once_per_record
    def rows(record: Record) -> int:
        return len(record.evaluations)

    assert rows(small_record()) == rows(small_record()) == 9
    assert rows.__closure__ is not None
    [found] = [cell.cell_contents for cell in rows.__closure__ if hasattr(cell.cell_contents, "keyrefs")]
    assert len(found) == 0


def test_a_record_that_was_kept_is_the_record(tmp_path: Path):
    folder = small_record().write(tmp_path / "archive")
    with keeping(tmp_path / "kept"):
        assert read_once(folder).files() == read_once(folder).files() == read_record(folder).files()


def test_a_changed_file_is_read_again_even_under_the_same_manifest(tmp_path: Path):
    folder = small_record().write(tmp_path / "archive")
    table = folder / layout.EVALUATIONS
    with keeping(tmp_path / "kept"):
        first = read_once(folder)
        table.chmod(0o644)
        table.write_bytes(b"".join(table.read_bytes().splitlines(keepends=True)[:-1]))
        os.utime(table, ns=(1, 1))
        assert len(read_once(folder).evaluations) == len(first.evaluations) - 1


def test_what_several_records_say_is_kept_until_one_of_them_changes(tmp_path: Path):
    numbers = iter(range(9))
    archive = small_archive(tmp_path / "archive")
    folders = [record_folder(archive, key) for key in record_keys(archive)]
    with keeping(tmp_path / "kept"):

        def ask(*folders: Path) -> int:
            return kept_of([read_once(folder) for folder in folders], "what", lambda: next(numbers))

        assert [ask(*folders), ask(*folders), ask(*folders[1:]), ask(*folders)] == [0, 0, 1, 0]
        os.utime(folders[0] / layout.MANIFEST, ns=(1, 1))
        assert [ask(*folders[1:]), ask(*folders)] == [1, 2]
        assert [kept_of([small_record()], "what", lambda: next(numbers)) for _ in range(2)] == [3, 4], "from no file"


def test_what_was_computed_is_kept_until_flags_change(tmp_path: Path):
    calls: list[int] = []

    @once_per_record
    def flags(record: Record) -> int:
        calls.append(len(record.run.flags))
        return calls[-1]

    folder = small_record().write(tmp_path / "archive")
    with keeping(tmp_path / "kept"):
        before = flags(read_once(folder))
        assert [flags(read_once(folder)), flags(read_once(folder))] == [before] * 2
        assert flags(with_flags(read_once(folder), [])) == 0
    assert calls == ([before, 0] if before else [0]), "equal flags are computed once"
