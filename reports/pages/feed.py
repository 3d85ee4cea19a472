"""The versions of the archive as an Atom feed (RFC 4287): the same records give the same bytes.

Addresses are relative to the feed, since the site may lie anywhere; identifiers follow from the versions' ids.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reports.analysis.changes import Version
from reports.pages import addresses
from reports.pages.changes import summary, title

_ATOM: Final = "http://www.w3.org/2005/Atom"
_MAKERS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "cross-hpo/hall-of-fame")
_NO_DATE: Final = "1970-01-01T00:00:00Z"
_ENTRIES: Final = 50


def feed_xml(found: Sequence[Version]) -> str:
    """The feed of the versions ``found``, the newest first; those without a date are left out, as Atom needs one."""
    dated = [version for version in reversed(found) if version.finished][:_ENTRIES]
    feed = Element("feed", xmlns=_ATOM)
    _text(feed, "id", _MAKERS.urn)
    _text(feed, "title", "Cross-HPO Hall of Fame")
    _text(feed, "subtitle", "What each version of the archive added")
    _text(feed, "updated", dated[0].finished if dated else _NO_DATE)
    _text(SubElement(feed, "author"), "name", "Cross-HPO")
    SubElement(feed, "link", rel="self", type="application/atom+xml", href=addresses.FEED)
    SubElement(feed, "link", rel="alternate", type="text/html", href=addresses.page(addresses.CHANGES))
    for version in dated:
        entry = SubElement(feed, "entry")
        _text(entry, "id", uuid.uuid5(_MAKERS, version.id).urn)
        _text(entry, "title", title(version))
        _text(entry, "updated", version.finished)
        _text(entry, "summary", f"{summary(version)} Archive version {version.name}.")
        address = addresses.page(addresses.change_folder(version.id))
        SubElement(entry, "link", rel="alternate", type="text/html", href=address)
    indent(feed)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(feed, encoding="unicode") + "\n"


def _text(parent: Element, name: str, value: str) -> None:
    SubElement(parent, name).text = value
