"""Figures over many runs: data, alternative texts that state the finding, and the same bytes every time."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.archive.schema import Cost
from hpo.evaluation import Status
from reports.analysis.improvement import groups, improvements_by_key, members
from reports.figures import style
from reports.figures.advantage import advantage_alt, advantage_figures, advantages
from reports.figures.control_curves import comparable_runs, control_alt, control_curves, control_figures
from reports.figures.convergence_grid import convergence_grid, grid_alt, grid_figures, grid_table
from reports.figures.cost_curves import cost_curves, cost_figures, idle_figures
from reports.figures.curves import LEAST_TOP, changes_only, curves_table
from reports.figures.improvement import _Scale as Scale
from reports.figures.improvement import improvement_alt, improvement_data, improvement_figures, improvement_rows
from tests.archive.builders import improve_record, small_record

SIZES = ("SMALL", "MEDIUM")


@pytest.fixture(scope="module")
def published():
    """One model, imported, on two datasets in two sizes, all under the same conditions."""
    return [
        improve_record(dataset=dataset, size=size, seed=seed)
        for seed, (dataset, size) in enumerate((d, s) for d in ("CCLE", "gCSI") for s in SIZES)
    ]


@pytest.fixture(scope="module")
def own():
    """Both strategies with two seeds, and a dead search."""
    records = [small_record(strategy=strategy, seed=seed) for strategy in ("ga", "random") for seed in (1, 2)]
    return [*records, small_record(dataset="DEMO-B", degenerate=True)]


def rows(figure):
    return list(csv.DictReader(io.StringIO(figure.data)))


def only(figures):
    (figure,) = list(figures)
    return figure


@pytest.mark.parametrize("draw", [grid_figures, control_figures, cost_figures, improvement_figures, advantage_figures])
def test_figures_are_the_same_every_time_and_legible_in_both_schemes(draw, published):
    first, second = list(draw(published)), list(draw(published))
    assert first
    assert first == second
    for figure in first:
        assert figure.alt.endswith(".")
        assert figure.caption.endswith(".")
        assert rows(figure)
        light, dark = style.themed(figure.svg).values()
        assert light != dark
        assert not any(stand_in in light for stand_in in (style.INK, style.MUTED, style.PAPER, style.BAND))


@pytest.mark.parametrize(
    "draw", [grid_figures, control_figures, cost_figures, improvement_figures, advantage_figures, idle_figures]
)
def test_nothing_is_drawn_of_dead_searches_alone(draw):
    dead = [small_record(degenerate=True, seed=seed, cost=Cost()) for seed in (1,)]
    assert list(draw(dead)) == []


def test_a_grid_has_every_dataset_and_size(published):
    grid = convergence_grid("IGTD", published)
    assert (list(grid.datasets), list(grid.sizes)) == (["CCLE", "gCSI"], ["SMALL", "MEDIUM"])
    assert len(grid.panels) == 4
    assert len(grid_table(grid)) == 8 + 40 + 8 + 40


def test_sizes_of_a_dataset_share_the_lowest_loss(published):
    grid = convergence_grid("IGTD", published)
    for dataset in grid.datasets:
        bests = [panel.points["best"].iloc[-1] for (name, _), panel in grid.panels.items() if name == dataset]
        assert min(bests) == 0
        assert max(bests) >= 0


def test_a_grid_says_which_searches_stood_still(published):
    grid = convergence_grid("IGTD", published)
    still = [cell for cell, panel in grid.panels.items() if panel.flat]
    text = grid_alt(grid)
    assert all(f"{dataset} {size}" in text.split("stood still")[1] for dataset, size in still)


def test_of_several_runs_in_a_cell_the_genetic_one_is_shown(own):
    panel = convergence_grid("GraphDRP", own).panels["DEMO-A", "SMALL"]
    assert panel.run.endswith("ga-seed1")
    assert panel.others == 3


def test_curves_end_at_the_best_of_the_run(published):
    data = control_curves("IGTD", published)
    for panel in data.panels:
        searches = [curve for curve in panel.curves if not curve.dashed]
        assert len(searches) == 2
        assert min(float(curve.y[-1]) for curve in searches) == 0
        (expected,) = [curve for curve in panel.curves if curve.dashed]
        assert expected.x[-1] == 20
        assert (expected.low <= expected.y).all()
        assert (expected.y <= expected.high).all()


def test_random_searches_are_drawn_as_such(own):
    data = control_curves("GraphDRP", own)
    by_dataset = {panel.dataset: panel for panel in data.panels}
    labels = [curve.label for curve in by_dataset["DEMO-A"].curves]
    assert labels.count("SMALL, random") == 2
    assert "expected best of random draws" in labels
    assert by_dataset["DEMO-B"].remark == "no living run"


def test_curves_are_only_of_one_yardstick(published):
    other = published[0].run.protocol.model_copy(update={"version": 2})
    mixed = [*published[:2], improve_record(size="LARGE", protocol=other)]
    assert [record.run.size for record in comparable_runs(mixed)] == ["LARGE"]


def test_control_says_how_often_the_search_is_ahead(published):
    assert "the search is ahead in" in control_alt("IGTD", published)
    assert "no pool" in control_alt("IGTD", published[1:2])


def test_cost_adds_up_hours(published):
    (ccle, _) = cost_curves("IGTD", published).panels
    medium = next(curve for curve in ccle.curves if curve.label == "MEDIUM")
    assert medium.x[-1] == pytest.approx(published[1].evaluations["walltime"].sum() / 3600)


def test_unknown_times_are_no_curve(published):
    record = improve_record()
    record.evaluations.loc[3, "walltime"] = np.nan
    (panel,) = cost_curves("IGTD", [record]).panels
    assert (panel.curves, panel.remark) == ([], "times not recorded")


def test_the_table_of_curves_is_what_is_drawn(published):
    data = control_curves("IGTD", published)
    table = curves_table(data)
    assert len(table) == sum(len(curve.x) for panel in data.panels for curve in panel.curves)
    assert len(rows(only(control_figures(published)))) == len(table)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30).map(np.minimum.accumulate))
def test_a_step_line_needs_only_its_steps(best):
    x, y = changes_only(np.arange(1.0, len(best) + 1), best)
    filled = y[np.searchsorted(x, np.arange(1.0, len(best) + 1), side="right") - 1]
    assert np.array_equal(filled, best)
    assert x[-1] == len(best)


def test_idle_time_is_recorded_or_a_lower_bound(own):
    figure = only(idle_figures(own))
    assert "SMALL 25 % of 5 runs" in figure.alt
    imported = [improve_record(cost=Cost(workers=16)), improve_record(dataset="gCSI", cost=Cost(workers=8))]
    figure = only(idle_figures(imported))
    assert "medians, at the least: MEDIUM" in figure.alt
    assert [row["idle_share"] for row in rows(figure)] == ["", ""]


def test_runs_of_a_group_are_rows_by_dataset(published):
    runs, found = [record.run for record in published], improvements_by_key(published)
    group = next(group for group in groups(runs, found) if not group.published and group.size == "MEDIUM")
    data = improvement_data(group, runs, found)
    assert [run.dataset for run in data.runs] == ["CCLE", "gCSI"]
    assert data.definitions == ["first_best_to_best", "first_median_to_best", "worst_to_best"]
    assert improvement_rows(data)["worst_to_best"].tolist() == [
        found[run.key].percent["worst_to_best"] for run in data.runs
    ]
    assert f"worst {group.all['worst_to_best'].mean:.1f} %" in improvement_alt(data)


def test_members_are_those_that_a_group_counts(published):
    runs = [record.run for record in published]
    for group in groups(runs, improvements_by_key(published)):
        assert len(members(group, runs)) == group.runs


def test_dead_runs_are_shown_and_not_placed():
    records = [improve_record(), improve_record(dataset="gCSI", degenerate=True)]
    figure = next(figure for figure in improvement_figures(records) if "published" not in figure.name)
    assert "1 run is dead" in figure.alt
    assert [row["dead"] for row in rows(figure)] == ["false", "true"]


@given(st.floats(-0.5, 0.999), st.floats(-0.5, 0.999))
def test_scales_keep_the_order(one, other):
    for scale in (Scale(0.0, 0.985, log=True), Scale(-0.1, 0.25, log=False)):
        assert (scale.place(one) <= scale.place(other)) or one > other


def test_paired_seeds_stand_before_free_controls(own, published):
    (found,) = advantages(own).values()
    assert next(row.kind for row in found) == "paired"
    assert "of 1 paired contests" in advantage_alt(found)
    (imported,) = advantages(published).values()
    assert {row.kind for row in imported} == {"free", "at most"}
    assert all((row.low is None) == (row.kind == "at most") for row in imported)


def test_failures_are_no_obstacle():
    record = small_record(failures=dict.fromkeys(range(1, 5), Status.FAILED))
    assert only(grid_figures([record])).name == "progress-cross-hpo-demo-1"
    assert convergence_grid("a", [record]).tops["DEMO-A"] >= LEAST_TOP
