"""Hypothesis strategies for spaces and their points, for the tests of every part that works with spaces."""

from __future__ import annotations

import itertools
import random
from typing import Any

from hypothesis import strategies as st

from hpo.evaluation import Hyperparameters
from hpo.space import Space

NAMES = ("learning_rate", "batch_size", "dropout", "layers", "optimizer", "hidden", "decay", "use_bias", "alpha", "k")

TEXTS = (
    "adam",
    "sgd",
    "a,b",
    "a;b",
    '"',
    "'",
    " ",
    "<b>&",
    "1",
    "1.0",
    "true",
    "nan",
    "é",
    "=1+1",
    "500 100 50",
    "None",
)

seeds = st.integers(0, 2**31 - 1)


@st.composite
def spaces(draw: st.DrawFn, min_axes: int = 1, max_axes: int = 5, max_constants: int = 2) -> Space:
    """Valid spaces: every kind of axis, with and without log scale, sigma and default, constants anywhere."""
    axes = draw(st.integers(min_axes, max_axes))
    places = draw(st.lists(st.integers(0, axes), max_size=max_constants))
    first = draw(st.integers(0, len(NAMES) - 1))
    names = itertools.islice(itertools.cycle(NAMES), first, None)
    entries: list[dict[str, Any]] = [draw(axis_entries(next(names))) for _ in range(axes)]
    for place in places:
        entries.insert(place, draw(constant_entries(next(names))))
    return Space.from_json(entries)


def points(space: Space) -> st.SearchStrategy[Hyperparameters]:
    """Points of ``space``, the corners included."""
    units = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0))
    return st.tuples(*(units for _ in space.names)).map(space.from_unit)


def rngs() -> st.SearchStrategy[random.Random]:
    """Seeded generators."""
    return seeds.map(random.Random)


def constant_entries(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects of constants."""
    values = st.one_of(st.integers(-1000, 1000), finite(), st.booleans(), texts())
    return values.map(lambda value: {"name": name, "type": "constant", "value": value})


def axis_entries(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects of axes."""
    return st.one_of(float_entries(name), int_entries(name), logical_entries(name), listed_entries(name))


@st.composite
def float_entries(draw: st.DrawFn, name: str) -> dict[str, Any]:
    log = draw(st.booleans())
    lower = draw(st.floats(1e-12, 1e6)) if log else draw(finite())
    width = draw(st.floats(1e-3, 1e6))
    upper = lower * (1.0 + width) if log else lower + width * max(1.0, abs(lower))
    return draw(_numeric(name, "float", lower, upper, log, st.floats(lower, upper)))


@st.composite
def int_entries(draw: st.DrawFn, name: str) -> dict[str, Any]:
    log = draw(st.booleans())
    lower = draw(st.integers(1, 10**6)) if log else draw(st.integers(-(10**6), 10**6))
    upper = lower + draw(st.one_of(st.integers(1, 5), st.integers(1, 10**9)))
    return draw(_numeric(name, "int", lower, upper, log, st.integers(lower, upper)))


def logical_entries(name: str) -> st.SearchStrategy[dict[str, Any]]:
    plain = {"name": name, "type": "logical"}
    return st.sampled_from([plain, {**plain, "default": True}, {**plain, "default": False}])


@st.composite
def listed_entries(draw: st.DrawFn, name: str) -> dict[str, Any]:
    element_type, elements = draw(
        st.sampled_from(
            [("int", st.integers(-1000, 4096)), ("float", finite()), ("string", texts()), ("logical", st.booleans())]
        )
    )
    values = draw(st.lists(elements, min_size=1, max_size=6, unique=True))
    entry = {"name": name, "type": draw(st.sampled_from(["categorical", "ordered"])), "values": values}
    entry["element_type"] = element_type
    if entry["type"] == "ordered" and draw(st.booleans()):
        entry["sigma"] = draw(st.floats(0.01, 10.0))
    if draw(st.booleans()):
        entry["default"] = draw(st.sampled_from(values))
    return entry


def finite() -> st.SearchStrategy[float]:
    """Floats of a size that hyperparameters have; never minus zero, which equals zero."""
    return st.floats(-1e9, 1e9).map(lambda value: value + 0.0)


def texts() -> st.SearchStrategy[str]:
    """Texts that are legal and awkward: signs of other formats, numbers, blanks, letters beyond ASCII."""
    return st.sampled_from(TEXTS)


@st.composite
def _numeric(
    draw: st.DrawFn, name: str, kind: str, lower: float, upper: float, log: bool, values: st.SearchStrategy[float]
) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name, "type": kind, "lower": lower, "upper": upper}
    if log or draw(st.booleans()):
        entry["use_log_scale"] = log
    if draw(st.booleans()):
        sigma = draw(st.floats(1e-6, 1e3))
        entry["sigma"] = str(sigma) if draw(st.booleans()) else sigma
    if draw(st.booleans()):
        entry["default"] = draw(values)
    return entry
