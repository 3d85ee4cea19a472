"""Nothing in a record can put markup, a script or a request into a page."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.site.hostile import MARK, PAYLOADS

pytestmark = pytest.mark.slow

RUN = "runs/HiDRA/CCLE/MEDIUM/improve-2024-08-07/index.html"


class _Page(HTMLParser):
    """Text of a page and what payloads made of it: handlers, addresses, scripts, elements."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.attacks: list[str] = []
        self.title = ""
        self.text = ""
        self._inside = ""
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        for name, value in attrs:
            address = (value or "").strip().lower()
            if name.startswith("on") or name == "srcdoc" or ("attacker" in address and name in ("src", "href")):
                self.attacks.append(f"<{tag} {name}={value}>")
            if address.startswith("javascript:") and not address.startswith("javascript:void(0)"):
                self.attacks.append(f"<{tag} {name}={value}>")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._inside == "title":
            self.title += data
        # The picker's data are JSON, in which < is written as an escape.
        if self._inside == "script" and f"window.{MARK}" in data and "\\u003c" not in data:
            self.attacks.append(data[:200])


def test_no_page_holds_an_attack(built):
    for path in sorted(built.html.rglob("*.html")):
        page = _Page(path)
        assert page.attacks == [], path
        assert MARK not in page.title, path


def test_free_text_is_shown_and_not_dropped(built):
    shown = " ".join(_Page(built.html / RUN).text.split())
    for payload in PAYLOADS:
        assert " ".join(payload.split()) in shown
