"""Hooks for MkDocs that take a page from the build before where nothing that it follows from has changed.

A page follows from its text, from the navigation, and from whether the pages that it links to are there; what it
follows from besides (theme, settings, versions) is for whoever names the folder of the pages kept. Links to headings
are checked in every build. The project builds without these hooks as well, only slower.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemBytecodeCache
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from reports.collector import look_less
from reports.unchanged import FOLDER, NEW, USED

_EMPTY: Final = "unchanged.html"
_LAST: Final = -1000


def on_config(config: MkDocsConfig) -> None:
    """Add the plugin, without being one that has to be installed."""
    look_less()
    config.plugins["unchanged"] = Unchanged(Path(os.environ[FOLDER]))


class _Asked(Files):
    """Files that remember which of them were asked for."""

    def __init__(self, files: Iterable[File]) -> None:
        super().__init__(files)
        self.asked: dict[str, bool] = {}

    def get_file_from_path(self, path: str) -> File | None:
        found = super().get_file_from_path(path)
        self.asked[path] = found is not None
        return found


class Unchanged(BasePlugin):  # type: ignore[type-arg, no-untyped-call]
    """The plugin of one build, with the pages kept in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._around = ""
        self._keys: dict[str, str] = {}
        self._found: dict[str, dict[str, Any]] = {}
        self._told: dict[str, dict[str, Any]] = {}
        self._entries = 0

    def on_files(self, files: Files, **_: Any) -> Files:
        """Watch which files are asked for."""
        return _Asked(files)

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, **_: Any) -> None:
        """Note the navigation, which every page shows; titles are in the pages."""
        for page in nav.pages:
            page.read_source(config)
        self._around = repr([_told(item) for item in nav.items])

    def on_page_markdown(self, markdown: str, *, page: Page, files: Files, **_: Any) -> str:
        """Leave nothing to be converted of a page that is kept."""
        assert isinstance(files, _Asked)
        uri = page.file.src_uri
        given = [uri, self._around, json.dumps(page.meta, default=repr, sort_keys=True), markdown]
        key = sha256(json.dumps(given).encode()).hexdigest()
        found = self._read(key)
        if found is not None and all(files.get_file_from_path(target) for target in found["targets"]):
            self._keys[uri], self._found[uri] = key, found
            page.meta.update({"template": _EMPTY, "glightbox": False, "search": {"exclude": True}})
            return ""
        if not {"template", "tags"} & set(page.meta):
            self._keys[uri] = key
        files.asked.clear()
        return markdown

    def on_page_content(self, html: str, *, page: Page, files: Files, **_: Any) -> str:
        """Say of a kept page what its links and headings are, or note them."""
        assert isinstance(files, _Asked)
        uri = page.file.src_uri
        found = self._found.get(uri)
        if found is not None:
            page.title = found["title"]
            page.present_anchor_ids = set(found["anchors"])
            links = {files.get_file_from_path(target): anchors for target, anchors in found["links"].items()}
            page.links_to_anchors = {file: anchors for file, anchors in links.items() if file is not None}
        elif all(files.asked.values()):
            self._told[uri] = {
                "title": page.title,
                "targets": sorted(files.asked),
                "anchors": sorted(page.present_anchor_ids or ()),
                "links": {file.src_uri: anchors for file, anchors in (page.links_to_anchors or {}).items()},
            }
        return html

    def on_env(self, env: Environment, **_: Any) -> Environment:
        """Keep compiled templates too, and have an empty one for kept pages."""
        templates = self._folder / "templates"
        templates.mkdir(parents=True, exist_ok=True)
        env.bytecode_cache = FileSystemBytecodeCache(str(templates))
        assert env.loader is not None
        env.loader = ChoiceLoader([env.loader, DictLoader({_EMPTY: ""})])
        return env

    @event_priority(_LAST)
    def on_page_context(self, context: Any, *, page: Page, config: MkDocsConfig, **_: Any) -> None:
        """Tell the search of a kept page what it knew of it, or note it."""
        entries = _search_entries(config)
        found = self._found.get(page.file.src_uri)
        if found is not None:
            entries.extend(found["entries"])
        elif page.file.src_uri in self._told:
            self._told[page.file.src_uri]["entries"] = entries[self._entries :]
        self._entries = len(entries)

    @event_priority(_LAST)
    def on_post_page(self, output: str, *, page: Page, **_: Any) -> str:
        """Give the kept page, or keep this one."""
        uri = page.file.src_uri
        if uri in self._found:
            return str(self._found[uri]["html"])
        if uri in self._told and uri in self._keys:
            new = self._folder / NEW / f"{self._keys[uri]}.json"
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps({**self._told[uri], "html": output}), encoding="utf-8")
        return output

    def on_post_build(self, **_: Any) -> None:
        """Say which pages are still shown."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / USED).write_text(json.dumps(sorted(self._keys.values())), encoding="utf-8")

    def _read(self, key: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads((self._folder / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found


def _search_entries(config: MkDocsConfig) -> list[Any]:
    plugin: Any = config.plugins["material/search"]
    entries: list[Any] = plugin.search_index.entries
    return entries


def _told(item: Any) -> list[Any]:
    """Title, address and what is below of an ``item`` of the navigation."""
    return [item.title, getattr(item, "url", ""), [_told(child) for child in item.children or ()]]
