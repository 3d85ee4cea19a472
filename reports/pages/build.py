"""All pages of the site as Markdown, with the figures, tables and record files that they show beside them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from hpo.archive.improvement import Improvement
from hpo.digest import file_digest
from hpo.errors import MissingInput
from reports.analysis.changes import versions
from reports.analysis.claims.judge import JudgedClaim, judged_from_json
from reports.analysis.comparable import synthetic_share
from reports.analysis.corpus import Corpus, load_corpus
from reports.analysis.fingerprint import FingerprintGrid, fingerprint_grids
from reports.analysis.scores import Scores, load_scores
from reports.analysis.transfer_estimate import TransferEstimate
from reports.files import fresh_folder, write_text
from reports.pages import addresses, changes, list_pages, text
from reports.pages.analysis_pages import write_analysis_pages
from reports.pages.audit_page import audit_page
from reports.pages.bibliography import bibtex
from reports.pages.cite_page import BIBTEX, cite_page, references
from reports.pages.claims_page import claims_page
from reports.pages.context import DataPage, FileView, Page
from reports.pages.dataset_pages import dataset_page, datasets_page
from reports.pages.feed import feed_xml
from reports.pages.home_page import example_run, home_page, pull_example
from reports.pages.members import dataset_names, model_names
from reports.pages.model_pages import model_page, models_page
from reports.pages.optimum_files import write_optimum
from reports.pages.render import render
from reports.pages.run_files import write_runs
from reports.pages.software_pages import write_software_pages
from reports.pages.transfer_page import model_sections
from reports.tables import ABOUT, json_text


def write_pages(
    archive: Path,
    tables: Path,
    figures: Path,
    out: Path,
    *,
    corpus: Corpus | None = None,
    wait: Callable[[], object] = lambda: None,
) -> int:
    """Render the pages of ``archive`` into the folder ``out``, which is replaced as a whole.

    Args:
        archive: Folder of records.
        tables: Folder written by :func:`reports.tables.write_tables`.
        figures: Folder written by :func:`reports.figures.build.draw_figures`.
        out: Folder of the pages: a part of what MkDocs reads.
        corpus: The records of ``archive`` where they are read already.
        wait: Called once before ``tables`` or ``figures`` are looked at: they may still be in the making until then.

    Returns:
        Number of pages.

    Raises:
        MissingInput: There is no record, or a table or figure that the pages show is missing.
        BadData: Records cannot be understood.
    """
    corpus = corpus or load_corpus(archive)
    grids = fingerprint_grids(corpus.records)
    improvements = corpus.improvements
    scores = load_scores(archive, corpus.digests)
    with fresh_folder(out) as folder:
        _write_overview(corpus, grids, improvements, folder)
        _write_changes(corpus, folder)
        wait()
        _check_inputs(corpus, tables, figures)
        # Estimates come from forests, which were grown by whoever drew the figures of them.
        estimates = corpus.estimates
        _write_models(corpus, scores, estimates, folder)
        _write_data(corpus, tables, folder)
        write_analysis_pages(corpus, grids, improvements, scores, estimates, figures, folder)
        write_optimum(corpus, tables, figures, folder)
        write_software_pages(figures, folder)
        write_runs(corpus, scores, figures, folder)
        return sum(1 for _ in folder.rglob("index.md"))


def _check_inputs(corpus: Corpus, tables: Path, figures: Path) -> None:
    absent = [str(tables / name) for name in ABOUT if not (tables / name).is_file()]
    absent += [str(figures / "runs" / run.key) for run in corpus.runs if not (figures / "runs" / run.key).is_dir()]
    if absent:
        more = f" and {len(absent) - 3} more" if len(absent) > 3 else ""
        raise MissingInput(
            f"{', '.join(absent[:3])}{more}: missing; make them with `cross-hpo site tables` and "
            "`cross-hpo site figures` from the same archive"
        )


def _write_overview(
    corpus: Corpus,
    grids: Sequence[FingerprintGrid],
    improvements: dict[str, Improvement],
    folder: Path,
) -> None:
    runs = corpus.runs
    _page(folder, "", "home", home_page(corpus, grids, improvements))
    _page(folder, addresses.RUNS, "list", list_pages.runs_page(runs))
    _page(folder, addresses.MODELS, "list", models_page(runs))
    _page(folder, addresses.DATASETS, "list", datasets_page(runs))
    for dataset in dataset_names(runs):
        _page(folder, addresses.dataset_folder(dataset), "report", dataset_page(dataset, runs))
    _page(folder, addresses.AUDIT, "audit", audit_page(runs))
    _page(folder, addresses.CITE, "report", cite_page(corpus))
    write_text(folder / addresses.CITE / BIBTEX, bibtex(references(runs)))


def _write_models(corpus: Corpus, scores: Scores, estimates: Sequence[TransferEstimate], folder: Path) -> None:
    for model in model_names(corpus.runs):
        worth = model_sections(model, scores.transfers, estimates)
        _page(folder, addresses.model_folder(model), "report", model_page(model, corpus.runs, worth))


def _write_data(corpus: Corpus, tables: Path, folder: Path) -> None:
    _page(folder, addresses.CLAIMS, "report", claims_page(_judged(tables), set(corpus.digests)))
    for name in ABOUT:
        (folder / addresses.DATA).mkdir(exist_ok=True)
        shutil.copyfile(tables / name, folder / addresses.DATA / name)
    _page(folder, addresses.DATA, "data", _data_page(corpus, folder / addresses.DATA))


def _judged(tables: Path) -> list[JudgedClaim]:
    """The claims as the tables hold them, so that a build judges them once."""
    return judged_from_json(json.loads((tables / "claims.json").read_text(encoding="utf-8")))


def _write_changes(corpus: Corpus, folder: Path) -> None:
    found = versions(corpus.runs, corpus.digests)
    _page(folder, addresses.CHANGES, "report", changes.changes_page(found))
    for version in found:
        _page(folder, addresses.change_folder(version.id), "report", changes.version_page(version, found))
    write_text(folder / addresses.CHANGES / "versions.json", json_text(changes.versions_json(found)))
    write_text(folder / addresses.FEED, feed_xml(found))


def _data_page(corpus: Corpus, folder: Path) -> DataPage:
    files = [
        FileView(
            name=name,
            href=name,
            save_as=f"cross-hpo-{corpus.version}-{name}",
            size=text.file_size((folder / name).stat().st_size),
            about=about,
            digest=file_digest(folder / name),
        )
        for name, about in ABOUT.items()
    ]
    return DataPage(
        page=Page('"Data"', addresses.root(addresses.DATA)),
        synthetic=synthetic_share(corpus.runs),
        version=corpus.version,
        runs=len(corpus.records),
        evaluations=text.count(sum(run.counts.evaluations for run in corpus.runs)),
        files=files,
        example=pull_example(example_run(corpus.runs)),
    )


def _page(folder: Path, address: str, template: str, view: object) -> None:
    write_text(folder / address / "index.md", render(f"{template}.md.j2", view=view))
