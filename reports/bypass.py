"""Tables go around MkDocs: they are finished HTML, which it would parse twice only to pass it on.

A table leaves a comment in its place before the build, and takes that place again afterwards.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Final

from hpo.errors import BadData

_TABLE = re.compile(
    r"^<figure class=\"table-frame[^\n]* data-search-exclude>\n.*?^</figure>$", re.MULTILINE | re.DOTALL
)
"""A table that no search looks into; the others stay where they are, since the search index is made from them."""

_PLACE = re.compile(r"<!-- table (\d+) -->")
_ENTITY = re.compile(r"&#\d+;")
_MARKUP: Final = frozenset("&<>\"'")


def without_tables(markdown: str) -> str:
    """``markdown`` with a comment in place of each table.

    >>> without_tables('# A\\n\\n<figure class="table-frame" data-search-exclude>\\n<table></table>\\n</figure>\\n')
    '# A\\n\\n<!-- table 0 -->\\n'
    """
    numbers = itertools.count()
    return _TABLE.sub(lambda _: f"<!-- table {next(numbers)} -->", markdown)


def tables_of(markdown: str) -> list[str]:
    """The tables that :func:`without_tables` takes out, as HTML in the order of the page."""
    return [_readable(table) for table in _TABLE.findall(markdown)]


def with_tables(html: str, tables: Sequence[str]) -> str:
    """``html`` with ``tables`` in their places.

    Raises:
        BadData: A place is missing, or stands where it did not stand before.
    """
    if [int(place) for place in _PLACE.findall(html)] != list(range(len(tables))):
        raise BadData("MkDocs lost or moved a table; each must stand between empty lines")
    return _PLACE.sub(lambda place: tables[int(place[1])], html)


def _readable(table: str) -> str:
    """``table`` with characters in place of entities, except of those that mean something to HTML."""
    for entity in sorted(set(_ENTITY.findall(table))):
        character = chr(int(entity[2:-1]))
        if character not in _MARKUP:
            table = table.replace(entity, character)
    return table
