"""axe-core finds no serious or critical violation on the site, in either colour scheme, wide and narrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_core_python
import pytest

from tests.site.chromium import width

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN_PAGE = "runs/LGBM/DEMO-A/SMALL/ga-seed1/index.html"
PAGES = (
    "index.html",
    "models/index.html",
    "models/GraphDRP/index.html",
    "models/DeepTTC/index.html",
    "datasets/gCSI/index.html",
    "runs/index.html",
    RUN_PAGE,
    "improvement/index.html",
    "claims/index.html",
    "audit/index.html",
    "benchmark/index.html",
    "guides/ga-settings/index.html",
    "changes/index.html",
    "cite/index.html",
    "data/index.html",
)
DARK = ("index.html", "models/GraphDRP/index.html", "datasets/gCSI/index.html", "runs/index.html", RUN_PAGE)
NARROW = ("index.html", RUN_PAGE)
SWITCH = """
    const still = document.createElement("style");
    still.textContent = "* { transition: none !important; }";
    document.head.append(still);
    document.body.setAttribute("data-md-color-scheme", arguments[0]);
"""
RUN = """
    const done = arguments[arguments.length - 1];
    const why = (node) => [...node.any, ...node.all].map((check) => check.message).join("; ");
    const shown = (node) => node.html.slice(0, 200) + " : " + why(node);
    axe.run(document, { resultTypes: ["violations"] }).then((found) => done(
        found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
            .map((v) => v.id + ": " + v.nodes.slice(0, 3).map(shown).join(" | "))));
"""


def violations(browser: Any, address: str, scheme: str) -> list[str]:
    browser.get(address)
    browser.execute_script(SWITCH, scheme)
    browser.execute_script(AXE)
    found: list[str] = browser.execute_async_script(RUN)
    return found


@pytest.mark.parametrize(
    ("scheme", "pixels", "pages"), [("default", 1280, PAGES), ("slate", 1280, DARK), ("default", 390, NARROW)]
)
def test_no_page_has_a_serious_violation(browser, built, scheme, pixels, pages):
    width(browser, pixels)
    root = built.html.resolve().as_uri()
    found = {page: violations(browser, f"{root}/{page}", scheme) for page in pages}
    assert {page: problems for page, problems in found.items() if problems} == {}


def test_a_violation_would_be_found(browser, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<!doctype html><html lang="en"><title>t</title><body><main><img src="x.png">'
        '<p style="color:#bbb;background:#fff">pale</p></main></body></html>'
    )
    found = violations(browser, page.as_uri(), "default")
    assert {problem.split(":")[0] for problem in found} == {"image-alt", "color-contrast"}
