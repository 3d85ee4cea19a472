"""The audit: named findings about records, each with its evidence. Pure functions; nothing is read or written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from hpo.archive import audit_rules as rules
from hpo.archive.audit_log import mismatch_log_csv
from hpo.archive.audit_scale import log_scale_ignored
from hpo.archive.audit_sets import epochs_differ, space_differs_between_sizes
from hpo.archive.schema import Flag

if TYPE_CHECKING:
    from hpo.archive.record import Record

Rule = Callable[["Record"], dict[str, Any] | None]
SetRule = Callable[[list["Record"]], dict[str, dict[str, Any]]]

RECORD_RULES: Final[dict[str, Rule]] = {
    "missing-evaluations": rules.missing_evaluations,
    "best-lost": rules.best_lost,
    "plateau": rules.plateau,
    "degenerate": rules.degenerate,
    "log-scale-ignored": log_scale_ignored,
    "out-of-bounds": rules.out_of_bounds,
    "unrecorded-hyperparameter": rules.unrecorded_hyperparameter,
    "duplicates": rules.duplicates,
    "size-mismatch": rules.size_mismatch,
    "mismatch-log-csv": mismatch_log_csv,
    "failed-evaluations": rules.failed_evaluations,
    "private-paths": rules.private_paths,
}
"""Findings about one record: the evidence, or ``None`` if there is nothing to say."""

SET_RULES: Final[dict[str, SetRule]] = {
    "space-differs-between-sizes": space_differs_between_sizes,
    "epochs-differ": epochs_differ,
}
"""Findings about a record in comparison with others: evidence by key of the records concerned."""

EXPLANATIONS: Final = {
    "missing-evaluations": "The tables hold fewer evaluations than the search made.",
    "best-lost": "The published best is worse than the best evaluation of the same run.",
    "plateau": "Many different configurations share one loss to the last digit, as dead networks do.",
    "degenerate": "No evaluation of the search is better than another one: nothing was found.",
    "log-scale-ignored": "The space declares a log scale, but the first values are spread linearly.",
    "out-of-bounds": "Values lie outside the space that the record declares.",
    "unrecorded-hyperparameter": "A searched hyperparameter has no column in the source.",
    "duplicates": "The same hyperparameters were trained more than once.",
    "size-mismatch": "Population and generations are not those of the size that the run is filed under.",
    "space-differs-between-sizes": "Sizes of this model and dataset searched different spaces.",
    "epochs-differ": "Trained for another number of epochs than most runs of this model.",
    "mismatch-log-csv": "The log of the search and the table of evaluations contradict each other.",
    "failed-evaluations": "Evaluations ended without a usable loss.",
    "private-paths": "The source held user names, host names or personal paths; they were taken out.",
}
"""One line per flag, for tables and pages."""


def audit(record: Record) -> list[Flag]:
    """Findings about ``record`` alone, in the order of :data:`RECORD_RULES`."""
    found = ((name, rule(record)) for name, rule in RECORD_RULES.items())
    return [_flag(name, evidence) for name, evidence in found if evidence is not None]


def audit_archive(records: Iterable[Record]) -> dict[str, list[Flag]]:
    """All findings by key of the record, comparisons between records included, in the order of :data:`EXPLANATIONS`."""
    records = list(records)
    compared = {name: rule(records) for name, rule in SET_RULES.items()}
    result = {}
    for record in records:
        flags = {flag.flag: flag for flag in audit(record)}
        flags |= {name: _flag(name, found[record.key]) for name, found in compared.items() if record.key in found}
        result[record.key] = [flags[name] for name in EXPLANATIONS if name in flags]
    return result


def _flag(name: str, evidence: dict[str, Any]) -> Flag:
    return Flag(flag=name, explanation=EXPLANATIONS[name], evidence=evidence)
