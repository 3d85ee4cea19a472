"""What may stand side by side: losses of different sources, releases, splits or protocols are never compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hpo.archive.choice import Comparable, comparable
from hpo.archive.schema import RunInfo
from hpo.digest import digest

SYNTHETIC_PREFIX: Final = "demo"
UNKNOWN: Final = "unknown"
UNKNOWN_RELEASE: Final = UNKNOWN
"""Release of imports whose source does not say which data were used; their losses compare with nothing."""


@dataclass(frozen=True, slots=True, order=True)
class Collection:
    """Runs of one source on one release: what one table of the site shows.

    Attributes:
        kind: ``cross-hpo`` for own runs, another name for imported ones.
        source: Name of the source; empty for own runs.
        commit: Commit of the source; empty if unknown.
        release: Name of the cut of the datasets.
    """

    kind: str
    source: str
    commit: str
    release: str

    @classmethod
    def of(cls, run: RunInfo) -> Collection:
        """The collection that ``run`` belongs to."""
        if run.source.kind == "cross-hpo":
            return cls(run.source.kind, "", "", run.release.name)
        return cls(run.source.kind, run.source.name or "", run.source.commit or "", run.release.name)

    @property
    def imported(self) -> bool:
        """Whether the runs were made by somebody else and not repeated here."""
        return self.kind != "cross-hpo"

    @property
    def synthetic(self) -> bool:
        """Whether the data are made up, so that the results say nothing about a drug or a model."""
        return self.release.lower().startswith(SYNTHETIC_PREFIX)

    @property
    def id(self) -> str:
        """Name for anchors, another one for each collection: letters, digits and hyphens."""
        source = f"-{digest([self.source, self.commit])[:6]}" if self.imported else ""
        text = f"{self.kind}-{self.release}{source}"
        return "".join(character if character.isalnum() else "-" for character in text).lower()


def is_synthetic(run: RunInfo) -> bool:
    """Whether ``run`` was made with data that are made up."""
    return run.dataset.upper().startswith("DEMO-") or Collection.of(run).synthetic


def synthetic_share(runs: Sequence[RunInfo]) -> str:
    """``all``, ``some`` or, for none, an empty text: how many of ``runs`` were made with made-up data."""
    synthetic = [is_synthetic(run) for run in runs]
    return "all" if synthetic and all(synthetic) else "some" if any(synthetic) else ""


Yardstick = tuple[Collection, Comparable]
"""What two runs must share for their losses to be compared."""


def yardstick(run: RunInfo) -> Yardstick:
    """The yardstick of ``run``."""
    return Collection.of(run), comparable(run)


def loss_label(run: RunInfo) -> str:
    """What ``val_loss`` is in ``run``: metric and target where the source says so."""
    protocol = run.protocol
    if UNKNOWN in (protocol.metric, protocol.target):
        return "val_loss as reported"
    return f"validation {protocol.metric.upper()} of {protocol.target}"


def protocol_text(run: RunInfo) -> str:
    """How the losses of ``run`` come about, in words."""
    protocol = run.protocol
    compat = f", as in {protocol.compat}" if protocol.compat else ""
    split = "split not recorded" if run.split is None else f"split {run.split}"
    return f"{protocol.name} version {protocol.version} ({loss_label(run)}{compat}), {split}"
