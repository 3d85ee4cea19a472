"""The page of claims says every verdict in words, with its reasons, numbers and runs."""

import html

import pytest

from reports.analysis.claims.finding import Verdict
from reports.analysis.claims.judge import judge
from reports.analysis.claims.ledger import read_ledger
from reports.pages.claims_page import MARKS, claims_page
from reports.pages.render import render
from tests.reports.claims.builders import record_of

IMPROVING = record_of([[1.0, 0.9], [0.5, 0.6]], "Paccmann_MCA")


@pytest.fixture(scope="module")
def judged():
    return judge(read_ledger(), [IMPROVING])


def page_of(judged, known):
    return html.unescape(render("report.md.j2", view=claims_page(judged, known)))


def test_every_claim_has_a_row_and_a_section(judged):
    view = claims_page(judged, {IMPROVING.key})
    (table,) = view.sections[0].tables
    assert len(table.rows) == len(judged)
    assert {row.cells[0].href for row in table.rows} == {f"#{section.id}" for section in view.sections[1:-2]}
    assert sum(int(str(fact.value)) for fact in view.facts) == len(judged)


def test_verdicts_are_words_beside_their_sign(judged):
    page = page_of(judged, {IMPROVING.key})
    assert f"{MARKS[Verdict.SUPPORTED]}</span> supported" in page
    assert f"{MARKS[Verdict.NOT_TESTABLE]}</span> not testable" in page
    assert len(set(MARKS.values())) == len(Verdict)


def test_numbers_lead_to_their_runs(judged):
    page = page_of(judged, {IMPROVING.key})
    assert f'<a href="../runs/{IMPROVING.key}/index.html">Paccmann_MCA, gCSI, MEDIUM</a>' in page
    assert "44.44 %" in page


def test_runs_without_a_page_are_named_only(judged):
    page = page_of(judged, set())
    assert f"../runs/{IMPROVING.key}" not in page
    assert "Paccmann_MCA, gCSI, MEDIUM" in page


def test_every_rule_and_source_of_the_ledger_is_explained(judged):
    page = page_of(judged, {IMPROVING.key})
    assert "Whether every one of the searches improves after its first generation" in page
    assert "openreview.net/forum?id=GbHkbKjxNM" in page
    assert "`" not in page
