"""The command ``cross-hpo space``: output, exit codes, and nothing written where something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpo.cli.main import main
from hpo.errors import ExitCode
from hpo.settings import read_settings
from hpo.space import read_space

SPACE = [
    {
        "name": "learning_rate",
        "type": "float",
        "lower": 1e-6,
        "upper": 0.01,
        "use_log_scale": True,
        "default": 0.001,
        "comment": "Above 0.0025 nothing trains.",
    },
    {"name": "batch_size", "type": "ordered", "element_type": "int", "values": [16, 32], "sigma": 5},
    {"name": "early", "type": "logical"},
    {"name": "epochs", "type": "constant", "value": 100},
]


@pytest.fixture
def space(tmp_path: Path) -> Path:
    path = tmp_path / "space.json"
    path.write_text(json.dumps(SPACE))
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.json"
    path.write_text('[{"name": "x", "type": "float", "lower": 2, "upper": 1, "logscale": true}]')
    return path


def test_check_reports_a_valid_file_with_its_warnings(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", "check", str(space)]) == ExitCode.DONE
    printed = capsys.readouterr()
    digest = read_space(space).digest[:12]
    assert printed.out.startswith(f"{space}: valid, 3 searched axes, 1 constant, digest {digest}\n")
    assert "warning: 'batch_size': sigma 5 places is wider" in printed.out
    assert printed.err == ""
    assert max(len(line) for line in printed.out.splitlines()[1:]) <= 100


def test_check_reports_all_problems_of_all_files(space: Path, bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = bad.with_name("missing.json")
    assert main(["space", "check", str(bad), str(space), str(missing)]) == ExitCode.BAD_DATA
    printed = capsys.readouterr()
    assert f"{space}: valid" in printed.out
    assert printed.err == (
        f"cross-hpo: {bad}: 'x': unknown key \"logscale\", which looks like 'use_log_scale'\n"
        '  Write "use_log_scale"; a key under this name would have no effect.\n'
        f"{bad}: 'x': lower must be less than upper, got lower = 2, upper = 1\n"
        "  Exchange the two.\n"
        f"{missing}: no such file\n"
        "2 of 3 space files are not valid\n"
    )


def test_check_of_a_missing_file_only(tmp_path: Path) -> None:
    assert main(["space", "check", str(tmp_path / "no.json")]) == ExitCode.MISSING_INPUT


def test_check_without_files_is_bad_usage() -> None:
    assert main(["space", "check"]) == ExitCode.USAGE


def test_check_as_json(space: Path, bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", "check", str(space), str(bad), "--json"]) == ExitCode.BAD_DATA
    good, wrong = json.loads(capsys.readouterr().out)
    assert good["valid"] is True
    assert good["digest"] == read_space(space).digest
    assert good["axes"] == ["learning_rate", "batch_size", "early"]
    assert good["constants"] == {"epochs": 100}
    assert len(good["warnings"]) == 1
    assert wrong["valid"] is False
    assert len(wrong["problems"]) == 2


def test_show_a_file(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", "show", str(space)]) == ExitCode.DONE
    lines = capsys.readouterr().out.splitlines()
    (rate,) = (line.split() for line in lines if line.startswith(" learning_rate "))
    assert rate == ["learning_rate", "float", "1e-06", "to", "0.01", "log", "0.4", "decades", "0.001"]
    (batch,) = (line.split() for line in lines if line.startswith(" batch_size "))
    assert batch == ["batch_size", "ordered", "16,", "32", "–", "5", "places", "–"]
    assert "learning_rate: Above 0.0025 nothing trains." in lines
    assert max(len(line) for line in lines[1:]) <= 100


def test_show_as_json(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", "show", str(space), "--json"]) == ExitCode.DONE
    shown = json.loads(capsys.readouterr().out)
    rate, batch, early, epochs = shown["parameters"]
    assert (rate["type"], rate["lower"], rate["log_scale"], rate["default"]) == ("float", 1e-6, True, 0.001)
    assert rate["sigma"] == pytest.approx(0.4)
    assert batch["values"] == [16, 32]
    assert early["values"] == [False, True]
    assert epochs == {"name": "epochs", "type": "constant", "value": 100, "comment": ""}


def test_show_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", "show", "GraphDRP"]) == ExitCode.DONE
    assert "learning_rate" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argument", "code"),
    [("GrafDRP", ExitCode.USAGE), ("no/such", ExitCode.MISSING_INPUT), ("no.json", ExitCode.MISSING_INPUT)],
)
def test_show_what_is_not_there(argument: str, code: ExitCode) -> None:
    assert main(["space", "show", argument]) == code


DEFINITIONS = [{"name": "batch_size", "type": "int", "min": 8, "max": 512, "default": 64, "log_uniform": True}]
FORMS = {
    "hp.py": "hyperparams = ["
    "{'name': 'batch_size', 'type': int, 'min': 8, 'max': 512, 'default': 64, 'log_uniform': True}]",
    "hp.json": json.dumps(DEFINITIONS),
    "hp.yml": "batch_size: {type: int, min: 8, max: 512, default: 64, log_uniform: true}",
}


@pytest.mark.parametrize("name", FORMS)
def test_convert_a_space(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, output = tmp_path / name, tmp_path / "space.json"
    source.write_text(FORMS[name])
    assert main(["space", "convert", str(source), "--from", "deephyper", "--output", str(output)]) == ExitCode.DONE
    assert read_space(output).to_json() == [
        {"name": "batch_size", "type": "int", "lower": 8, "upper": 512, "use_log_scale": True, "default": 64}
    ]
    assert "kept:\n    'batch_size': int from 8 to 512 on a log scale" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "space.json"])


def test_convert_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, output = tmp_path / "cfg-1.sh", tmp_path / "search.yaml"
    source.write_text("export POPULATION_SIZE=16\nexport NUM_ITERATIONS=4\nexport MODEL=IGTD\n")
    assert main(["space", "convert", str(source), "--from", "supervisor-cfg", "--output", str(output)]) == ExitCode.DONE
    assert read_settings(output).search.size == "MEDIUM"
    assert "search.size: MEDIUM" in capsys.readouterr().out


def test_convert_prints_the_result_apart_from_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "hp.json"
    source.write_text(json.dumps(DEFINITIONS))
    assert main(["space", "convert", str(source), "--from", "deephyper"]) == ExitCode.DONE
    printed = capsys.readouterr()
    assert json.loads(printed.out)[0]["upper"] == 512
    assert "converted" in printed.err


def test_convert_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "hp.json"
    source.write_text(json.dumps(DEFINITIONS))
    assert main(["space", "convert", str(source), "--from", "deephyper", "--json"]) == ExitCode.DONE
    printed = json.loads(capsys.readouterr().out)
    assert printed["result"][0]["name"] == "batch_size"
    assert len(printed["kept"]) == 1


def test_convert_never_overwrites(space: Path, tmp_path: Path) -> None:
    source = tmp_path / "hp.json"
    source.write_text(json.dumps(DEFINITIONS))
    before = space.read_bytes()
    arguments = ["space", "convert", str(source), "--from", "deephyper", "--output", str(space)]
    assert main(arguments) == ExitCode.OWNED_OR_EXISTS
    assert space.read_bytes() == before


FAULTS = {
    "bad_definition": ("hp.json", b'[{"name": "x", "type": "int"}]', ExitCode.BAD_DATA),
    "no_json": ("hp.json", b"{", ExitCode.BAD_DATA),
    "no_text": ("hp.py", b"\xff\xfe", ExitCode.BAD_DATA),
    "too_large": ("hp.py", b" " * (1024 * 1024 + 1), ExitCode.BAD_DATA),
    "unknown_suffix": ("hp.txt", b"", ExitCode.USAGE),
    "missing": ("hp.py", None, ExitCode.MISSING_INPUT),
}


@pytest.mark.parametrize(("name", "content", "code"), FAULTS.values(), ids=FAULTS)
def test_nothing_is_written_where_the_input_is_wrong(
    name: str, content: bytes | None, code: ExitCode, tmp_path: Path
) -> None:
    source, output = tmp_path / name, tmp_path / "space.json"
    if content is not None:
        source.write_bytes(content)
    assert main(["space", "convert", str(source), "--from", "deephyper", "--output", str(output)]) == code
    assert not output.exists()


def test_convert_into_a_missing_folder(tmp_path: Path) -> None:
    source = tmp_path / "hp.json"
    source.write_text(json.dumps(DEFINITIONS))
    output = tmp_path / "no" / "space.json"
    arguments = ["space", "convert", str(source), "--from", "deephyper", "--output", str(output)]
    assert main(arguments) == ExitCode.MISSING_INPUT


@pytest.mark.parametrize("subcommand", ["check", "show", "convert"])
def test_help_has_an_example(subcommand: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", subcommand, "--help"]) == ExitCode.DONE
    assert f"Example: cross-hpo space {subcommand}" in capsys.readouterr().out
