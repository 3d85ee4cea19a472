"""Every fault of a space file is found, and its message says where, which law, what was found, what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hpo.errors import BadData, ExitCode, MissingInput
from hpo.space import Space, read_space

FLOAT = {"name": "rate", "type": "float", "lower": 0.1, "upper": 0.9}
INT = {"name": "k", "type": "int", "lower": 1, "upper": 9}
ORDERED = {"name": "batch", "type": "ordered", "element_type": "int", "values": [16, 32]}
CATEGORICAL = {"name": "net", "type": "categorical", "element_type": "string", "values": ["a", "b"]}
CONSTANT = {"name": "epochs", "type": "constant", "value": 5}


def without(entry: dict[str, Any], key: str) -> dict[str, Any]:
    return {other: value for other, value in entry.items() if other != key}


ITEMS: dict[str, tuple[Any, str, str]] = {
    "unknown_type": (
        {**FLOAT, "type": "flot"},
        "'rate': type must be one of constant, int, float, logical, categorical, ordered, got \"flot\"",
        'Write "type": "float".',
    ),
    "type_of_another_library": ({**FLOAT, "type": "integer"}, 'got "integer"', 'Write "type": "int".'),
    "type_missing": (without(FLOAT, "type"), "'rate': type must be one of", 'Add or correct "type".'),
    "type_is_a_list": ({**FLOAT, "type": ["float"]}, 'got ["float"]', 'Add or correct "type".'),
    "lower_equals_upper": (
        {**FLOAT, "upper": 0.1},
        "'rate': lower must be less than upper, got lower = 0.1, upper = 0.1",
        'Write "type": "constant" with "value".',
    ),
    "lower_above_upper": ({**FLOAT, "lower": 2}, "lower must be less than upper, got lower = 2", "Exchange the two."),
    "lower_missing": (without(FLOAT, "lower"), "'rate': type float needs lower, got none", 'Add "lower": …'),
    "sigma_is_words": (
        {**FLOAT, "sigma": "wide"},
        'sigma must be a number above 0, got "wide"',
        "a tenth of the range",
    ),
    "sigma_negative": ({**FLOAT, "sigma": -0.1}, "sigma must be a number above 0, got -0.1", "standard deviation"),
    "sigma_zero": ({**ORDERED, "sigma": 0}, "'batch': sigma must be a number above 0, got 0", "standard deviation"),
    "sigma_true": ({**FLOAT, "sigma": True}, "sigma must be a number above 0, got true", "standard deviation"),
    "sigma_text_nan": ({**FLOAT, "sigma": "nan"}, 'sigma must be a number above 0, got "nan"', "standard deviation"),
    "sigma_on_categorical": (
        {**CATEGORICAL, "sigma": 1},
        "'net': type categorical has no sigma, got 1",
        "categorical takes values, element_type, default.",
    ),
    "log_scale_with_negative_bound": (
        {**FLOAT, "lower": -1, "use_log_scale": True},
        "'rate': use_log_scale needs lower > 0, got lower = -1",
        "Give a positive lower bound, or leave use_log_scale out.",
    ),
    "log_scale_with_zero_bound": ({**INT, "lower": 0, "use_log_scale": True}, "needs lower > 0, got lower = 0", "Give"),
    "log_scale_is_text": (
        {**FLOAT, "use_log_scale": "true"},
        'use_log_scale must be true or false, got "true"',
        "Write it without quotes.",
    ),
    "log_scale_is_one": ({**FLOAT, "use_log_scale": 1}, "use_log_scale must be true or false, got 1", "without quotes"),
    "int_bounds_with_decimals": (
        {**INT, "lower": 1.9},
        "'k': lower of type int must be an integer, got 1.9",
        'Write whole numbers, or "type": "float".',
    ),
    "int_bound_as_float": ({**INT, "upper": 9.0}, "upper of type int must be an integer, got 9.0", "Write 9."),
    "int_bound_as_text": ({**INT, "upper": "9"}, 'must be an integer, got "9"', "Write 9 without quotes."),
    "int_bound_true": ({**INT, "lower": True}, "lower of type int must be an integer, got true", "whole numbers"),
    "int_bound_too_large": ({**INT, "upper": 10**13}, "upper must be between -1e+12 and 1e+12", "Narrow the range."),
    "bound_as_text": ({**FLOAT, "lower": "0.1"}, 'lower must be a number, got "0.1"', "Write 0.1 without quotes."),
    "bound_null": ({**FLOAT, "lower": None}, "lower must be a number, got null", "Write a finite number."),
    "bound_true": ({**FLOAT, "lower": True}, "lower must be a number, got true", "Write a finite number."),
    "bound_nan_from_python": ({**FLOAT, "lower": float("nan")}, "lower must be a number, got NaN", "finite"),
    "bound_infinite_from_python": ({**FLOAT, "upper": float("inf")}, "upper must be a number, got Infinity", "finite"),
    "bound_huge_integer_from_python": ({**FLOAT, "upper": 10**400}, "upper must be a number, got 1000", "finite"),
    "bound_too_large": ({**FLOAT, "upper": 1e301}, "upper must be between -1e+300 and 1e+300", "Narrow the range."),
    "values_empty": ({**ORDERED, "values": []}, "'batch': values must not be empty, got []", "at least two values"),
    "values_repeated": ({**ORDERED, "values": [1, 1]}, "values must differ, got 1 more than once", "Remove"),
    "values_is_text": ({**CATEGORICAL, "values": "ab"}, 'values must be a list, got "ab"', "Write [value, value, …]."),
    "values_missing": (without(ORDERED, "values"), "type ordered needs values, got none", 'Add "values": …'),
    "value_beside_values": ({**ORDERED, "value": 1}, "type ordered has no value, got 1", "Remove it"),
    "values_of_another_type": (
        {**ORDERED, "values": [16, 2.5]},
        "values must all be of element_type int, got 2.5",
        'Write "element_type": "float", or correct the values.',
    ),
    "values_mixing_one_and_true": (
        {**ORDERED, "values": [1, True]},
        "values must all be of element_type int, got true",
        "Correct the values.",
    ),
    "values_mixing_one_and_one_point_zero": (
        {**ORDERED, "element_type": "float", "values": [1, 1.0]},
        "values must differ, got 1.0 more than once",
        "Remove the repetitions.",
    ),
    "values_nested": ({**ORDERED, "values": [[1], [2]]}, "every one of values must be a number, text", "single value"),
    "values_with_empty_text": ({**CATEGORICAL, "values": ["", "a"]}, "must not hold empty text", "missing value"),
    "values_equal_in_canonical_form": ({**CATEGORICAL, "values": ["é", "e\u0301"]}, "values must differ", "Remove"),
    "element_type_missing": (
        without(ORDERED, "element_type"),
        "'batch': type ordered needs element_type, got none",
        'Add "element_type": "int".',
    ),
    "element_type_unknown": (
        {**CATEGORICAL, "element_type": "str"},
        'element_type must be one of int, float, string, logical, got "str"',
        'Write "element_type": "string".',
    ),
    "element_type_of_a_range": (
        {**FLOAT, "element_type": "int"},
        "element_type of type float can only be float",
        "Leave",
    ),
    "element_type_of_a_constant": (
        {**CONSTANT, "element_type": "string"},
        "value must be of element_type string",
        "two",
    ),
    "name_missing": (without(FLOAT, "name"), "item 1: a parameter needs a name, got none", 'Add "name": "…".'),
    "name_is_a_number": ({**FLOAT, "name": 3}, "item 1: name must be text, got 3", "Put the name in quotes."),
    "name_empty": ({**FLOAT, "name": ""}, "item 1: name must consist of letters, digits and _", "rename it"),
    "name_with_shell_text": (
        {**FLOAT, "name": "x; rm -rf $HOME"},
        "name must consist of letters, digits and _",
        "It becomes a column and an argument of the model; rename it.",
    ),
    "name_is_a_column": (
        {**FLOAT, "name": "val_loss"},
        "must not be a column of evaluations.csv",
        "taken are best_epoch",
    ),
    "unknown_key_log": (
        {**FLOAT, "log": True},
        "'rate': unknown key \"log\", which looks like 'use_log_scale'",
        'Write "use_log_scale"; a key under this name would have no effect.',
    ),
    "unknown_key_use_logscale": ({**FLOAT, "use_logscale": True}, "looks like 'use_log_scale'", "no effect"),
    "unknown_key_logscale": ({**FLOAT, "logscale": True}, "looks like 'use_log_scale'", "no effect"),
    "unknown_key_log_scale": ({**FLOAT, "log_scale": True}, "looks like 'use_log_scale'", "no effect"),
    "unknown_key_sigm": ({**FLOAT, "sigm": 0.1}, "unknown key \"sigm\", which looks like 'sigma'", 'Write "sigma"'),
    "unknown_key_of_deephyper": ({**FLOAT, "min": 0.1}, "looks like 'lower'", "`cross-hpo space convert`"),
    "constant_without_value": (without(CONSTANT, "value"), "type constant needs value, got none", 'Add "value": …'),
    "constant_null": (
        {**CONSTANT, "value": None},
        "value must be a number, text, true or false, got null",
        "leave the",
    ),
    "constant_nested": ({**CONSTANT, "value": {"a": 1}}, 'true or false, got {"a": 1}', "Write a single value"),
    "constant_with_line_break": ({**CONSTANT, "value": "a\nb"}, "without control characters", "line breaks"),
    "constant_too_long": ({**CONSTANT, "value": "a" * 2001}, "text of at most 2,000 characters", "Shorten it"),
    "constant_with_bounds": ({**CONSTANT, "lower": 1}, "type constant has no lower, got 1", "Remove it"),
    "logical_with_values": (
        {"name": "bias", "type": "logical", "values": [True, False]},
        "'bias': type logical has no values, got [true, false]",
        "logical takes default, element_type.",
    ),
    "default_out_of_bounds": ({**FLOAT, "default": 1}, "default must be a number from 0.1 to 0.9, got 1", "Correct it"),
    "default_not_listed": ({**ORDERED, "default": 17}, "default must be one of 16, 32, got 17", "Correct it"),
    "default_of_another_type": (
        {**INT, "default": True},
        "default must be an integer from 1 to 9, got true",
        "Correct",
    ),
    "comment_is_a_list": ({**FLOAT, "comment": ["a"]}, 'comment must be text, got ["a"]', "Put it in quotes."),
    "item_is_text": ("rate", 'item 1: a parameter must be an object, got "rate"', "Write it as {"),
}


@pytest.mark.parametrize(("item", "law", "remedy"), ITEMS.values(), ids=ITEMS)
def test_a_faulty_item_is_refused(item: Any, law: str, remedy: str) -> None:
    with pytest.raises(BadData) as caught:
        Space.from_json([item, {"name": "other", "type": "logical"}], "space.json")
    (problem,) = caught.value.problems
    first, second = problem.split("\n")
    assert first.startswith("space.json: ")
    assert law in first
    assert second.startswith("  ")
    assert remedy in second
    assert caught.value.exit_code == ExitCode.BAD_DATA == 65


WHOLES: dict[str, tuple[Any, str, str]] = {
    "no_list": (
        {"rate": FLOAT},
        "space.json: a space must be a list of objects",
        "space convert FILE --from deephyper",
    ),
    "null": (None, "a space must be a list of objects, got null", "Write [{"),
    "text": ("rate", 'a space must be a list of objects, got "rate"', "Write [{"),
    "empty": ([], "a space must have at least one parameter, got []", "Write [{"),
    "too_many": ([{**INT, "name": f"k{i}"} for i in range(257)], "at most 256 parameters, got 257", "Leave out"),
    "duplicate_names": (
        [FLOAT, INT, FLOAT],
        "'rate': names must differ, by more than case, got \"rate\" in items 1, 3",
        "",
    ),
    "names_differing_by_case": ([FLOAT, {**FLOAT, "name": "Rate"}], 'got "rate", "Rate" in items 1, 2', "Rename"),
}


@pytest.mark.parametrize(("content", "law", "remedy"), WHOLES.values(), ids=WHOLES)
def test_a_faulty_whole_is_refused(content: Any, law: str, remedy: str) -> None:
    with pytest.raises(BadData) as caught:
        Space.from_json(content, "space.json")
    (problem,) = caught.value.problems
    assert law in problem
    assert remedy in problem


BYTES: dict[str, tuple[bytes, str]] = {
    "duplicate_key": (b'[{"name": "a", "name": "b"}]', "key 'name' occurs twice"),
    "nan": (b'[{"name": "a", "lower": NaN}]', "NaN is no JSON number"),
    "infinity": (b'[{"name": "a", "lower": Infinity}]', "Infinity is no JSON number"),
    "overflowing_number": (b'[{"name": "a", "lower": 1e400}]', "1e400 is too large"),
    "integer_of_400_digits": (b"[" + b"1" * 400 + b"]", "integer of 400 digits"),
    "integer_of_5000_digits": (b"[" + b"1" * 5000 + b"]", "integer of 5000 digits"),
    "trailing_comma": (b'[\n{"name": "a"},\n]', "line 3, column 1: no valid JSON"),
    "empty_file": (b"", "line 1, column 1: no valid JSON"),
    "latin_1": ('[{"name": "é"}]'.encode("latin-1"), "not UTF-8 text"),
    "utf_16": ("[]".encode("utf-16"), "not UTF-8 text"),
    "deep_nesting": (b"[" * 100_000, "nested deeper than 64 levels"),
    "lone_surrogate": (rb'[{"name": "a", "comment": "\ud800"}]', "lone surrogate"),
    "too_large": (b"[" + b" " * 1024 * 1024 + b"]", "at most 1,048,576 bytes, got 1,048,578"),
}


@pytest.mark.parametrize(("content", "law"), BYTES.values(), ids=BYTES)
def test_a_file_that_is_no_strict_json_is_refused(tmp_path: Path, content: bytes, law: str) -> None:
    path = tmp_path / "space.json"
    path.write_bytes(content)
    with pytest.raises(BadData) as caught:
        read_space(path)
    assert law in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_missing_file_is_missing_input(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match=r"space\.json: no such file"):
        read_space(tmp_path / "space.json")
    with pytest.raises(MissingInput, match="no such file"):
        read_space(tmp_path)


def test_all_problems_of_a_file_are_reported_at_once() -> None:
    content = [
        {"name": "lr", "type": "float", "lower": "1", "upper": None, "sigma": -1, "logscale": True, "comment": 3},
        {"name": "batch", "type": "ordered", "values": [1, 1], "sigma": 0},
        {"type": "flaot"},
        7,
        {"name": "lr", "type": "logical"},
    ]
    with pytest.raises(BadData) as caught:
        Space.from_json(content, "s.json")
    laws = [problem.split(", got")[0].split(", which")[0] for problem in caught.value.problems]
    assert laws == [
        "s.json: 'lr': comment must be text",
        "s.json: 'lr': unknown key \"logscale\"",
        "s.json: 'lr': lower must be a number",
        "s.json: 'lr': upper must be a number",
        "s.json: 'lr': sigma must be a number above 0",
        "s.json: 'batch': type ordered needs element_type",
        "s.json: 'batch': values must differ",
        "s.json: 'batch': sigma must be a number above 0",
        "s.json: item 3: a parameter needs a name",
        "s.json: item 3: type must be one of constant, int, float, logical, categorical, ordered",
        "s.json: item 4: a parameter must be an object",
        "s.json: 'lr': names must differ, by more than case",
    ]


def test_hostile_text_in_messages_is_escaped_and_short() -> None:
    with pytest.raises(BadData) as caught:
        Space.from_json([{**FLOAT, "name": "\x1b[31m" + "x" * 5000}], "s.json")
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 400
