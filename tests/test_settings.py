from pathlib import Path

import pytest

from hpo.errors import BadData, CrossHpoError, MissingInput
from hpo.execution.site import read_site, site_names
from hpo.search.catalogue import STRATEGIES
from hpo.settings import read_settings, read_yaml

ROOT = Path(__file__).parents[1]


def written(folder: Path, text: str) -> Path:
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_settings_of_the_pipeline_are_valid() -> None:
    settings = read_settings(ROOT / "params.yaml")
    assert settings.pipeline is not None
    assert settings.search.size == "SMALL"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_pipeline_may_have_every_strategy(tmp_path: Path, strategy: str) -> None:
    text = f"pipeline: {{models: [LGBM], datasets: [CCLE], strategies: [{strategy}]}}\n"
    pipeline = read_settings(written(tmp_path, text)).pipeline
    assert pipeline is not None
    assert pipeline.strategies == (strategy,)


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "search:\n  seed: one\n  sise: SMALL\n  strategy: annealing\nsit: laptop\n")
    with pytest.raises(BadData) as caught:
        read_settings(path)
    assert [problem.removeprefix(f"{path}: ").split(":")[0] for problem in caught.value.problems] == [
        "search.strategy",
        "search.seed",
        "search.sise",
        "sit",
    ]
    assert f"{path}: search.sise: unknown key" in caught.value.problems


@pytest.mark.parametrize(("text", "value"), [("a: 1e-3", 0.001), ("a: NO", "NO"), ("a: 012", 12), ("a: 1:30", "1:30")])
def test_values_are_read_as_dvc_reads_them(tmp_path: Path, text: str, value: object) -> None:
    assert read_yaml(written(tmp_path, text)) == {"a": value}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "line 2, column 1: found duplicate key"),
        ("a: &x 1\nb: *x\n", "line 2: aliases"),
        ("a: !!python/object:os.system {}\n", "could not determine a constructor"),
        ("a: [1\n", "line 2, column 1"),
        ("[" * 5000, "nested too deeply|expected"),
    ],
)
def test_dangerous_yaml_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadData, match=message):
        read_yaml(written(tmp_path, text))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        read_settings(tmp_path / "params.yaml")


@pytest.mark.parametrize("name", site_names())
def test_the_sites_that_come_along_are_valid(name: str) -> None:
    assert read_site(name).name == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("launcher = 'ssh'\nname = 'x'", "launcher"),
        ("name = 'x'\nworkers = -1", "workers"),
        ("name = 'x'\ncolour = 'red'", "colour: unknown key"),
        ("name = ", "Invalid value"),
    ],
)
def test_bad_site_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(text)
    with pytest.raises(CrossHpoError, match=message):
        read_site(str(path))


def test_unknown_site_lists_the_known_ones() -> None:
    with pytest.raises(MissingInput, match=r"no site 'polarbear'.*laptop"):
        read_site("polarbear")
