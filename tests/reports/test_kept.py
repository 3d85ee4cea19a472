"""What is kept of records beside the finished figures."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from hpo.archive.record import Record
from reports.analysis import importance as analysis
from reports.analysis.importance import Importance, Refusal, importance_of
from reports.figures import kept
from tests.archive.builders import small_record


def large() -> Record:
    return small_record("IGTD", "DEMO-A", "LARGE")


@pytest.mark.parametrize(
    ("record", "kind"), [(large(), Importance), (small_record("GraphDRP", "DEMO-B", degenerate=True), Refusal)]
)
def test_what_is_recalled_equals_what_was_computed(tmp_path: Path, record: Record, kind: type):
    found = importance_of(record)
    assert isinstance(found, kind)
    kept.keep(tmp_path, {"ab": record})
    again = Record(record.run, record.space, record.evaluations, record.generations)
    kept.recall(tmp_path, {"ab": again})
    with mock.patch.object(analysis, "importance", side_effect=AssertionError):
        assert importance_of(again) == found


def test_nothing_is_recalled_under_another_digest_or_from_a_broken_file(tmp_path: Path):
    record = large()
    importance_of.remember(record, Refusal("a reason"))
    kept.keep(tmp_path, {"ab": record})
    fresh = large()
    kept.recall(tmp_path, {"cd": fresh})
    assert fresh not in importance_of.remembered()
    [path] = (tmp_path / kept.FOLDER).iterdir()
    path.write_text("{", encoding="utf-8")
    kept.recall(tmp_path, {"ab": fresh})
    assert fresh not in importance_of.remembered()


def test_what_was_not_computed_is_not_kept_and_what_is_not_used_goes(tmp_path: Path):
    one, other, unasked = large(), large(), large()
    for record in (one, other):
        importance_of.remember(record, Refusal("a reason"))
    kept.keep(tmp_path, {"ab": one, "cd": other, "ef": unasked})
    assert sorted(path.stem for path in (tmp_path / kept.FOLDER).iterdir()) == ["ab", "cd"]
    kept.prune(tmp_path, ["cd"])
    assert [path.stem for path in (tmp_path / kept.FOLDER).iterdir()] == ["cd"]
