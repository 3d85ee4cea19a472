"""Our own check of a built site: what strict MkDocs does not look at, since it reads Markdown and not HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from hpo.errors import MissingInput

_LOADED: Final = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "link": ("href",),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
    "form": ("action",),
}
"""Attributes whose address a browser requests by itself, by element."""

_LINK_KINDS_NOT_LOADED: Final = frozenset({"canonical", "next", "prev", "alternate"})
_SCHEMES_INSIDE: Final = frozenset({"", "data"})
_SCHEMES_OF_LINKS: Final = frozenset({"http", "https", "mailto"})


@dataclass
class _Content(HTMLParser):
    """What one page links to, loads and offers as anchors."""

    links: list[str] = field(default_factory=list)
    loaded: list[tuple[str, str]] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    without_alt: list[str] = field(default_factory=list)
    duplicates: set[str] = field(default_factory=set)
    titles: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            (self.duplicates if values["id"] in self.anchors else self.anchors).add(values["id"])
        if tag == "a" and "name" in values:
            self.anchors.add(values["name"])
        if tag in ("a", "area") and "href" in values:
            self.links.append(values["href"])
        if tag == "img" and not values.get("alt", "").strip():
            self.without_alt.append(values.get("src", "?"))
        if tag == "title":
            self.titles += 1
        if tag == "link" and _LINK_KINDS_NOT_LOADED & set(values.get("rel", "").lower().split()):
            return
        for attribute in _LOADED.get(tag, ()):
            if values.get(attribute):
                addresses = values[attribute].split(",") if attribute == "srcset" else [values[attribute]]
                self.loaded.extend((tag, address.split()[0]) for address in addresses if address.split())

    handle_startendtag = handle_starttag


def check_site(folder: Path) -> list[str]:
    """Every fault of the built site in ``folder``, one line each, sorted.

    Faults are: links and assets that lead nowhere, anchors that do not exist, addresses that work only from the
    root of a server, requests to other hosts (also from style sheets), images without alternative text, ids that
    occur twice on a page, and pages without a title.

    Raises:
        MissingInput: There is no site.
    """
    if not (folder / "index.html").is_file():
        raise MissingInput(f"{folder}: no site there (no index.html)")
    pages = {path: _parse(path) for path in sorted(folder.rglob("*.html"))}
    faults: list[str] = []
    for path, content in pages.items():
        name = path.relative_to(folder).as_posix()
        faults.extend(f"{name}: {fault}" for fault in _faults(folder, path, content, pages))
    for path in sorted(folder.rglob("*.css")):
        name = path.relative_to(folder).as_posix()
        faults.extend(f"{name}: {fault}" for fault in _style_faults(path))
    return sorted(faults)


def _parse(path: Path) -> _Content:
    content = _Content()
    content.feed(path.read_text(encoding="utf-8"))
    content.close()
    return content


def _faults(root: Path, page: Path, content: _Content, pages: dict[Path, _Content]) -> Iterator[str]:
    for source in content.without_alt:
        yield f"image {source} has no alternative text"
    for anchor in sorted(content.duplicates):
        yield f"id {anchor} occurs twice"
    if not content.titles:
        yield "page has no title"
    for tag, address in content.loaded:
        parts = urlsplit(address)
        if parts.scheme not in _SCHEMES_INSIDE or parts.netloc:
            yield f"<{tag}> requests another host: {address}"
        elif parts.scheme == "":
            yield from _target_faults(root, page, address, pages)
    for address in content.links:
        parts = urlsplit(address)
        if parts.scheme in _SCHEMES_OF_LINKS:
            continue
        if parts.scheme or parts.netloc:
            yield f"link with an address of an unknown kind: {address}"
        else:
            yield from _target_faults(root, page, address, pages)


def _target_faults(root: Path, page: Path, address: str, pages: dict[Path, _Content]) -> Iterator[str]:
    parts = urlsplit(address)
    if parts.path.startswith("/"):
        yield f"address works only at the root of a server: {address}"
        return
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page.resolve()
    if not target.is_relative_to(root.resolve()):
        yield f"address leads out of the site: {address}"
        return
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file():
        yield f"leads nowhere: {address}"
        return
    found = pages.get(root / target.relative_to(root.resolve()))
    anchor = unquote(parts.fragment)
    if anchor and found is not None and anchor not in found.anchors and not anchor.startswith("__"):
        yield f"no such anchor: {address}"


def _style_faults(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    for piece in text.split("url(")[1:]:
        address = piece.split(")")[0].strip("\"' ")
        if address.startswith(("http:", "https:", "//")):
            yield f"style sheet requests another host: {address}"
    for piece in text.split("@import")[1:]:
        if any(mark in piece.split(";")[0] for mark in ("http:", "https:", "//")):
            yield f"style sheet imports from another host: {piece.split(';')[0].strip()}"
