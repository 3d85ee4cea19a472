from pathlib import Path

import pytest

from hpo.cli.main import main
from hpo.cli.pipeline import added_records, planned_records, with_records
from hpo.errors import BadConfiguration
from hpo.models import registry
from hpo.settings import read_yaml

ROOT = Path(__file__).parents[2]


def test_the_committed_pipeline_is_in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["pipeline", "sync", "--check"]) == 0


def test_protocol_file_says_what_the_models_say() -> None:
    protocol = read_yaml(ROOT / "protocol.yaml")
    models = {name: registry.load(name) for name in registry.names()}
    assert protocol["features"] == {name: model.features_version for name, model in models.items()}
    assert protocol["results"] == {name: model.protocol_version for name, model in models.items()}


def test_records_replace_only_the_lines_between_the_marks() -> None:
    text = "a\n  # records: written by `cross-hpo pipeline sync`\n  - old\n  # records: end\nb\n"
    once = with_records(text, ["M/D/SMALL/ga-seed1"])
    assert once == (
        "a\n  # records: written by `cross-hpo pipeline sync`\n"
        "  - hall_of_fame/M/D/SMALL/ga-seed1\n  # records: end\nb\n"
    )
    assert with_records(once, ["M/D/SMALL/ga-seed1"]) == once


@pytest.mark.parametrize("text", ["", "# records: end\n# records: written by `cross-hpo pipeline sync`\n"])
def test_missing_marks_are_named(text: str) -> None:
    with pytest.raises(BadConfiguration, match="expected the lines"):
        with_records(text, [])


def test_a_model_without_fixed_entry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("pipeline: {models: [LGBM], datasets: [DEMO-A]}\nsearch: {size: SMALL}\n")
    with pytest.raises(BadConfiguration, match=r"search.fixed: no entry for LGBM; add `LGBM: {}`"):
        planned_records(path)


def test_records_are_every_model_on_every_dataset_by_every_strategy(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(
        "pipeline: {models: [LGBM], datasets: [CCLE, gCSI]}\nsearch: {size: MEDIUM, seed: 7, fixed: {LGBM: {}}}\n"
    )
    assert planned_records(path) == [
        "LGBM/CCLE/MEDIUM/ga-seed7",
        "LGBM/CCLE/MEDIUM/random-seed7",
        "LGBM/gCSI/MEDIUM/ga-seed7",
        "LGBM/gCSI/MEDIUM/random-seed7",
    ]


def test_records_added_by_hand_are_read_as_well(tmp_path: Path) -> None:
    folder = tmp_path / "IGTD/CCLE/LARGE"
    folder.mkdir(parents=True)
    (folder / "improve-1.0.dvc").touch()
    (folder / "stray").mkdir()
    assert added_records(tmp_path) == ["IGTD/CCLE/LARGE/improve-1.0"]
