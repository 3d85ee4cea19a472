"""What changed: a page for each version of the archive, a list of them, and what the home page says of the newest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.analysis.changes import UNDATED, Added, Version
from reports.analysis.comparable import synthetic_share
from reports.analysis.order import sorted_datasets, sorted_models
from reports.pages import addresses, blocks, text
from reports.pages.context import Cell, Change, Column, Fact, Link, Page, ReportPage, Row, Section, Table
from reports.pages.table import best_cell, flags_cell, make_table, number_cell, run_cell


def newest_changes(found: Sequence[Version], folder: str = "", limit: int = 3) -> list[Change]:
    """The newest of the versions ``found``, the newest first, for the page in ``folder``."""
    return [
        Change(
            title=title(version),
            date=version.finished[:10],
            about=summary(version),
            href=addresses.page(addresses.change_folder(version.id), of=folder),
        )
        for version in list(found)[::-1][:limit]
    ]


def title(version: Version) -> str:
    """What a version is called."""
    if version.imported:
        return f"Import {version.id}"
    return "Searches without a date" if version.id == UNDATED else f"Searches of {version.id}"


def summary(version: Version) -> str:
    """What a version added, in a sentence or two."""
    runs = [added.run for added in version.added]
    models = ", ".join(sorted_models(run.model for run in runs))
    datasets = ", ".join(sorted_datasets(run.dataset for run in runs))
    evaluations = sum(run.counts.evaluations for run in runs)
    lowered = sum(added.lowers for added in version.added)
    what = f"{len(runs)} run{'s' if len(runs) != 1 else ''} of {models} on {datasets}, {evaluations:,} evaluations."
    if not lowered:
        return what
    return f"{what} {lowered} of them {'are' if lowered > 1 else 'is'} better than what was there for the same pair."


def changes_page(found: Sequence[Version]) -> ReportPage:
    """The list of the versions ``found``, the newest first."""
    folder = addresses.CHANGES
    columns = [Column("version", "version"), Column("date", "last run ended"), Column("runs", "runs", numeric=True)]
    columns += [Column("about", "what it added", wide=True), Column("archive", "archive version")]
    rows = [
        Row(
            [
                Cell(title(version), href=addresses.page(addresses.change_folder(version.id), of=folder)),
                Cell(version.finished[:10]),
                Cell(str(len(version.added))),
                Cell(summary(version)),
                Cell(version.name),
            ]
        )
        for version in reversed(found)
    ]
    table = make_table("versions-table", "Versions of the archive, the newest first", columns, rows, interactive=False)
    feed = blocks.files_line(
        [Link("Atom feed", f"../{addresses.FEED}"), Link("the same as JSON", "versions.json")],
        "To be told of new versions, subscribe to the",
    )
    return ReportPage(
        page=Page('"What changed"', addresses.root(folder), contents=False),
        heading="What changed",
        lead="Versions of the archive: what each day of searches, and each import, added. Their addresses stay.",
        sections=[Section("Versions", tables=[table], below=feed)],
        synthetic=synthetic_share([added.run for version in found for added in version.added]),
    )


def version_page(version: Version, found: Sequence[Version]) -> ReportPage:
    """The page of ``version``, one of ``found``."""
    folder = addresses.change_folder(version.id)
    place = [other.id for other in found].index(version.id)

    def step(index: int) -> Link | None:
        if not 0 <= index < len(found):
            return None
        return Link(title(found[index]), addresses.page(addresses.change_folder(found[index].id), of=folder))

    return ReportPage(
        page=Page(
            text.page_title("Changes", version.id),
            addresses.root(folder),
            crumbs=(
                Link("Home", addresses.page("", of=folder)),
                Link("What changed", addresses.page(addresses.CHANGES, of=folder)),
            ),
            boost=0.5,
            contents=False,
            previous=step(place - 1),
            following=step(place + 1),
        ),
        heading=title(version),
        lead=summary(version),
        facts=[
            Fact("Archive version", version.name),
            Fact("Runs in the archive", text.count(version.runs)),
            Fact("Last run ended", _time(version.finished)),
        ],
        sections=[Section("Runs added", tables=[_added(version, folder)])],
        synthetic=synthetic_share([added.run for added in version.added]),
    )


def _time(finished: str) -> str:
    return f"{finished[:10]} {finished[11:16]} UTC" if finished else "not recorded"


def _added(version: Version, folder: str) -> Table:
    columns = [Column("model", "model", choice="value"), Column("dataset", "dataset", choice="value")]
    columns += [Column("run", "run"), Column("val_loss", "best val_loss ↓", numeric=True)]
    columns += [
        Column("before", "best before ↓", numeric=True, note="of the same model, dataset, release and protocol")
    ]
    columns += [Column("news", "news", choice="value"), Column("flags", "flags", choice="parts", wide=True)]
    rows = [Row(_row(added, folder)) for added in version.added]
    return make_table("added-table", "Runs added", columns, rows, interactive=len(rows) > 3)


def _row(added: Added, folder: str) -> list[Cell]:
    run = added.run
    news = "new best" if added.lowers else "" if added.before is not None else "first of its pair"
    return [
        Cell(run.model, href=addresses.page(addresses.model_folder(run.model), of=folder)),
        Cell(run.dataset, href=addresses.page(addresses.dataset_folder(run.dataset), of=folder)),
        run_cell(run, folder),
        best_cell(run, folder),
        number_cell(added.before),
        Cell(news),
        flags_cell(run.flags),
    ]


def versions_json(found: Sequence[Version]) -> list[dict[str, Any]]:
    """The versions as plain data: ``id``, ``finished``, ``archive`` (short name), ``runs`` and the keys ``added``."""
    return [
        {
            "id": version.id,
            "finished": version.finished or None,
            "archive": version.name,
            "runs": version.runs,
            "added": [added.run.key for added in version.added],
        }
        for version in found
    ]
