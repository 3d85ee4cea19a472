"""Hyperparameters: defaults, types and laws."""

from __future__ import annotations

import pytest

from hpo.models.parameters import Parameter, defaults_of, resolve
from hpo.models.registry import load, names

RATE = Parameter("rate", 0.1, "step size", lower=0.0, above=True)
ROUNDS = Parameter("rounds", 10, "rounds", lower=1, upper=100)
FAST = Parameter("fast", True, "whether to hurry")
KIND = Parameter("kind", "tree", "what to grow")
ALL = (RATE, ROUNDS, FAST, KIND)


def test_what_is_not_given_is_the_default():
    assert resolve(ALL, {"rounds": 3}) == {"rate": 0.1, "rounds": 3, "fast": True, "kind": "tree"}
    assert resolve(ALL, {}) == defaults_of(ALL)


def test_an_integer_is_a_number():
    value = resolve(ALL, {"rate": 1})["rate"]
    assert isinstance(value, float)
    assert value == 1.0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rate": 0.0}, "rate must be a number above 0, got 0.0"),
        ({"rate": float("nan")}, "rate must be a number above 0, got nan"),
        ({"rate": True}, "rate must be a number above 0, got True"),
        ({"rounds": 0}, "rounds must be an integer of at least 1 and of at most 100, got 0"),
        ({"rounds": 101}, "rounds must be an integer of at least 1 and of at most 100, got 101"),
        ({"rounds": 2.0}, "rounds must be an integer of at least 1 and of at most 100, got 2.0"),
        ({"rounds": "3"}, "rounds must be an integer of at least 1 and of at most 100, got '3'"),
        ({"fast": 1}, "fast must be true or false, got 1"),
        ({"kind": 3}, "kind must be text, got 3"),
        ({"rat": 0.1}, "rat is no hyperparameter (there are rate, rounds, fast, kind)"),
    ],
)
def test_impossible_values_are_named_with_their_law(given, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the whole message is compared
        resolve(ALL, given)
    assert str(caught.value) == message


def test_all_problems_come_at_once():
    with pytest.raises(ValueError, match=r"speed is no hyperparameter.*; rate must.*; rounds must"):
        resolve(ALL, {"speed": 1, "rate": -1.0, "rounds": 0})


@pytest.mark.parametrize("name", names())
def test_the_defaults_of_every_model_obey_its_own_laws(name):
    model = load(name)
    assert resolve(model.parameters, model.defaults) == model.defaults
    assert all(parameter.description for parameter in model.parameters)
