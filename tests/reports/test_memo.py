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
    assert rows.remembered() == {}


def test_what_is_known_from_elsewhere_is_not_computed():
    @once_per_record
    def rows(record: Record) -> int:
        raise AssertionError(record.key)

    record = small_record()
    rows.remember(record, 7)
    assert rows(record) == 7
    assert rows.remembered() == {record: 7}
