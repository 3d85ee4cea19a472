"""Nothing that a record holds means anything to Markdown, HTML or a script; numbers can be read."""

import html
import json
from html.parser import HTMLParser

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.pages import text
from reports.pages.render import address, render

PAYLOADS = [
    "<script>alert(1)</script>",
    "</title><script>window.PWN=1</script>",
    '"><img src=x onerror=alert(1)>',
    "[click](javascript:alert(1))",
    "![x](https://example.com/x.png)",
    "[x]: https://example.com",
    "# heading\n\n<b>bold</b>",
    "{: onclick=alert(1) }",
    '--8<-- "/etc/passwd"',
    "{{ config }}{% raw %}",
    "`code` *emphasis* __strong__",
    "| a | b |\n|---|---|",
    "&lt;script&gt; &#60;script&#62;",
    "\u202egnp.exe\u200b\x00\x1b[31m",
    "<!-- comment --> <![CDATA[ x ]]> <?php ?>",
    "https://example.com www.example.com a@b.example",
    "    indented code",
    "\\*escaped\\*",
]


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def _parsed(content: str) -> _Elements:
    elements = _Elements()
    elements.feed(content)
    elements.close()
    return elements


def _as_page(escaped: str) -> _Elements:
    extensions = ["admonition", "def_list", "fenced_code", "footnotes", "tables", "toc"]
    return _parsed(markdown.markdown(f"Before {escaped} after", extensions=extensions))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payload_is_plain_text_in_markdown(payload):
    assert _as_page(text.escape(payload)).found == ["p"]


@given(st.text(max_size=200))
def test_any_text_is_plain_text_in_markdown(value):
    assert _as_page(text.escape(value)).found == ["p"]


@given(st.text(alphabet=st.characters(exclude_categories=["C"]), max_size=200))
def test_escaping_loses_no_visible_character(value):
    assert html.unescape(text.escape(value)) == value


@given(st.text(max_size=200))
def test_code_keeps_its_lines(value):
    block = text.code_block(value)
    assert block.count("\n") == value.count("\n")
    assert _parsed(f"<pre>{block}</pre>").found == ["pre"]


def test_long_text_is_cut():
    assert len(html.unescape(text.escape("x" * 5000))) == text.MAX_FREE_TEXT


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    )
)
def test_embedded_json_comes_back_and_never_ends_its_script(value):
    embedded = text.script_json(value)
    assert json.loads(embedded) == value
    assert not set("<>&") & set(embedded)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_titles_are_made_of_ids_only(payload):
    with pytest.raises(ValueError, match="is no valid name"):
        text.page_title("IGTD", payload)


@pytest.mark.parametrize("path", ["/etc/passwd", "javascript:alert(1)", "https://example.com", 'a"b', "a b", "a<b"])
def test_addresses_stay_within_the_site(path):
    with pytest.raises(ValueError, match="no address within this site"):
        address(path)


def test_a_template_that_uses_what_is_not_there_fails():
    with pytest.raises(Exception, match="undefined"):
        render("audit.md.j2")


@given(st.floats(-1e300, 1e300))
def test_shortened_numbers_stay_close(value):
    assert float(text.plain(value).replace(",", "")) == pytest.approx(value, rel=6e-4, abs=0)
