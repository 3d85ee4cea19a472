"""How to cite, and on which terms: everything shown has a reference, imports say that no licence is stated."""

from __future__ import annotations

import re

import pytest

from hpo.catalogue import DATASET_CARDS, MODEL_CARDS
from reports.analysis.corpus import Corpus
from reports.pages.bibliography import METHODS, Reference, bibtex
from reports.pages.cite_page import cite_page, references
from reports.pages.render import render
from tests.archive.builders import improve_record, small_record


def corpus(*records):
    return Corpus(None, records, {record.key: "0" * 64 for record in records})


OWN = corpus(small_record(), small_record("LGBM", "DEMO-B"))
IMPORTED = corpus(*OWN.records, improve_record("GraphDRP", "gCSI"))


def entries(text: str) -> dict[str, dict[str, str]]:
    found = {}
    for key, body in re.findall(r"@misc\{([A-Za-z0-9_-]+),\n(.*?)\n\}", text, re.DOTALL):
        assert key not in found
        found[key] = dict(re.findall(r"^  (\w+) = \{(.*)\},$", body, re.MULTILINE))
    return found


def test_models_and_studies_of_the_archive_are_cited_and_no_others():
    keys = [reference.key for reference in references(IMPORTED.runs)]
    assert keys[:3] == ["GraphDRP", "LGBM", "gCSI"]
    assert not {"CCLE", "DEMO-A", "DEMO-B"} & set(keys)
    assert len(set(keys)) == len(keys)


def test_the_published_work_is_cited_where_runs_are_imported():
    assert "CrossHPO2024" in [reference.key for reference in references(IMPORTED.runs)]
    assert "CrossHPO2024" not in [reference.key for reference in references(OWN.runs)]


@pytest.mark.parametrize("name", [*MODEL_CARDS, *(name for name, card in DATASET_CARDS.items() if card.citation)])
def test_every_reference_becomes_a_bibtex_entry_with_a_year(name):
    card = MODEL_CARDS.get(name) or DATASET_CARDS[name]
    (entry,) = entries(bibtex([Reference(name, card.citation, card.doi)])).values()
    assert re.fullmatch(r"\d{4}", entry["year"])
    assert entry.get("doi", "") == card.doi
    assert entry["note"]


def test_bibtex_survives_braces_and_special_characters():
    text = bibtex([Reference("K", "A B. et al., {100 %} of _x_ & y \\ (2020)"), *METHODS])
    assert entries(text)["K"]["note"] == r"100 \% of \_x\_ \& y  (2020)"
    assert text.count("{") == text.count("}")


def test_the_page_names_versions_and_says_that_imports_state_no_licence():
    text = render("report.md.j2", view=cite_page(IMPORTED))
    assert IMPORTED.version in text
    assert "state no licence" in text
    assert "state no licence" not in render("report.md.j2", view=cite_page(OWN))
