"""Rules about the records themselves: what was searched, with what budget, and whether it is what a search does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, field_validator

from hpo.archive.audit import EXPLANATIONS
from hpo.archive.record import Record
from reports.analysis.claims.finding import Finding, Number, decided, keys_of, names, not_testable
from reports.analysis.claims.parameters import Count, NoParameters, Parameters, Text
from reports.analysis.claims.scope import Scope
from reports.analysis.control import INCOMPLETE
from reports.analysis.overview import is_dead
from reports.analysis.searched import searched


class Covers(Parameters):
    """Parameters of :func:`covers`.

    Attributes:
        every: ``member`` if each model and each dataset of the selection must have a living search, ``pair`` if each
            model must have one on each dataset.
    """

    every: Literal["member", "pair"] = "member"


def covers(scope: Scope, parameters: Covers) -> Finding:
    """Whether the models and datasets that the selection names were searched, with a living result.

    Supported if none is missing, else contradicted; not testable where no run fits at all.
    """
    if not scope.chosen:
        return not_testable(scope.nothing)
    living = [record for record in scope.chosen if not is_dead(record.run)]
    pairs = {(record.run.model, record.run.dataset) for record in living}
    if parameters.every == "pair":
        wanted = [(model, dataset) for model in scope.asked.models for dataset in scope.asked.datasets]
        missing = [f"{model} on {dataset}" for model, dataset in wanted if (model, dataset) not in pairs]
        what = "pairs"
    else:
        members = {name for pair in pairs for name in pair}
        wanted = [(name, "") for name in (*scope.asked.models, *scope.asked.datasets)]
        missing = [name for name, _ in wanted if name not in members]
        what = "models and datasets"
    found = len(wanted) - len(missing)
    numbers = [
        Number(label=f"{what} with a living result", value=found, unit="", runs=keys_of(living)),
        Number(label=f"{what} in all", value=len(wanted)),
    ]
    rest = f"; without one: {', '.join(missing)}" if missing else ""
    return decided(not missing, f"{found} of {len(wanted)} {what} have a living result{rest}.", numbers)


class Budget(Parameters):
    """Parameters of :func:`budget`.

    Attributes:
        generations: Evaluations of each generation.
    """

    generations: tuple[Count, ...] = Field(min_length=1)


def budget(scope: Scope, parameters: Budget) -> Finding:
    """Whether every search made so many evaluations in each generation, the default hyperparameters aside.

    Where a table lost rows, its stated population and number of generations are taken. Supported if all agree, else
    contradicted.
    """
    if not scope.chosen:
        return not_testable(scope.nothing)
    wanted = list(parameters.generations)
    against = [record for record in scope.chosen if not _spent(record, wanted)]
    agreeing = [record for record in scope.chosen if record not in against]
    numbers = [
        Number(label="runs with this budget", value=len(agreeing), unit="runs", runs=keys_of(agreeing)),
        Number(label="runs with another one", value=len(against), unit="runs", runs=keys_of(against)),
    ]
    rest = f" Others: {names(against)}." if against else ""
    plan = ", ".join(str(count) for count in wanted)
    reason = f"{len(agreeing)} of {len(scope.chosen)} runs made {plan} evaluations by generation.{rest}"
    return decided(not against, reason, numbers)


def replayed(scope: Scope, _: NoParameters) -> Finding:
    """Whether a genetic search of Supervisor's settings leads to every one of the records.

    Of imports, `cross-hpo hof replay --all --mark` writes what came of it into the record. Supported if every run is
    derived, completely or as far as its losses reach; contradicted if a complete replay leaves rows that it does not
    derive; not testable while runs were not replayed.
    """
    if not scope.chosen:
        return not_testable(scope.nothing)
    marked = [record for record in scope.chosen if record.run.replay is not None]
    complete = [record for record in marked if _state(record) == "complete"]
    partial = [record for record in marked if _state(record) == "partial"]
    false = [record for record in complete if _underived(record)]
    derived = sum(record.run.replay.evaluations for record in marked if record.run.replay is not None)
    numbers = [
        Number(label="runs derived completely", value=len(complete), unit="runs", runs=keys_of(complete)),
        Number(label="runs derived in part", value=len(partial), unit="runs", runs=keys_of(partial)),
        Number(label="evaluations derived", value=derived, unit="evaluations", runs=keys_of(marked)),
    ]
    if false:
        return decided(False, f"Rows that no search gives: {names(false)}.", numbers)
    if len(marked) < len(scope.chosen):
        rest = len(scope.chosen) - len(marked)
        return not_testable(f"{rest} of {len(scope.chosen)} runs were not replayed.", numbers)
    reason = (
        f"All {len(marked)} runs come back from a seed: {len(complete)} completely, {len(partial)} in part; "
        f"{derived} evaluations."
    )
    return decided(True, reason, numbers)


class FreeOfFlags(Parameters):
    """Parameters of :func:`free_of_flags`.

    Attributes:
        flags: Names of audit flags.
    """

    flags: tuple[Text, ...] = Field(min_length=1)

    @field_validator("flags")
    @classmethod
    def _known(cls, flags: Sequence[str]) -> Sequence[str]:
        unknown = sorted(set(flags) - set(EXPLANATIONS))
        if unknown:
            raise ValueError(f"no audit flag {', '.join(unknown)}; there are {', '.join(EXPLANATIONS)}")
        return flags


def free_of_flags(scope: Scope, parameters: FreeOfFlags) -> Finding:
    """Whether no run carries one of the audit flags. Supported if none does, else contradicted."""
    if not scope.chosen:
        return not_testable(scope.nothing)
    struck = {
        flag: [record for record in scope.chosen if any(one.flag == flag for one in record.run.flags)]
        for flag in parameters.flags
    }
    any_of_them = {record.key for records in struck.values() for record in records}
    numbers = [Number(label="runs", value=len(scope.chosen), unit="runs", runs=keys_of(scope.chosen))]
    numbers += [
        Number(label=f"runs with the flag {flag}", value=len(records), unit="runs", runs=keys_of(records))
        for flag, records in struck.items()
    ]
    counts = ", ".join(f"{len(records)} {flag}" for flag, records in struck.items())
    reason = f"{len(any_of_them)} of {len(scope.chosen)} runs carry such a flag: {counts}."
    return decided(not any_of_them, reason, numbers)


def _spent(record: Record, wanted: Sequence[int]) -> bool:
    run = record.run
    if any(flag.flag in INCOMPLETE for flag in run.flags):
        return (run.population, run.generations) == (wanted[0], len(wanted))
    counts = searched(record)["generation"].value_counts()
    return [int(counts.get(number, 0)) for number in range(len(wanted))] == list(wanted) and len(counts) == len(wanted)


def _state(record: Record) -> str:
    return "" if record.run.replay is None else record.run.replay.state


def _underived(record: Record) -> bool:
    return record.run.replay is not None and record.run.replay.agreeing < len(record.evaluations)
