"""Audit rules that compare records with each other: each returns evidence by key of the records concerned."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

from hpo.archive.audit_rules import declared

if TYPE_CHECKING:
    from hpo.archive.record import Record
    from hpo.space import Space

Found = dict[str, dict[str, Any]]


def space_differs_between_sizes(records: list[Record]) -> Found:
    """Records of one model, dataset and source that searched different axes, bounds or values in different sizes.

    How values are drawn (``sigma``, log scale) and constants may differ.
    """
    found: Found = {}
    for group in _grouped(records, lambda record: (record.run.model, record.run.dataset, record.run.source.kind)):
        with_space = [(record, _domains(record.space)) for record in group if record.space is not None]
        names = list(dict.fromkeys(name for _, domains in with_space for name in domains))
        differing = [name for name in names if len({repr(domains.get(name)) for _, domains in with_space}) > 1]
        if differing and len({record.run.size for record, _ in with_space}) > 1:
            evidence = {
                name: {f"{record.run.size}/{record.run.run}": domains.get(name) for record, domains in with_space}
                for name in differing
            }
            found |= {record.key: evidence for record, _ in with_space}
    return found


def epochs_differ(records: list[Record]) -> Found:
    """Records whose constant ``epochs`` is not that of most runs of the same model and source; a tie names all."""
    found: Found = {}
    for group in _grouped(records, lambda record: (record.run.model, record.run.source.kind)):
        epochs = {record.key: record.run.fixed.get("epochs") for record in group}
        epochs = {key: value for key, value in epochs.items() if value is not None}
        counts = Counter(epochs.values())
        if len(counts) > 1:
            (usual, most), (_, second) = counts.most_common(2)
            others = {str(value): sorted(key for key in epochs if epochs[key] == value) for value in counts}
            for key, value in epochs.items():
                if value != usual or most == second:
                    found[key] = {
                        "epochs": value,
                        "usual": None if most == second else usual,
                        "runs": {value: len(keys) for value, keys in others.items()},
                    }
    return found


def _grouped(records: Iterable[Record], key: Any) -> list[list[Record]]:
    groups: dict[Hashable, list[Record]] = defaultdict(list)
    for record in records:
        groups[key(record)].append(record)
    return list(groups.values())


def _domains(space: Space) -> dict[str, Any]:
    """What may be searched, by axis; see :func:`~hpo.archive.audit_rules.declared`."""
    return {axis.name: declared(axis) for axis in space.axes}
