"""The first page: what this is, the best result of every model on every dataset, and how to get the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from reports.analysis.convergence import best_so_far
from reports.analysis.corpus import Corpus
from reports.analysis.overview import Cell, Overview, best_loss, gain_over_default, overviews
from reports.figures.sparkline import sparkline
from reports.pages import addresses, text, words
from reports.pages.context import Fact, Grid, GridCell, HomePage, Link, Page


def home_page(corpus: Corpus) -> HomePage:
    """The home page of ``corpus``."""
    grids = overviews(corpus.runs)
    records = {record.key: record for record in corpus.records}
    return HomePage(
        page=Page(title='"Home"', root="", boost=2.0),
        facts=_facts(corpus.runs),
        grids=[_grid(overview, records) for overview in grids],
        picker=text.script_json(_picker(grids)),
        version=corpus.version,
        example=pull_example(corpus.runs[0]),
    )


def pull_example(run: RunInfo) -> str:
    """Shell lines that bring records and print the best settings, with ``run`` as the example."""
    return (
        f"dvc pull hall_of_fame/{run.key}\ncross-hpo hof best {run.model} {run.dataset}\ncross-hpo hof show {run.key}"
    )


def _facts(runs: Sequence[RunInfo]) -> list[Fact]:
    busy = [run.cost.busy_seconds for run in runs if run.cost.busy_seconds is not None]
    flagged = sum(bool(run.flags) for run in runs)
    timed = "" if len(busy) == len(runs) else f"of {len(busy)} runs that record it"
    audit = Markup('<a href="{}">{} of {} runs</a>').format(addresses.page(addresses.AUDIT), flagged, len(runs))
    return [
        Fact("Models", text.count(len({run.model for run in runs}))),
        Fact("Datasets", text.count(len({run.dataset for run in runs}))),
        Fact("Runs", text.count(len(runs))),
        Fact("Evaluations", text.count(sum(run.counts.evaluations for run in runs))),
        Fact("Time in evaluations", text.duration(sum(busy) if busy else None), timed),
        Fact("Flagged", audit),
    ]


def _grid(overview: Overview, records: dict[str, Record]) -> Grid:
    collection = overview.collection
    metrics = sorted({words.loss_name(cell.run) for cell in overview.cells.values()})
    count = sum(len(cell.runs) for cell in overview.cells.values())
    about = f"{count} run{'s' if count != 1 else ''} on {len(overview.cells)} of "
    about += f"{len(overview.models) * len(overview.datasets)} pairs. "
    if collection.imported:
        about += f"Imported from {words.source_name(collection)}; not run again here."
    return Grid(
        id=collection.id,
        heading=words.heading(collection),
        about=about,
        metrics=" or ".join(metrics),
        synthetic=collection.synthetic,
        datasets=[Link(name, addresses.page(addresses.dataset_folder(name))) for name in overview.datasets],
        rows=[
            (
                Link(model, addresses.page(addresses.model_folder(model))),
                [_cell(overview.cells.get((model, dataset)), records) for dataset in overview.datasets],
            )
            for model in overview.models
        ],
    )


def _cell(cell: Cell | None, records: dict[str, Record]) -> GridCell | None:
    if cell is None:
        return None
    run = cell.run
    loss, gain = best_loss(run), gain_over_default(run)
    more = f"; {len(cell.runs)} runs in all" if len(cell.runs) > 1 else ""
    return GridCell(
        loss="dead" if loss is None else text.plain(loss),
        href=addresses.page(addresses.run_folder(run)),
        gain=_gain_text(run, gain),
        size=run.size,
        flags=len(run.flags),
        lowest=cell.lowest,
        sparkline=Markup(sparkline(list(best_so_far(records[run.key].evaluations)["best_so_far"]))),  # noqa: S704
        title=f"{words.run_name(run)}: {words.verdict(run)}{more}",
    )


def _gain_text(run: RunInfo, gain: float | None) -> Markup:
    if gain is None:
        return text.escape(run.size + (", default not run" if run.baseline is None else ", default is dead"))
    return text.escape(run.size + ", ") + text.percent(gain, signed=True)


def _picker(grids: Sequence[Overview]) -> list[dict[str, Any]]:
    entries = []
    for overview in grids:
        for (model, dataset), cell in overview.cells.items():
            run, loss = cell.run, best_loss(cell.run)
            if loss is None or run.best is None:
                continue
            known = {name: value for name, value in run.best.hyperparameters.items() if value is not None}
            entries.append(
                {
                    "model": model,
                    "dataset": dataset,
                    "source": words.source_name(overview.collection) + " on " + overview.collection.release,
                    "loss_name": words.loss_name(run),
                    "loss": text.plain(loss),
                    "run": f"{run.size}, {run.run}",
                    "href": addresses.page(addresses.run_folder(run)),
                    "json": text.compact_json(known),
                    "warning": _warning(overview, run),
                }
            )
    return entries


def _warning(overview: Overview, run: RunInfo) -> str:
    parts = []
    if overview.collection.synthetic:
        parts.append("Synthetic data: says nothing about a drug or a model.")
    if run.flags:
        parts.append("Flags: " + ", ".join(flag.flag for flag in run.flags) + ".")
    return " ".join(parts)
