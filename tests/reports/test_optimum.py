"""The best of every run, and what of it moves with the dataset."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo.evaluation import Status
from reports.analysis.axes import Line
from reports.analysis.movement import model_optima, movements
from reports.analysis.noise import repeat_noise
from reports.analysis.optimum import OPTIMUM_COLUMNS, TOLERANCE, Optimum, optima, optimum, optimum_table
from reports.files import frame_csv
from tests.archive.builders import SPACE, improve_record, make_run_info, small_record

RATE = Line("rate", 1e-6, 1e-2, True)
WORD = Line("word", 0, 2, values=("a", "b", "c"), ordered=False)


def found(dataset: str, best: float, rates: list[float], word: str = "a", words: tuple[str, ...] = ("a",)) -> Optimum:
    """An optimum whose good evaluations are at ``rates``, each with every one of ``words``."""
    table = pd.DataFrame([{"rate": rate, "word": item} for rate in rates for item in words])
    return Optimum(make_run_info(dataset=dataset), 0.1, {"rate": best, "word": word}, 1, 0.1, None, TOLERANCE, table)


def test_the_optimum_is_the_best_evaluation():
    record = small_record(size="MEDIUM")
    best = optimum(record)
    row = record.evaluations.sort_values("val_loss").iloc[0]
    assert best.loss == row["val_loss"]
    assert best.values == {name: row[name] for name in record.axes}
    assert best.repeats == 1
    assert best.repeats_mean == row["val_loss"]


def test_good_evaluations_are_those_near_the_best():
    record = small_record(size="LARGE")
    best = optimum(record)
    near = record.evaluations[record.evaluations["val_loss"] <= 1.03 * best.loss]
    assert best.tolerance == TOLERANCE
    assert best.good == len(near) > 1


def test_a_dead_search_has_no_optimum():
    best = optimum(improve_record(degenerate=True))
    assert (best.loss, best.values, best.good) == (None, {}, 0)


def test_failures_are_not_good():
    record = small_record(size="MEDIUM", failures={7: Status.DEGENERATE, 8: Status.FAILED})
    assert not {7, 8} & set(optimum(record).table["evaluation"])


def noisy(factors: list[float]):
    """An imported record in which every point was trained ``len(factors)`` times, with these factors on its loss."""
    record = improve_record(size="LARGE")
    table = record.evaluations.head(20)
    copies = [table.assign(val_loss=table["val_loss"] * factor) for factor in factors]
    together = pd.concat(copies, ignore_index=True)
    together["evaluation"] = pd.array(range(len(together)), dtype="Int64")
    return type(record)(record.run, record.space, together, record.generations)


def test_noise_is_the_spread_between_repeats():
    assert repeat_noise(noisy([1.0, 1.0])) == 0
    assert repeat_noise(noisy([0.95, 1.05])) == pytest.approx(0.05 * 1.4826 * math.sqrt(2), rel=0.01)
    assert repeat_noise(noisy([1.0])) is None


def test_noise_widens_what_is_good():
    record = noisy([0.9, 1.0, 1.1])
    assert optimum(record).tolerance == pytest.approx(2 * repeat_noise(record))


def test_noise_is_unknown_where_a_loss_is_not_positive():
    record = noisy([1.0, 1.0])
    record.evaluations.loc[0, "val_loss"] = 0.0
    assert repeat_noise(record) is None


def test_the_published_model_comes_first():
    records = [small_record(), small_record("LGBM"), improve_record("IGTD")]
    assert [one.run.model for one in optima(records)] == ["IGTD", "GraphDRP", "LGBM"]
    assert [one.model for one in model_optima(records)] == ["IGTD", "GraphDRP", "LGBM"]


def test_the_table_has_a_row_for_every_hyperparameter_and_one_for_a_dead_search():
    records = [small_record(), small_record("GraphDRP", "DEMO-B", degenerate=True), improve_record(degenerate=True)]
    table = optimum_table(records)
    assert list(table.columns) == list(OPTIMUM_COLUMNS)
    assert table.groupby("key").size().to_dict() == {
        "GraphDRP/DEMO-A/SMALL/ga-seed1": 5,
        "GraphDRP/DEMO-B/SMALL/ga-seed1": 5,
        "IGTD/CCLE/MEDIUM/improve-2024-08-07": 1,
    }
    assert "nan" not in frame_csv(table).lower()


def test_different_data_are_not_put_together():
    records = [small_record(), improve_record("GraphDRP", "CCLE"), improve_record("GraphDRP", "gCSI")]
    together = {one.collection.kind: [best.run.dataset for best in one.chosen] for one in model_optima(records)}
    assert together == {"cross-hpo": ["DEMO-A"], "improve": ["CCLE", "gCSI"]}


def test_one_value_for_all_is_found_where_the_ranges_meet():
    (rate, word) = movements([found("A", 1e-4, [1e-5, 1e-3]), found("B", 1e-2, [1e-4, 1e-2])], {"r": RATE, "w": WORD})
    assert rate.common == (1e-4, 1e-3)
    assert not rate.moves
    assert rate.spread == pytest.approx(0.5)
    assert word.common == (0.0, 0.0)
    assert word.spread is None


def test_ranges_apart_mean_that_the_optimum_moves():
    rates = [[1e-6 * step for step in range(1, 9)], [1e-3 * step for step in range(1, 9)]]
    (rate,) = movements([found("A", 1e-6, rates[0]), found("B", 1e-3, rates[1])], {"r": RATE})
    assert rate.moves
    assert rate.few == ()


def test_few_good_points_are_named():
    (rate,) = movements([found("A", 1e-6, [1e-6]), found("B", 1e-3, [1e-3 + 1e-5 * k for k in range(9)])], {"r": RATE})
    assert rate.few == ("A",)


def test_words_move_where_no_word_is_good_on_all():
    one, other = found("A", 1e-4, [1e-4], "a", ("a", "b")), found("B", 1e-4, [1e-4], "c", ("c",))
    (word,) = movements([one, other], {"w": WORD})
    assert word.moves


def test_one_dataset_shows_no_movement():
    assert movements([found("A", 1e-4, [1e-4])], {"r": RATE}) == []


@settings(max_examples=50)
@given(st.lists(st.lists(st.floats(1e-6, 1e-2), min_size=1, max_size=6), min_size=2, max_size=5), st.randoms())
def test_movement_depends_on_neither_order_nor_dataset_names(rates, rng):
    chosen = [found(f"D{index}", values[0], values) for index, values in enumerate(rates)]
    (movement,) = movements(chosen, {"r": RATE})
    shuffled = list(chosen)
    rng.shuffle(shuffled)
    (again,) = movements(shuffled, {"r": RATE})
    assert (movement.spread, movement.common) == (again.spread, again.common)
    assert 0 <= movement.spread <= 1 + 1e-9
    if movement.common is not None:
        low, high = movement.common
        assert all(min(values) <= low <= high <= max(values) for values in rates)


def test_spaces_may_differ_between_runs():
    wide = [dict(SPACE[0], upper=0.1), *SPACE[1:]]
    (one,) = model_optima([small_record(), small_record("GraphDRP", "DEMO-B", "MEDIUM", space=wide)])
    assert one.axes["learning_rate"].upper == 0.1
    assert [best.run.dataset for best in one.chosen] == ["DEMO-A", "DEMO-B"]
