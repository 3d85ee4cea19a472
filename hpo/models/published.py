"""How the losses of the published Hall of Fame came about: the protocol of a model that reproduces them.

The words are those that imports of published runs carry (``hpo.archive.importers.protocols``; a test compares them),
so that a reproduction stands beside the runs that it reproduces and beside no others.
"""

from __future__ import annotations

from typing import Any, Final

HOF: Final = "hof"
"""Name of the published behaviour."""


def hof_protocol(
    version: int,
    *,
    selection: str = "the best epoch on validation",
    name: str = "improve-hof-auc",
    target: str = "auc",
) -> dict[str, Any]:
    """The protocol of a model with ``compat="hof"``, as ``hpo.archive.schema.Protocol`` describes it.

    Args:
        version: The model's ``protocol_version``.
        selection: Which weights were scored.
        name: Name of the protocol.
        target: What the loss is measured on.
    """
    return {"name": name, "version": version, "target": target, "metric": "mse", "selection": selection}
