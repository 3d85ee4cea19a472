"""What the pages of models and of datasets share: who they are, the order, the lists, and how to search a pair."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from hpo.archive.schema import RunInfo
from hpo.catalogue import DATASET_CARDS, MODEL_CARDS
from reports.analysis.order import DATASETS, MODELS, sorted_datasets, sorted_models
from reports.analysis.overview import Overview
from reports.pages import addresses, text, words
from reports.pages.context import Cell, Column, Link, Page, Row, Table
from reports.pages.table import flags_cell

NO_RUN = "no run"


def model_names(runs: Sequence[RunInfo]) -> list[str]:
    """All models that have a page: the known ones, with runs or without, then others that have runs."""
    return sorted_models([*MODELS, *(run.model for run in runs)])


def dataset_names(runs: Sequence[RunInfo]) -> list[str]:
    """All datasets that have a page: the five studies, with runs or without, then others that have runs."""
    return sorted_datasets([*DATASETS, *(run.dataset for run in runs)])


def member_page(name: str, names: Sequence[str], group: str, group_folder: str) -> Page:
    """Title, place and neighbours of the page of ``name``, one of the model or dataset ``names``."""
    folder = f"{group_folder}/{name}"
    crumbs = (
        Link("Home", addresses.page("", of=folder)),
        Link(group, addresses.page(group_folder, of=folder)),
    )
    place = list(names).index(name)

    def step(other: int) -> Link | None:
        if not 0 <= other < len(names):
            return None
        return Link(names[other], addresses.page(f"{group_folder}/{names[other]}", of=folder))

    return Page(
        text.page_title(name),
        addresses.root(folder),
        crumbs,
        boost=2.0,
        previous=step(place - 1),
        following=step(place + 1),
    )


def search_command(model: str, dataset: str, size: str = "MEDIUM") -> str:
    """The shell lines that search ``model`` on ``dataset`` and add the record to the archive."""
    synthetic = dataset in DATASET_CARDS and DATASET_CARDS[dataset].synthetic
    data = "build/demo/raw_data" if synthetic else "csa_data/raw_data"
    what = ["cross-hpo", "search", "--model", model, "--dataset", dataset, "--size", size]
    where = ["--strategy", "ga", "--seed", "1", "--data", data, "--archive", "hall_of_fame"]
    return f"{shlex.join(what)} \\\n    {shlex.join(where)}"


def get_data_command(dataset: str) -> str:
    """The shell line that brings the data of ``dataset``."""
    if dataset in DATASET_CARDS and DATASET_CARDS[dataset].synthetic:
        return "cross-hpo data demo --out build/demo"
    return "cross-hpo data fetch --out csa_data"


def searchable(model: str) -> bool:
    """Whether this software can search ``model``."""
    return model in MODEL_CARDS


def left_out_text(overview: Overview) -> str:
    """Where the runs of ``overview`` come from, and how many of them its table leaves out."""
    left_out = sum(pair.left_out for pair in overview.cells.values())
    source = f"Imported from {words.source_name(overview.collection)}. " if overview.collection.imported else ""
    if not left_out:
        return source
    return source + f"{left_out} run{'s' if left_out != 1 else ''} under another protocol or split not compared. "


def member_table(label: str, names: Sequence[str], titles: dict[str, str], runs: Sequence[RunInfo]) -> Table:
    """All models, or all datasets, with what is known of each in the archive; ``label`` says which of the two."""
    of_model = label == "model"
    folder, other = (addresses.MODELS, "datasets") if of_model else (addresses.DATASETS, "models")
    columns = [Column(label, label), Column("title", "what it is", wide=True), Column(other, other, wide=True)]
    columns += [Column("runs", "runs", numeric=True), Column("evaluations", "evaluations", numeric=True)]
    columns += [Column("flags", "flags", wide=True)]
    rows = []
    for name in names:
        own = [run for run in runs if (run.model if of_model else run.dataset) == name]
        others = sorted_datasets(run.dataset for run in own) if of_model else sorted_models(run.model for run in own)
        evaluations = sum(run.counts.evaluations for run in own)
        flags = {flag.flag: flag for run in own for flag in run.flags}
        rows.append(
            Row(
                [
                    Cell(name, href=addresses.page(f"{folder}/{name}", of=folder)),
                    Cell(titles.get(name, "")),
                    Cell(", ".join(others) or NO_RUN),
                    Cell(str(len(own))),
                    Cell(f"{evaluations:,}", value=str(evaluations)),
                    flags_cell(list(flags.values())),
                ]
            )
        )
    return Table(f"{label}s-table", f"{label.capitalize()}s", columns, rows, interactive=False)
