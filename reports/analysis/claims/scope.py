"""Which runs a claim is about, of one collection only and never of made-up data; and what rules compute of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, StrictStr

from hpo.archive.improvement import Improvement, improvement
from hpo.archive.record import Record
from hpo.archive.transfer import TransferScores
from hpo.identifiers import check_identifier
from reports.analysis.comparable import UNKNOWN_RELEASE, Collection, is_synthetic
from reports.analysis.comparison import FreeControl, free_controls
from reports.analysis.memo import kept_of
from reports.analysis.movement import ModelOptima, model_optima
from reports.analysis.noises import Noise, NoiseBook
from reports.analysis.order import run_order
from reports.analysis.transfer_estimate import TransferEstimate, transfer_estimates

Name = Annotated[StrictStr, AfterValidator(check_identifier)]


EMPTY: Final[Mapping[str, Improvement]] = MappingProxyType({})


class Runs(BaseModel):
    """A selection of runs, as a ledger states it; empty lists stand for all.

    Attributes:
        source: ``improve`` for the published archive, ``cross-hpo`` for own runs.
        models: Names of models.
        datasets: Names of datasets.
        sizes: Names of sizes.
        strategy: How candidates were chosen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Name = "improve"
    models: tuple[Name, ...] = ()
    datasets: tuple[Name, ...] = ()
    sizes: tuple[Name, ...] = ()
    strategy: Name = "ga"

    def __str__(self) -> str:
        """In words, for reasons."""
        size = f"{' or '.join(self.sizes)} " if self.sizes else ""
        model = f" of {', '.join(self.models)}" if self.models else ""
        dataset = f" on {', '.join(self.datasets)}" if self.datasets else ""
        return f"{size}{self.strategy} run{model}{dataset} in the {self.source} records on real data"


class Archive:
    """The runs of one collection, with what several rules ask of them, each computed once."""

    def __init__(
        self,
        records: Sequence[Record],
        improvements: Mapping[str, Improvement] = EMPTY,
        transfers: Sequence[TransferScores] = (),
        estimates: Sequence[TransferEstimate] | None = None,
    ) -> None:
        self.records = tuple(records)
        self.transfers = tuple(transfers)
        self._estimates = estimates
        self._optima: dict[tuple[str, ...], list[ModelOptima]] = {}
        self._improvements: dict[tuple[str, int | None], Improvement] = {
            (record.key, None): improvements[record.key] for record in records if record.key in improvements
        }

    @cached_property
    def _noises(self) -> NoiseBook:
        return NoiseBook(self.records)

    @cached_property
    def controls(self) -> list[FreeControl]:
        """Searches against random draws that the archive holds anyway."""
        return free_controls(self.records)

    @cached_property
    def _random(self) -> list[Record]:
        return [record for record in self.records if record.run.strategy == "random"]

    def optima(self, records: Sequence[Record]) -> list[ModelOptima]:
        """The optima of ``records``, all of this collection, by model."""
        key = tuple(record.key for record in records)
        if key not in self._optima:
            self._optima[key] = model_optima(records)
        return self._optima[key]

    @cached_property
    def estimates(self) -> list[TransferEstimate]:
        """What optima of imports would give on other datasets, by model."""
        if self._estimates is None:
            return transfer_estimates(self.optima(self.records), self.records)
        keys = {record.key for record in self.records}
        return [one for one in self._estimates if keys & {run.key for run in one.runs.values()}]

    def noise(self, *records: Record) -> Noise:
        """What a difference between the losses of ``records`` must exceed."""
        return max((self._noises.of(record.run) for record in records), key=lambda noise: noise.share)

    def improvement(self, record: Record, decimals: int | None) -> Improvement:
        """Improvement of ``record`` by every definition, losses rounded to ``decimals`` first."""
        key = record.key, decimals
        if key not in self._improvements:
            compute = partial(improvement, record, self._random, decimals=decimals)
            self._improvements[key] = kept_of([record, *self._random], f"improvement, {decimals} decimals", compute)
        return self._improvements[key]


@dataclass(frozen=True)
class Scope:
    """What a rule looks at.

    Attributes:
        asked: The selection as stated.
        chosen: The runs that fit it, of one collection, in the order of tables.
        archive: All runs of that collection: random draws, controls and other sizes to hold them against.
    """

    asked: Runs
    chosen: tuple[Record, ...]
    archive: Archive

    @property
    def nothing(self) -> str:
        """The reason where no run fits."""
        return f"The archive holds no {self.asked}."


def archives(
    records: Sequence[Record],
    improvements: Mapping[str, Improvement] = EMPTY,
    transfers: Sequence[TransferScores] = (),
    estimates: Sequence[TransferEstimate] | None = None,
) -> dict[Collection, Archive]:
    """The collections that claims may be about, each in the order of tables; made-up and unknown data never count.

    Args:
        records: Records in any order.
        improvements: Improvements of records by key, where they are known already; without rounding of losses.
        transfers: Optima trained on other datasets.
        estimates: What optima of imports would give on other datasets, where that is known already.
    """
    found: dict[Collection, list[Record]] = defaultdict(list)
    for record in sorted(records, key=_order):
        if record.run.release.name != UNKNOWN_RELEASE and not is_synthetic(record.run):
            found[Collection.of(record.run)].append(record)
    return {collection: Archive(members, improvements, transfers, estimates) for collection, members in found.items()}


def scope(available: Mapping[Collection, Archive], asked: Runs) -> Scope:
    """The runs that ``asked`` is about.

    Losses of different collections are never compared, so where runs of several fit, those of the collection with the
    most fitting runs are taken; of equals the first by name.
    """
    fitting = {
        collection: tuple(record for record in archive.records if _fits(record, asked))
        for collection, archive in available.items()
        if collection.kind == asked.source
    }
    if not any(fitting.values()):
        return Scope(asked, (), Archive(()))
    chosen = min(fitting, key=lambda collection: (-len(fitting[collection]), collection))
    return Scope(asked, fitting[chosen], available[chosen])


def _fits(record: Record, asked: Runs) -> bool:
    run = record.run
    return (
        run.strategy == asked.strategy
        and (not asked.models or run.model in asked.models)
        and (not asked.datasets or run.dataset in asked.datasets)
        and (not asked.sizes or run.size in asked.sizes)
    )


def _order(record: Record) -> tuple[object, ...]:
    run = record.run
    return run_order(run.model, run.dataset, run.size, run.run)
