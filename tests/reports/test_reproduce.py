"""The command on a run's page asks for the very same search, whatever its settings were."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

import pytest

from hpo.archive.schema import Provenance
from hpo.cli.search import command, request_of
from hpo.execution.plan import with_fixed
from hpo.search import resolve_settings
from hpo.settings import Settings
from hpo.sizes import SIZES, Size
from hpo.space import Space, read_space
from hpo.space.builtin import builtin_spaces
from reports.pages.reproduce import reproduce_command
from tests.archive.builders import improve_record, small_record

LGBM = [item for item in json.loads(builtin_spaces("LGBM")[""].read_text()) if item["name"] != "subsample"]
OWN = Size("TINY", 6, 2)


def record_of(settings, *, size="SMALL", fixed=None, **changes):
    run = small_record("LGBM", size=size, settings=settings, **changes)
    space = with_fixed(Space.from_json(LGBM), fixed or {})
    held = {**space.constants, **(fixed or {})}
    return replace(run, space=space, run=run.run.model_copy(update={"fixed": held}))


def asked_for(record):
    """What the search line of the page asks for, read as the command line reads it."""
    line = reproduce_command(record).split("into another archive\n", 1)[1].split("\n", 1)[1].replace("\\\n", " ")
    words = shlex.split(line, comments=True)
    assert words[:2] == ["cross-hpo", "search"]
    context = command.make_context("search", words[2:])
    return request_of(context.params, Settings()), context.params


@pytest.mark.parametrize(
    ("strategy", "size", "preset", "given"),
    [
        ("ga", SIZES["SMALL"], "default", {}),
        ("ga", SIZES["LARGE"], "supervisor", {}),
        ("ga", SIZES["MEDIUM"], "default", {"MUT_PROB": 0.123456789, "TOURNSIZE": 3}),
        ("ga", SIZES["MEDIUM"], "default", {"GA_STRATEGY": "steady_state", "WINDOW": 9}),
        ("random", SIZES["SMALL"], "default", {}),
        ("ga", OWN, "default", {"POPULATION_SIZE": 6, "NUM_ITERATIONS": 2}),
    ],
)
def test_every_setting_comes_back(strategy, size, preset, given):
    settings = resolve_settings(strategy, size, preset, given)
    request, _ = asked_for(record_of(settings, size=size.name, strategy=strategy))
    asked = SIZES.get(request.size, OWN)
    assert resolve_settings(request.strategy, asked, request.preset or "default", request.settings) == settings
    assert (request.model, request.dataset, request.size, request.seed) == ("LGBM", "DEMO-A", size.name, 1)


def test_an_older_record_trains_no_leaders_again():
    """It has no word for that."""
    settings = resolve_settings("ga", SIZES["SMALL"], settings={"CONFIRMATIONS": 0})
    older = {name: settings[name] for name in settings if name not in ("LEADERS", "REPLICATES", "CONFIRMATIONS")}
    request, _ = asked_for(record_of(older))
    assert resolve_settings(request.strategy, SIZES["SMALL"], "default", request.settings) == settings


def test_what_was_held_at_a_value_stays_there():
    fixed = {"num_leaves": 17, "subsample": 0.75}
    settings = resolve_settings("ga", SIZES["SMALL"])
    record = record_of(settings, fixed=fixed)
    request, _ = asked_for(record)
    in_space = {name: value for name, value in record.space.constants.items() if name in fixed}
    assert list(in_space) == ["num_leaves"]
    assert {**in_space, **request.fixed} == fixed


def test_the_space_is_the_records_own(tmp_path):
    record = record_of(resolve_settings("ga", SIZES["SMALL"]), fixed={"num_leaves": 17})
    request, _ = asked_for(record)
    assert request.space.as_posix() == f"hall_of_fame/{record.run.key}/space.json"
    path = tmp_path / "space.json"
    path.write_text(json.dumps(record.space.to_json()))
    assert read_space(path).digest == record.space.digest


def test_unusual_names_and_limits_are_told():
    settings = resolve_settings("ga", SIZES["SMALL"])
    record = record_of(settings, run="again", provenance=Provenance(time_limit=90.0, memory_limit=2.5))
    request, options = asked_for(record)
    assert request.run == "again"
    assert options["time_limit"] == 90.0
    assert options["memory_limit"] == 2.5
    assert asked_for(record_of(settings))[0].run is None


def test_models_of_others_are_named_by_import_path():
    assert "name its import path" in reproduce_command(small_record("Mine"))
    assert "name its import path" not in reproduce_command(small_record("LGBM"))


def test_an_import_is_not_searched_again():
    assert "cross-hpo search" not in reproduce_command(improve_record())
