"""The guide for curators is followed, command by command."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from hpo.models.external.definition import Definition, checked_definition
from tests.models.builders import write_csa
from tests.models.external.builders import HERE
from tests.models.external.test_search import call

GUIDE = Path(__file__).parents[3] / "site" / "docs" / "guides" / "your-model.md"
ELSEWHERE = ("dvc", "git", "make")
"""Programs of step 10, which other tests run."""


def blocks(language: str, text: str) -> list[str]:
    """Code of one language, without its fences."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_ten_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_csa(tmp_path / "csa_data")
    shutil.copytree(HERE / "biases", "ExampleNet")
    text = GUIDE.read_text(encoding="utf-8").partition("## What counts as the result")[0].replace("CCLE", "TINY")
    steps = re.split(r"^## (?=\d+\. )", text, flags=re.MULTILINE)[1:]
    assert [int(step.partition(".")[0]) for step in steps] == list(range(1, 11))
    followed = []
    for step in steps:
        for model_file in blocks("toml", step):
            Path("tuning/model.toml").write_text(model_file)
        for space in blocks("json", step):
            Path("tuning/space.json").write_text(space)
        for command in "".join(blocks("bash", step)).replace("\\\n", " ").splitlines():
            program, *arguments = shlex.split(command)
            if program not in ELSEWHERE:
                assert program == "cross-hpo"
                call(*arguments)
                followed.append(arguments[0])
    assert followed == [
        "data", "init", "space", "models", "search", "search", "status", "hof", "hof", "reproduce", "final", "hof",
    ]  # fmt: skip
    final = json.loads(Path("hall_of_fame/ExampleNet/TINY/SMALL/ga-seed1.final.json").read_text())
    assert all("test_mse" in candidate["trainings"][0]["metrics"] for candidate in final["candidates"])
    run = "ExampleNet/TINY/SMALL/ga-seed1"
    assert "or by its model file" in call("reproduce", run, "--data", "csa_data/raw_data", code=2)
    assert sorted(path.name for path in Path("hall_of_fame/ExampleNet/TINY/SMALL").iterdir()) == [
        "ga-seed1",
        "ga-seed1.final.json",
        "random-seed1",
    ]


def test_every_key_is_explained_and_every_example_is_valid() -> None:
    import tomllib

    text = GUIDE.read_text(encoding="utf-8")
    table = text.partition("## All keys of the model file")[2].partition("###")[0]
    explained = set(
        re.findall(r"`\[?([a-z_]+)\]?`", "".join(row.split("|")[1] for row in table.splitlines() if "|" in row))
    )
    assert explained == set(Definition.model_fields)
    examples = blocks("toml", text)
    assert [checked_definition(tomllib.loads(example), GUIDE).contract for example in examples] == [
        "improvelib",
        "candle",
        "command",
    ]
    assert [json.loads(block)[0]["name"] for block in blocks("json", text)] == ["learning_rate"]
