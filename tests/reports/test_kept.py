"""What analyses keep, so that unchanged records need not be computed again."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from hpo.archive.record import Record
from hpo.errors import BadData
from reports.analysis import importance as analysis
from reports.analysis.importance import Importance, importance
from reports.analysis.kept import content, forget_older, keeping, kept, kept_object, kept_text, kept_together
from reports.analysis.movement import model_optima
from reports.analysis.transfer_estimate import Landscape, transfer_estimates
from tests.archive.builders import improve_record, small_record


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*/*.json"))


def test_a_value_is_computed_once_where_it_is_kept(tmp_path: Path):
    values = iter([{"a": [0.1, None]}, "another", "a third"])
    with keeping(tmp_path):
        assert [kept("n", "ab", lambda: next(values)) for _ in range(2)] == [{"a": [0.1, None]}] * 2
        assert kept("n", "cd", lambda: next(values)) == "another"
    with keeping(tmp_path):
        assert kept("n", "cd", lambda: next(values)) == "another", "another process finds it too"
    assert kept("n", "cd", lambda: next(values)) == "a third", "outside nothing is kept"
    assert files(tmp_path) == ["n-ab.json", "n-cd.json"]


def test_a_broken_file_is_computed_again(tmp_path: Path):
    with keeping(tmp_path):
        kept("n", "ab", lambda: 1)
        next(tmp_path.glob("*/n-ab.json")).write_text("{", encoding="utf-8")
        assert kept("n", "ab", lambda: 2) == 2
        assert kept("n", "ab", lambda: 3) == 2


def test_other_code_does_not_find_it(tmp_path: Path):
    with keeping(tmp_path):
        kept("n", "ab", lambda: 1)
    with mock.patch("reports.analysis.kept.code_digest", return_value="0" * 64), keeping(tmp_path):
        assert kept("n", "ab", lambda: 2) == 2
    assert files(tmp_path) == ["n-ab.json"] * 2
    forget_older(tmp_path, [])
    assert files(tmp_path) == ["n-ab.json"]
    with keeping(tmp_path):
        assert kept("n", "ab", lambda: 3) == 1


def test_an_object_is_kept_with_its_record_and_no_longer(tmp_path: Path):
    with keeping(tmp_path):
        assert kept_object("ab", "rows", lambda: (1, float("nan")))[0] == 1
        assert kept_object("ab", "rows", lambda: (2, 0.0))[0] == 1
        next(tmp_path.glob("*/ab/rows.pickle")).write_bytes(b"no pickle")
        assert kept_object("ab", "rows", lambda: (3, 0.0)) == (3, 0.0), "a broken file is computed again"
        kept_object("cd", "rows", lambda: 4)
    forget_older(tmp_path, ["cd"])
    assert [path.parent.name for path in tmp_path.glob("*/*/rows.pickle")] == ["cd"]
    assert kept_object("cd", "rows", lambda: 5) == 5, "outside nothing is kept"


def test_what_follows_from_several_records_is_kept_while_it_is_used(tmp_path: Path):
    with keeping(tmp_path):
        assert [kept_together("ab", lambda: {1}), kept_together("ab", lambda: {2})] == [{1}, {1}]
        assert kept_together("cd", lambda: {3}) == {3}
    forget_older(tmp_path, [])
    os.utime(next(tmp_path.glob("*/*-cd.pickle")), (1, 1))
    forget_older(tmp_path, [])
    with keeping(tmp_path):
        assert [kept_together("ab", lambda: {4}), kept_together("cd", lambda: {4})] == [{1}, {4}]


def test_what_the_computation_says_is_wrong_is_not_kept(tmp_path: Path):
    def refuse() -> int:
        raise BadData("no")

    with keeping(tmp_path):
        with pytest.raises(BadData, match="no"):
            kept_object("ab", "rows", refuse)
        assert kept_object("ab", "rows", lambda: 1) == 1


def test_a_text_is_kept_by_what_it_follows_from_while_it_is_used(tmp_path: Path):
    texts = iter(["one", "two", "three", "four"])
    with keeping(tmp_path):
        assert kept_text(lambda: next(texts), "a", 1) == kept_text(lambda: next(texts), "a", 1) == "one"
        assert kept_text(lambda: next(texts), "a", 2) == "two"
        assert kept_text(lambda: next(texts), lambda: None) == "three", "no pickle, nothing kept"
    forget_older(tmp_path, [])
    assert len(files(tmp_path)) == 2
    os.utime(next(tmp_path.glob("*/text-*.json")), (1, 1))
    forget_older(tmp_path, [])
    assert len(files(tmp_path)) == 1


def test_content_tells_values_types_and_shapes_apart():
    ones = np.ones((2, 3))
    others = [ones.T, ones.astype(np.float32), ones * 2, np.ones((3, 2)), np.ones(6)]
    assert content(ones) == content(ones.copy())
    assert content(ones) not in {content(other) for other in others}
    assert content(ones, ones) != content(ones)


def test_importance_is_the_same_from_what_was_kept(tmp_path: Path):
    record = small_record("IGTD", "DEMO-A", "LARGE")
    alone = importance(record)
    assert isinstance(alone, Importance)
    with keeping(tmp_path):
        first = importance(record)
        with mock.patch.object(analysis, "_told", side_effect=AssertionError):
            assert importance(record) == first == alone


@pytest.mark.slow
def test_estimates_are_the_same_from_what_was_kept(tmp_path: Path):
    records: list[Record] = [
        improve_record("IGTD", dataset, size="LARGE", seed=seed) for seed, dataset in enumerate(("CCLE", "gCSI"))
    ]
    alone = transfer_estimates(model_optima(records), records)
    assert alone
    assert alone[0].qualities
    with keeping(tmp_path):
        first = transfer_estimates(model_optima(records), records)
        grow = mock.PropertyMock(side_effect=AssertionError)
        with mock.patch.object(Landscape, "forest", grow):
            again = transfer_estimates(model_optima(records), records)
    assert [one.estimates for one in again] == [one.estimates for one in first] == [one.estimates for one in alone]
    assert again[0].qualities == alone[0].qualities
