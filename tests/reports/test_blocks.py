"""Pieces of HTML: whatever they are given is text, and links outside are plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.pages import blocks
from reports.pages.context import Fact

HOSTILE = '"><script>x</script>'


@given(st.text(max_size=30))
def test_pieces_escape_what_they_are_given(text):
    for piece in (blocks.code(text), blocks.pairs([Fact(text, text, text)]), blocks.more(text, blocks.code(text))):
        assert "<script" not in piece
        assert piece.count("<") == piece.count(">")


def test_a_hostile_value_adds_no_element():
    plain, hostile = blocks.pairs([Fact("a", "b", "c")]), blocks.pairs([Fact(HOSTILE, HOSTILE, HOSTILE)])
    assert plain.count("<") == hostile.count("<")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://a.b", 'https://a.b/"x', "https://a.b/<", "//a.b", ""])
def test_links_outside_are_plain_https(url):
    with pytest.raises(ValueError, match="no plain https address"):
        blocks.outside(url, "label")


def test_without_a_doi_there_is_no_link():
    assert blocks.doi("") == ""
