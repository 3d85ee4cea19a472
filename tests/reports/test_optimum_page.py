"""The page of optima: IGTD first, each value with its range and its run, dead searches apart, everything as JSON."""

from __future__ import annotations

import json
import re

import pytest

from reports.analysis.movement import model_optima, movement_table
from reports.analysis.optimum_json import optimum_json
from reports.pages.optimum_page import optimum_page
from reports.pages.render import render
from reports.tables import json_text
from tests.archive.builders import improve_record, small_record


@pytest.fixture(scope="module")
def records():
    return [
        small_record(),
        small_record(size="MEDIUM"),
        small_record("GraphDRP", "DEMO-B", degenerate=True),
        improve_record(dataset="CCLE"),
        improve_record(dataset="gCSI", seed=2),
        improve_record(dataset="GDSCv1", seed=3, degenerate=True),
    ]


@pytest.fixture(scope="module")
def found(records):
    return model_optima(records)


@pytest.fixture(scope="module")
def page(found, tmp_path_factory):
    return optimum_page(found, tmp_path_factory.mktemp("figures"))


def cells(row) -> list[str]:
    return [re.sub(r"<[^>]*>", " ", str(cell.text)).strip() for cell in row.cells]


def table_of(page, heading: str):
    (table,) = next(section.tables for section in page.sections if section.heading.startswith(heading))
    return table


def test_the_published_model_comes_first(page):
    assert page.sections[0].heading == "IGTD on improve-csa"
    assert "optimum.json" in page.sections[0].html


def test_every_living_run_has_a_row_and_missing_pairs_say_so(page):
    rows = [cells(row) for row in table_of(page, "IGTD").rows]
    assert [row[0] for row in rows] == ["CCLE", "CTRPv2", "gCSI", "GDSCv1", "GDSCv2"]
    assert [row[1] for row in rows] == ["MEDIUM", "no run", "MEDIUM", "all dead", "no run"]


def test_dead_searches_are_named_apart_with_links(page):
    about = " ".join(map(str, page.sections[0].about))
    assert "Dead searches, which have no best:" in about
    assert "../runs/IGTD/GDSCv1/MEDIUM/improve-2024-08-07/index.html" in about


def test_every_value_leads_to_its_run(page):
    table = table_of(page, "GraphDRP")
    names = [column.name for column in table.columns]
    for row in table.rows:
        for name in ("learning_rate", "val_loss", "run"):
            cell = row.cells[names.index(name)]
            assert cell.href.startswith("../runs/GraphDRP/DEMO-") or not cell.text


def test_values_are_exact_where_they_are_copied(page, records):
    table = table_of(page, "GraphDRP")
    place = [column.name for column in table.columns].index("learning_rate")
    best = {repr(record.run.best.hyperparameters["learning_rate"]) for record in records[:2]}
    assert best <= {row.cells[place].value for row in table.rows}


def test_the_lowest_of_a_pair_stands_out(page):
    table = table_of(page, "GraphDRP")
    place = [column.name for column in table.columns].index("val_loss")
    strong = [(*cells(row)[:2], row.cells[place].strong) for row in table.rows]
    assert strong == [("DEMO-A", "SMALL", False), ("DEMO-A", "MEDIUM", True), ("DEMO-B", "SMALL", True)]


def test_the_page_renders_without_markup_of_records(page):
    text = render("report.md.j2", view=page)
    assert "# Optimum" in text
    assert "Synthetic data" in text


def test_json_holds_every_living_run_and_is_exact(found, records):
    document = json.loads(json_text(optimum_json(found, "abc")))
    by_key = {record.key: record for record in records}
    assert document["archive_version"] == "abc"
    keys = ["/".join((entry["model"], entry["dataset"], entry["size"], entry["run"])) for entry in document["optima"]]
    living = [
        key for key, record in by_key.items() if any(one.run.key == key and one.loss for x in found for one in x.all)
    ]
    assert sorted(keys) == sorted(living)
    for key, entry in zip(keys, document["optima"], strict=True):
        best = by_key[key].run.best
        assert entry["val_loss"] == best.val_loss
        assert entry["hyperparameters"] == {
            name: value for name, value in best.hyperparameters.items() if value is not None
        }
        for name, (low, high) in entry["good"].items():
            assert low <= best.hyperparameters[name] <= high


def test_movement_table_says_what_the_page_says(found):
    table = movement_table(found)
    assert set(table["model"]) <= {"IGTD", "GraphDRP"}
    assert table["spread"].dropna().between(0, 1).all()
    assert table.loc[table["model"] == "IGTD", "datasets"].eq("CCLE gCSI").all()
