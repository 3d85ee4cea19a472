"""Versions of the archive, their pages and their feed: a function of the records, with addresses that stay."""

from __future__ import annotations

import re
from datetime import datetime
from xml.etree import ElementTree

import pytest

from hpo.archive.schema import Source, Times
from reports.analysis.changes import UNDATED, versions
from reports.pages.changes import changes_page, newest_changes, version_page, versions_json
from reports.pages.feed import feed_xml
from reports.pages.render import render
from tests.archive.builders import improve_record, small_record

ATOM = "{http://www.w3.org/2005/Atom}"


def run(day: str, seed: int = 1, **changes):
    times = Times(started=None, finished=f"2026-11-{day}T10:00:00Z" if day else None)
    return small_record(seed=seed, times=times, **changes).run


def imported(commit: str):
    source = Source(kind="improve", name="Hall", commit=commit, path="HallOfFame")
    return improve_record(source=source, times=Times(started=None, finished="2024-08-07T00:00:00Z")).run


RUNS = [run("02", 1), run("02", 2), run("05", 3), imported("f5d7bb7" + "0" * 33)]
DIGESTS = {each.key: f"{number:064x}" for number, each in enumerate(RUNS)}
FOUND = versions(RUNS, DIGESTS)


def test_a_version_is_a_day_of_searches_or_an_import_in_the_order_of_time():
    assert [version.id for version in FOUND] == ["improve-f5d7bb7", "2026-11-02", "2026-11-05"]
    assert [len(version.added) for version in FOUND] == [1, 2, 1]
    assert [version.runs for version in FOUND] == [1, 3, 4]
    assert len({version.name for version in FOUND}) == 3


def test_later_runs_leave_earlier_versions_as_they_were():
    later = run("09", 9)
    grown = versions([*RUNS, later], DIGESTS | {later.key: "f" * 64})
    assert grown[:-1] == FOUND
    assert grown[-1].id == "2026-11-09"


def test_the_order_of_reading_changes_no_version():
    assert [v.id for v in versions(RUNS[::-1], DIGESTS)] == [v.id for v in FOUND]
    assert [v.name for v in versions(RUNS[::-1], DIGESTS)] == [v.name for v in FOUND]


def test_the_last_version_has_the_name_of_the_archive():
    from reports.analysis.corpus import version

    assert FOUND[-1].name == version(DIGESTS)


def test_a_run_is_held_against_what_was_there_before_its_version_only():
    first, second = FOUND[1].added
    assert first.before is None
    assert second.before is None
    (third,) = FOUND[2].added
    losses = [each.run.best.val_loss for each in (first, second)]
    assert third.before == min(losses)
    assert third.lowers == (third.run.best.val_loss < third.before)


def test_imports_are_not_held_against_own_runs():
    own, foreign = run("02"), imported("a" * 40)
    last = versions([own, foreign], dict.fromkeys((own.key, foreign.key), "0" * 64))[-1]
    assert last.added[0].before is None


def test_runs_without_a_date_come_first_and_into_no_feed():
    undated = run("", 7)
    found = versions([*RUNS, undated], DIGESTS | {undated.key: "e" * 64})
    assert found[0].id == UNDATED
    assert feed_xml(found).count("<entry>") == 3
    assert ElementTree.fromstring(feed_xml(found[:1])).findall(f"{ATOM}entry") == []


def test_the_feed_is_valid_atom():
    feed = ElementTree.fromstring(feed_xml(FOUND).encode())
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (found,) = element.findall(f"{ATOM}{name}")
            assert found.text
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", element.findtext(f"{ATOM}id"))
        datetime.fromisoformat(element.findtext(f"{ATOM}updated"))
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert len(set(ids)) == 3
    updated = [entry.findtext(f"{ATOM}updated") for entry in feed.findall(f"{ATOM}entry")]
    assert updated == sorted(updated, reverse=True)
    assert feed.findtext(f"{ATOM}updated") == updated[0]


def test_the_feed_leads_to_pages_by_relative_addresses():
    feed = ElementTree.fromstring(feed_xml(FOUND).encode())
    links = [link.get("href") for link in feed.iter(f"{ATOM}link")]
    assert "changes/2026-11-05/index.html" in links
    assert not [link for link in links if link.startswith(("/", "http", ".."))]


def test_ids_in_the_feed_stay_when_a_version_grows():
    more = run("05", 8)
    grown = versions([*RUNS, more], DIGESTS | {more.key: "d" * 64})
    ids = [re.findall(r"urn:uuid:[0-9a-f-]+", feed_xml(found)) for found in (FOUND, grown)]
    assert ids[0] == ids[1]


def test_the_home_page_gets_the_newest_first():
    newest = newest_changes(FOUND, limit=2)
    assert [change.href for change in newest] == ["changes/2026-11-05/index.html", "changes/2026-11-02/index.html"]
    assert newest[0].about.startswith("1 run of GraphDRP on DEMO-A, 9 evaluations.")


@pytest.mark.parametrize("version", FOUND, ids=lambda version: version.id)
def test_every_version_has_a_page_that_leads_to_its_runs_and_neighbours(version):
    page = version_page(version, FOUND)
    text = render("report.md.j2", view=page)
    for added in version.added:
        assert f"../../runs/{added.run.key}/index.html" in text
    assert (page.page.previous is None) == (version is FOUND[0])
    assert (page.page.following is None) == (version is FOUND[-1])


def test_the_list_has_the_newest_first_and_the_json_all_keys():
    ((table,),) = [section.tables for section in changes_page(FOUND).sections]
    assert [row.cells[1].text for row in table.rows] == ["2026-11-05", "2026-11-02", "2024-08-07"]
    assert [key for version in versions_json(FOUND) for key in version["added"]] == [RUNS[3].key, *list(DIGESTS)[:3]]
