from pathlib import Path

import pytest

from hpo.cli.main import main
from hpo.cli.pipeline import (
    added_records,
    planned_records,
    planned_scores,
    transfer_stages,
    with_records,
    with_transfers,
)
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


PIPELINE = "pipeline: {{models: [LGBM, IGTD], datasets: [{datasets}], strategies: [{strategies}], {scores}}}\n"
SEARCH = "search: {size: SMALL, fixed: {LGBM: {}, IGTD: {}}}\n"


def params(folder: Path, scores: str, *, datasets: str = "CCLE, gCSI", strategies: str = "ga, random") -> Path:
    path = folder / "params.yaml"
    path.write_text(PIPELINE.format(datasets=datasets, strategies=strategies, scores=scores) + SEARCH)
    return path


def test_scores_are_finals_of_each_dataset_and_one_transfer_a_model(tmp_path: Path) -> None:
    path = params(tmp_path, "finals: [IGTD, LGBM], transfers: [LGBM]")
    assert planned_scores(path) == [
        "IGTD/CCLE/SMALL/ga-seed1.final.json",
        "IGTD/gCSI/SMALL/ga-seed1.final.json",
        "LGBM/CCLE/SMALL/ga-seed1.final.json",
        "LGBM/SMALL.transfer.json",
        "LGBM/gCSI/SMALL/ga-seed1.final.json",
    ]
    assert planned_scores(params(tmp_path, "finals: []", strategies="random")) == []


@pytest.mark.parametrize(
    ("scores", "changes", "message"),
    [
        ("finals: [HiDRA]", {}, r"pipeline.finals: HiDRA is not among pipeline.models"),
        ("transfers: [LGBM]", {"strategies": "random"}, r"pipeline.transfers: takes the strategy ga"),
        ("transfers: [LGBM]", {"datasets": "CCLE"}, r"pipeline.transfers: takes two datasets, there is CCLE only"),
    ],
)
def test_scores_that_cannot_be(tmp_path: Path, scores: str, changes: dict[str, str], message: str) -> None:
    with pytest.raises(BadConfiguration, match=message):
        planned_scores(params(tmp_path, scores, **changes))


def test_a_transfer_depends_on_its_own_model_only(tmp_path: Path) -> None:
    lines = transfer_stages(params(tmp_path, "finals: [LGBM], transfers: [LGBM, IGTD]"))
    text = with_transfers("stages:\n  # transfers: written by `cross-hpo pipeline sync`\n  # transfers: end\n", lines)
    (tmp_path / "dvc.yaml").write_text(text)
    stages = read_yaml(tmp_path / "dvc.yaml")["stages"]
    assert set(stages) == {"transfer-LGBM", "transfer-IGTD"}
    assert stages["transfer-LGBM"]["deps"] == [
        "build/prepared/LGBM/CCLE",
        "build/prepared/LGBM/gCSI",
        "hall_of_fame/LGBM/CCLE/SMALL/ga-seed1",
        "hall_of_fame/LGBM/gCSI/SMALL/ga-seed1",
        "hall_of_fame/LGBM/CCLE/SMALL/ga-seed1.final.json",
        "hall_of_fame/LGBM/gCSI/SMALL/ga-seed1.final.json",
    ]
    assert len(stages["transfer-IGTD"]["deps"]) == 4
    assert stages["transfer-IGTD"]["outs"] == ["hall_of_fame/IGTD/SMALL.transfer.json"]
    assert with_transfers(text, lines) == text


def test_records_added_by_hand_are_read_as_well(tmp_path: Path) -> None:
    folder = tmp_path / "IGTD/CCLE/LARGE"
    folder.mkdir(parents=True)
    (folder / "improve-1.0.dvc").touch()
    (folder / "stray").mkdir()
    (folder / "ga-seed1.final.json.dvc").touch()
    (tmp_path / "IGTD" / "LARGE.transfer.json.dvc").touch()
    assert added_records(tmp_path) == [
        "IGTD/CCLE/LARGE/ga-seed1.final.json",
        "IGTD/CCLE/LARGE/improve-1.0",
        "IGTD/LARGE.transfer.json",
    ]
