"""``cross-hpo models --check``: the first step that goes wrong, with the file and key to look at."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hpo.cli.main import main
from hpo.errors import ExitCode
from tests.models.builders import write_csa
from tests.models.external.builders import HERE, toml

SPACE = [
    {"name": "learning_rate", "type": "float", "lower": 0.001, "upper": 0.5, "use_log_scale": True},
    {"name": "epochs", "type": "int", "lower": 1, "upper": 20},
]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csa(tmp_path_factory.mktemp("data"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "space.json").write_text(json.dumps(SPACE))
    (tmp_path / "model.toml").write_text(toml())
    return tmp_path


def check(folder: Path, raw: Path, *more: str, dataset: str = "TINY") -> int:
    file = str(folder / "model.toml")
    options = ["--data", str(raw), "--dataset", dataset, "--features", str(folder / "features"), *more]
    return main(["models", "--check", file, *options])


def test_all_is_well(folder: Path, raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(folder, raw, "--set", "epochs=3", "--keep", str(folder / "kept")) == 0
    steps = capsys.readouterr().out.splitlines()
    assert [step.partition(": ")[0] for step in steps] == ["file", "space", "preprocess", "train"]
    assert all(": ok: " in step for step in steps)
    loss = json.loads((folder / "kept" / "val_scores.json").read_text())["mse"]
    assert f"val_loss {loss:.6g}" in steps[-1]
    assert check(folder, raw, "--json") == 0
    assert [step["ok"] for step in json.loads(capsys.readouterr().out)] == [True] * 4
    assert check(folder, raw, "--keep", str(folder / "kept")) == ExitCode.USAGE


@pytest.mark.parametrize(
    ("old", "new", "step", "look_at"),
    [
        ('contract = "improvelib"', 'contract = "improve"', "file", "contract: "),
        ('space = "space.json"', 'space = "none.json"', "space", "none.json"),
        ("epochs = 5\n", "", "space", "hyperparameters: add epochs"),
        ("epochs = 5\n", "epochs = 5.5\n", "train", "hyperparameters.epochs: invalid int value: '5.5'"),
        ('["x_data/drug_SMILES.tsv"]', '["x_data/drug_mordred.tsv"]', "preprocess", "inputs: x_data/drug_SMILES.tsv"),
        ("[hyper", "[preprocess]\nbits = 3\n[hyper", "preprocess", "preprocess.bits: the program does not know"),
        (
            "epochs = 5\n",
            "epochs = 5\nmomentum = 0.9\n",
            "train",
            "hyperparameters.momentum: the program does not know",
        ),
        ("[hyper", "[fixed]\npatience = 3\n[hyper", "train", "fixed.patience: the program does not know"),
        ('seed_flag = "seed"', 'seed_flag = "rng"', "train", "seed_flag: the program does not know"),
        ("learning_rate = 0.1", 'learning_rate = "fast"', "space", "hyperparameters"),
        ('act = "train"', 'act = "exit"', "train", "entry.train: "),
        ("[hyper", '[flags]\nact = "epochs2"\n[hyper', "train", "hyperparameters.act: the program does not know"),
    ],
)
def test_what_to_look_at(
    old: str, new: str, step: str, look_at: str, folder: Path, raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in toml()
    (folder / "model.toml").write_text(toml().replace(old, new))
    assert check(folder, raw) == ExitCode.CHECK_FAILED
    said = capsys.readouterr()
    assert said.out.splitlines()[-1].startswith(f"{step}: wrong: ") or step == "file"
    assert f"cross-hpo: {step}: look at " in said.err
    assert look_at in (said.err if step != "file" else said.out)


def test_a_module_that_the_environment_lacks(folder: Path, raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(HERE / "biases", folder / "code")
    script = folder / "code" / "biases_train_improve.py"
    script.write_text("import torch_scatter_of_long_ago\n" + script.read_text())
    (folder / "model.toml").write_text(toml(folder / "code"))
    assert check(folder, raw) == ExitCode.CHECK_FAILED
    assert "python: " in capsys.readouterr().err


def test_the_data_are_needed(folder: Path, raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--check", str(folder / "model.toml")]) == ExitCode.USAGE
    assert "--check needs --data and --dataset" in capsys.readouterr().err
    assert check(folder, raw, dataset="CCLE") == ExitCode.CHECK_FAILED
    assert "no dataset 'CCLE'" in capsys.readouterr().out


def test_a_model_file_is_described(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", str(folder / "model.toml"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["name"] == "Biases"
    assert [parameter["searched"] is not None for parameter in found["parameters"]] == [True, True, False]
