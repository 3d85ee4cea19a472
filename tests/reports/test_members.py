"""Pages of models and datasets: known ones have a page without runs, and each says how to add what is missing."""

from __future__ import annotations

import json
import re

import pytest

from hpo.catalogue import DATASET_CARDS, MODEL_CARDS
from hpo.space.builtin import builtin_spaces
from reports.analysis.overview import best_settings
from reports.pages.dataset_pages import dataset_page, datasets_page
from reports.pages.members import dataset_names, model_names
from reports.pages.model_pages import model_page, models_page
from reports.pages.render import render
from tests.archive.builders import improve_record, small_record

RUNS = [small_record().run, small_record("LGBM", "DEMO-B").run, improve_record("IGTD", "CCLE").run]
FOREIGN = [*RUNS, small_record("Mine", "DEMO-Z").run]


def markdown(page) -> str:
    return render("report.md.j2", view=page)


def code_blocks(page) -> list[str]:
    import html

    return [html.unescape(block) for block in re.findall(r"<pre><code>(.*?)</code></pre>", markdown(page), re.DOTALL)]


def test_known_models_and_datasets_have_pages_without_runs_and_foreign_ones_with():
    assert model_names(RUNS)[:3] == ["GraphDRP", "IGTD", "Paccmann_MCA"]
    assert set(MODEL_CARDS) <= set(model_names([]))
    assert model_names(FOREIGN)[-1] == "Mine"
    assert dataset_names([]) == ["CCLE", "CTRPv2", "gCSI", "GDSCv1", "GDSCv2"]
    assert dataset_names(FOREIGN)[-3:] == ["DEMO-A", "DEMO-B", "DEMO-Z"]


@pytest.mark.parametrize("name", model_names(FOREIGN))
def test_every_page_of_a_model_renders_and_says_what_there_is(name):
    text = markdown(model_page(name, FOREIGN))
    assert ("No search of it is in this archive yet" in text) == (name not in {run.model for run in FOREIGN})
    assert ("## Default space" in text) == bool(builtin_spaces(name))


@pytest.mark.parametrize("name", dataset_names(FOREIGN))
def test_every_page_of_a_dataset_renders_and_says_what_there_is(name):
    text = markdown(dataset_page(name, FOREIGN))
    assert ("No search on it is in this archive yet" in text) == (name not in {run.dataset for run in FOREIGN})
    assert ("## What it is" in text) == (name in DATASET_CARDS)


def test_a_model_shows_datasets_of_the_benchmark_that_it_was_not_searched_on():
    (table,) = model_page("IGTD", RUNS).sections[0].tables
    shown = {row.cells[0].text: [cell.text for cell in row.cells] for row in table.rows}
    assert list(shown) == ["CCLE", "CTRPv2", "gCSI", "GDSCv1", "GDSCv2"]
    assert "no run" not in shown["CCLE"]
    assert all("no run" in shown[name] for name in list(shown)[1:])


def test_made_up_data_are_not_filled_up_with_studies():
    (table,) = model_page("GraphDRP", RUNS).sections[0].tables
    assert [row.cells[0].text for row in table.rows] == ["DEMO-A"]


def test_the_best_settings_can_be_copied_exactly():
    copied = [block for block in code_blocks(model_page("GraphDRP", RUNS)) if block.startswith("{")]
    assert [json.loads(block) for block in copied] == [best_settings(RUNS[0])]


@pytest.mark.parametrize("model", MODEL_CARDS)
def test_the_space_on_the_page_is_the_file(model):
    copied = [json.loads(block) for block in code_blocks(model_page(model, [])) if block.startswith("[")]
    assert copied == [json.loads(path.read_text()) for path in builtin_spaces(model).values()]


def test_commands_are_those_of_the_command_line():
    from hpo.cli.search import command

    known = {option for parameter in command.params for option in parameter.opts}
    lines = "\n".join([*code_blocks(model_page("LGBM", RUNS)), *code_blocks(dataset_page("gCSI", RUNS))])
    used = set(re.findall(r"--[a-z-]+", lines.split("cross-hpo search", 1)[1].split("\n#", 1)[0]))
    assert used
    assert used <= known


def test_a_dataset_names_the_models_that_are_missing():
    text = markdown(dataset_page("CCLE", RUNS))
    assert "No run of GraphDRP" in text
    assert "IGTD&#44;" not in text.split("No run of", 1)[1].split("</p>", 1)[0]


def test_lists_hold_everything_that_has_a_page():
    for page, names in ((models_page(FOREIGN), model_names(FOREIGN)), (datasets_page(FOREIGN), dataset_names(FOREIGN))):
        ((_, _, table),) = page.sections
        assert [row.cells[0].text for row in table.rows] == names


def test_pages_lead_to_their_neighbours():
    first, second = (model_page(name, RUNS).page for name in ("GraphDRP", "IGTD"))
    assert first.previous is None
    assert first.following is not None
    assert first.following.href == "../../models/IGTD/index.html"
    assert second.previous is not None
    assert second.previous.text == "GraphDRP"


def test_text_of_a_card_means_nothing_to_html(monkeypatch):
    from dataclasses import replace

    card = replace(MODEL_CARDS["LGBM"], summary="<script>alert(1)</script>", citation="[x](javascript:1)")
    monkeypatch.setitem(MODEL_CARDS, "LGBM", card)
    text = markdown(model_page("LGBM", RUNS))
    assert "<script>" not in text
    assert "javascript:" not in text
