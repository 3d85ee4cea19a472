"""Improvement by every definition, per run and over runs that belong together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from hpo.archive.improvement import DEFINITIONS, Aggregate, Improvement, aggregates, improvement
from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from hpo.digest import digest
from reports.analysis.comparable import UNKNOWN_RELEASE, Collection
from reports.analysis.kept import kept_together
from reports.analysis.memo import once_per_record
from reports.analysis.order import sorted_sizes

PUBLISHED_MODELS: Final = ("GraphDRP", "IGTD", "Paccmann_MCA", "PathDSP", "HiDRA", "LGBM")
PUBLISHED_SIZE: Final = "MEDIUM"
PUBLISHED_SOURCE: Final = "improve"
PUBLISHED_PERCENT: Final = 56.35
"""Mean improvement that the Cross-HPO abstract (SC24) states for these models, without a definition."""


@dataclass(frozen=True, slots=True)
class Group:
    """Improvements of runs of one collection, size and strategy.

    Attributes:
        collection: Source and release.
        size: Size of the searches.
        strategy: How candidates were chosen.
        published: Whether it is the selection behind the published number: its models only.
        runs: Number of runs.
        dead: Runs in which nothing was learnt.
        all: Every definition over all runs; dead ones count with what they are, 0 % as a rule.
        living: Every definition over the others.
    """

    collection: Collection
    size: str
    strategy: str
    published: bool
    runs: int
    dead: int
    all: dict[str, Aggregate]
    living: dict[str, Aggregate]


def improvements_by_key(records: Sequence[Record]) -> dict[str, Improvement]:
    """Improvements of every record, in percent, by its key."""
    controls: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        if record.run.strategy == "random":
            controls[record.run.model, record.run.dataset].append(record)
    found = {}
    for record in records:
        own = controls[record.run.model, record.run.dataset]
        found[record.key] = improvement(record, own) if own else improvement_alone(record)
    return found


@once_per_record
def improvement_alone(record: Record) -> Improvement:
    """Improvements of a record without a random control."""
    return improvement(record)


def groups(runs: Sequence[RunInfo], found: dict[str, Improvement]) -> list[Group]:
    """The selection behind the published number first, then one group a collection, size and strategy.

    Runs on unknown data and groups of a single run are left out: there is nothing to average.
    """
    grouped: dict[tuple[Collection, str, str], list[RunInfo]] = defaultdict(list)
    for run in runs:
        if run.release.name != UNKNOWN_RELEASE:
            grouped[Collection.of(run), run.size, run.strategy].append(run)
    sizes = sorted_sizes(size for _, size, _ in grouped)
    ordered = sorted(grouped, key=lambda key: (key[0].synthetic, key[0].imported, key[0], sizes.index(key[1]), key[2]))
    result = [_group(key, grouped[key], found, published=False) for key in ordered if len(grouped[key]) > 1]
    return [*_published(grouped, found), *result]


def members(group: Group, runs: Sequence[RunInfo]) -> list[RunInfo]:
    """The runs that ``group`` is about, of ``runs``."""
    return [
        run
        for run in runs
        if (Collection.of(run), run.size, run.strategy) == (group.collection, group.size, group.strategy)
        and (run.model in PUBLISHED_MODELS or not group.published)
    ]


def improvement_table(runs: Sequence[RunInfo], found: dict[str, Improvement]) -> pd.DataFrame:
    """One row a run: identity, whether it is dead, and the percent of every definition."""
    rows = [
        {
            "key": run.key,
            "model": run.model,
            "dataset": run.dataset,
            "size": run.size,
            "strategy": run.strategy,
            "source": run.source.kind,
            "release": run.release.name,
            "dead": found[run.key].degenerate,
            **found[run.key].percent,
        }
        for run in runs
    ]
    columns = ["key", "model", "dataset", "size", "strategy", "source", "release", "dead", *DEFINITIONS]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def summary_table(found: Sequence[Group]) -> pd.DataFrame:
    """One row a group and definition: runs, mean with its 95 % interval, median, with and without dead runs."""
    rows = []
    for group in found:
        for definition in DEFINITIONS:
            whole, living = group.all[definition], group.living[definition]
            rows.append(
                {
                    "source": group.collection.kind,
                    "release": group.collection.release,
                    "size": group.size,
                    "strategy": group.strategy,
                    "published_selection": group.published,
                    "definition": definition,
                    "runs": whole.runs,
                    "mean": whole.mean,
                    "low": whole.low,
                    "high": whole.high,
                    "median": whole.median,
                    "living_runs": living.runs,
                    "living_mean": living.mean,
                    "living_median": living.median,
                }
            )
    return pd.DataFrame(rows, columns=list(_SUMMARY_COLUMNS), dtype=object)


_SUMMARY_COLUMNS: Final = (
    "source",
    "release",
    "size",
    "strategy",
    "published_selection",
    "definition",
    "runs",
    "mean",
    "low",
    "high",
    "median",
    "living_runs",
    "living_mean",
    "living_median",
)


def _published(grouped: dict[tuple[Collection, str, str], list[RunInfo]], found: dict[str, Improvement]) -> list[Group]:
    result = []
    for key, runs in grouped.items():
        chosen = [run for run in runs if run.model in PUBLISHED_MODELS]
        if key[0].kind == PUBLISHED_SOURCE and key[1] == PUBLISHED_SIZE and len(chosen) > 1:
            result.append(_group(key, chosen, found, published=True))
    return result


def _group(
    key: tuple[Collection, str, str], runs: Sequence[RunInfo], found: dict[str, Improvement], *, published: bool
) -> Group:
    chosen = [found[run.key] for run in runs]
    content = digest(["aggregates", repr([(one.degenerate, one.percent) for one in chosen])])
    whole, living = kept_together(content, lambda: (aggregates(chosen), aggregates(chosen, with_degenerate=False)))
    return Group(
        collection=key[0],
        size=key[1],
        strategy=key[2],
        published=published,
        runs=len(chosen),
        dead=sum(one.degenerate for one in chosen),
        all=whole,
        living=living,
    )
