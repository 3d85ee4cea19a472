"""Which model, dataset and size a run folder is of, from its place in the tree or its own metadata."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hpo.archive.importers.discover import HALL
from hpo.archive.importers.reading import shown
from hpo.errors import BadData
from hpo.identifiers import is_identifier

DATASETS: Final = ("CCLE", "CTRPv2", "gCSI", "GDSCv1", "GDSCv2")
"""The studies of the benchmark."""

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Identity:
    """Model, dataset and size of a run; ``unknown`` where neither folder nor metadata say it.

    Attributes:
        path: The run's folder within the source, beginning at ``HallOfFame`` where there is one.
        notes: What had to be decided.
    """

    model: str
    dataset: str
    size: str
    path: str
    notes: tuple[str, ...]


def identify(folder: Sequence[str], below_root: int, metadata: dict[str, str]) -> Identity:
    """Identity of the run in ``folder``.

    ``HallOfFame/<MODEL>/<DATASET>/<SIZE>`` is the rule; ``HallOfFame/<MODEL>/<NAME>`` is a run of its own whose
    dataset is unknown. Without a ``HallOfFame`` three parts below the root are read the same way, or the last three
    parts if the middle one is a known dataset; there the metadata come first, since the folders may be anybody's.

    Args:
        folder: All parts of the folder's absolute path.
        below_root: How many of them are below the folder that the user named.
        metadata: ``MODEL``, ``DATASET``, ``SIZE`` from ``metadata.txt``.

    Raises:
        BadData: A name is unfit for an archive.
    """
    notes: list[str] = []
    if HALL in folder and folder[-1] != HALL:
        parts = _below_hall(folder)
        names = _names(parts, metadata)
        notes.extend(_disagreements(names, metadata))
        path = "/".join((HALL, *parts))
    else:
        names = _without_hall(folder, below_root, metadata)
        path = "/".join(names)
    wrong = [name for name in names if not is_identifier(name)]
    if wrong:
        raise BadData(
            f"{shown(wrong[0])!r} cannot name a model, dataset or size: letters, digits and ._+- only, "
            "beginning with a letter or digit, at most 64 characters"
        )
    model, dataset, size = names
    if dataset == UNKNOWN:
        notes.append("The source does not say which dataset this is.")
    return Identity(model, dataset, size, path, tuple(notes))


def _below_hall(folder: Sequence[str]) -> tuple[str, ...]:
    position = len(folder) - 1 - list(reversed(folder)).index(HALL)
    return tuple(folder[position + 1 :])


def _names(parts: tuple[str, ...], metadata: dict[str, str]) -> tuple[str, str, str]:
    if len(parts) >= 3:
        return parts[0], parts[1], "-".join(parts[2:])
    dataset = metadata.get("DATASET", UNKNOWN)
    size = metadata.get("SIZE", UNKNOWN)
    if len(parts) == 1:
        return parts[0], dataset, size
    return (parts[0], parts[1], size) if parts[1] in DATASETS else (parts[0], dataset, parts[1])


def _without_hall(folder: Sequence[str], below_root: int, metadata: dict[str, str]) -> tuple[str, str, str]:
    told = (UNKNOWN, UNKNOWN, UNKNOWN)
    if below_root >= 3:
        told = _names(tuple(folder[-below_root:]), {})
    elif len(folder) >= 3 and folder[-2] in DATASETS:
        told = _names(tuple(folder[-3:]), {})
    model, dataset, size = (
        name if key not in metadata or _spelling(name) == _spelling(metadata[key]) else metadata[key]
        for key, name in zip(("MODEL", "DATASET", "SIZE"), told, strict=True)
    )
    return model, dataset, size


def _disagreements(names: tuple[str, str, str], metadata: dict[str, str]) -> list[str]:
    return [
        f"metadata.txt says {key}={shown(metadata[key])}, the folder {shown(name)}; the folder was taken."
        for key, name in zip(("MODEL", "DATASET", "SIZE"), names, strict=True)
        if key in metadata and _spelling(metadata[key]) != _spelling(name)
    ]


def _spelling(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
