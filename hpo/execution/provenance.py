"""What a run was made with: chosen facts only, none of which names a person, a host or a folder."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import hpo
from hpo import __version__

PACKAGES: Final = ("numpy", "scipy", "deap")
"""Packages that every search depends on, beside those of the model."""
_GIT_LIMIT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Of one start of a search; part of the journal's ``open`` record.

    Attributes:
        software: Version by package, and of Python and the platform.
        commit: Commit of the checkout that this package runs from; ``None`` where it is no checkout.
        dirty: Whether the code in it differs from the commit.
    """

    software: dict[str, str]
    commit: str | None
    dirty: bool | None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


def surroundings(packages: Iterable[str], *, mpi: bool) -> Surroundings:
    """Of this process; ``packages`` are those that the model needs."""
    commit, dirty = commit_of(Path(hpo.__file__).parents[1])
    names = [*PACKAGES, *packages, *(["mpi4py"] if mpi else [])]
    return Surroundings(software(names), commit, dirty)


def software(packages: Iterable[str]) -> dict[str, str]:
    """Versions of Python, the platform, this package and ``packages``, where installed; nothing is imported."""
    found = {
        "python": platform.python_version(),
        "platform": f"{platform.system()}-{platform.machine()}",
        "cross-hpo": __version__,
    }
    for name in sorted(set(packages)):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def commit_of(checkout: Path) -> tuple[str | None, bool | None]:
    """Commit of the Git checkout ``checkout``, and whether the code of the package differs from it.

    ``(None, None)`` where the folder is no checkout, or Git is absent or slow.
    """
    if not (checkout / ".git").exists():
        return None, None
    commit = _git(checkout, "rev-parse", "HEAD")
    changes = _git(checkout, "status", "--porcelain", "--untracked-files=no", "--", "hpo")
    return (commit.strip() if commit else None), (None if changes is None else bool(changes.strip()))


def node_aliases(hosts: Sequence[str]) -> tuple[str, ...]:
    """``node-01``, ``node-02``, … for host names, in the order of their first appearance.

    >>> node_aliases(["x3001", "x3001", "x3002"])
    ('node-01', 'node-01', 'node-02')
    """
    order = {host: number for number, host in enumerate(dict.fromkeys(hosts), 1)}
    return tuple(f"node-{order[host]:02d}" for host in hosts)


def _git(checkout: Path, *arguments: str) -> str | None:
    command = ["git", "--no-optional-locks", "-C", str(checkout), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_LIMIT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
