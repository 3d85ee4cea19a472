"""Laws that hold for every space, point and seed."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.space import IntAxis, Space
from hpo.space.axes import NumericAxis
from hpo.space.scale import BOUNDS, Bounds, reflect, to_scale
from tests.space.strategies import points, rngs, spaces

modes = {"honour_log": st.booleans(), "bounds": st.sampled_from(BOUNDS)}


def assert_legal(space: Space, point: dict[str, Any]) -> None:
    assert space.problems(point) == []
    assert list(point) == list(space.names)


@given(space=spaces(), rng=rngs(), honour_log=st.booleans())
def test_a_sample_lies_in_the_space(space: Space, rng: random.Random, honour_log: bool) -> None:
    for _ in range(5):
        assert_legal(space, space.sample(rng, honour_log))


@given(data=st.data(), space=spaces(), rng=rngs(), indpb=st.sampled_from([0.0, 0.5, 1.0]), **modes)
def test_a_mutant_lies_in_the_space(
    data: st.DataObject, space: Space, rng: random.Random, indpb: float, honour_log: bool, bounds: Bounds
) -> None:
    point = data.draw(points(space))
    for _ in range(5):
        point = space.mutate(point, rng, indpb, honour_log, bounds)
        assert_legal(space, point)


@given(data=st.data(), space=spaces(), rng=rngs(), **modes)
def test_a_point_stays_the_same_where_nothing_is_mutated(
    data: st.DataObject, space: Space, rng: random.Random, honour_log: bool, bounds: Bounds
) -> None:
    point = data.draw(points(space))
    assert space.mutate(point, rng, -1.0, honour_log, bounds) == point


@given(data=st.data(), space=spaces(), rng=rngs())
def test_genes_of_two_parents_make_a_legal_point(data: st.DataObject, space: Space, rng: random.Random) -> None:
    one, other = data.draw(points(space)), data.draw(points(space))
    assert_legal(space, {name: rng.choice([one[name], other[name]]) for name in space.names})


@given(space=spaces(), rng=rngs(), **modes)
def test_the_same_seed_gives_the_same_points(
    space: Space, rng: random.Random, honour_log: bool, bounds: Bounds
) -> None:
    twin = random.Random()
    twin.setstate(rng.getstate())
    first, second = (space.mutate(space.sample(r, honour_log), r, 0.5, honour_log, bounds) for r in (rng, twin))
    assert first == second
    assert rng.getstate() == twin.getstate()


@given(space=spaces())
def test_json_round_trip(space: Space) -> None:
    read = Space.from_json(json.loads(json.dumps(space.to_json())))
    assert read.to_json() == space.to_json()
    assert read == space
    assert read.digest == space.digest
    assert read.parameters == space.parameters


@given(space=spaces())
def test_digest_ignores_comments_annotations_and_the_order_of_keys(space: Space) -> None:
    dressed = [
        {"comment": f"number {number}", **dict(reversed(entry.items())), "x_note": [1, {"a": None}]}
        for number, entry in enumerate(space.to_json())
    ]
    assert Space.from_json(dressed).digest == space.digest


@given(space=spaces(min_axes=2))
def test_digest_depends_on_the_order_of_parameters(space: Space) -> None:
    assert Space.from_json(list(reversed(space.to_json()))).digest != space.digest


@given(data=st.data(), space=spaces())
def test_unit_round_trip(data: st.DataObject, space: Space) -> None:
    point = data.draw(points(space))
    unit = space.to_unit(point)
    assert all(0.0 <= place <= 1.0 for place in unit)
    again = space.from_unit(unit)
    for axis in space.axes:
        value, back = point[axis.name], again[axis.name]
        if axis.kind == "float":
            assert isinstance(axis, NumericAxis)
            width = axis.width_on(axis.log_scale)
            difference = to_scale(float(back), axis.log_scale) - to_scale(float(value), axis.log_scale)
            assert abs(difference) <= 1e-12 * max(width, abs(to_scale(axis.upper, axis.log_scale)), 1.0)
        else:
            assert back == value
            assert type(back) is type(value)


@given(space=spaces(), places=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=2).map(sorted))
def test_from_unit_keeps_order(space: Space, places: list[float]) -> None:
    for axis in space.axes:
        low, high = (axis.from_unit(place) for place in places)
        assert axis.to_unit(low) <= axis.to_unit(high)


@given(data=st.data(), space=spaces())
def test_parse_undoes_str(data: st.DataObject, space: Space) -> None:
    point = {**space.constants, **data.draw(points(space))}
    for name, value in point.items():
        parsed = space.parse(name, str(value))
        assert parsed == value
        assert type(parsed) is type(value)


@given(data=st.data(), space=spaces())
def test_keys_are_equal_if_and_only_if_points_are(data: st.DataObject, space: Space) -> None:
    one, other = data.draw(points(space)), data.draw(points(space))
    assert (space.key(one) == space.key(other)) == (one == other)
    assert space.key(dict(reversed(one.items()))) == space.key(one)
    assert space.key(json.loads(json.dumps(one))) == space.key(one)


@given(position=st.floats(-1e9, 1e9), lower=st.floats(-1e6, 1e6), width=st.floats(1e-6, 1e6))
def test_reflection_ends_inside_and_leaves_what_is_inside(position: float, lower: float, width: float) -> None:
    upper = lower + width
    inside = reflect(position, lower, upper)
    assert lower <= inside <= upper
    if lower <= position <= upper:
        assert inside == position
    elif upper < position <= upper + width / 2:
        assert inside == pytest.approx(upper - (position - upper), abs=1e-9 * max(1.0, abs(lower)))


@given(space=spaces())
def test_the_default_sigma_may_be_written_out(space: Space) -> None:
    written = []
    for entry, parameter in zip(space.to_json(), space.parameters, strict=True):
        if entry["type"] in ("int", "float", "ordered") and not entry.get("use_log_scale"):
            entry["sigma"] = parameter.sigma  # type: ignore[union-attr]
        written.append(entry)
    assert Space.from_json(written).digest == space.digest


@given(data=st.data(), lower=st.integers(1, 1000), width=st.integers(1, 50), log=st.booleans())
def test_integers_get_equal_shares_of_the_unit_interval(data: st.DataObject, lower: int, width: int, log: bool) -> None:
    axis = IntAxis(name="k", lower=lower, upper=lower + width, use_log_scale=log)
    value = data.draw(st.integers(lower, lower + width))
    edges = [to_scale(value + half, log) for half in (-0.5, 0.5)]
    share = (edges[1] - edges[0]) / (to_scale(axis.upper + 0.5, log) - to_scale(axis.lower - 0.5, log))
    assert axis.from_unit(min(1.0, axis.to_unit(value) + 0.3 * share)) == value
    assert axis.from_unit(max(0.0, axis.to_unit(value) - 0.3 * share)) == value
    assert math.isclose(share, 1 / (width + 1)) or log
