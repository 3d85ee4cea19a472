"""Leaders trained again, on the site: told from what the search found, and shown with their spread."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpo.archive.record import Record
from reports.analysis.convergence import best_so_far, generations, progress
from reports.analysis.cost import repeats
from reports.analysis.fingerprint import fingerprint_points
from reports.analysis.movement import model_optima
from reports.analysis.noise import repeat_noise
from reports.analysis.noises import Noise
from reports.analysis.optimum import optimum, optimum_table
from reports.analysis.optimum_json import optimum_json
from reports.analysis.overview import best_settings
from reports.analysis.searched import searched
from reports.analysis.tables import hyperparameters_table, runs_table
from reports.figures.convergence import convergence_data
from reports.figures.convergence_words import caption_of, convergence_alt
from reports.figures.landscape import landscape_data
from reports.pages.leaders import leaders_table
from reports.pages.optimum_page import optimum_page
from reports.pages.words import announced, verdict
from tests.archive.builders import improve_record, leader_record, small_record

LUCKY = leader_record({3: [0.0181, 1e-6], 5: [0.0072, 0.0074]}, [0.0073, 0.0075], losses={3: 0.0040, 5: 0.0041})
"""Evaluation 3 had the lowest loss and once more a lucky one; 5 is announced."""
PLAIN = leader_record({3: [], 5: []}, [0.0073], losses={3: 0.0040, 5: 0.0041})


def cells(record: Record) -> list[list[str]]:
    table = leaders_table(record)
    assert table is not None
    return [[str(cell.text) for cell in row.cells] for row in table.rows]


def test_curves_and_counts_are_those_of_the_search() -> None:
    assert best_so_far(LUCKY.evaluations)["best_so_far"].min() == 0.0040
    assert generations(best_so_far(LUCKY.evaluations))[-1].last == 8
    assert len(searched(LUCKY)) == 8
    assert progress(LUCKY) == progress(PLAIN)
    assert len(fingerprint_points(LUCKY, ())) == 9
    assert not repeats(LUCKY).any()


def test_figures_mark_the_best_of_the_search() -> None:
    noise = Noise(0.01, "assumed")
    data = convergence_data(LUCKY.evaluations, title="t", metric="mse", noise=noise)
    assert data.best == (3, 0.0040)
    assert "the last 6 train leaders again" in convergence_alt(data)
    assert "leaders" in caption_of(data)
    other = convergence_data(small_record().evaluations, title="t", metric="mse", noise=noise)
    assert "leaders" not in convergence_alt(other) + caption_of(other)
    landscape = landscape_data(LUCKY)
    assert landscape.best is not None
    assert landscape.points["evaluation"].iloc[landscape.best] == 3


def test_replicates_say_how_noisy_losses_are() -> None:
    """Two leaders with five further trainings each; the first ones, chosen for being low, are left out."""
    spread = [0.98, 0.99, 1.0, 1.01, 1.02]
    contest: dict[int, list[float | None]] = {3: [0.01 * x for x in spread], 5: []}
    record = leader_record(contest, [0.02 * x for x in spread], losses={3: 0.001, 5: 0.001})
    assert repeat_noise(record) == pytest.approx(0.0166, rel=0.03)
    assert repeat_noise(LUCKY) is None


def test_the_optimum_is_what_is_announced() -> None:
    found = optimum(LUCKY)
    assert found.loss == pytest.approx(0.0074)
    assert found.repeats == 5
    assert dict(found.values) == {
        name: value for name, value in best_settings(LUCKY.run).items() if name not in LUCKY.run.fixed
    }
    row = optimum_table([LUCKY]).iloc[0]
    assert (row["val_loss"], row["announced"], row["equivalents"]) == (pytest.approx(0.0074), 2, "3")
    assert optimum_table([small_record()]).iloc[0]["announced"] is None
    values = hyperparameters_table([LUCKY.run]).set_index("hyperparameter")["value"]
    assert values["learning_rate"] == LUCKY.evaluations["learning_rate"].iloc[5]


def test_the_table_of_runs_has_both() -> None:
    row = runs_table([LUCKY.run]).iloc[0]
    assert (row["best"], row["best_evaluation"]) == (0.0040, 3)
    assert (row["announced"], row["announced_evaluation"]) == (pytest.approx(0.0074), 5)


def test_the_leaders_are_listed_the_announced_one_first() -> None:
    assert cells(LUCKY) == [
        ["5", "0.0041", "0.006233 (3)", "0.0074 (2)", "announced"],
        ["3", "0.004", "0.007367 (3)", "", "not told to be worse"],
    ]
    failing = leader_record({3: [None, None], 5: [0.0072, 0.0074]}, [0.0073, 0.0075])
    assert [row[-2:] for row in cells(failing)] == [["", "announced"], ["2", "worse"]]
    assert cells(leader_record({4: []}, [None]))[0][-1] == "not announced: no training after the choice ended ok"
    assert leaders_table(small_record()) is None
    assert leaders_table(improve_record()) is None


def test_settings_stand_beside_the_loss_that_is_theirs(tmp_path: Path) -> None:
    (table,) = next(section.tables for section in optimum_page(model_optima([LUCKY]), tmp_path).sections)
    cells = dict(zip([column.name for column in table.columns], table.rows[0].cells, strict=True))
    assert (cells["val_loss"].text, str(cells["std"].text), cells["equivalents"].text) == ("0.0074", "0.00014 (2)", "3")
    assert cells["repeats_mean"].text == "0.0067 (5)"
    baseline = LUCKY.run.baseline
    assert baseline is not None
    assert baseline.val_loss is not None
    assert float(cells["gain"].value or 0) == pytest.approx(1 - 0.0074 / baseline.val_loss)
    (entry,) = optimum_json(model_optima([LUCKY]), "v")["optima"]
    assert entry["announced"]["leaders"] == [5, 3]
    without = next(section.tables[0] for section in optimum_page(model_optima([small_record()]), tmp_path).sections)
    assert not {"std", "equivalents"} & {column.name for column in without.columns}


def test_words_name_the_announced_loss_and_where_it_comes_from() -> None:
    assert LUCKY.run.optimum is not None
    assert announced(LUCKY.run.optimum) == (
        "0.0074 ± 0.00014",
        "mean ± standard deviation of 2 trainings after the choice",
    )
    assert verdict(LUCKY.run).endswith(
        " The settings announced are those of evaluation 5: 0.0074 ± 0.00014, mean ± standard deviation of 2 trainings "
        "after the choice."
    )
    single = leader_record({4: []}, [0.01]).run.optimum
    assert single is not None
    assert announced(single) == ("0.01", "of one training after the choice")
    assert "announced" not in verdict(small_record().run)
