"""The whole site from an archive: strict, sound, small, the same every time, and inert."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from hpo.errors import BadData, MissingInput
from reports.analysis.corpus import record_keys
from reports.build import build_site
from reports.check import check_site
from reports.files import MARK
from reports.html import build_html, default_project
from tests.archive.builders import small_record

pytestmark = pytest.mark.slow


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_nothing_is_broken_and_nothing_leaves_the_site(built):
    assert check_site(built.html) == []


def clicks_from_home(folder: Path) -> dict[str, int]:
    """How many links lead from the home page to each file of the site, the fewest."""
    steps = {"index.html": 0}
    level = ["index.html"]
    while level:
        following = []
        for name in level:
            if not name.endswith(".html"):
                continue
            page = folder / name
            for href in re.findall(r'<a [^>]*href="([^"#:]+)', page.read_text(encoding="utf-8")):
                target = (page.parent / href).resolve()
                found = target.relative_to(folder.resolve()).as_posix()
                if found not in steps:
                    steps[found] = steps[name] + 1
                    following.append(found)
        level = following
    return steps


def test_everything_is_three_clicks_away(built):
    steps = clicks_from_home(built.html)
    pages = [path.relative_to(built.html).as_posix() for path in built.html.rglob("*.html")]
    assert [page for page in pages if page not in steps] == []
    assert steps["models/IGTD/index.html"] == 1
    assert max(steps[f"runs/{key}/index.html"] for key in record_keys(built.archive)) <= 2
    assert max(steps[f"runs/{key}/evaluations.csv"] for key in record_keys(built.archive)) <= 3
    assert steps["audit/index.html"] == 1
    for page in ("changes/index.html", "cite/index.html", "feed.xml", "cite/references.bib", "data/evaluations.csv"):
        assert steps[page] <= 3, page


def test_every_page_but_home_says_where_it_is(built):
    for path in built.html.rglob("index.html"):
        if path.parent != built.html:
            assert 'aria-label="Breadcrumb"' in path.read_text(encoding="utf-8"), path


def test_every_page_names_the_feed_of_the_archive(built):
    pages = list(built.html.rglob("index.html"))
    assert len({len(path.relative_to(built.html).parts) for path in pages}) > 2
    for path in pages:
        links = re.findall(
            r'<link rel="alternate feed" type="application/atom\+xml"[^>]*href="([^"]*)"', path.read_text()
        )
        assert [(path.parent / link).resolve() for link in links] == [(built.html / "feed.xml").resolve()], path


def test_every_run_has_its_page_and_files(built):
    for key in record_keys(built.archive):
        page = built.html / "runs" / key
        assert (page / "index.html").is_file()
        for source in (built.archive / key).iterdir():
            assert (page / source.name).read_bytes() == source.read_bytes()


def test_a_second_build_gives_the_same_bytes_and_draws_nothing(built, tmp_path):
    shutil.copytree(built.work, tmp_path / "work")
    again = build_site(built.archive, tmp_path / "html", work=tmp_path / "work", project=default_project(), workers=1)
    assert again["figures_drawn"] == 0
    assert digests(tmp_path / "html") == digests(built.html)


def test_only_a_changed_run_is_drawn_again_and_nothing_of_it_stays(built, tmp_path):
    shutil.copytree(built.archive, tmp_path / "hall_of_fame")
    shutil.copytree(built.work, tmp_path / "work")
    added = small_record("LGBM", "DEMO-B", seed=7).write(tmp_path / "hall_of_fame")
    build = partial(build_site, tmp_path / "hall_of_fame", tmp_path / "html", work=tmp_path / "work", workers=2)
    assert build(project=default_project())["figures_drawn"] == 1
    assert digests(tmp_path / "html") != digests(built.html)
    shutil.rmtree(added)
    build(project=default_project())
    assert digests(tmp_path / "html") == digests(built.html), "what was kept gives what a build from nothing gives"


def test_tables_hold_every_evaluation(built):
    evaluations = pd.read_csv(built.html / "data" / "evaluations.csv", low_memory=False)
    runs = pd.read_csv(built.html / "data" / "runs.csv")
    assert len(evaluations) == runs["evaluations"].sum()
    assert len(runs) == len(record_keys(built.archive))


def test_metrics_are_valid_json_without_nan(built):
    text = (built.html / "data" / "metrics.json").read_text()
    assert "NaN" not in text
    assert set(json.loads(text)) == {"GraphDRP", "LGBM", "IGTD", "Paccmann_MCA", "HiDRA"}


def test_synthetic_data_are_marked_on_every_page_that_shows_them(built):
    mixed = ("", "models/", "models/LGBM/", "datasets/", "datasets/DEMO-A/", "runs/", "audit/", "data/")
    for page in mixed:
        assert "Synthetic data" in (built.html / page / "index.html").read_text()
    assert "Synthetic data" not in (built.html / "datasets" / "CCLE" / "index.html").read_text()
    for page in (built.html / "runs").rglob("index.html"):
        shown = page.relative_to(built.html).as_posix()
        assert ("Synthetic data" in page.read_text()) == ("/DEMO-" in shown or shown == "runs/index.html"), shown


def test_imports_say_that_they_were_not_run_here(built):
    pages = list((built.html / "runs").rglob("improve-2024-08-07/index.html"))
    assert pages
    assert all("the search was not run again here" in page.read_text() for page in pages)


def test_pages_stay_small(built):
    assert (built.html / "index.html").stat().st_size < 200_000
    assert (built.html / "runs/LGBM/DEMO-B/LARGE/ga-seed1/index.html").stat().st_size < 1_000_000
    assert (built.html / "search/search_index.json").stat().st_size < 2_000_000


def test_nothing_of_this_machine_is_in_the_site(built):
    private = [str(Path.home()), str(Path.cwd()), str(built.html)]
    for path in built.html.rglob("*"):
        if path.suffix in (".html", ".json", ".csv", ".js", ".svg"):
            content = path.read_text(encoding="utf-8")
            assert not [place for place in private if len(place) > 5 and place in content], path


def test_a_dead_link_in_a_page_fails_the_build_and_leaves_the_site_alone(built, tmp_path):
    pages = tmp_path / "pages"
    shutil.copytree(built.work / "pages", pages)
    html = tmp_path / "html"
    build_html(pages, default_project(), html)
    before = digests(html)
    with (pages / "index.md").open("a") as page:
        page.write("\n[nowhere](gone/index.md)\n")
    with pytest.raises(BadData, match=r"gone/index\.md"):
        build_html(pages, default_project(), html)
    assert digests(html) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["html", "pages"]


def test_a_rendered_page_in_the_place_of_a_written_one_is_refused(built, tmp_path):
    pages = tmp_path / "pages"
    shutil.copytree(built.work / "pages", pages)
    (pages / "methods").mkdir()
    (pages / "methods" / "index.md").write_text("# Methods")
    with pytest.raises(BadData, match="a rendered page has the same place"):
        build_html(pages, default_project(), tmp_path / "html")


def test_html_without_pages_says_what_makes_them(tmp_path):
    with pytest.raises(MissingInput, match="`cross-hpo site pages` makes it"):
        build_html(tmp_path, default_project(), tmp_path / "html")


def test_another_project_folder_must_hold_a_project(built, tmp_path):
    with pytest.raises(MissingInput, match="no MkDocs project"):
        build_html(built.work / "pages", tmp_path, tmp_path / "html")


def test_no_work_file_is_left_in_the_site(built):
    assert [path.name for path in built.html.iterdir() if path.name.startswith(".")] == [MARK]


def test_the_site_asks_for_no_other_host_in_its_configuration():
    configuration = (default_project() / "mkdocs.yml").read_text()
    assert not re.findall(r"https?://", configuration)
