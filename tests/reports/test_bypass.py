"""Tables go around MkDocs and come back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.errors import BadData
from reports.bypass import tables_of, with_tables, without_tables
from reports.pages.context import Cell, Column, Row, Table
from reports.pages.render import _environment


def frame(content: str) -> str:
    return f'<figure class="table-frame tall" role="group" data-search-exclude>\n{content}\n</figure>'


def rendered(cell: str) -> str:
    table = Table("t", "caption", [Column("a", "a")], [Row([Cell(cell)])])
    source = '{% import "macros.md.j2" as ui %}# Heading\n\n{{ ui.table(table) }}\n'
    return _environment().from_string(source).render(table=table)


def test_tables_return_to_their_places_in_their_order():
    page = f"before\n\n{frame('<b>1</b>')}\n\nbetween\n\n{frame('<b>2</b>')}\n\nafter\n"
    short = without_tables(page)
    assert "<b>" not in short
    assert with_tables(short, tables_of(page)) == page


def test_tables_that_the_search_reads_stay():
    page = '<figure class="table-frame" role="group">\n<table></table>\n</figure>\n'
    assert without_tables(page) == page


@pytest.mark.parametrize("html", ["", "<!-- table 1 --><!-- table 0 -->", "<!-- table 0 --><!-- table 0 -->"])
def test_a_lost_or_moved_place_is_an_error(html):
    with pytest.raises(BadData, match="lost or moved a table"):
        with_tables(html, ["<table></table>"])


@given(st.text(max_size=40))
def test_whatever_a_cell_holds_is_text_and_takes_one_place(text):
    page = rendered(text)
    short = without_tables(page)
    assert short.count("<!-- table") == 1
    (table,) = tables_of(page)
    cell = table.split('<th scope="row">')[1].split("</th>")[0]
    assert not set(cell) & set("<>\"'")
    assert with_tables(short, [table]).count("<table") == 1
