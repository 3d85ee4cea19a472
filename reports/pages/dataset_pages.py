"""The list of datasets, and a page for each: what was measured, the models ranked, how to add a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from hpo.archive.schema import RunInfo
from hpo.catalogue import DATASET_CARDS, DatasetCard
from reports.analysis.comparable import Yardstick, protocol_text, synthetic_share, yardstick
from reports.analysis.order import MODELS
from reports.analysis.overview import Cell as Pair
from reports.analysis.overview import Overview, best_loss, overviews
from reports.pages import addresses, blocks, text, words
from reports.pages.context import Cell, Column, Fact, ListPage, Page, ReportPage, Row, Section, Table
from reports.pages.list_pages import FEW, runs_table
from reports.pages.members import (
    dataset_names,
    get_data_command,
    left_out_text,
    member_page,
    member_table,
    search_command,
    searchable,
)
from reports.pages.table import best_cell, default_cell, flags_cell, gain_cell, make_table, run_cell


def datasets_page(runs: Sequence[RunInfo]) -> ListPage:
    """The list of datasets."""
    titles = {name: card.title for name, card in DATASET_CARDS.items()}
    return ListPage(
        page=Page('"Datasets"', addresses.root(addresses.DATASETS), contents=False),
        heading="Datasets",
        lead="Pharmacogenomic studies on which models are tuned; names that begin with DEMO are synthetic.",
        sections=[("", "", member_table("dataset", dataset_names(runs), titles, runs))],
        synthetic=synthetic_share(runs),
    )


def dataset_page(dataset: str, runs: Sequence[RunInfo]) -> ReportPage:
    """The page of ``dataset``, one of :func:`reports.pages.members.dataset_names`."""
    folder = addresses.dataset_folder(dataset)
    own = [run for run in runs if run.dataset == dataset]
    card = DATASET_CARDS.get(dataset)
    sections = [section for overview in overviews(own) for section in _rankings(overview, folder)]
    if card is not None:
        sections.append(Section("What it is", html=blocks.pairs(_about(card))))
        sections.append(_missing(card, own))
    if own:
        sections.append(Section("All runs", tables=[runs_table(own, folder, "runs-table", drop=("dataset",))]))
    return ReportPage(
        page=member_page(dataset, dataset_names(runs), "Datasets", addresses.DATASETS),
        heading=dataset,
        lead=_lead(dataset, card, own),
        sections=sections,
        facts=_facts(card),
        synthetic=synthetic_share(own),
    )


def _lead(dataset: str, card: DatasetCard | None, own: Sequence[RunInfo]) -> str:
    what = f"{card.title}. {card.measured}" if card is not None else f"Runs whose dataset is named {dataset}."
    if not own:
        return f"{what} No search on it is in this archive yet."
    return f"{what} Losses compare only within one release, split and protocol."


def _facts(card: DatasetCard | None) -> list[Fact]:
    if card is None or card.synthetic:
        return []
    return [
        Fact("Cell lines", text.count(card.cell_lines), "in the benchmark"),
        Fact("Drugs", text.count(card.drugs), "in the benchmark"),
        Fact("Responses", text.count(card.responses), "dose-response curves"),
        Fact("Split", "80 : 10 : 10", "train, validation, test, at random over responses"),
    ]


def _about(card: DatasetCard) -> list[Fact]:
    response = "" if card.synthetic else "AUC, area under the dose-response curve: 1 is no effect, 0 is full kill"
    facts = [
        Fact("Reference", card.citation),
        Fact("DOI", blocks.doi(card.doi)),
        Fact("Response", response),
        Fact("Terms of use", card.terms),
    ]
    return [fact for fact in facts if fact.value]


def _rankings(overview: Overview, folder: str) -> list[Section]:
    """One section for each group of models whose losses compare, the largest first."""
    sections = []
    for number, pairs in enumerate(_ranked(overview)):
        heading = f"Models: {words.heading(overview.collection)}"
        about = left_out_text(overview) + f"How the loss comes about: {protocol_text(pairs[0].run)}."
        table = _ranking(pairs, folder, f"models-table-{overview.collection.id}-{number}")
        sections.append(Section(f"{heading}, {_other(number)}" if number else heading, [about], tables=[table]))
    return sections


def _other(number: int) -> str:
    return "another protocol" if number == 1 else f"another protocol ({number})"


def _ranked(overview: Overview) -> list[list[Pair]]:
    groups: dict[Yardstick, list[Pair]] = defaultdict(list)
    for pair in overview.cells.values():
        groups[yardstick(pair.run)].append(pair)
    return [sorted(group, key=_by_loss) for group in sorted(groups.values(), key=len, reverse=True)]


def _by_loss(pair: Pair) -> tuple[bool, float]:
    loss = best_loss(pair.run)
    return loss is None, loss or 0.0


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


def _missing(card: DatasetCard, own: Sequence[RunInfo]) -> Section:
    """Models without a run on the dataset, and how to make one."""
    present = {run.model for run in own}
    absent = [model for model in MODELS if model not in present]
    model = next((name for name in [*absent, *MODELS] if searchable(name)), MODELS[0])
    lines = ["# the data, once", get_data_command(card.name), f"# a search, here of {model}"]
    lines += [search_command(model, card.name)]
    names = f"No run of {', '.join(absent)} is in this archive." if absent else "Every model has a run here."
    return Section("Add a run", about=[names], html=blocks.code("\n".join(lines)))
