"""The pages of all runs, with their figures and the files of their records."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from hpo.archive.final import final_path
from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from hpo.digest import digest, file_digest
from reports.analysis.corpus import Corpus
from reports.analysis.gained import Gained, gained
from reports.analysis.memo import kept_of
from reports.analysis.scores import Scores
from reports.figures.catalogue import COURSE, RUN
from reports.files import write_text
from reports.pages import addresses
from reports.pages.plots import about_files, copy_plots
from reports.pages.render import render
from reports.pages.run_page import FILES, FINAL_FILE, MAX_FILE, Neighbours, run_page


def write_runs(corpus: Corpus, scores: Scores, figures: Path, folder: Path) -> None:
    """Write the page of every run of ``corpus`` into ``folder``.

    Args:
        corpus: The records.
        scores: Final scores and transfers.
        figures: Folder written by :func:`reports.figures.build.draw_figures`.
        folder: Folder of the pages.
    """
    pairs: dict[tuple[str, str], list[RunInfo]] = defaultdict(list)
    for run in corpus.runs:
        pairs[run.model, run.dataset].append(run)
    gains = gained(corpus.records)
    last = len(corpus.records) - 1
    code = _code_digest()
    for index, record in enumerate(corpus.records):
        run = record.run
        neighbours = Neighbours(
            previous=corpus.records[index - 1].run if index else None,
            following=corpus.records[index + 1].run if index < last else None,
            siblings=[other for other in pairs[run.model, run.dataset] if other.key != run.key],
        )
        drawn, target = [figures / kind / run.key for kind in (COURSE, RUN)], folder / addresses.run_folder(run)
        text = _text(corpus, scores, record, drawn, neighbours, gains[run.key], code)
        write_text(target / "index.md", text)
        for one in drawn:
            copy_plots(one, target)
        for name in FILES:
            path = corpus.folder(run.key) / name
            if path.is_file() and path.stat().st_size <= MAX_FILE:
                shutil.copyfile(path, target / name)
        if run.key in scores.finals:
            shutil.copyfile(final_path(corpus.root, run.key), target / FINAL_FILE)


def _text(
    corpus: Corpus,
    scores: Scores,
    record: Record,
    drawn: Sequence[Path],
    neighbours: Neighbours,
    gains: Sequence[Gained],
    code: str,
) -> str:
    """The page of ``record``, from what was kept where it would be the same again."""
    key, final = record.key, scores.finals.get(record.key)

    def rendered() -> str:
        view = run_page(record, corpus.folder(key), drawn, neighbours, final, gains)
        return render("run.md.j2", view=view)

    others = [neighbours.previous, neighbours.following, *neighbours.siblings]
    given = {
        "code": code,
        "figures": [[path.name, file_digest(path)] for one in drawn for path in about_files(one)],
        "final": None if final is None else file_digest(final_path(corpus.root, key)),
        "gains": repr(gains),
        "neighbours": [None if run is None else corpus.digests[run.key] for run in others],
    }
    return kept_of([record], f"page {digest(given)}", rendered)


def _code_digest() -> str:
    """Digest of the code and templates of the reports, and of the plain modules that they print from."""
    package = Path(__file__).parents[2]
    reports = [path for path in package.glob("reports/**/*") if path.suffix in (".py", ".j2", ".toml")]
    sources = [*reports, *package.glob("hpo/*.py"), *package.glob("hpo/catalogue/**/*.py")]
    return digest({str(path.relative_to(package)): file_digest(path) for path in sorted(sources)})
