"""The page of transfers and final scores: sentences say what the intervals say, and numbers lead to runs and files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from hpo.archive.final import read_final
from hpo.errors import BadData
from reports.analysis.movement import model_optima
from reports.analysis.scores import Scores, load_scores
from reports.analysis.spread import spreads_of_searches
from reports.analysis.transfer import transfer
from reports.analysis.transfer_estimate import transfer_estimates
from reports.figures.build import draw_figures
from reports.figures.files import Figure
from reports.figures.transfer import estimate_figures, measured_figures
from reports.pages.build import write_pages
from reports.pages.context import ReportPage, Table
from reports.pages.render import render
from reports.pages.transfer_page import estimate_sentence, model_sections, sentence, transfer_page
from reports.tables import write_tables
from tests.archive.builders import small_record
from tests.reports.test_transfer_analysis import noise, valley
from tests.reports.transfers import (
    Losses,
    landscape_record,
    transfer_of,
    write_final_of,
    write_transfer_of,
)

DATASETS = ("CCLE", "gCSI", "GDSCv1")
LOSSES: dict[str, dict[str, Losses]] = {
    name: {dataset: [0.1, 0.11] if name == dataset else [0.2, 0.2] for dataset in DATASETS}
    for name in (*DATASETS, "default")
}
KEY = "LGBM/DEMO-A/SMALL/ga-seed1"
DEMO: dict[str, dict[str, Losses]] = {
    "DEMO-A": {"DEMO-A": [0.1, 0.11], "DEMO-B": [None, 0.3]},
    "DEMO-B": {"DEMO-A": [0.2, 0.2], "DEMO-B": [0.2, 0.22]},
    "default": {"DEMO-A": [0.95, 0.95], "DEMO-B": [0.3, 0.3]},
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two searches of LGBM with a transfer, one of them with final scores."""
    folder = tmp_path_factory.mktemp("transfer") / "hof"
    for dataset in ("DEMO-A", "DEMO-B"):
        small_record("LGBM", dataset).write(folder)
    write_transfer_of(folder, DEMO)
    write_final_of(folder, KEY, [0.1, 0.12], [0.2, 0.25])
    return folder


def tables(page: ReportPage) -> dict[str, Table]:
    return {table.id: table for section in page.sections for table in section.tables}


def texts(table: Table, name: str) -> list[str]:
    index = [column.name for column in table.columns].index(name)
    return [str(row.cells[index].text) for row in table.rows]


def test_the_sentence_says_what_the_interval_says() -> None:
    text = sentence(transfer(transfer_of(LOSSES)))
    assert "Tailoring pays against the defaults: the tailored validation loss is 47.6 % lower" in text
    assert "n = 3 datasets" in text
    assert "on 3 of 3 datasets the interval over seeds lies above zero" in text
    same = {name: {dataset: [0.1, 0.1] for dataset in DATASETS} for name in (*DATASETS, "default")}
    assert "is open, the interval includes zero" in sentence(transfer(transfer_of(same)))
    worse = {name: {d: [0.2, 0.2] if name == d else [0.1, 0.1] for d in DATASETS} for name in (*DATASETS, "default")}
    assert "Tailoring costs against the defaults" in sentence(transfer(transfer_of(worse)))


def test_an_unfinished_transfer_says_how_far_it_is() -> None:
    scores = transfer_of(LOSSES)
    half = scores.model_copy(update={"cells": scores.cells[:5], "uniform": None})
    assert "5 of 12 pairs of candidate and dataset are trained" in sentence(transfer(half))


def test_the_page_of_an_archive(archive: Path, tmp_path: Path) -> None:
    write_tables(archive, tmp_path / "tables")
    draw_figures(archive, tmp_path / "figures", cache=tmp_path / "cache", workers=1)
    write_pages(archive, tmp_path / "tables", tmp_path / "figures", tmp_path / "pages")
    pages = tmp_path / "pages"
    page = (pages / "transfer" / "index.md").read_text()
    assert "LGBM/SMALL/measured-light.svg" in page
    assert (pages / "transfer/LGBM/SMALL/measured-light.svg").is_file()
    assert "../runs/LGBM/DEMO-A/SMALL/ga-seed1/index.html" in page
    file = pages / "transfer" / "LGBM-SMALL.transfer.json"
    assert 'href="LGBM-SMALL.transfer.json"' in page
    assert file.read_bytes() == (archive / "LGBM" / "SMALL.transfer.json").read_bytes()
    run = (pages / "runs" / KEY / "index.md").read_text()
    assert "## Final scores" in run
    assert "tuned" in run
    assert json.loads((pages / "runs" / KEY / "final.json").read_text())["run"] == KEY
    other = (pages / "runs/LGBM/DEMO-B/SMALL/ga-seed1/index.md").read_text()
    assert "## Final scores" not in other
    assert "Is tailoring worth it" in (pages / "models/LGBM/index.md").read_text()
    assert "Is tailoring worth it" not in (pages / "models/IGTD/index.md").read_text()
    found = pd.read_csv(pages / "data" / "transfer.csv").set_index(["candidate", "dataset"])
    assert found.loc[("DEMO-B", "DEMO-A"), "regret"] == pytest.approx(0.2 / (0.1 * 0.11) ** 0.5 - 1)
    assert found.loc[("DEMO-A", "DEMO-B"), "failed"] == 1
    assert found.loc[("default", "DEMO-A"), "dead"] == 2
    finals = pd.read_csv(pages / "data" / "final.csv")
    assert sorted(finals["candidate"].unique()) == ["additive", "best", "default", "mean"]
    assert finals.loc[finals["candidate"] == "best", "test_mse"].tolist() == [0.1, 0.12]


def test_tables_of_the_page(archive: Path, tmp_path: Path) -> None:
    runs = [small_record("LGBM", dataset).run for dataset in ("DEMO-A", "DEMO-B")]
    page = transfer_page(runs, load_scores(archive, [run.key for run in runs]), [], [], tmp_path)
    found = tables(page)
    regrets = found["regrets-LGBM-SMALL"]
    assert texts(regrets, "regret")[:2] == ["own", "+36.4"]
    assert texts(regrets, "failed")[1] == "1"
    assert texts(regrets, "dead")[4:] == ["2", ""]
    assert all(row.cells[2].href == "LGBM-SMALL.transfer.json" for row in regrets.rows)
    finals = found["finals-table"]
    assert texts(finals, "tuned_test") == ["0.11 ± 0.014"]
    assert texts(finals, "others") == ["+90.7"]
    assert finals.rows[0].cells[5].href.endswith("ga-seed1/index.html#final-scores")
    assert page.synthetic == "all"
    assert "0 of 1" in render("report.md.j2", view=page)


def test_texts_of_trainings_mean_nothing_on_the_page(archive: Path) -> None:
    from reports.analysis.final import scored
    from reports.pages.final_tables import trainings_table

    scores = read_final(archive, KEY)
    assert scores is not None
    first = scores.candidates[0]
    broken = first.trainings[0].model_copy(update={"message": "<script>alert(1)</script> [x](javascript:1)"})
    changed = first.model_copy(update={"trainings": [broken, *first.trainings[1:]]})
    table = trainings_table(scored(scores.model_copy(update={"candidates": [changed, *scores.candidates[1:]]})))
    page = transfer_page([], Scores({}, ()), [], [], Path("nowhere"))
    section = replace(page.sections[0], tables=[table])
    assert "<script>alert" not in render("report.md.j2", view=replace(page, sections=[section]))


def test_an_archive_without_any_says_how(tmp_path: Path) -> None:
    page = render("report.md.j2", view=transfer_page([small_record().run], Scores({}, ()), [], [], tmp_path))
    assert "cross-hpo transfer LGBM" in page.replace("&#45;", "-")
    assert model_sections("LGBM", (), ()) == []


def test_stale_scores_are_refused_all_at_once(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "hof"
    for dataset in ("DEMO-A", "DEMO-B"):
        small_record("LGBM", dataset, seed=1).write(folder)
    for path in (f"{KEY}.final.json", "LGBM/SMALL.transfer.json"):
        content = json.loads((archive / path).read_text())
        if "manifest" in content:
            content["manifest"] = "0" * 64
        for run in content.get("runs", ()):
            run["manifest"] = "0" * 64
        (folder / path).write_text(json.dumps(content))
    with pytest.raises(BadData) as caught:
        load_scores(folder, [KEY, "LGBM/DEMO-B/SMALL/ga-seed1"])
    assert len(caught.value.problems) == 3


def only(figures: list[Figure]) -> Figure:
    (figure,) = figures
    return figure


def test_the_figure_of_a_transfer() -> None:
    figure = only(measured_figures(transfer_of(LOSSES)))
    assert "default on gCSI" in figure.alt or "optimum on" in figure.alt
    assert "9 of 9 differ from the own optimum beyond doubt" in figure.alt
    assert len(figure.data.splitlines()) == 13
    assert measured_figures(transfer_of(LOSSES))[0].svg == figure.svg, "the same bytes each time"
    broken = transfer_of({**LOSSES, "default": {dataset: [None, None] for dataset in DATASETS}})
    assert only(measured_figures(broken)).svg != figure.svg


def test_estimates_are_never_called_measured(tmp_path: Path) -> None:
    records = [
        landscape_record("CCLE", valley(1e-3)),
        landscape_record("gCSI", valley(1e-4), seed=2),
        landscape_record("GDSCv1", noise(3), seed=3),
    ]
    optima = model_optima(records)
    estimates = transfer_estimates(optima, records)
    figure = only(estimate_figures(records))
    assert "estimated regret" in figure.alt
    assert "refused" in figure.alt
    assert figure.caption.startswith("An estimate, nothing was trained")
    text = estimate_sentence(estimates[0])
    assert text.startswith("Estimated from JDACS4C-IMPROVE/HPO, not measured: ")
    assert "2 of 6 pairs are refused" in text
    runs = [record.run for record in records]
    page = transfer_page(runs, Scores({}, ()), estimates, spreads_of_searches(optima), tmp_path)
    headings = [section.heading for section in page.sections]
    assert headings == ["Measured", "IGTD: estimated", "Between datasets and between trainings"]
    (table,) = (found for name, found in tables(page).items() if name.startswith("estimates-"))
    verdicts = texts(table, "verdict")
    assert len(verdicts) == 6
    assert (
        sum(verdict.startswith("refused: GDSCv1: the forest describes the losses too poorly") for verdict in verdicts)
        == 2
    )
    assert all(row.cells[0].href for row in table.rows)
    assert len(model_sections("IGTD", (), estimates)) == 1
