"""Pieces of HTML that several pages build in Python: code to copy, labelled values, folded parts, links outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from markupsafe import Markup

from reports.pages import addresses, text
from reports.pages.context import Fact, Link, Text
from reports.pages.render import address

_OUTSIDE: Final = re.compile(r"https://[A-Za-z0-9._~/?=()#:;-]+")


def code(value: str) -> Markup:
    """``value`` as a block of code with the theme's button for copying."""
    return Markup('<div class="highlight"><pre><code>{}</code></pre></div>').format(text.code_block(value))


def pairs(facts: Iterable[Fact]) -> Markup:
    """A list of labelled values, one below the other."""
    items = [
        Markup("<dt>{}</dt><dd>{}{}</dd>").format(
            text.escape(fact.label),
            text.escape(fact.value),
            Markup(' <span class="note">{}</span>').format(text.escape(fact.note)) if fact.note else "",
        )
        for fact in facts
    ]
    return Markup('<dl class="pairs">\n{}\n</dl>').format(Markup("\n").join(items))


def more(title: str, content: Markup) -> Markup:
    """``content`` folded away below ``title``."""
    return Markup('<details class="more"><summary>{}</summary>\n{}\n</details>').format(text.escape(title), content)


def files_line(links: Sequence[Link], before: str) -> Markup:
    """A paragraph that offers files of this site: ``before``, then ``links``."""
    anchors = [inside(link.href, link.text) for link in links]
    return Markup("<p>{} {}.</p>").format(text.escape(before), Markup(" or ").join(anchors))


def data_line(*names: str) -> Markup:
    """A paragraph of a page one folder deep that offers its tables, which are on the page of data."""
    return files_line([Link(name, f"../{addresses.DATA}/{name}") for name in names], "With all digits:")


def inside(path: str, label: Text) -> Markup:
    """A link within this site."""
    return Markup('<a href="{}">{}</a>').format(address(path), text.escape(label))


def outside(url: str, label: str) -> Markup:
    """A link to another site, which nothing requests before a reader follows it.

    Raises:
        ValueError: ``url`` is no plain https address.
    """
    if not _OUTSIDE.fullmatch(url):
        raise ValueError(f"{url!r} is no plain https address")
    return Markup('<a href="{}">{}</a>').format(Markup(url), text.escape(label))  # noqa: S704 — checked above


def doi(value: str) -> Markup:
    """A link to the work with the DOI ``value``; nothing where it is empty.

    >>> doi("10.1038/nature11003")
    Markup('<a href="https://doi.org/10.1038/nature11003">10&#46;1038&#47;nature11003</a>')
    """
    return outside(f"https://doi.org/{value}", value) if value else Markup("")
