"""Audit flags as the reports show them: comparisons between records included, and how much each one matters."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final

from hpo.archive.audit import EXPLANATIONS, SET_RULES
from hpo.archive.record import Record
from hpo.archive.schema import Flag

MAX_EVIDENCE: Final = 240


class Weight(IntEnum):
    """What a flag puts in doubt."""

    RESULT = 0
    """The best result itself."""
    SEARCH = 1
    """How well the space was searched, or whether two runs compare."""
    NOTE = 2
    """Nothing of the result; worth knowing."""

    @property
    def label(self) -> str:
        """In words."""
        return ("puts the result in doubt", "limits the search or its comparison", "is worth knowing")[self]


_WEIGHTS: Final = {
    "missing-evaluations": Weight.RESULT,
    "best-lost": Weight.RESULT,
    "degenerate": Weight.RESULT,
    "out-of-bounds": Weight.RESULT,
    "mismatch-log-csv": Weight.RESULT,
    "duplicates": Weight.NOTE,
    "private-paths": Weight.NOTE,
    "failed-evaluations": Weight.NOTE,
}


def weight(flag: str) -> Weight:
    """How much the flag named ``flag`` matters; unknown ones count as limits of the search."""
    return _WEIGHTS.get(flag, Weight.SEARCH)


def by_weight(flags: Sequence[Flag]) -> list[Flag]:
    """``flags``, the weightiest first."""
    return sorted(flags, key=lambda flag: weight(flag.flag))


def weighty(flags: Sequence[Flag]) -> list[Flag]:
    """The flags that are more than notes, the weightiest first."""
    return [flag for flag in by_weight(flags) if weight(flag.flag) < Weight.NOTE]


def doubtful(flags: Sequence[Flag]) -> bool:
    """Whether a flag puts the result in doubt."""
    return any(weight(flag.flag) == Weight.RESULT for flag in flags)


def with_comparisons(records: Sequence[Record]) -> dict[str, list[Flag]]:
    """Flags by key: those in ``run.json``, and findings that only the comparison of records gives."""
    compared = {name: rule(list(records)) for name, rule in SET_RULES.items()}
    found = {}
    for record in records:
        flags = {flag.flag: flag for flag in record.run.flags if flag.flag not in SET_RULES}
        for name, evidence in compared.items():
            if record.key in evidence:
                flags[name] = Flag(flag=name, explanation=EXPLANATIONS[name], evidence=evidence[record.key])
        found[record.key] = by_weight(list(flags.values()))
    return found


def evidence_text(evidence: dict[str, Any]) -> str:
    """The evidence of a flag in one line of at most 240 characters; all of it is in ``run.json``."""
    parts = (f"{name.replace('_', ' ')}: {_short(value)}" for name, value in evidence.items() if value not in ([], {}))
    text = "; ".join(parts)
    return text if len(text) <= MAX_EVIDENCE else text[: MAX_EVIDENCE - 1].rstrip() + "…"


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        head = ", ".join(_short(item) for item in value[:8])
        return head + (f" and {len(value) - 8} more" if len(value) > 8 else "")
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(item)}" for name, item in value.items())
    return "none" if value is None else str(value)
