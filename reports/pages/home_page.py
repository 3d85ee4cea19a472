"""The first page: what this is, the best result of every model on every dataset, and how to get the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from hpo.archive.improvement import Improvement
from hpo.archive.schema import RunInfo
from reports.analysis.changes import versions
from reports.analysis.comparable import loss_label, synthetic_share
from reports.analysis.corpus import Corpus
from reports.analysis.fingerprint import FingerprintGrid
from reports.analysis.flags import doubtful, weighty
from reports.analysis.improvement import groups
from reports.analysis.optimum import FIRST as OPTIMA_FIRST
from reports.analysis.order import sorted_models
from reports.analysis.overview import Overview, best_loss, best_settings, gain_over_default, recommended_loss
from reports.figures.fingerprint import mini_fingerprint
from reports.pages import addresses, text, words
from reports.pages.changes import newest_changes
from reports.pages.context import Fact, Grid, GridCell, HomePage, Link, Page
from reports.pages.improvement_page import headlines
from reports.pages.replay_words import COMPLETE, replay_counts, replay_state


def home_page(corpus: Corpus, prints: Sequence[FingerprintGrid], improvements: dict[str, Improvement]) -> HomePage:
    """The home page of ``corpus``, whose fingerprints are ``prints``; ``improvements`` are in per cent, by key."""
    grids = [grid.overview for grid in prints]
    return HomePage(
        page=Page(title='"Home"', root="", boost=2.0),
        facts=_facts(corpus.runs),
        headlines=headlines(groups(corpus.runs, improvements)),
        ways=_ways(corpus.runs),
        changes=newest_changes(versions(corpus.runs, corpus.digests)),
        grids=[_grid(grid) for grid in prints],
        picker=text.script_json(_picker(grids)),
        version=corpus.version,
        example=pull_example(example_run(corpus.runs)),
    )


def example_run(runs: Sequence[RunInfo]) -> RunInfo:
    """The run that examples name: an own one with a best, where there is one."""
    return min(runs, key=lambda run: (best_loss(run) is None, run.source.kind != "cross-hpo"))


def pull_example(run: RunInfo) -> str:
    """Shell lines that bring records and print the best settings, with ``run`` as the example."""
    return (
        f"dvc pull hall_of_fame/{run.key}\ncross-hpo hof best {run.model} {run.dataset}\ncross-hpo hof show {run.key}"
    )


def _facts(runs: Sequence[RunInfo]) -> list[Fact]:
    busy = [run.cost.busy_seconds for run in runs if run.cost.busy_seconds is not None]
    doubted = sum(doubtful(run.flags) for run in runs)
    flagged = sum(bool(run.flags) for run in runs)
    timed = "" if len(busy) == len(runs) else f"of {len(busy)} runs that record it"
    audit = Markup('<a href="{}">{} of {} runs</a>').format(addresses.page(addresses.AUDIT), doubted, len(runs))
    return [
        Fact("Models", text.count(len({run.model for run in runs}))),
        Fact("Datasets", text.count(len({run.dataset for run in runs}))),
        Fact("Runs", text.count(len(runs))),
        Fact("Evaluations", text.count(sum(run.counts.evaluations for run in runs))),
        Fact("Time in evaluations", text.duration(sum(busy) if busy else None), timed),
        Fact("Result in doubt", audit, f"{flagged} carry any audit flag"),
        *_replayed(runs),
    ]


def _replayed(runs: Sequence[RunInfo]) -> list[Fact]:
    imports = [run for run in runs if run.source.kind != "cross-hpo"]
    if not imports:
        return []
    whole = sum(replay_state(run) == COMPLETE for run in imports)
    href = addresses.page(addresses.AUDIT, anchor="replay")
    value = Markup('<a href="{}">{} of {} imports</a>').format(href, whole, len(imports))
    return [Fact("Derived again in full", value, replay_counts(runs))]


def _ways(runs: Sequence[RunInfo]) -> list[tuple[str, list[Link]]]:
    """Questions that people come with, and the pages that answer them."""
    models = sorted_models(run.model for run in runs)
    first = [model for model in models if model == OPTIMA_FIRST] + [model for model in models if model != OPTIMA_FIRST]
    best = [Link("best hyperparameters of every model", addresses.page(addresses.OPTIMUM))]
    best += [Link(model, addresses.page(addresses.model_folder(model))) for model in first]
    return [
        ("Which settings to use", best),
        (
            "How the searches behaved",
            [
                Link("fingerprints", addresses.page(addresses.FINGERPRINTS)),
                Link("convergence", addresses.page(addresses.CONVERGENCE)),
                Link("cost", addresses.page(addresses.COST)),
            ],
        ),
        (
            "What tuning is worth",
            [
                Link("improvement by every definition", addresses.page(addresses.IMPROVEMENT)),
                Link("comparisons with random draws, sizes, defaults", addresses.page(addresses.COMPARISONS)),
                Link("one dataset's settings on another", addresses.page(addresses.TRANSFER)),
            ],
        ),
        (
            "Which published numbers to doubt",
            [Link("claims", addresses.page(addresses.CLAIMS)), Link("audit", addresses.page(addresses.AUDIT))],
        ),
        (
            "All evaluations to download",
            [
                Link("tables of everything", addresses.page(addresses.DATA)),
                Link("any one run", addresses.page(addresses.RUNS)),
            ],
        ),
    ]


def _grid(grid: FingerprintGrid) -> Grid:
    overview, collection = grid.overview, grid.collection
    metrics = sorted({loss_label(cell.run) for cell in overview.cells.values()})
    count = sum(len(cell.runs) for cell in overview.cells.values())
    about = f"{count} run{'s' if count != 1 else ''} on {len(overview.cells)} of "
    about += f"{len(overview.models) * len(overview.datasets)} pairs. "
    if all(cell.run.baseline is None for cell in overview.cells.values()):
        about += "The default hyperparameters were not evaluated, so no gain over them can be stated. "
    if collection.imported:
        about += f"Imported from {words.source_name(collection)}; not run again here."
    return Grid(
        id=collection.id,
        heading=words.heading(collection),
        about=about,
        metrics=" or ".join(metrics),
        synthetic=synthetic_share([cell.run for cell in overview.cells.values()]),
        datasets=[Link(name, addresses.page(addresses.dataset_folder(name))) for name in overview.datasets],
        rows=[
            (
                Link(model, addresses.page(addresses.model_folder(model))),
                [_cell(grid, model, dataset) for dataset in overview.datasets],
            )
            for model in overview.models
        ],
    )


def _cell(grid: FingerprintGrid, model: str, dataset: str) -> GridCell | None:
    cell = grid.overview.cells.get((model, dataset))
    if cell is None:
        return None
    run = cell.run
    loss = best_loss(run)
    more = f"; {len(cell.runs)} runs in all" if len(cell.runs) > 1 else ""
    return GridCell(
        loss="dead" if loss is None else text.plain(loss),
        href=addresses.page(addresses.run_folder(run)),
        about=_about(run),
        flags=words.doubts(run),
        lowest=cell.lowest,
        sparkline=Markup(mini_fingerprint(grid.prints[model, dataset])),  # noqa: S704 — numbers only
        title=f"{words.run_name(run)}: {words.verdict(run)}{more}",
    )


def _about(run: RunInfo) -> Markup:
    gain = gain_over_default(run)
    if gain is not None:
        return text.escape(run.size + ", ") + text.percent(gain, signed=True)
    return text.escape(run.size if run.baseline is None else f"{run.size}, default is dead")


def _picker(grids: Sequence[Overview]) -> list[dict[str, Any]]:
    entries = []
    for overview in grids:
        for (model, dataset), cell in overview.cells.items():
            run, loss = cell.run, recommended_loss(cell.run)
            if loss is None:
                continue
            entries.append(
                {
                    "model": model,
                    "dataset": dataset,
                    "source": words.source_name(overview.collection) + " on " + overview.collection.release,
                    "loss_name": loss_label(run) if run.optimum is None else f"announced {loss_label(run)}",
                    "loss": text.plain(loss),
                    "run": f"{run.size}, {run.run}",
                    "href": addresses.page(addresses.run_folder(run)),
                    "json": text.compact_json(best_settings(run)),
                    "warning": _warning(overview, run),
                }
            )
    return entries


def _warning(overview: Overview, run: RunInfo) -> str:
    parts = []
    if overview.collection.synthetic:
        parts.append("Synthetic data: says nothing about a drug or a model.")
    if shown := weighty(run.flags):
        parts.append("Flags: " + ", ".join(flag.flag for flag in shown) + ".")
    return " ".join(parts)
