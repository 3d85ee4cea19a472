"""Every table that pages of analyses show is a file as well, with the same numbers, and explained."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from reports.analysis.comparison import contests, free_controls, size_steps, standings, tuned
from reports.analysis.comparison_tables import (
    CONTEST_COLUMNS,
    CONTROL_COLUMNS,
    STANDING_COLUMNS,
    STEP_COLUMNS,
    TUNED_COLUMNS,
)
from reports.analysis.convergence import PROGRESS_COLUMNS, progress
from reports.analysis.corpus import Corpus
from reports.analysis.cost import COST_COLUMNS
from reports.analysis.gained import GAIN_COLUMNS, gained
from reports.analysis.noises import NOISE_COLUMNS, NoiseBook
from reports.analysis.scores import Scores
from reports.analysis.spread import SPREAD_COLUMNS
from reports.page_tables import ABOUT, page_tables
from reports.tables import ABOUT as ALL
from tests.archive.builders import improve_record, small_record
from tests.reports.claims.builders import noisy
from tests.reports.transfers import transfer_of

DICTIONARY = (Path(__file__).parents[2] / "site" / "docs" / "dictionary" / "index.md").read_text(encoding="utf-8")
COLUMNS = {
    "gains.csv": GAIN_COLUMNS,
    "progress.csv": PROGRESS_COLUMNS,
    "contests.csv": CONTEST_COLUMNS,
    "controls.csv": CONTROL_COLUMNS,
    "sizes.csv": STEP_COLUMNS,
    "standings.csv": STANDING_COLUMNS,
    "tuned.csv": TUNED_COLUMNS,
    "cost.csv": COST_COLUMNS,
    "spread.csv": SPREAD_COLUMNS,
}
COMMON = {"key", "model", "dataset", "size", "source", "release"}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    own = [small_record(strategy=strategy, seed=seed) for strategy in ("ga", "random") for seed in (1, 2)]
    own += [small_record("LGBM"), small_record("LGBM", "DEMO-B"), small_record("GraphDRP", "DEMO-B", degenerate=True)]
    imported = [improve_record(dataset=name, size=size) for name in ("CCLE", "gCSI") for size in ("SMALL", "MEDIUM")]
    return Corpus(Path("nowhere"), (*own, *imported, noisy(0.1)), {})


@pytest.fixture(scope="module")
def tables(corpus: Corpus) -> dict[str, pd.DataFrame]:
    losses = {name: {"DEMO-A": [0.01, 0.02], "DEMO-B": [0.03, 0.04]} for name in ("DEMO-A", "DEMO-B", "default")}
    return page_tables(corpus, Scores({}, (transfer_of(losses),)))


def test_every_file_has_rows_and_the_columns_that_are_explained(tables):
    assert set(tables) == set(ABOUT) == set(COLUMNS)
    for name, table in tables.items():
        assert list(table.columns) == list(COLUMNS[name]), name
        assert len(table), name


def test_rows_are_those_of_the_pages(corpus, tables):
    records = corpus.records
    assert len(tables["cost.csv"]) == len(tables["progress.csv"]) == len(records)
    assert len(tables["contests.csv"]) == len(contests(records))
    assert tables["contests.csv"]["gain"][0] == contests(records)[0].effect.gain
    assert tables["controls.csv"]["chance"].tolist() == [one.chance for one in free_controls(records)]
    assert tables["sizes.csv"]["gain"].tolist() == [one.gain for one in size_steps(records)]
    assert tables["tuned.csv"]["default_beats"].tolist() == [one.better_than for one in tuned(records)]
    places = [(number, one.run.key) for number, group in enumerate(standings(records), 1) for one in group]
    assert list(zip(tables["standings.csv"]["group"], tables["standings.csv"]["key"], strict=True)) == places
    gains = tables["gains.csv"]
    assert len(gains) == sum(map(len, gained(records).values()))
    assert set(gains.loc[gains["over"] == "random", "other"]) == {
        f"GraphDRP/DEMO-A/SMALL/random-seed{seed}" for seed in (1, 2)
    }
    assert tables["spread.csv"]["measured"].tolist().count(True) == 1


def test_whether_a_search_stood_still_is_told_by_the_noise_of_the_archive(corpus, tables):
    book = NoiseBook(corpus.records)
    for record, row in zip(corpus.records, tables["progress.csv"].to_dict("records"), strict=True):
        noise = book.of(record.run)
        assert (row["key"], row["noise"], row["basis"]) == (record.key, noise.share, noise.basis)
        assert row["flat"] == progress(record).flat(noise)
    assert {"run", "pair", "model", "assumed"} == set(tables["progress.csv"]["basis"])


@pytest.mark.parametrize("name", ALL)
def test_the_dictionary_explains_every_table(name):
    assert f"`{name}`" in DICTIONARY


@pytest.mark.parametrize("name", [*COLUMNS, "noise.csv"])
def test_the_dictionary_names_the_columns(name):
    entry = DICTIONARY.split(f"`{name}`\n:")[1].split("\n\n")[0]
    columns = set({**COLUMNS, "noise.csv": NOISE_COLUMNS}[name]) - COMMON - {"keys"}
    assert {column for column in columns if f"`{column}`" not in entry} <= {"evaluations"}
