"""Drawing, varying and placing values, axis by axis."""

from __future__ import annotations

import random
import statistics
from collections import Counter

import pytest

from hpo.space import Axis, CategoricalAxis, FloatAxis, IntAxis, LogicalAxis, OrderedAxis
from hpo.space.base import parse_value
from hpo.space.scale import bring_inside

RATE = FloatAxis(name="rate", lower=1e-6, upper=1e-1, use_log_scale=True)
BATCH = OrderedAxis(name="batch", values=(16, 32, 64, 128, 256))


def test_a_log_scale_is_drawn_evenly_over_decades() -> None:
    rng = random.Random(3)
    honoured = [RATE.sample(rng) for _ in range(4000)]
    ignored = [RATE.sample(rng, honour_log=False) for _ in range(4000)]
    assert 0.57 < statistics.mean(value < 1e-3 for value in honoured) < 0.63
    assert statistics.mean(value < 1e-3 for value in ignored) < 0.02


def test_a_log_axis_steps_in_decades() -> None:
    rng = random.Random(4)
    axis = FloatAxis(name="rate", lower=1e-9, upper=1e3, use_log_scale=True, declared_sigma=0.25)
    ratios = [axis.mutate(1e-3, rng, 1.0) / 1e-3 for _ in range(4000)]
    assert 0.93 < statistics.median(ratios) < 1.07
    within_one_sigma = statistics.mean(10**-0.25 < ratio < 10**0.25 for ratio in ratios)
    assert 0.65 < within_one_sigma < 0.72


def test_default_sigma_is_a_tenth_of_the_range_in_the_scale_of_the_axis() -> None:
    assert RATE.sigma == pytest.approx(0.5)
    assert RATE.sigma_on(log=False) == (1e-1 - 1e-6) / 10
    assert IntAxis(name="k", lower=10, upper=20).sigma == 1.0
    assert BATCH.sigma == 0.5


def test_an_integer_sigma_is_used_as_declared_although_supervisor_would_cut_it_to_zero() -> None:
    axis = IntAxis(name="k", lower=0, upper=100, declared_sigma=0.9)
    moved = Counter(axis.mutate(50, random.Random(seed), 1.0) for seed in range(300))
    assert set(moved) >= {49, 50, 51}


@pytest.mark.parametrize(("position", "clamped", "reflected"), [(1.25, 1.0, 0.75), (-0.5, 0.0, 0.5), (7.5, 1.0, 0.5)])
def test_steps_over_a_bound(position: float, clamped: float, reflected: float) -> None:
    assert bring_inside(position, 0.0, 1.0, "clamp") == clamped
    assert bring_inside(position, 0.0, 1.0, "reflect") == reflected


def test_reflection_leaves_no_pile_on_the_bounds() -> None:
    axis = FloatAxis(name="rate", lower=1e-8, upper=1e-5, declared_sigma=0.01)
    clamped = [axis.mutate(5e-6, random.Random(seed), 1.0, bounds="clamp") for seed in range(200)]
    reflected = [axis.mutate(5e-6, random.Random(seed), 1.0, bounds="reflect") for seed in range(200)]
    assert sum(value in (axis.lower, axis.upper) for value in clamped) > 190
    assert sum(value in (axis.lower, axis.upper) for value in reflected) == 0


def test_an_unknown_rule_for_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="bounds must be one of clamp, reflect, got 'wrap'"):
        RATE.mutate(1e-3, random.Random(1), 1.0, bounds="wrap")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("axis", "legal", "illegal"),
    [
        (FloatAxis(name="x", lower=0.0, upper=1.0), [0.0, 0.5, 1.0], [1, True, "0.5", 1.0000001, float("nan"), None]),
        (IntAxis(name="x", lower=0, upper=3), [0, 3], [True, 1.0, "1", 4, None]),
        (LogicalAxis(name="x"), [True, False], [0, 1, "true", None]),
        (BATCH, [16, 256], [16.0, "16", True, 17]),
        (CategoricalAxis(name="x", values=("a", "b")), ["a"], ["A", 1, None]),
        (CategoricalAxis(name="x", values=(True, False)), [True], [1, 0, "True"]),
    ],
    ids=lambda value: value.kind if isinstance(value, Axis) else None,
)
def test_legality_is_strict_about_type(axis: Axis, legal: list[object], illegal: list[object]) -> None:
    assert [value for value in legal if not axis.contains(value)] == []
    assert [value for value in illegal if axis.contains(value)] == []


def test_the_problem_of_a_value_names_axis_law_and_value() -> None:
    assert RATE.problem(0.5) == "rate must be a number from 1e-06 to 0.1, got 0.5"
    assert IntAxis(name="k", lower=1, upper=9).problem(2.0) == "k must be an integer from 1 to 9, got 2.0"
    assert BATCH.problem(1028) == "batch must be one of 16, 32, 64, 128, 256, got 1028"
    assert LogicalAxis(name="bias").problem(1) == "bias must be true or false, got 1"


def test_an_unknown_listed_value_can_not_be_mutated() -> None:
    with pytest.raises(ValueError, match="batch must be one of 16, 32, 64, 128, 256, got 1028"):
        BATCH.mutate(1028, random.Random(1), 1.0)


def test_a_parent_out_of_bounds_has_legal_children() -> None:
    assert RATE.mutate(0.0, random.Random(1), 0.0) == RATE.lower
    assert RATE.contains(RATE.mutate(0.0, random.Random(1), 1.0))


def test_places_on_the_axis() -> None:
    assert RATE.to_unit(1e-6) == 0.0
    assert RATE.to_unit(1e-1) == 1.0
    assert RATE.to_unit(1e-3) == pytest.approx(0.6)
    assert BATCH.to_unit(64) == 0.5
    assert LogicalAxis(name="bias").from_unit(1.0) is True
    assert IntAxis(name="k", lower=0, upper=9).to_unit(0) == 0.05


@pytest.mark.parametrize("unit", [-0.01, 1.01, float("nan")])
def test_a_place_off_the_axis_is_refused(unit: float) -> None:
    for axis in (RATE, BATCH, IntAxis(name="k", lower=0, upper=9)):
        with pytest.raises(ValueError, match="a place on the axis lies between 0 and 1"):
            axis.from_unit(unit)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("nan", float), ("1_0", float), ("inf", float), ("", float), ("1.0", int), ("", int), ("1", bool)],
)
def test_text_of_another_type_is_no_value(text: str, kind: type) -> None:
    with pytest.raises(ValueError, match=r"must be .*, got"):
        parse_value(text, kind)
