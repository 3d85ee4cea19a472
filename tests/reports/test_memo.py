"""What is remembered of a record."""

from __future__ import annotations

from hpo.archive.record import Record
from reports.analysis.memo import once_per_record
from tests.archive.builders import small_record


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
