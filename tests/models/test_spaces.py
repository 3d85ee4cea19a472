"""The space files that come with the package fit the models, and the published ones the published files."""

from __future__ import annotations

import pytest

from hpo.models.parameters import resolve
from hpo.models.registry import load, names, space_folder
from hpo.space import Space, read_space
from tests.shared_data import improve_hall_of_fame

FILES = sorted(path.name for path in space_folder().glob("*.json"))


def model_of(file: str):
    """The model as it is when it is searched over this space: published spaces belong to published behaviour."""
    name = file.split(".")[0]
    compat = "hof" if file.endswith(".hof.json") and "hof" in load(name).compats else None
    return load(name, compat)


def spaces_of(model: str) -> list[str]:
    return [f"{model}.json", f"{model}.hof.json"]


@pytest.mark.parametrize("model", names())
def test_every_model_has_a_default_and_a_published_space(model):
    assert set(spaces_of(model)) <= set(FILES)


@pytest.mark.parametrize("file", FILES)
def test_every_parameter_is_one_of_the_model_and_says_why_it_is_searched_so(file):
    model, space = model_of(file), read_space(space_folder() / file)
    assert set(space.names) | set(space.constants) <= set(model.defaults)
    assert all(parameter.comment for parameter in space.parameters)
    assert space.axes


@pytest.mark.parametrize("file", FILES)
def test_the_model_takes_both_ends_of_every_axis(file):
    model, space = model_of(file), read_space(space_folder() / file)
    for place in (0.0, 0.5, 1.0):
        resolve(model.parameters, space.from_unit((place,) * len(space.axes)) | space.constants)


@pytest.mark.parametrize("file", FILES)
def test_the_defaults_are_the_models_and_lie_in_the_space(file):
    model, space = model_of(file), read_space(space_folder() / file)
    assert set(space.defaults) == set(space.names)
    assert space.contains(space.defaults)
    for name, value in space.defaults.items():
        if value != model.defaults[name]:
            assert file.endswith(".hof.json"), "only a published space may miss a default of the model"
            assert not space.contains({**space.defaults, name: model.defaults[name]})


@pytest.mark.parametrize("model", names())
def test_default_spaces_give_no_warning(model):
    assert read_space(space_folder() / f"{model}.json").warnings == ()


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("model", "run"),
    [
        ("LGBM", "CCLE/MEDIUM"),
        ("LGBM", "gCSI/LARGE"),
        ("GraphDRP", "CCLE/MEDIUM"),
        ("GraphDRP", "gCSI/LARGE"),
        ("IGTD", "CCLE/MEDIUM"),
        ("IGTD", "GDSCv2/LARGE"),
        ("Paccmann_MCA", "CCLE/MEDIUM"),
        ("PathDSP", "CCLE/MEDIUM"),
        ("PathDSP", "gCSI/SMALL"),
        ("HiDRA", "CCLE/MEDIUM"),
        ("HiDRA", "gCSI/LARGE"),
        ("Uno", "CCLE/MEDIUM"),
        ("Uno", "gCSI/SMALL"),
    ],
)
def test_the_published_space_is_the_one_that_was_searched(model, run):
    """Same axes with the same bounds and steps; paths of the original's data are no hyperparameters.

    A constant that ours adds is a default of the original that its space left out.
    """
    folder = improve_hall_of_fame() / "HallOfFame" / model / run
    (file,) = [*folder.glob("*param_space*.json"), *folder.glob("hyperparams*.json")]
    published = read_space(file).to_json()
    ours = read_space(space_folder() / f"{model}.hof.json").to_json()
    ours = [{key: value for key, value in p.items() if key not in ("comment", "default")} for p in ours]
    kept = [parameter for parameter in published if not parameter["name"].endswith("dir")]
    known = {parameter["name"] for parameter in kept}
    ours = [parameter for parameter in ours if parameter["name"] in known or parameter["type"] != "constant"]
    assert Space.from_json(ours).digest == Space.from_json(kept).digest
