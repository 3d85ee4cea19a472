"""Pages that are tables: all runs, the models and the datasets, and one page for each of these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from hpo.archive.schema import RunInfo
from reports.analysis.comparable import Yardstick, protocol_text, synthetic_share, yardstick
from reports.analysis.order import sorted_datasets, sorted_models
from reports.analysis.overview import Cell as Pair
from reports.analysis.overview import Overview, best_loss, best_settings, is_dead, overviews
from reports.pages import addresses, text, words
from reports.pages.context import Cell, Column, Link, ListPage, Page, Row, Table
from reports.pages.table import best_cell, default_cell, flags_cell, gain_cell, make_table, run_cell

FEW: Final = 3
"""Rows up to which sorting and filtering help nobody."""

_RUN_COLUMNS: Final = (
    Column("model", "model", choice="value"),
    Column("dataset", "dataset", choice="value"),
    Column("size", "size", choice="value"),
    Column("run", "run"),
    Column("evaluations", "evaluations", numeric=True),
    Column("val_loss", "best val_loss ↓", numeric=True),
    Column("default", "default ↓", numeric=True, note="val_loss of the default hyperparameters"),
    Column("gain", "gain", numeric=True, note="(default − best) / default"),
    Column("flags", "flags", choice="parts", wide=True),
    Column("strategy", "strategy", choice="value"),
    Column("source", "source", choice="value", note="cross-hpo: own run; else imported"),
    Column("release", "release", choice="value", note="cut of the dataset; only losses of one release compare"),
    Column("protocol", "protocol", note="how a loss comes about; only losses of one protocol compare"),
)


def runs_page(runs: Sequence[RunInfo]) -> ListPage:
    """The table of all runs."""
    folder = addresses.RUNS
    return ListPage(
        page=Page('"Runs"', addresses.root(folder), contents=False),
        heading="Runs",
        lead="Every search in the archive. Only losses of one dataset, release and protocol may be compared.",
        sections=[("", "", runs_table(runs, folder, "runs-table"))],
        synthetic=synthetic_share(runs),
    )


def runs_table(runs: Iterable[RunInfo], folder: str, name: str, *, drop: Sequence[str] = ()) -> Table:
    """``runs`` as a table of the page in ``folder``, without the columns ``drop``."""
    keep = [index for index, column in enumerate(_RUN_COLUMNS) if column.name not in drop]
    rows = [_run_row(run, folder) for run in runs]
    columns = [_RUN_COLUMNS[index] for index in keep]
    return make_table(name, "Runs with their best loss", columns, [Row([row[i] for i in keep]) for row in rows])


def models_page(runs: Sequence[RunInfo]) -> ListPage:
    """The list of models."""
    folder = addresses.MODELS
    names = sorted_models(run.model for run in runs)
    return ListPage(
        page=Page('"Models"', addresses.root(folder), contents=False),
        heading="Models",
        lead="Models with at least one search in the archive; each page has the best settings on every dataset.",
        sections=[("", "", _groups("model", names, runs, lambda run: run.model, addresses.model_folder, folder))],
        synthetic=synthetic_share(runs),
    )


def datasets_page(runs: Sequence[RunInfo]) -> ListPage:
    """The list of datasets."""
    folder = addresses.DATASETS
    names = sorted_datasets(run.dataset for run in runs)
    return ListPage(
        page=Page('"Datasets"', addresses.root(folder), contents=False),
        heading="Datasets",
        lead="Pharmacogenomic studies on which models were tuned; names that begin with DEMO are synthetic.",
        sections=[("", "", _groups("dataset", names, runs, lambda run: run.dataset, addresses.dataset_folder, folder))],
        synthetic=synthetic_share(runs),
    )


def model_page(model: str, runs: Sequence[RunInfo]) -> ListPage:
    """The page of ``model``: its best settings on every dataset."""
    folder = addresses.model_folder(model)
    own = [run for run in runs if run.model == model]
    sections = []
    extras: dict[str, str] = {}
    for overview in overviews(own):
        pairs = [overview.cells[model, dataset] for dataset in overview.datasets]
        name = f"best-table-{overview.collection.id}"
        about = _about(overview)
        sections.append((f"Best settings: {words.heading(overview.collection)}", about, _optima(pairs, folder, name)))
        extras |= {_title(pair.run): _json(pair.run) for pair in pairs if best_loss(pair.run) is not None}
    sections.append(("All runs", "", runs_table(own, folder, "runs-table", drop=("model",))))
    return ListPage(
        page=_member_page(model, folder, "Models", addresses.MODELS),
        heading=model,
        lead=f"Best hyperparameters of {model} on every dataset searched, and all of its runs.",
        sections=sections,
        extras=extras,
        synthetic=synthetic_share(own),
    )


def dataset_page(dataset: str, runs: Sequence[RunInfo]) -> ListPage:
    """The page of ``dataset``: the models on it, ranked where they may be compared."""
    folder = addresses.dataset_folder(dataset)
    own = [run for run in runs if run.dataset == dataset]
    sections = []
    for overview in overviews(own):
        heading = f"Models: {words.heading(overview.collection)}"
        for number, pairs in enumerate(_ranked(overview)):
            about = _about(overview) + f"How the loss comes about: {protocol_text(pairs[0].run)}."
            table = _ranking(pairs, folder, f"models-table-{overview.collection.id}-{number}")
            sections.append(("" if number else heading, about, table))
    sections.append(("All runs", "", runs_table(own, folder, "runs-table", drop=("dataset",))))
    return ListPage(
        page=_member_page(dataset, folder, "Datasets", addresses.DATASETS),
        heading=dataset,
        lead=f"Models tuned on {dataset}. Losses compare only within one release, split and protocol.",
        sections=sections,
        synthetic=synthetic_share(own),
    )


def _ranked(overview: Overview) -> list[list[Pair]]:
    """Pairs whose losses compare, the best first; the largest group first."""
    groups: dict[Yardstick, list[Pair]] = defaultdict(list)
    for pair in overview.cells.values():
        groups[yardstick(pair.run)].append(pair)
    return [sorted(group, key=_by_loss) for group in sorted(groups.values(), key=len, reverse=True)]


def _by_loss(pair: Pair) -> tuple[bool, float]:
    loss = best_loss(pair.run)
    return loss is None, loss or 0.0


def _member_page(name: str, folder: str, group: str, group_folder: str) -> Page:
    crumbs = (
        Link("Home", addresses.page("", of=folder)),
        Link(group, addresses.page(group_folder, of=folder)),
    )
    return Page(text.page_title(name), addresses.root(folder), crumbs, boost=2.0)


def _about(overview: Overview) -> str:
    left_out = sum(pair.left_out for pair in overview.cells.values())
    source = f"Imported from {words.source_name(overview.collection)}. " if overview.collection.imported else ""
    if not left_out:
        return source
    return source + f"{left_out} run{'s' if left_out != 1 else ''} under another protocol or split not compared. "


def _run_row(run: RunInfo, folder: str) -> list[Cell]:
    return [
        Cell(run.model, href=addresses.page(addresses.model_folder(run.model), of=folder)),
        Cell(run.dataset, href=addresses.page(addresses.dataset_folder(run.dataset), of=folder)),
        Cell(run.size),
        Cell(run.run, href=addresses.page(addresses.run_folder(run), of=folder)),
        Cell(f"{run.counts.evaluations:,}", value=str(run.counts.evaluations)),
        best_cell(run, folder),
        default_cell(run),
        gain_cell(run),
        flags_cell(run.flags),
        Cell(run.strategy),
        Cell(run.source.kind),
        Cell(run.release.name),
        Cell(f"{run.protocol.name}/{run.protocol.version}"),
    ]


def _groups(label: str, names: Sequence[str], runs: Sequence[RunInfo], of: Any, page: Any, folder: str) -> Table:
    other = "datasets" if label == "model" else "models"
    columns = [Column(label, label), Column(other, other)]
    columns += [Column("runs", "runs", numeric=True), Column("evaluations", "evaluations", numeric=True)]
    columns += [Column("flagged", "flagged runs", numeric=True)]
    rows = []
    for name in names:
        own = [run for run in runs if of(run) == name]
        others = (
            sorted_datasets(run.dataset for run in own) if label == "model" else sorted_models(r.model for r in own)
        )
        evaluations = sum(run.counts.evaluations for run in own)
        rows.append(
            Row(
                [
                    Cell(name, href=addresses.page(page(name), of=folder)),
                    Cell(", ".join(others)),
                    Cell(str(len(own))),
                    Cell(f"{evaluations:,}", value=str(evaluations)),
                    Cell(str(sum(bool(run.flags) for run in own))),
                ]
            )
        )
    return Table(f"{label}s-table", f"{label.capitalize()}s of the archive", columns, rows, interactive=False)


def _optima(pairs: Sequence[Pair], folder: str, name: str) -> Table:
    axes = list(dict.fromkeys(axis for pair in pairs for axis in _settings(pair.run)))
    columns = [Column("dataset", "dataset"), *(Column(axis, axis, numeric=True) for axis in axes)]
    columns += [Column("val_loss", "val_loss ↓", numeric=True), Column("default", "default ↓", numeric=True)]
    columns += [Column("gain", "gain", numeric=True), Column("n", "n", numeric=True, note="evaluations of the run")]
    columns += [Column("run", "run"), Column("flags", "flags", choice="parts", wide=True)]
    rows = []
    for pair in pairs:
        run, settings = pair.run, _settings(pair.run)
        rows.append(
            Row(
                [
                    Cell(run.dataset, href=addresses.page(addresses.dataset_folder(run.dataset), of=folder)),
                    *(_setting(settings, axis) for axis in axes),
                    best_cell(run, folder),
                    default_cell(run),
                    gain_cell(run),
                    Cell(str(run.counts.evaluations)),
                    run_cell(run, folder),
                    flags_cell(run.flags),
                ]
            )
        )
    return make_table(name, "Best hyperparameters on every dataset", columns, rows, interactive=len(rows) > FEW)


def _settings(run: RunInfo) -> dict[str, Any]:
    """Hyperparameters of the best that were searched, unrecorded ones too; constants are on the run's page."""
    if run.best is None or is_dead(run):
        return {}
    return {name: value for name, value in run.best.hyperparameters.items() if name not in run.fixed}


def _setting(settings: dict[str, Any], axis: str) -> Cell:
    value = settings.get(axis)
    if value is None:
        return Cell("not recorded" if axis in settings else "", value="")
    if isinstance(value, float):
        return Cell(text.plain(value, 3), value=repr(value))
    return Cell(str(value).lower() if isinstance(value, bool) else str(value))


def _ranking(pairs: Sequence[Pair], folder: str, name: str) -> Table:
    columns = [Column("model", "model"), Column("val_loss", "best val_loss ↓", numeric=True)]
    columns += [Column("default", "default ↓", numeric=True), Column("gain", "gain", numeric=True)]
    columns += [Column("n", "n", numeric=True, note="evaluations of the run"), Column("run", "run")]
    columns += [Column("flags", "flags", choice="parts", wide=True)]
    rows = [
        Row(
            [
                Cell(pair.run.model, href=addresses.page(addresses.model_folder(pair.run.model), of=folder)),
                best_cell(pair.run, folder),
                default_cell(pair.run),
                gain_cell(pair.run),
                Cell(str(pair.run.counts.evaluations)),
                run_cell(pair.run, folder),
                flags_cell(pair.run.flags),
            ]
        )
        for pair in pairs
    ]
    return make_table(name, "Best result of every model", columns, rows, interactive=len(rows) > FEW)


def _title(run: RunInfo) -> str:
    return f"{run.dataset}, {run.size}, {run.run}"


def _json(run: RunInfo) -> str:
    return text.compact_json(best_settings(run))
