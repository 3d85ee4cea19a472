"""``cross-hpo models``."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from hpo.cli.main import main
from hpo.models.description import describe
from hpo.models.registry import names


def test_the_table_has_a_row_a_model(capsys):
    assert main(["models"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in names())
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("name", names())
def test_one_model_is_described_in_full(name, capsys):
    assert main(["models", name]) == 0
    text = " ".join(capsys.readouterr().out.split())
    description = describe(name)
    for key in ("title", "citation", "licence"):
        assert description[key] in text
    assert all(parameter["name"] in text for parameter in description["parameters"])


def test_json_holds_what_the_page_of_a_model_needs(capsys):
    assert main(["models", "GraphDRP", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content == describe("GraphDRP")
    rate, batch, epochs, _ = content["parameters"]
    assert rate == {
        "name": "learning_rate",
        "default": 0.0001,
        "description": "step size of Adam; networks die above about 0.002",
        "law": "a number above 0",
        "searched": "a number from 3e-05 to 0.002, log scale",
        "fixed": None,
    }
    assert batch["searched"] == "one of 32, 64, 128, 256, 512"
    assert (epochs["searched"], epochs["fixed"]) == (None, 100)
    assert main(["models", "--json"]) == 0
    assert [model["name"] for model in json.loads(capsys.readouterr().out)] == names()


def test_an_unknown_model_is_a_usage_error(capsys):
    assert main(["models", "LGMB"]) == 2
    assert capsys.readouterr().err.startswith("cross-hpo: no model 'LGMB'; did you mean LGBM?")
    assert main(["models", "LGBM", "--size", "HUGE"]) == 2


def test_a_model_of_somebody_else_may_have_no_space(capsys):
    assert main(["models", "tests.models.foreign:Foreign"]) == 0
    text = capsys.readouterr().out
    assert "none; name one with --space FILE" in text
    assert "width" in text


def test_no_heavy_package_is_imported():
    code = (
        "import sys; from hpo.cli.main import main; main(['models', '--json']); "
        "heavy = {'torch', 'lightgbm', 'rdkit', 'pandas', 'scipy', 'numpy'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
