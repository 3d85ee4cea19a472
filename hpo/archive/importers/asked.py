"""What a run is of: from what the files of another tool say, and from options; all that is missing is named at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hpo.archive.schema import Protocol, Release
from hpo.errors import UsageError
from hpo.identifiers import MAX_ID_LENGTH, is_identifier

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a run is of; ``None`` where it is not known.

    Attributes:
        model: Model.
        dataset: Dataset.
        size: Name of the size.
        release: Cut of the dataset.
        protocol: How a loss came about.
        strategy: How candidates were chosen.
        split: Number of the split.
        seed: Seed of the search.
        run: Name of the run.
    """

    model: str | None = None
    dataset: str | None = None
    size: str | None = None
    release: Release | None = None
    protocol: Protocol | None = None
    strategy: str | None = None
    split: int | None = None
    seed: int | None = None
    run: str | None = None

    def over(self, other: Identity) -> Identity:
        """What this one says, and where it says nothing what ``other`` says."""
        return replace(other, **{name: value for name in self.__slots__ if (value := getattr(self, name)) is not None})

    @property
    def missing(self) -> tuple[str, ...]:
        """Options that have to be given, in the order of the help."""
        return tuple(f"--{name}" for name in REQUIRED if getattr(self, name) is None)


REQUIRED = ("model", "dataset", "size", "release", "protocol")
"""What every record says of its run."""


def asked(
    *,
    model: str | None = None,
    dataset: str | None = None,
    size: str | None = None,
    release: str | None = None,
    protocol: str | None = None,
    target: str | None = None,
    metric: str | None = None,
    strategy: str | None = None,
    split: int | None = None,
    run: str | None = None,
) -> Identity:
    """The identity that options name; ``protocol`` is ``NAME`` or ``NAME/VERSION``.

    Raises:
        UsageError: A name is none, or ``target`` or ``metric`` is given without ``protocol``; all problems at once.
    """
    name, _, version = (protocol or "").partition("/")
    named = {"model": model, "dataset": dataset, "size": size, "release": release, "strategy": strategy, "run": run}
    named["protocol"] = name if protocol else None
    problems = [
        f"--{option} {value!r}: letters, digits and ._+- only, beginning with a letter or digit, at most "
        f"{MAX_ID_LENGTH} characters"
        for option, value in named.items()
        if value is not None and not is_identifier(value)
    ]
    if version and not version.isdecimal():
        problems.append(f"--protocol {protocol!r}: the version after the slash must be a whole number")
    problems += [
        f"--{option}: belongs to a protocol; give --protocol as well"
        for option, value in (("target", target), ("metric", metric))
        if value is not None and protocol is None
    ]
    if problems:
        raise UsageError("\n".join(problems))
    return Identity(
        model=model,
        dataset=dataset,
        size=size,
        release=None if release is None else Release(name=release, digest=None),
        protocol=None
        if protocol is None
        else Protocol(
            name=name,
            version=int(version or 1),
            target=target or UNKNOWN,
            metric=metric or UNKNOWN,
            selection=UNKNOWN,
            compat=None,
        ),
        strategy=strategy,
        split=split,
        run=run,
    )


def named_by_folders(parts: Sequence[str]) -> Identity:
    """What folders ``MODEL/DATASET/SIZE`` or ``MODEL/DATASET/SIZE/RUN`` below the source say; others say nothing."""
    if len(parts) not in (3, 4) or not all(is_identifier(part) for part in parts):
        return Identity()
    return Identity(model=parts[0], dataset=parts[1], size=parts[2])


def need_identity(runs: Sequence[tuple[str, Identity]]) -> None:
    """Check that it is known of every run what it is of.

    Args:
        runs: Name for messages and identity of each run.

    Raises:
        UsageError: Something is not known of a run; every option that is missing, once.
    """
    unknown = [(path, identity.missing) for path, identity in runs if identity.missing]
    if not unknown:
        return
    options = [f"--{name}" for name in REQUIRED if any(f"--{name}" in missing for _, missing in unknown)]
    first = unknown[0][0]
    of = first if len(unknown) == 1 else f"{len(unknown)} runs, among them {first},"
    raise UsageError(
        f"the source does not say of {of} what every record says; give {', '.join(options)}\n"
        "  The release names the cut of the dataset, the protocol how a loss comes about: only losses of one dataset, "
        "release, split and protocol are compared."
    )
