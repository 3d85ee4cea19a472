"""Improvement by every definition, over runs that belong together."""

import pytest

from hpo.archive.improvement import DEFINITIONS
from hpo.archive.schema import Release
from reports.analysis.improvement import groups, improvement_table, improvements_by_key, summary_table
from tests.archive.builders import improve_record, small_record


def grouped(*records):
    return groups([record.run for record in records], improvements_by_key(records))


def test_runs_of_one_source_release_size_and_strategy_belong_together():
    records = [
        small_record(seed=1),
        small_record("LGBM", seed=1),
        small_record(size="MEDIUM"),
        small_record(strategy="random"),
    ]
    (group,) = grouped(*records)
    assert (group.size, group.strategy, group.runs, group.published) == ("SMALL", "ga", 2, False)


def test_dead_searches_are_counted_and_left_out():
    (group,) = grouped(improve_record("Uno"), improve_record("DeepTTC", degenerate=True))
    assert (group.runs, group.dead) == (2, 1)
    assert group.all["worst_to_best"].runs == 2
    assert group.living["worst_to_best"].runs == 1
    assert group.all["worst_to_best"].mean == pytest.approx(group.living["worst_to_best"].mean / 2)


def test_the_published_selection_is_that_of_its_models_and_size():
    records = [improve_record(model) for model in ("IGTD", "HiDRA", "Uno")]
    published, whole = grouped(*records)
    assert (published.published, published.runs) == (True, 2)
    assert (whole.published, whole.runs) == (False, 3)


def test_runs_on_unknown_data_are_averaged_with_nothing():
    unknown = Release(name="unknown")
    assert grouped(improve_record("IGTD", release=unknown), improve_record("HiDRA", release=unknown)) == []


def test_tables_have_every_definition():
    records = [small_record(seed=1), small_record(seed=2)]
    runs, found = [record.run for record in records], improvements_by_key(records)
    table = improvement_table(runs, found)
    assert list(table.columns[-len(DEFINITIONS) :]) == list(DEFINITIONS)
    summary = summary_table(groups(runs, found))
    assert summary["definition"].tolist() == list(DEFINITIONS)
    assert summary.loc[summary["definition"] == "default_to_best", "runs"].tolist() == [2]
