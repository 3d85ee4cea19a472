"""The space files that come with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

PUBLISHED = "hof"
"""Name of the bounds that the published searches had."""


def builtin_spaces(model: str) -> dict[str, Path]:
    """The files of ``model`` by what they are for, in this order: an empty text for all sizes that have no file of
    their own, a size, and :data:`PUBLISHED`; empty for a model without files.

    >>> [name for name in builtin_spaces("LGBM")]
    ['', 'hof']
    """
    folder = Path(str(resources.files("hpo.space") / "files"))
    names = {path.name[len(model) + 1 : -len(".json")] or "": path for path in sorted(folder.glob(f"{model}.*json"))}
    return {name: names[name] for name in sorted(names, key=lambda name: (name == PUBLISHED, name))}
