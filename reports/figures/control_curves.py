"""The genetic algorithm against random draws of the same space: best so far over evaluations, one figure a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from hpo.archive.record import Record
from reports.analysis.bestof import curve_points, expected_best, expected_best_band
from reports.analysis.comparable import UNKNOWN_RELEASE, Collection, yardstick
from reports.analysis.comparison import best_searched, free_controls
from reports.analysis.control import Pool, pools, running_best, same_draws
from reports.analysis.order import sorted_datasets
from reports.figures.curves import (
    OTHER,
    RANDOM,
    SIZES,
    Curve,
    CurvePanel,
    Curves,
    changes_only,
    curves_figure,
)
from reports.figures.files import Figure

CAPTION = (
    "Lines: the best loss so far of each search, above the lowest of all searches of the pair; the mark is the end of "
    "the search, or of what its table recorded. Dashed: what so many random draws reach on average, from the first "
    "generations and random searches that the archive holds, with its 95 % bootstrap interval; it ends where there are "
    "no more draws."
)


def by_collection(records: Sequence[Record]) -> dict[Collection, list[Record]]:
    """Records on known data by collection, in their order."""
    found: dict[Collection, list[Record]] = defaultdict(list)
    for record in records:
        if record.run.release.name != UNKNOWN_RELEASE:
            found[Collection.of(record.run)].append(record)
    return dict(found)


def control_curves(title: str, records: Sequence[Record]) -> Curves:
    """The figure's data of the runs of one model in one collection."""
    available = pools(records)
    panels = []
    for dataset in sorted_datasets(record.run.dataset for record in records):
        members = comparable_runs([record for record in records if record.run.dataset == dataset])
        panels.append(_panel(dataset, members, available))
    return Curves(title, "evaluations", panels)


def comparable_runs(records: Sequence[Record]) -> list[Record]:
    """The runs of one pair with a living best, under the yardstick that most evaluations share."""
    groups: dict[Any, list[Record]] = defaultdict(list)
    for record in records:
        if best_searched(record) is not None:
            groups[yardstick(record.run)].append(record)
    return max(groups.values(), key=lambda group: sum(len(record.evaluations) for record in group), default=[])


def control_figures(records: Sequence[Record]) -> Iterator[Figure]:
    """A figure for every collection in which the model of ``records`` has a living search."""
    for collection, members in by_collection(records).items():
        model = members[0].run.model
        data = control_curves(f"{model}: the search against random draws", members)
        if not any(panel.curves for panel in data.panels):
            continue
        yield curves_figure(f"control-{collection.id}", data, alt=control_alt(model, members), caption=CAPTION)


def control_alt(model: str, records: Sequence[Record]) -> str:
    """The finding: in how many searches random draws of equal number do as well, and where."""
    found = [one for one in free_controls(records) if not one.bounded and one.gain is not None]
    if not found:
        return f"{model}: best loss so far of every search; no pool of random draws is as large as a search's budget."
    parts = [f"{one.run.dataset} {one.run.size} {100 * (one.gain or 0):+.1f} %".replace("-", "−") for one in found]
    ahead = sum((one.gain or 0) > 0 for one in found)
    return (
        f"{model}: against the expected best of as many random draws the search is ahead in {ahead} of {len(found)} "
        f"runs that can be compared: {', '.join(parts)}."
    )


def _panel(dataset: str, records: Sequence[Record], available: Mapping[tuple[Any, ...], Pool]) -> CurvePanel:
    if not records:
        return CurvePanel(dataset, (), "no living run")
    lowest = min(best for record in records if (best := best_searched(record)) is not None)
    curves = [curve_of(record, lowest) for record in records]
    used = {key: available[key] for record in records if (key := same_draws(record)) in available and key is not None}
    curves += [curve for pool in used.values() if (curve := _expected(pool, lowest)) is not None]
    return CurvePanel(dataset, curves)


def curve_of(record: Record, lowest: float, x: np.ndarray | None = None) -> Curve:
    """Best so far of ``record`` as shares above ``lowest``, over evaluations from 1 or over ``x``."""
    best = running_best(record)
    across, shares = changes_only(np.arange(1.0, len(best) + 1) if x is None else x, best / lowest - 1)
    run = record.run
    is_random = run.strategy == "random"
    label = f"{run.size}, random" if is_random else run.size
    return Curve(label, run.key, RANDOM if is_random else SIZES.get(run.size, OTHER), across, shares)


def _expected(pool: Pool, lowest: float) -> Curve | None:
    losses = np.array(pool.losses)
    if not np.isfinite(losses).all():
        return None
    draws = curve_points(len(losses))
    low, high = expected_best_band(losses, draws)
    return Curve(
        label="expected best of random draws",
        name=" ".join(pool.runs),
        look=RANDOM,
        x=np.array(draws, dtype=float),
        y=expected_best(losses, draws) / lowest - 1,
        dashed=True,
        stepped=False,
        low=low / lowest - 1,
        high=high / lowest - 1,
    )
