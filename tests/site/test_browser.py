"""The site in a real browser, served and from a disk: tables, search, colours, widths, silence towards other hosts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from reports.serve import make_server
from tests.site.chromium import until, width
from tests.site.hostile import MARK

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RUN = "runs/LGBM/DEMO-A/SMALL/ga-seed1/index.html"
LARGE = "runs/LGBM/DEMO-B/LARGE/ga-seed1/index.html"
HOSTILE = ("runs/GraphDRP/DEMO-A/MEDIUM/ga-seed9/index.html", "runs/HiDRA/CCLE/MEDIUM/improve-2024-08-07/index.html")
PAGES = (
    "index.html",
    "runs/index.html",
    RUN,
    LARGE,
    "models/index.html",
    "models/GraphDRP/index.html",
    "models/DeepTTC/index.html",
    "datasets/DEMO-A/index.html",
    "datasets/gCSI/index.html",
    "improvement/index.html",
    "optimum/index.html",
    "transfer/index.html",
    "claims/index.html",
    "audit/index.html",
    "changes/index.html",
    "cite/index.html",
    "data/index.html",
    "methods/index.html",
    "dictionary/index.html",
)


@pytest.fixture(scope="module", params=["served", "from-disk"])
def base(request, built) -> Iterator[str]:
    """Address of the site's root."""
    if request.param == "from-disk":
        yield built.html.resolve().as_uri() + "/"
        return
    with make_server(built.html, 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def silence(browser, base) -> Iterator[None]:
    """No test may leave an error in the console or a request to another host in the log."""
    width(browser, 1280)
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    yield
    errors = [line["message"] for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]
    assert errors == []
    outside = [address for address in requests(browser) if not address.startswith((base, "data:", "blob:", "about:"))]
    assert outside == []


def requests(browser: Any) -> list[str]:
    messages = (json.loads(line["message"])["message"] for line in browser.get_log("performance"))
    sent = [message["params"] for message in messages if message["method"] == "Network.requestWillBeSent"]
    return [params["request"]["url"] for params in sent if not params["documentURL"].startswith("chrome")]


def column(browser: Any, table: str, name: str) -> list[str]:
    """Values of a column in the rows shown."""
    script = """
        const table = document.getElementById(arguments[0]);
        const headers = Array.from(table.tHead.rows[0].cells, (cell) => cell.dataset.name);
        const index = headers.indexOf(arguments[1]);
        return Array.from(table.tBodies[0].rows).filter((row) => !row.hidden)
            .map((row) => row.cells[index].dataset.v ?? row.cells[index].textContent.trim());
    """
    found: list[str] = browser.execute_script(script, table, name)
    return found


def header(browser: Any, table: str, name: str) -> Any:
    return browser.find_element("css selector", f"#{table} th[data-name='{name}'] button.sort")


def search(browser: Any, base: str, words: str) -> None:
    """Open the search of the home page and type ``words``."""
    browser.get(base + "index.html")
    until(browser, "return document.querySelector('input.md-search__input') !== null")
    browser.execute_script(
        "document.getElementById('__search').click();"
        "const i = document.querySelector('input.md-search__input'); i.focus();"
        "i.value = arguments[0]; i.dispatchEvent(new Event('keyup')); i.dispatchEvent(new Event('input'));",
        words,
    )


def test_a_click_on_a_header_sorts_and_another_one_turns_round(browser, base):
    browser.get(base + RUN)
    button = header(browser, "evaluations-table", "val_loss")
    browser.execute_script("arguments[0].click()", button)
    losses = [float(value) for value in column(browser, "evaluations-table", "val_loss") if value]
    assert losses == sorted(losses)
    assert column(browser, "evaluations-table", "val_loss")[-2:] == ["", ""], "what is unknown comes last"
    browser.execute_script("arguments[0].click()", button)
    assert [float(v) for v in column(browser, "evaluations-table", "val_loss") if v] == losses[::-1]
    assert column(browser, "evaluations-table", "val_loss")[-2:] == ["", ""]
    sorted_header = browser.find_element("css selector", "#evaluations-table th[aria-sort]")
    assert sorted_header.get_attribute("aria-sort") == "descending"
    assert sorted_header.get_attribute("data-name") == "val_loss"


def test_tables_sort_from_the_keyboard(browser, base):
    from selenium.webdriver.common.keys import Keys

    browser.get(base + RUN)
    button = header(browser, "evaluations-table", "learning_rate")
    button.send_keys(Keys.ENTER)
    rates = [float(value) for value in column(browser, "evaluations-table", "learning_rate")]
    assert rates == sorted(rates)


def test_tables_filter_by_value_and_by_text(browser, base):
    browser.get(base + RUN)
    browser.execute_script(
        "const s = document.querySelector(\"select[aria-label='Show only one status']\");"
        "s.value = 'failed'; s.dispatchEvent(new Event('change'));"
    )
    assert column(browser, "evaluations-table", "status") == ["failed"]
    assert browser.find_element("css selector", ".table-count").text == "1 of 9 rows"
    browser.execute_script(
        "const s = document.querySelector(\"select[aria-label='Show only one status']\");"
        "s.value = ''; s.dispatchEvent(new Event('change'));"
        "const i = document.querySelector('.table-bar input');"
        "i.value = 'TIMEOUT'; i.dispatchEvent(new Event('input'));"
    )
    assert column(browser, "evaluations-table", "status") == ["timeout"]


def test_a_view_of_a_table_can_be_passed_on(browser, base):
    browser.get(base + "methods/index.html")
    browser.get(base + "runs/index.html#runs-table?sort=val_loss,down&is.model=LGBM")
    assert set(column(browser, "runs-table", "model")) == {"LGBM"}
    losses = [float(value) for value in column(browser, "runs-table", "val_loss") if value]
    assert losses == sorted(losses, reverse=True)


def test_the_filter_by_flag_finds_every_run_that_carries_it(browser, base):
    browser.get(base + "methods/index.html")
    browser.get(base + "runs/index.html#runs-table?is.flags=degenerate")
    found = column(browser, "runs-table", "flags")
    assert len(found) == 3
    assert all("degenerate" in value.split() for value in found)


def test_the_picker_shows_settings_ready_to_use(browser, base):
    browser.get(base + "index.html")
    browser.execute_script(
        "const [m, d] = document.querySelectorAll('#picker select');"
        "m.value = 'LGBM'; m.dispatchEvent(new Event('change'));"
        "d.value = 'DEMO-B'; d.dispatchEvent(new Event('change'));"
    )
    settings = json.loads(browser.find_element("css selector", "#picker pre code").text)
    assert set(settings) == {"learning_rate", "batch_size", "dropout", "residual", "activation", "epochs"}
    link = browser.find_element("css selector", "#picker output a")
    assert link.get_attribute("href") == base + LARGE


@pytest.mark.parametrize("words", ["LGBM DEMO-B", "degenerate constant output"])
def test_search_finds_pages(browser, base, words):
    search(browser, base, words)
    links = until(
        browser,
        "const found = Array.from(document.querySelectorAll('a.md-search-result__link'), (a) => a.href);"
        "return found.length ? found : null;",
    )
    assert all(link.startswith(base) for link in links)


def test_colours_can_be_switched(browser, base):
    browser.get(base + RUN)
    seen = []
    for _ in range(3):
        browser.execute_script("document.querySelector('form[data-md-component=palette] label:not([hidden])').click()")
        seen.append(browser.execute_script("return document.body.getAttribute('data-md-color-scheme')"))
    assert set(seen) == {"default", "slate"}


@pytest.mark.parametrize(("scheme", "shown"), [("default", "light"), ("slate", "dark")])
def test_figures_follow_the_colours(browser, base, scheme, shown):
    browser.get(base + RUN)
    browser.execute_script("document.body.setAttribute('data-md-color-scheme', arguments[0])", scheme)
    script = """
        return Array.from(document.querySelectorAll('figure.plot img'))
            .filter((image) => image.offsetWidth > 0).map((image) => image.getAttribute('src'));
    """
    sources = browser.execute_script(script)
    assert {"convergence", "landscape"} <= {source.split(f"-{shown}.svg")[0] for source in sources}
    assert [source for source in sources if not source.endswith(f"-{shown}.svg#only-{shown}")] == []
    assert len(set(sources)) == len(sources)
    browser.execute_script("document.querySelectorAll('figure.plot img').forEach((i) => { i.loading = 'eager'; })")
    assert until(
        browser,
        "return Array.from(document.querySelectorAll('figure.plot img'))"
        ".filter((i) => i.offsetWidth > 0).every((i) => i.complete && i.naturalWidth > 0);",
    )


@pytest.mark.parametrize("pixels", [1280, 390, 360])
def test_no_page_scrolls_sideways(browser, base, pixels):
    width(browser, pixels)
    for page in PAGES:
        browser.get(base + page)
        scroll, window = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert scroll <= window, page


def test_every_page_is_silent(browser, base):
    for page in PAGES:
        browser.get(base + page)
        assert browser.execute_script("return document.querySelectorAll('h1').length") == 1, page


def test_payloads_stay_text(browser, base):
    for page in (*HOSTILE, "index.html", "runs/index.html", "audit/index.html"):
        browser.get(base + page)
        until(browser, "return document.readyState === 'complete'")
        assert browser.execute_script(f"return typeof window.{MARK}") == "undefined", page


def test_payloads_stay_text_in_search_results(browser, base):
    search(browser, base, "HiDRA window")
    until(browser, "return document.querySelectorAll('a.md-search-result__link').length > 0")
    assert browser.execute_script(f"return typeof window.{MARK}") == "undefined"
    assert (
        browser.execute_script(
            "return document.querySelectorAll('.md-search-result script, .md-search-result img').length"
        )
        == 0
    )


def test_pages_are_complete_without_scripts(browser, base):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(base + RUN)
        assert len(browser.find_elements("css selector", "#evaluations-table tbody tr")) == 9
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
