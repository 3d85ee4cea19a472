"""Model files: what is wrong is told all at once, with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpo.errors import BadData, MissingInput, UsageError
from hpo.models.external.definition import checked_definition, read_definition
from hpo.models.external.template import MODEL_FILE, SPACE
from hpo.models.registry import default_space_path, load
from hpo.space import Space
from tests.models.external.builders import HERE, definition, toml

WHERE = Path("model.toml")


def problems(**changes: object) -> list[str]:
    """What is wrong with a sound model file after ``changes``; ``None`` leaves a key out."""
    content = {**definition().model_dump(exclude_defaults=True), **changes}
    with pytest.raises(BadData) as raised:
        checked_definition({key: value for key, value in content.items() if value is not None}, WHERE)
    return list(raised.value.problems)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "model.toml"
    path.write_text('name = "a/b"\ncontract = "improve"\ndirectoy = "."\n[hyperparameters]\n"learning rate" = 0.1\n')
    with pytest.raises(BadData) as raised:
        read_definition(path)
    assert [problem.removeprefix(f"{path}: ").partition(": ")[0] for problem in raised.value.problems] == [
        "name",
        "contract",
        "hyperparameters.learning rate.[key]",
        "directoy",
    ]
    assert "directoy: unknown key" in raised.value.problems[-1]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"directory": None}, "directory, image: exactly one of them"),
        ({"image": "model.sif", "runtime": "apptainer"}, "directory, image: exactly one of them"),
        ({"directory": None, "image": "model.sif"}, "runtime: goes with image"),
        (
            {"directory": None, "image": "m.sif", "runtime": "apptainer", "python": "env"},
            "python: the container brings",
        ),
        ({"flags": {"momentum": "m"}}, "flags.momentum: no hyperparameter of that name"),
        ({"flags": {"epochs": "act"}}, "--act would be passed twice"),
        ({"fixed": {"epochs": 7}}, "--epochs would be passed twice"),
        ({"seed_flag": "epochs"}, "--epochs would be passed twice"),
        ({"fixed": {"--epochs": 7}}, "without its dashes"),
        ({"hyperparameters": {}}, "at least 1 item"),
        ({"hyperparameters": {"val_loss": 0.1}}, "records use this name"),
        ({"hyperparameters": {"rate": float("nan")}}, "finite number"),
        ({"inputs": ["../secret.tsv"]}, "below the folder"),
        ({"inputs": ["/etc/passwd"]}, "below the folder"),
        ({"time_limit": 0}, "greater than 0"),
        ({"environment": {"A B": "1"}}, "name of an environment variable"),
        ({"contract": "command"}, "entry.train: the command line of a training is missing"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_laws(changes: dict[str, object], told: str) -> None:
    found = problems(**changes)
    assert len(found) == 1
    assert found[0].startswith("model.toml: ")
    assert told in found[0]


def test_commands_pass_every_hyperparameter_and_nothing_unknown() -> None:
    found = problems(
        contract="command",
        entry={"train": "train.py --lr {learning_rate} --to {ouput}", "infer": "'infer.py"},
        hyperparameters={"learning_rate": 0.1, "epochs": 5, "data": 1},
    )
    assert found == [
        "model.toml: hyperparameters.data: commands use {data} for something else",
        "model.toml: entry.train: nothing is known of {ouput}",
        "model.toml: entry.train: data is not passed; write {data} or {hyperparameters}",
        "model.toml: entry.train: epochs is not passed; write {epochs} or {hyperparameters}",
        "model.toml: entry.infer: no command line (No closing quotation)",
    ]


def test_the_template_is_valid_and_fits_its_space(tmp_path: Path) -> None:
    path = tmp_path / "model.toml"
    path.write_text(MODEL_FILE.format(name="Mine", file=path, dataset="CCLE"))
    found = read_definition(path)
    assert found.name == "Mine"
    assert {parameter.name for parameter in Space.from_json(SPACE).parameters} == set(found.hyperparameters)
    commented = [
        line
        for line in path.read_text().splitlines()
        if line.startswith("# ") and (" = " in line or line.startswith("# ["))
    ]
    uncommented = path.read_text().replace("# python", "python").replace("# inputs", "inputs")
    for line in commented:
        if line.startswith(("# image", "# runtime", "# python", "# inputs")):
            continue
        uncommented = uncommented.replace(line, line.removeprefix("# "))
    path.write_text(uncommented)
    assert read_definition(path).fixed == {"patience": 10}


def test_what_a_record_is_identified_by() -> None:
    assert definition().identity == definition(title="x", python="/elsewhere", time_limit=3.0).identity
    for changes in ({"fixed": {"patience": 3}}, {"flags": {"epochs": "e"}}, {"protocol": {"version": 2}}):
        assert definition(**changes).identity != definition().identity, changes


def test_a_model_file_that_is_not_there_or_lacks_parts(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match="cross-hpo init --external"):
        load(str(tmp_path / "none.toml"))
    path = tmp_path / "model.toml"
    path.write_text(toml(tmp_path / "nowhere"))
    with pytest.raises(MissingInput, match=r"model.toml: directory: no folder .*nowhere"):
        load(str(path))
    (tmp_path / "empty").mkdir()
    path.write_text(toml(tmp_path / "empty", more='python = "no-such-environment"'))
    with pytest.raises(MissingInput) as raised:
        load(str(path))
    assert [line.partition(": ")[2].partition(":")[0] for line in str(raised.value).splitlines()] == [
        "entry.preprocess",
        "entry.train",
        "python",
    ]


def test_names_of_built_in_models_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "model.toml"
    path.write_text(toml().replace('"Biases"', '"GraphDRP"'))
    with pytest.raises(UsageError, match="GraphDRP-improve"):
        load(str(path))


def test_the_space_of_a_model_file(tmp_path: Path) -> None:
    path = tmp_path / "model.toml"
    path.write_text(toml())
    assert default_space_path(str(path), "SMALL") == tmp_path / "space.json"
    path.write_text(toml().replace('space = "space.json"', ""))
    with pytest.raises(UsageError, match="space: names no space file"):
        default_space_path(str(path), "SMALL")


def test_code_is_identified_by_its_content(tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "code"
    shutil.copytree(HERE / "biases", folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "model.toml"
    path.write_text(toml(folder))
    before = load(str(path))
    (folder / "notes.md").write_text("nothing that runs")
    (folder / ".hidden.py").write_text("nor this")
    assert load(str(path)).digests == before.digests
    (folder / "biases.py").write_text((folder / "biases.py").read_text() + "\n# faster\n")
    after = load(str(path))
    assert after.digests != before.digests
    assert after.protocol()["name"] != before.protocol()["name"]
    assert {**after.protocol(), "name": ""} == {**before.protocol(), "name": ""}
