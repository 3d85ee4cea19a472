"""Which JSON file of a run folder is its space: recognised by content, since its name has a dozen spellings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from hpo.archive.importers.privacy import Scrubber
from hpo.archive.importers.reading import shown
from hpo.digest import canonical_json
from hpo.errors import BadData
from hpo.space import Space
from hpo.space.deephyper import from_deephyper
from hpo.strict_json import parse_json

_NAMED_LIKE_ONE: Final = re.compile(r"param|space", re.IGNORECASE)
_KEPT: Final = ("name", "type", "element_type")
_DEFINING: Final = frozenset({"min", "max", "choices", "log_uniform"})
"""Keys of definitions in DeepHyper's style, which CANDLE's conventions don't have."""


def find_space(files: Mapping[str, bytes], preferred: str | None, scrubber: Scrubber) -> tuple[Space | None, list[str]]:
    """The space among the JSON files of a run, without private texts, and what had to be decided.

    Args:
        files: Content of the JSON files other than ``best-N.json``, by name.
        preferred: File that the settings script names.
        scrubber: Takes private texts out.

    Raises:
        BadData: A file that must be the space is none, or there are several that differ.
    """
    found: dict[str, Any] = {}
    notes = []
    for name, content in files.items():
        try:
            value = parse_json(content, shown(name))
        except BadData as error:
            if _NAMED_LIKE_ONE.search(name):
                raise
            notes.append(f"Left out: {error}.")
            continue
        if looks_like_space(value):
            found[name] = value
        else:
            notes.append(f"Left out: {shown(name)} is no space and no result.")
    if not found:
        return None, notes
    name = _chosen(found, preferred)
    value = from_deephyper(found[name], shown(name)).content if has_deephyper_style(found[name]) else found[name]
    return Space.from_json(without_private_texts(value, scrubber), where=shown(name)), notes


def looks_like_space(value: Any) -> bool:
    """Whether a JSON value is a list of objects that have a name each."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and "name" in item for item in value)


def has_deephyper_style(value: Any) -> bool:
    """Whether a JSON value defines hyperparameters as DeepHyper's users do, not in CANDLE's conventions."""
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(isinstance(item, Mapping) and _DEFINING & set(item) for item in items)


def clean_space(space: Space, scrubber: Scrubber) -> Space:
    """``space`` without private texts."""
    return Space.from_json(without_private_texts(space.to_json(), scrubber))


def without_private_texts(space: list[dict[str, Any]], scrubber: Scrubber) -> list[dict[str, Any]]:
    """``space`` with private texts replaced, names and types kept.

    Listed values that would become the same are numbered (``<path>-1``), so that the axis stays one.
    """
    return [
        {key: value if key in _KEPT else _scrubbed(key, value, scrubber) for key, value in item.items()}
        for item in space
    ]


def _scrubbed(key: str, value: Any, scrubber: Scrubber) -> Any:
    if key == "values" and isinstance(value, list):
        for position, text in enumerate(value, start=1):
            if isinstance(text, str) and scrubber.value(text) != text:
                scrubber.aliases[text] = f"{scrubber.value(text)}-{position}"
    return scrubber.value(value)


def _chosen(found: Mapping[str, Any], preferred: str | None) -> str:
    if preferred is not None and preferred in found:
        return preferred
    if len({canonical_json(value) for value in found.values()}) > 1:
        raise BadData(f"{len(found)} spaces that differ ({shown(', '.join(found))}); keep that of the run")
    return next(iter(found))
