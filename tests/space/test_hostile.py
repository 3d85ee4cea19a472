"""Whatever a file holds, it is read or refused with our error: nothing else escapes, nothing hangs."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hpo.errors import BadData
from hpo.space import Space
from hpo.space.deephyper import from_deephyper
from hpo.space.keys import ELEMENT_TYPES, KNOWN, TYPES
from hpo.space.python_lists import definitions_in
from hpo.space.supervisor import from_supervisor, settings_text

NUMBERS = (0, 1, -1, 10**12, 10**400, 0.0, -0.0, 0.5, 1e-320, 1e300, 1.7e308, -1e308, float("nan"), float("inf"))
TEXTS = (
    "",
    "1",
    "nan",
    "1e-3",
    "a\nb",
    "\x1b[2J",
    "é" * 3000,
    "x",
    "learning_rate",
    "val_loss",
    *TYPES,
    *ELEMENT_TYPES,
)
SCALARS = st.sampled_from([None, True, False, *NUMBERS, *TEXTS])
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=4), st.dictionaries(st.sampled_from(["a", "b"]), SCALARS))
DEEPHYPER_KEYS = ("name", "type", "min", "max", "choices", "default", "log_uniform", "prior", "help", "value", "weight")


def entries(keys: tuple[str, ...]) -> st.SearchStrategy[Any]:
    objects = st.dictionaries(st.sampled_from(keys), VALUES, max_size=8)
    return st.one_of(VALUES, st.lists(st.one_of(objects, objects, VALUES), max_size=3))


def plausible() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Objects whose keys fit their type, with values that may not."""
    numeric = st.fixed_dictionaries(
        {"name": st.just("x"), "type": st.sampled_from(["int", "float"]), "lower": SCALARS, "upper": SCALARS},
        optional={"sigma": SCALARS, "use_log_scale": st.sampled_from([True, False, 1]), "default": SCALARS},
    )
    listed = st.fixed_dictionaries(
        {"name": st.just("x"), "type": st.sampled_from(["ordered", "categorical"]), "values": VALUES}
        | {"element_type": st.sampled_from([*ELEMENT_TYPES, 3])},
        optional={"default": SCALARS},
    )
    return st.one_of(numeric, listed).map(lambda entry: [entry])


@given(content=st.one_of(plausible(), entries((*KNOWN, "note", "logscale"))))
def test_a_space_is_usable_or_refused(content: Any) -> None:
    try:
        space = Space.from_json(content, "space.json")
    except BadData as error:
        check_messages(error)
        return
    rng = random.Random(1)
    for bounds in ("clamp", "reflect"):
        for honour_log in (True, False):
            point = space.mutate(space.sample(rng, honour_log), rng, 1.0, honour_log, bounds)
            assert space.problems(point) == []
    assert space.problems(space.from_unit(space.to_unit(point))) == []
    assert Space.from_json(space.to_json()).digest == space.digest


def check_messages(error: BadData) -> None:
    assert error.problems
    assert all(problem.startswith("space.json: ") and problem.count("\n  ") == 1 for problem in error.problems)
    assert all(sign.isprintable() or sign == "\n" for sign in str(error))


@given(content=entries(DEEPHYPER_KEYS))
def test_definitions_are_converted_or_refused(content: Any) -> None:
    try:
        converted = from_deephyper(content, "hp.json").content
    except BadData:
        return
    Space.from_json(converted)


SETTINGS = ("A=1", "POPULATION_SIZE=4", "NUM_ITERATIONS=3", "MUT_PROB=${MUT_PROB:-.5}", "TOURNSIZE=x", "MODEL=a")
SIGNS = ("export ", "if ", "fi", "&&", "$(", "${A}", "<<E", "é", *"{}\n;|'\"`)\\#\0 =")
PIECES = st.sampled_from((*SETTINGS, *SIGNS))


@given(pieces=st.lists(PIECES, max_size=25))
def test_a_script_is_converted_or_refused(pieces: list[str]) -> None:
    try:
        conversion = from_supervisor("".join(pieces), "cfg.sh")
    except BadData:
        return
    assert settings_text(conversion.content, "Converted.").startswith("# Converted.\n")


@given(
    source=st.lists(st.sampled_from([*"[]{}():,'\"\\=\n ", "hyperparams", "name", "int", "1", "\0", "#"]), max_size=30)
)
def test_python_is_read_or_refused(source: list[str]) -> None:
    try:
        definitions_in("".join(source), "hp.py")
    except BadData:
        return
