"""Finding models by name and by import path, and the spaces that come with them."""

from __future__ import annotations

import pytest

from hpo.errors import UsageError
from hpo.models import registry


@pytest.mark.parametrize("name", registry.names())
def test_every_registered_model_loads_under_its_own_name(name):
    model = registry.load(name)
    assert model.card.name == name
    assert model.defaults


def test_a_misspelt_name_is_answered_with_the_right_one():
    with pytest.raises(UsageError, match=r"no model 'graphdpr'; did you mean GraphDRP\?"):
        registry.load("graphdpr")


def test_an_unknown_name_is_answered_with_the_list():
    with pytest.raises(UsageError, match=r"no model 'XYZ'\n  Registered are GraphDRP, ") as caught:
        registry.load("XYZ")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("tests.models.no_such_module:Model", "there is no module 'tests.models.no_such_module'"),
        ("hpo.models.base:Missing", "has no class 'Missing'"),
        ("hpo.models.base:Training", "is no class derived from"),
        ("hpo.models.base:Model", "is no class derived from"),
        (":Model", "no model ':Model'"),
        ("hpo.models.base:", "no model 'hpo.models.base:'"),
        (".base:Model", "can't be imported"),
    ],
)
def test_a_wrong_import_path_says_what_is_wrong(path, message):
    with pytest.raises(UsageError, match=message):
        registry.load(path)


def test_a_class_is_found_by_its_import_path():
    assert registry.load("hpo.models.lgbm:LGBM").card.name == "LGBM"


@pytest.mark.parametrize("name", registry.names())
def test_every_registered_model_has_a_space(name):
    assert registry.default_space_path(name, "SMALL").name == f"{name}.json"


def test_a_size_may_have_a_space_of_its_own(tmp_path, monkeypatch):
    for file in ("LGBM.json", "LGBM.XL.json"):
        (tmp_path / file).write_text("[]")
    monkeypatch.setattr(registry, "space_folder", lambda: tmp_path)
    assert registry.default_space_path("LGBM", "XL").name == "LGBM.XL.json"
    assert registry.default_space_path("LGBM", "SMALL").name == "LGBM.json"


@pytest.mark.parametrize("name", [name for name in registry.names() if "hof" in registry.load(name).compats])
def test_published_behaviour_comes_with_published_bounds(name):
    assert registry.default_space_path(name, "SMALL", "hof").name == f"{name}.hof.json"


def test_a_model_without_a_space_file_asks_for_one():
    with pytest.raises(UsageError, match="name one with --space FILE"):
        registry.default_space_path("tests.zoo:Model", "SMALL")
    with pytest.raises(UsageError, match="no model 'LGBN'; did you mean LGBM"):
        registry.default_space_path("LGBN", "SMALL")
