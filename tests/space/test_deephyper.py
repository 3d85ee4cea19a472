"""DeepHyper-style definitions become a valid space, without running a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hpo.errors import BadData
from hpo.space import Space
from hpo.space.deephyper import from_deephyper
from hpo.space.python_lists import definitions_in

LIST = """
import os
os.remove(__file__)
hyperparams = [
    {"name": "batch_size", "type": int, "min": 8, "max": 512, "default": 64, "log_uniform": True},
    {"name": "dropout", "type": float, "min": 0, "max": .5, "default": 0, "log_uniform": False},
]
'''
{"name": "learning_rate"}
'''
"""

CALLS = """
problem = HpProblem()
problem.add_hyperparameter((8, 512, "log-uniform"), "batch_size", default_value=64)
problem.add_hyperparameter((1e-6, 1e-2, "log-uniform"), name="learning_rate", default_value=0.001)
problem.add((0.0, 0.5), "dropout")
problem.add_hyperparameter(["adam", "sgd"], "optimizer", default_value="sgd")
problem.add_hyperparameter(5, "epochs")
registry.add("something")
"""


def test_a_python_list_is_read_and_never_run() -> None:
    conversion = from_deephyper(definitions_in(LIST, "hp.py"), "hp.py")
    assert Path(__file__).exists()
    assert conversion.content == [
        {"name": "batch_size", "type": "int", "lower": 8, "upper": 512, "use_log_scale": True, "default": 64},
        {"name": "dropout", "type": "float", "lower": 0, "upper": 0.5, "default": 0},
    ]
    assert conversion.kept == [
        "'batch_size': int from 8 to 512 on a log scale (use_log_scale)",
        "'dropout': float from 0 to 0.5 on a linear scale",
    ]
    assert conversion.changed == conversion.left_out == conversion.not_understood == []


def test_calls_of_add_hyperparameter_are_read() -> None:
    space = Space.from_json(from_deephyper(definitions_in(CALLS, "hpo.py"), "hpo.py").content)
    assert [(parameter.name, parameter.kind) for parameter in space.parameters] == [
        ("batch_size", "int"),
        ("learning_rate", "float"),
        ("dropout", "float"),
        ("optimizer", "categorical"),
        ("epochs", "constant"),
    ]
    assert [axis.log_scale for axis in space.axes] == [True, True, False, False]
    assert space.defaults == {"batch_size": 64, "learning_rate": 0.001, "optimizer": "sgd"}


CONVERTED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "truth_values": (
        {"type": "categorical", "choices": [True, False], "default": False},
        {"type": "logical", "default": False},
        "changed: 'x': choices true and false are type logical",
    ),
    "numbers_are_ordered": (
        {"type": "categorical", "choices": [16, 32, 64]},
        {"type": "ordered", "element_type": "int", "values": [16, 32, 64]},
        "changed: 'x': choices are type ordered, 3 values of element_type int",
    ),
    "texts": (
        {"type": "categorical", "choices": ["a", "b"]},
        {"type": "categorical", "element_type": "string", "values": ["a", "b"]},
        "kept: 'x': choices are type categorical, 2 values of element_type string",
    ),
    "bool": ({"type": "bool"}, {"type": "logical"}, "kept: 'x': true or false"),
    "no_type": (
        {"min": 1, "max": 3},
        {"type": "int", "lower": 1, "upper": 3},
        "changed: 'x': no type was given; int by its bounds",
    ),
    "int_bounds_as_floats": (
        {"type": "int", "min": 1e1, "max": 1e3},
        {"type": "int", "lower": 10, "upper": 1000},
        "kept: 'x': int from 10 to 1000 on a linear scale",
    ),
    "min_equals_max": (
        {"type": "float", "min": 0.1, "max": 0.1, "log_uniform": False, "default": 0.1},
        {"type": "constant", "value": 0.1},
        "changed: 'x': min equals max, so it is a constant: 0.1",
    ),
    "prior": (
        {"type": "float", "min": 0.1, "max": 1, "prior": "log-uniform"},
        {"type": "float", "lower": 0.1, "upper": 1, "use_log_scale": True},
        "kept: 'x': float from 0.1 to 1 on a log scale (use_log_scale)",
    ),
    "help": (
        {"type": "bool", "help": "Whether."},
        {"type": "logical", "comment": "Whether."},
        "kept: 'x': true or false",
    ),
    "unknown_key": (
        {"type": "bool", "weights": [1, 2]},
        {"type": "logical"},
        "not understood: 'x': 'weights' = [1, 2]",
    ),
}


@pytest.mark.parametrize(("definition", "entry", "sentence"), CONVERTED.values(), ids=CONVERTED)
def test_a_definition(definition: dict[str, Any], entry: dict[str, Any], sentence: str) -> None:
    conversion = from_deephyper([{"name": "x", **definition}], "hp.json")
    assert conversion.content == [{"name": "x", **entry}]
    assert sentence in [f"{heading}: {text}" for heading, texts in conversion.report() for text in texts]


@pytest.mark.parametrize(
    "content",
    [{"x": {"type": "bool"}}, [{"name": "x", "type": "bool"}], {"hyperparams": [{"name": "x", "type": "bool"}]}],
    ids=["mapping", "list", "named_list"],
)
def test_forms_of_a_file(content: Any) -> None:
    assert from_deephyper(content, "hp.yml").content == [{"name": "x", "type": "logical"}]


FAULTS: dict[str, tuple[Any, str]] = {
    "no_definitions": (7, "hp.json: definitions must be a list of objects or a mapping"),
    "empty": ([], "definitions must be a list of objects or a mapping"),
    "max_missing": ([{"name": "x", "type": "int", "min": 1}], "hp.json: 'x': there must be max, got none"),
    "min_is_text": ([{"name": "x", "type": "int", "min": "1", "max": 2}], "'x': min must be a number, got \"1\""),
    "type_unknown": ([{"name": "x", "type": "tensor"}], "'x': type must be int, float, logical or categorical"),
    "choices_mixed": ([{"name": "x", "choices": ["a", 1]}], "choices must be a list of integers, of numbers"),
    "choices_with_none": ([{"name": "x", "choices": ["a", None]}], "null is none"),
    "prior_unknown": ([{"name": "x", "type": "int", "min": 1, "max": 2, "prior": "normal"}], "prior must be uniform"),
    "default_outside": (
        [{"name": "x", "type": "int", "min": 1, "max": 2, "default": 3}],
        "'x': default must be an integer from 1 to 2, got 3",
    ),
    "name_missing": ([{"type": "bool"}], "item 1: name must be text, got null"),
}


@pytest.mark.parametrize(("content", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault(content: Any, message: str) -> None:
    with pytest.raises(BadData) as caught:
        from_deephyper(content, "hp.json")
    assert message in str(caught.value)


def test_all_faults_are_reported_at_once() -> None:
    with pytest.raises(BadData) as caught:
        from_deephyper([{"name": "x", "type": "int"}, {"name": "y", "type": "tensor"}], "hp.json")
    assert len(caught.value.problems) == 3


def test_doubtful_python_is_read_without_a_warning() -> None:
    assert definitions_in("hyperparams = [{'name': 'x\\d', 'type': bool}]", "hp.py") == [
        {"name": "x\\d", "type": "bool"}
    ]


SOURCES = {
    "no_python": ("hyperparams = [", "hp.py: line 1: no valid Python"),
    "null_byte": ("x = 1\0", "hp.py: "),
    "too_deep": ("x = " + "(" * 500 + ")" * 500, "hp.py: "),
    "nothing": ("x = 1", "there must be one list of dictionaries or calls of add_hyperparameter, got neither"),
    "expression": (
        'hyperparams = [{"name": "x", "max": 10 ** 3}]',
        "line 1: only literal values are read, since the file is never run",
    ),
    "call": ('hyperparams = [{"name": __import__("os").getcwd()}]', "only literal values are read"),
}


@pytest.mark.parametrize(("source", "message"), SOURCES.values(), ids=SOURCES)
def test_a_python_file_without_definitions(source: str, message: str) -> None:
    with pytest.raises(BadData) as caught:
        definitions_in(source, "hp.py")
    assert message in str(caught.value)
