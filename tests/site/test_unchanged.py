"""Pages of HTML that are taken from the build before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpo.errors import BadData
from reports.html import build_html
from tests.site.test_build import digests

pytestmark = pytest.mark.slow

SETTINGS = """
site_name: Small
use_directory_urls: false
nav: [index.md, written.md]
not_in_nav: runs/*
theme: {name: material, font: false}
plugins: [search]
validation: {links: {anchors: warn, unrecognized_links: warn}}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    files = {
        "project/mkdocs.yml": SETTINGS,
        "project/docs/written.md": "# Written\n\n[home](index.md)\n",
        "pages/index.md": "---\ntitle: Home\n---\n# Home\n\n[one](runs/one.md#best)\n",
        "pages/runs/one.md": "---\ntitle: One\n---\n# One\n\nA first run.\n\n## Best\n\n[two](two.md)\n",
        "pages/runs/two.md": "---\ntitle: Two\nsearch: {boost: 0.5}\n---\n# Two\n\nA second run.\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def build(small: Path, *, kept: bool = True) -> dict[str, str]:
    """Digests of the site; outside of the folder of kept pages it is built anew."""
    out = small / ("kept" if kept else "anew")
    build_html(small / "pages", small / "project", out, kept=small / "cache" if kept else None)
    return digests(out)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_kept_page_is_what_a_build_from_nothing_gives(small: Path):
    first = build(small)
    assert first == build(small, kept=False)
    pages = sorted((small / "cache").glob("*/*.json"))
    assert len(pages) == 4
    mark = "A first run."
    for page in pages:  # Seen in the site, so they were taken from there; a broken one is built again.
        found = json.loads(page.read_text(encoding="utf-8"))
        if mark in found["html"]:
            page.write_text(json.dumps({**found, "html": found["html"].replace(mark, "Kept.")}), encoding="utf-8")
        elif "A second run." in found["html"]:
            page.write_text("{", encoding="utf-8")
    again = build(small)
    assert {name for name in first if first[name] != again[name]} == {"runs/one.html"}


def test_what_a_page_shows_of_others_is_not_kept_when_they_change(small: Path):
    build(small)
    change(small / "project/docs/written.md", "# Written", "# By hand")
    change(small / "pages/runs/two.md", "second", "changed")
    assert build(small) == build(small, kept=False), "titles in the navigation, and the search"


def test_a_link_that_leads_nowhere_any_more_is_refused_in_a_kept_page(small: Path):
    build(small)
    change(small / "pages/runs/one.md", "## Best", "## Lowest")
    with pytest.raises(BadData, match="does not contain an anchor '#best'"):
        build(small)
    change(small / "pages/runs/one.md", "## Lowest", "## Best")
    (small / "pages/runs/two.md").unlink()
    with pytest.raises(BadData, match=r"two\.md"):
        build(small)
