"""Which cut of the data a folder holds.

The name comes from ``raw_data/release.json``, which ``cross-hpo data demo`` and ``cross-hpo data fetch`` write; data
without one are called ``local`` unless the user names them. The digest is over the files that were used, so two
copies of one name that differ in what a model reads are told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hpo.digest import digest
from hpo.errors import BadData
from hpo.identifiers import is_identifier
from hpo.strict_json import read_json

RELEASE_FILE: Final = "release.json"
LOCAL: Final = "local"
BENCHMARK: Final = "improve-csa"
"""Name of the IMPROVE benchmark, written by ``cross-hpo data fetch``."""


@dataclass(frozen=True, slots=True)
class Release:
    """A cut of the data, as a record names it.

    Attributes:
        name: For example ``improve-csa``, ``demo-1`` or ``local``.
        digest: SHA-256 over the digests of the files used, see :func:`release_digest`.
        synthetic: Whether the measurements were simulated.
    """

    name: str
    digest: str
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseName:
    """What ``release.json`` says: the name, and whether the data are simulated."""

    name: str = LOCAL
    synthetic: bool = False

    def to_json(self) -> dict[str, Any]:
        """Content of ``release.json``."""
        return {"name": self.name, "synthetic": self.synthetic}


def release_digest(digests: Mapping[str, str]) -> str:
    """SHA-256 of the canonical JSON of ``digests``, which maps a file's role to the SHA-256 of its bytes."""
    return digest(dict(digests))


def read_release(root: Path) -> ReleaseName:
    """What ``root/release.json`` says; the name ``local`` where there is no such file.

    Raises:
        BadData: The file is no JSON object with a valid ``name`` and, optionally, ``synthetic``.
    """
    path = root / RELEASE_FILE
    if not path.is_file():
        return ReleaseName()
    content = read_json(path, max_bytes=65_536)
    if not isinstance(content, dict) or not isinstance(content.get("name"), str):
        raise BadData(f'{path}: must be an object such as {{"name": "demo-1", "synthetic": true}}')
    problems = [
        f"{path}: {key}: unknown key; known are name and synthetic" for key in content.keys() - {"name", "synthetic"}
    ]
    name, synthetic = content["name"], content.get("synthetic", False)
    if not is_identifier(name):
        problems.append(f"{path}: name: {name!r:.80} is no valid name (letters, digits and ._+-)")
    if not isinstance(synthetic, bool):
        problems.append(f"{path}: synthetic: must be true or false, got {synthetic!r:.80}")
    if problems:
        raise BadData(problems)
    return ReleaseName(name, synthetic)
