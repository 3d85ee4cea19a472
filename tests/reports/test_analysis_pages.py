"""Pages over many runs: every number leads to its run, and what is unknown or missing is said."""

import pytest

from hpo.archive.schema import Cost
from reports.analysis.corpus import load_corpus
from reports.analysis.fingerprint import fingerprint_grids
from reports.analysis.improvement import groups, improvements_by_key
from reports.pages import addresses
from reports.pages.comparisons_page import NO_PAIR, comparisons_page
from reports.pages.convergence_page import convergence_page, verdict
from reports.pages.cost_page import cost_page
from reports.pages.home_page import home_page
from reports.pages.improvement_page import headlines, improvement_page
from reports.pages.render import render
from reports.pages.siblings import ANALYSES, analysis_page
from reports.pages.table import percent_cell
from tests.archive.builders import improve_record, small_archive, small_record


@pytest.fixture(scope="module")
def records():
    own = [small_record(strategy=strategy, seed=1) for strategy in ("ga", "random")]
    own += [small_record(dataset="DEMO-B", degenerate=True), small_record("LGBM")]
    imported = [improve_record(size=size, seed=seed) for seed, size in enumerate(("SMALL", "MEDIUM"))]
    return [*own, *imported, improve_record("HiDRA", cost=Cost(workers=8))]


def tables(page):
    return {table.id: table for section in page.sections for table in section.tables}


def column(table, name):
    index = [column.name for column in table.columns].index(name)
    return [row.cells[index] for row in table.rows]


def text(page):
    return render("report.md.j2", view=page)


def test_every_run_has_its_verdict(records, tmp_path):
    page = convergence_page(records, tmp_path)
    table = tables(page)["convergence-table"]
    assert len(table.rows) == len(records)
    verdicts = [cell.text for cell in column(table, "verdict")]
    assert verdicts[2] == "dead"
    assert set(verdicts) <= {"dead", "flat", "still improving", "too short", "not recorded"}
    assert "runs/GraphDRP/DEMO-A/SMALL/ga-seed1/index.html" in text(page)


def test_overfitting_is_spoken_of_only_where_epochs_are_recorded(records, tmp_path):
    with_epochs = tables(convergence_page(records, tmp_path))["convergence-table"]
    assert [cell.text != "" for cell in column(with_epochs, "last")] == [True, True, False, True, False, False, False]
    without = tables(convergence_page(records[4:], tmp_path))["convergence-table"]
    assert "last" not in [column.name for column in without.columns]


def test_one_seed_has_no_interval(records, tmp_path):
    page = comparisons_page(records, tmp_path)
    table = tables(page)["contests-table"]
    assert [cell.text for cell in column(table, "interval")] == ["one seed: no interval"]
    assert [cell.text for cell in column(table, "pairs")] == ["1"]


def test_without_a_control_the_page_says_so(records, tmp_path):
    page = comparisons_page(records[4:], tmp_path)
    assert page.sections[0].about == [NO_PAIR]
    kinds = {cell.text for cell in column(tables(page)["free-table"], "kind")}
    assert kinds == {"at most", "equal budget"}


def test_all_comparisons_that_can_be_made_are_there(records, tmp_path):
    found = tables(comparisons_page(records, tmp_path))
    assert set(found) == {"contests-table", "free-table", "sizes-table", "models-table", "tuned-table", "noise-table"}
    assert {cell.text for cell in column(found["models-table"], "model")} >= {"IGTD", "HiDRA", "LGBM", "GraphDRP"}
    assert {cell.text for cell in column(found["sizes-table"], "verdict")} <= {"better", "worse", "within noise"}


def test_costs_that_are_unknown_stay_empty(records, tmp_path):
    page = cost_page(records, improvements_by_key(records), tmp_path)
    table = tables(page)["cost-table"]
    assert [cell.text != "" for cell in column(table, "reserved")] == [True] * 4 + [False] * 3
    assert [cell.text != "" for cell in column(table, "barrier")][4:] == [False, False, True]
    labels = [fact.label for fact in page.facts]
    assert "Idle, recorded" in labels
    assert "Idle, at the least" in labels


def test_the_headline_names_its_definition(records, tmp_path):
    runs, found = [record.run for record in records], improvements_by_key(records)
    (first, *_) = headlines(groups(runs, found))
    assert first.label == "From the worst to the best"
    assert "56.35" in str(first.note)
    own = records[:4]
    (only,) = headlines(groups([record.run for record in own], improvements_by_key(own)))
    assert only.label == "From the default to the best"
    assert "median" in str(only.note)


def test_improvement_has_a_section_a_group(records, tmp_path):
    runs, found = [record.run for record in records], improvements_by_key(records)
    page = improvement_page(runs, found, groups(runs, found), tmp_path)
    assert len(page.sections) == len(groups(runs, found)) + 1
    assert "improvement-table" in tables(page)


def test_analyses_lead_to_each_other():
    page = analysis_page(addresses.COST)
    assert [link.text for link in page.siblings] == list(ANALYSES.values())
    assert [link.href for link in page.siblings if not link.href] == [""]
    assert page.siblings[0].href == "../fingerprints/index.html"


def test_home_leads_to_every_answer(tmp_path):
    corpus = load_corpus(small_archive(tmp_path / "hall_of_fame"))
    view = home_page(corpus, fingerprint_grids(corpus.records), improvements_by_key(corpus.records))
    page = render("home.md.j2", view=view)
    for folder in ("optimum", "audit", "data", "fingerprints", "improvement", "comparisons", "cost"):
        assert f'href="{folder}/index.html"' in page
    assert view.changes
    assert page.index("models/IGTD/index.html") < page.index("models/GraphDRP/index.html")


@pytest.mark.parametrize(("share", "shown"), [(None, ""), (0.1234, "+12.3"), (-0.5, "−50.0"), (-3.0, "< −100")])
def test_percentages_are_readable(share, shown):
    assert percent_cell(share, signed=True).text == shown


def test_a_run_without_rows_is_not_recorded(tmp_path):
    from hpo.archive.record import make_record
    from reports.analysis.convergence import progress
    from reports.analysis.noises import Noise

    plain = improve_record()
    empty = make_record(plain.run, plain.space, plain.evaluations.head(0))
    assert verdict(progress(empty), Noise(0.01, "assumed")) == "not recorded"
