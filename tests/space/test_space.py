"""Reading valid files: what is kept, what is warned about, what makes two spaces the same."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from hpo.space import Constant, FloatAxis, IntAxis, OrderedAxis, Space, read_space
from tests.shared_data import improve_hall_of_fame

ENTRIES: list[dict[str, Any]] = [
    {"name": "rate", "type": "float", "lower": 1e-6, "upper": 1, "use_log_scale": True, "default": 1, "units": "1"},
    {"name": "data", "type": "constant", "value": "/data;x"},
    {"name": "batch", "type": "ordered", "element_type": "int", "values": [16, 64], "sigma": "1", "units": "rows"},
    {"name": "k", "type": "int", "lower": 1, "upper": 9, "comment": "Neighbours."},
]


def changed(name: str, **keys: Any) -> Space:
    return Space.from_json([{**entry, **keys} if entry["name"] == name else entry for entry in ENTRIES])


def test_parameters_keep_the_order_of_the_file() -> None:
    space = Space.from_json(ENTRIES)
    assert [parameter.name for parameter in space.parameters] == ["rate", "data", "batch", "k"]
    assert [type(parameter) for parameter in space.parameters] == [FloatAxis, Constant, OrderedAxis, IntAxis]
    assert space.names == ("rate", "batch", "k")
    assert space.constants == {"data": "/data;x"}
    assert space.defaults == {"rate": 1.0}
    assert space.axes[2].comment == "Neighbours."


def test_numbers_take_the_type_of_their_axis() -> None:
    space = Space.from_json(ENTRIES)
    rate, batch = space.axes[0], space.axes[1]
    assert isinstance(rate, FloatAxis)
    assert isinstance(batch, OrderedAxis)
    assert type(rate.upper) is type(rate.default) is float
    assert batch.sigma == 1.0
    assert space.problems({"rate": 1, "batch": 16, "k": 2}) == ["rate must be a number from 1e-06 to 1.0, got 1"]
    assert space.key({"rate": 1, "batch": 16, "k": 2}) == space.key({"rate": 1.0, "batch": 16, "k": 2})


def test_further_keys_are_kept_and_reported_once() -> None:
    space = Space.from_json(ENTRIES)
    assert space.to_json() == ENTRIES
    assert space.warnings == (
        "'units' is no key of CANDLE's conventions and has no effect; kept as annotation (2 parameters)",
    )


def test_what_to_json_returns_is_the_callers_own() -> None:
    space = Space.from_json(ENTRIES)
    space.to_json()[0]["lower"] = 5
    assert space.to_json() == ENTRIES


def test_a_byte_order_mark_is_dropped_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "space.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(ENTRIES).encode())
    space = read_space(path)
    assert space == Space.from_json(ENTRIES)
    assert space.to_json() == ENTRIES
    assert space.warnings[0].startswith("the file begins with a byte order mark")


def test_constants_only_is_legal_but_nothing_to_search() -> None:
    space = Space.from_json([{"name": "epochs", "type": "constant", "element_type": "int", "value": 5}])
    assert space.axes == ()
    assert space.warnings == (
        "there are only constants, so there is nothing to search; give at least one a range or values",
    )


WARNINGS = {
    "sigma_wider_than_the_range": (
        {"name": "x", "type": "float", "lower": 1e-8, "upper": 1e-7, "sigma": 0.01},
        "'x': sigma 0.01 is wider than the range of 9e-08, so most mutations end on a bound; "
        "a tenth of the range is usual, here 9e-09",
    ),
    "sigma_tiny_on_a_log_axis": (
        {"name": "x", "type": "float", "lower": 1e-6, "upper": 1e-2, "sigma": 0.001, "use_log_scale": True},
        "'x': sigma 0.001 decades is less than a thousandth of the range of 4 decades, so mutations hardly move; "
        "a tenth of the range is usual, here 0.4 decades",
    ),
    "many_decades_drawn_linearly": (
        {"name": "x", "type": "float", "lower": 1e-6, "upper": 0.1},
        "'x': 5 decades on a linear scale, so nine of ten draws lie in the uppermost one; "
        '"use_log_scale": true spreads them evenly',
    ),
    "single_value": (
        {"name": "x", "type": "categorical", "element_type": "int", "values": [3]},
        "'x': there is only one value, so nothing is searched; type constant says so",
    ),
    "sigma_wider_than_the_list": (
        {"name": "x", "type": "ordered", "element_type": "int", "values": [1, 2, 3], "sigma": 5},
        "'x': sigma 5 places is wider than the range of 2 places, so most mutations end on a bound; "
        "a tenth of the range is usual, here 0.2 places",
    ),
}


@pytest.mark.parametrize(("entry", "warning"), WARNINGS.values(), ids=WARNINGS)
def test_what_is_probably_not_meant_is_said(entry: dict[str, Any], warning: str) -> None:
    assert Space.from_json([entry]).warnings == (warning,)


def test_digest_is_pinned() -> None:
    # Records keep it: a change here makes every archived space another one.
    assert Space.from_json(ENTRIES).digest == "59b3e52b206ed355bc62b347edf87422ce57b284916d193a79b6f29bf404df36"


SAME = {
    "comment": {"comment": "Other."},
    "annotation": {"units": "x"},
    "bound_as_float": {"upper": 1.0},
    "sigma_none": {},
}


@pytest.mark.parametrize("keys", SAME.values(), ids=SAME)
def test_digest_of_the_same_meaning(keys: dict[str, Any]) -> None:
    assert changed("rate", **keys).digest == Space.from_json(ENTRIES).digest


OTHER: dict[str, tuple[str, dict[str, Any]]] = {
    "bound": ("rate", {"upper": 2}),
    "scale": ("rate", {"use_log_scale": False}),
    "sigma": ("rate", {"sigma": 0.1}),
    "default": ("rate", {"default": 0.5}),
    "values": ("batch", {"values": [64, 16]}),
    "element_type": ("batch", {"element_type": "float"}),
    "type": ("batch", {"type": "categorical", "sigma": None}),
    "constant": ("data", {"value": "/other"}),
    "name": ("k", {"name": "kk"}),
}


@pytest.mark.parametrize(("name", "keys"), OTHER.values(), ids=OTHER)
def test_digest_of_another_meaning(name: str, keys: dict[str, Any]) -> None:
    entries = [{**entry, **keys} if entry["name"] == name else dict(entry) for entry in ENTRIES]
    for entry in entries:
        if entry.get("sigma", "") is None:
            del entry["sigma"]
    assert Space.from_json(entries).digest != Space.from_json(ENTRIES).digest
    assert Space.from_json(entries) != Space.from_json(ENTRIES)


def test_problems_of_a_point() -> None:
    space = Space.from_json(ENTRIES)
    assert space.contains({"rate": 0.5, "batch": 16, "k": 3})
    assert space.contains({"rate": 0.5, "batch": 16, "k": 3, "data": "/data;x"})
    assert space.problems({"rate": 2.0, "batch": 17, "data": "/x", "z": 1}) == [
        "k is missing",
        "rate must be a number from 1e-06 to 1.0, got 2.0",
        "batch must be one of 16, 64, got 17",
        "data is constant '/data;x', got '/x'",
        "z is no hyperparameter of the space (there are rate, batch, k)",
    ]


def test_missing_values_are_named() -> None:
    space = Space.from_json(ENTRIES)
    for use in (space.key, space.to_unit):
        with pytest.raises(ValueError, match="batch is missing"):
            use({"rate": 0.5, "k": 3})
    with pytest.raises(ValueError, match="zip"):
        space.from_unit((0.5,))


def test_parse_names_the_hyperparameter() -> None:
    space = Space.from_json(ENTRIES)
    assert [space.parse("rate", "1e-3"), space.parse("batch", "1028"), space.parse("data", "a b")] == [
        0.001,
        1028,
        "a b",
    ]
    with pytest.raises(ValueError, match=r"^k must be an integer of at most 18 digits, got '2\.5'$"):
        space.parse("k", "2.5")
    with pytest.raises(ValueError, match=r"^z is no hyperparameter of the space$"):
        space.parse("z", "1")


def test_files_of_the_package_are_valid() -> None:
    folder = Path(str(Path(__file__).parents[2])) / "hpo" / "space" / "files"
    for path in sorted(folder.glob("*.json")):
        space = read_space(path)
        assert space.axes, path
        assert all(axis.comment for axis in space.axes), f"{path}: every axis says why it is as it is"


@pytest.mark.shared_data
def test_every_published_space_is_read_and_kept() -> None:
    folder = improve_hall_of_fame() / "HallOfFame"
    paths = [path for path in folder.rglob("*.json") if not path.name.startswith(("best", "population"))]
    assert len(paths) == 61
    for path in paths:
        space = read_space(path)
        assert space.to_json() == json.loads(path.read_text(encoding="utf-8"))
        assert 1 <= len(space.axes) <= 3, os.fspath(path)


@pytest.mark.shared_data
def test_published_spaces_that_draw_learning_rates_linearly_are_warned_about() -> None:
    space = read_space(improve_hall_of_fame() / "HallOfFame/Uno/CCLE/MEDIUM/uno_param_space-1.json")
    assert [warning.split(",")[0] for warning in space.warnings] == [
        "'learning_rate': sigma 0.01 is wider than the range of 9.99e-06",
        "'learning_rate': 3 decades on a linear scale",
    ]
