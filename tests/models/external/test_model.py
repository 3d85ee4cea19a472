"""A model file as a model: features prepared once, trainings that end well, badly, or not at all."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpo.data.csa import CsaData
from hpo.data.prepared import Prepared, features_for, open_prepared, prepare
from hpo.errors import BadData, Drift, MissingInput
from hpo.evaluation import Outcome, Status
from hpo.models.base import Training
from hpo.models.external.model import ExternalModel
from tests.models.external.builders import HERE, definition, model, prepared
from tests.models.external.test_program import lives, until

DEAD = 0.09


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.models.builders import write_csa

    return write_csa(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("features")


def train(of: ExternalModel, features: Prepared, seed: int = 1, **values: Any) -> Outcome:
    return of.train(values, features.arrays, Training(seed))[0]


def test_what_preprocessing_makes_is_kept_once(raw: Path, tmp_path: Path) -> None:
    of = model(tmp_path)
    features = features_for(of, raw, "TINY", 0, tmp_path / "cache")
    assert features.files is not None
    made = features.files / "ml_data"
    rows = {part: len((made / f"{part}_y_data.csv").read_text().splitlines()) - 1 for part in ("train", "val", "test")}
    assert {part: features.counts[part] for part in rows} == rows
    data = CsaData(raw)
    for part, count in rows.items():
        assert count + features.counts[f"dropped_{part}"] == len(data.split("TINY", 0, part))
    assert sum(features.counts[f"dropped_{part}"] for part in rows) > 0
    assert features.arrays["train_auc"].dtype == np.float32
    assert features.digests.keys() >= {"model/definition", "model/code", "data/drug_SMILES.tsv", "data/response.tsv"}
    before = (made / "param_log_file.txt").read_text()
    again = features_for(of, raw, "TINY", 0, tmp_path / "cache")
    assert (made / "param_log_file.txt").read_text() == before, "prepared again"
    elsewhere = features_for(of, raw, "TINY", 0, tmp_path / "other")
    assert elsewhere.digest == again.digest == features.digest, "what programs write about themselves does not count"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [features.path.name]


def test_only_named_tables_can_be_read(raw: Path, tmp_path: Path) -> None:
    of = model(tmp_path, inputs=("x_data/drug_mordred.tsv",))
    with pytest.raises(BadData, match=r"model.toml: entry.preprocess: .*exit code 1; last output: .*drug_SMILES.tsv"):
        features_for(of, raw, "TINY", 0, tmp_path / "cache")
    assert not any((tmp_path / "cache").iterdir())
    everything = model(tmp_path, inputs=())
    found = features_for(everything, raw, "TINY", 0, tmp_path / "cache").digests
    assert {"data/drug_mordred.tsv", "data/cancer_gene_expression.tsv"} <= found.keys()
    with pytest.raises(MissingInput, match="no_such"):
        features_for(model(tmp_path, inputs=("x_data/no_such.tsv",)), raw, "TINY", 0, tmp_path / "cache")


def test_a_training(raw: Path, cache: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    of = model(tmp_path)
    features = prepared(of, raw, cache)
    of.keep = tmp_path / "kept"
    outcome, score = of.train({"learning_rate": 0.2}, features.arrays, Training(3), test=True)
    assert outcome.status is Status.OK
    scores = json.loads((tmp_path / "kept" / "val_scores.json").read_text())
    assert outcome.loss == scores["mse"] < DEAD
    assert outcome.metrics == {f"val_{name}": value for name, value in scores.items()}
    assert score is not None
    assert 0 < score.metrics["test_mse"] < DEAD
    of.keep = None
    assert train(of, features, seed=3, learning_rate=0.2).loss == outcome.loss
    assert train(of, features, seed=4, learning_rate=0.2).loss != outcome.loss, "the seed is passed on"
    assert train(of, features, seed=3, act="line", learning_rate=0.2).loss == outcome.loss
    assert capfd.readouterr().err == ""
    with pytest.raises(ValueError, match="momentum"):
        train(of, features, momentum=0.9)


@pytest.mark.parametrize(
    ("act", "status", "message"),
    [
        ("exit", Status.FAILED, r"exit code 1; last output: training \| shapes do not fit"),
        ("segfault", Status.CRASHED, r"signal 11 \(SIGSEGV\); last output: training"),
        ("memory", Status.OOM, r"exit code 1; last output: .*CUDA out of memory"),
        ("silent", Status.INVALID, r"no result: neither val_scores.json nor a line.*; last output: training"),
        ("nan", Status.INVALID, "IMPROVE_RESULT is nan"),
        ("inf", Status.INVALID, "IMPROVE_RESULT is inf"),
        ("-1", Status.INVALID, r"IMPROVE_RESULT is -1.0, no mse"),
        ("junk", Status.INVALID, "no result: the result line can't be understood: IMPROVE_RESULT val_loss:\tjunk"),
        ("dead", Status.DEGENERATE, r"constant output 1 on all \d+ validation rows"),
        ("hang", Status.TIMEOUT, r"longer than the model's time_limit of 0.5 s; last output: training"),
    ],
)
def test_what_else_can_happen(act: str, status: Status, message: str, raw: Path, cache: Path, tmp_path: Path) -> None:
    of = model(tmp_path, time_limit=0.5 if act == "hang" else None)
    outcome = train(of, prepared(of, raw, cache), act=act)
    assert outcome.status is status
    assert re.match(message, outcome.message)
    assert outcome.status.has_loss == (status is Status.DEGENERATE)


def test_a_result_line_is_never_taken_for_another_metric(raw: Path, cache: Path, tmp_path: Path) -> None:
    of = model(tmp_path, protocol={"metric": "rmse"})
    features = prepared(of, raw, cache)
    outcome = train(of, features)
    assert outcome.loss == outcome.metrics["val_rmse"] == pytest.approx(outcome.metrics["val_mse"] ** 0.5)
    assert "rmse needs val_scores.json" in train(of, features, act="line").message


def test_what_a_training_leaves_behind_is_ended(raw: Path, cache: Path, tmp_path: Path) -> None:
    of = model(tmp_path)
    printed: list[bytes] = []
    of.sink = printed.append
    assert train(of, prepared(of, raw, cache), act="daemon").status is Status.OK
    left = re.search(rb"left (\d+) behind", b"".join(printed))
    assert left is not None
    until(lambda: not lives(int(left[1])))


def test_results_are_removed(raw: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    of = model(tmp_path)
    features = prepared(of, raw, cache)
    for act in ("train", "exit"):
        train(of, features, act=act)
    assert not any((tmp_path / "scratch").iterdir())


def test_the_older_contract_gives_the_same(raw: Path, cache: Path, tmp_path: Path) -> None:
    changes = {
        "contract": "candle", "directory": str(HERE / "older"), "seed_flag": None, "hyperparameters": {"epochs": 3},
    }  # fmt: skip
    of = model(tmp_path, **changes)
    outcome = train(of, prepared(of, raw, cache))
    newer = model(tmp_path, fixed={"seed": 0}, seed_flag=None, hyperparameters={"epochs": 3})
    assert outcome.loss == train(newer, prepared(newer, raw, cache)).loss is not None


def test_a_command_of_ones_own(raw: Path, cache: Path, tmp_path: Path) -> None:
    code = (
        "import sys, os; print(sys.argv[1:]); rows = open(sys.argv[1] + '/splits/' + sys.argv[2]).readlines();"
        "print('IMPROVE_RESULT', len(rows) * float(sys.argv[3]))"
    )
    (tmp_path / "train.py").write_text(code)
    of = model(
        tmp_path,
        contract="command",
        directory=None,
        seed_flag=None,
        hyperparameters={"rate": 0.5},
        entry={"train": f"{sys.executable} train.py {{data}} {{val_split}} {{rate}} {{output}} {{seed}}"},
    )
    features = prepared(of, raw, cache)
    assert features.files is not None
    outcome = train(of, features, rate=0.25)
    assert outcome.loss == 0.25 * len(CsaData(raw).split("TINY", 0, "val"))
    assert outcome.metrics == {"val_mse": outcome.loss}
    code_before = of.digests["model/code"]
    (tmp_path / "train.py").write_text(code + "# changed")
    assert model(tmp_path, **of.definition.model_dump()).digests["model/code"] != code_before


def test_an_environment_of_its_own(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of ours reaches the model's Python, and what the model file sets does."""
    monkeypatch.setenv("PYTHONPATH", "/ours")
    monkeypatch.setenv("IMPROVE_DATA_DIR", "/somewhere")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    binaries = tmp_path / "env" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").write_text(f'#!/bin/sh\nenv > "{tmp_path}/seen"\nexec "{sys.executable}" "$@"\n')
    (binaries / "python").chmod(0o755)
    of = model(tmp_path, python="env", environment={"MINE": "a b"})
    prepared(of, raw, tmp_path / "cache")
    seen = dict(line.partition("=")[::2] for line in (tmp_path / "seen").read_text().splitlines())
    assert (seen["MINE"], seen["CUDA_VISIBLE_DEVICES"]) == ("a b", "3")
    assert seen["PATH"].split(os.pathsep)[0] == str(binaries)
    assert not {"PYTHONPATH", "IMPROVE_DATA_DIR"} & seen.keys()


def test_the_gpu_that_programs_use_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smi = tmp_path / "nvidia-smi"
    smi.write_text('#!/bin/sh\n[ "$3" = --id=3 ] || exit 6\necho "NVIDIA A100-SXM4-40GB"\n')
    smi.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    for devices, expected in (("3", "NVIDIA A100-SXM4-40GB"), ("4", ""), ("", "")):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", devices)
        assert model(tmp_path).device_name() == expected


@pytest.fixture
def runtimes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for apptainer and docker; their log."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("apptainer", "docker"):
        script = HERE / "image" / "runtime.py"
        program = f'#!{sys.executable}\nimport runpy, sys\nsys.argv[0] = "{name}"\nrunpy.run_path("{script}")\n'
        (folder / name).write_text(program)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")
    return tmp_path / "log"


@pytest.mark.parametrize("runtime", ["apptainer", "docker"])
def test_a_container(runtime: str, raw: Path, runtimes: Path, cache: Path, tmp_path: Path) -> None:
    image = tmp_path / "model.sif"
    image.write_bytes(b"an image")
    of = model(
        tmp_path,
        contract="candle",
        directory=None,
        image="model.sif" if runtime == "apptainer" else "docker.io/someone/model:1",
        runtime=runtime,
        seed_flag=None,
        hyperparameters={"learning_rate": 0.1, "epochs": 3},
    )
    printed: list[bytes] = []
    of.sink = printed.append
    features = prepared(of, raw, tmp_path / "cache")
    outcome = train(of, features)
    inside = model(
        tmp_path, contract="candle", directory=str(HERE / "older"), seed_flag=None, hyperparameters={"epochs": 3}
    )
    assert outcome.loss == train(inside, prepared(inside, raw, cache)).loss is not None
    assert f"on GPU {'0' if runtime == 'docker' else '2'}".encode() in b"".join(printed)
    calls = [line.split("\0") for line in runtimes.read_text().splitlines()]
    verbs = [call[1] for call in calls]
    assert [verb for verb in verbs if verb in ("exec", "run")] == ["exec" if runtime == "apptainer" else "run"] * 2
    if runtime == "docker":
        assert verbs == ["image", "run", "kill", "run", "kill"], "nothing of a container is left to the daemon"
        assert of.digests["model/image"] == "ab" * 32
    else:
        image.write_bytes(b"another image")
        changed = model(tmp_path, **of.definition.model_dump())
        assert changed.digests["model/image"] != of.digests["model/image"]


def test_what_is_missing_for_a_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingInput) as raised:
        model(tmp_path, directory=None, image="model.sif", runtime="apptainer")
    told = str(raised.value)
    assert "runtime: there is no program apptainer in PATH" in told
    assert "image: no file" in told


def test_a_runtime_that_fails_says_nothing_about_the_candidate(
    raw: Path, runtimes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.sif").touch()
    of = model(tmp_path, contract="candle", directory=None, image="model.sif", runtime="apptainer", seed_flag=None)
    features = prepared(of, raw, tmp_path / "cache")
    for code, status in ((125, Status.KILLED), (137, Status.KILLED), (139, Status.CRASHED), (1, Status.FAILED)):
        program = tmp_path / "bin" / "apptainer"
        program.write_text(f"#!/bin/sh\necho no space left\nexit {code}\n")
        outcome = train(of, features)
        assert outcome.status is status, code
        assert "last output: no space left" in outcome.message


def test_features_of_other_code_are_refused(raw: Path, cache: Path, tmp_path: Path) -> None:
    of = model(tmp_path)
    features = prepare(of, CsaData(raw), "TINY", 0, tmp_path / "made")
    of.use(open_prepared(features.path))
    other = model(tmp_path, fixed={"patience": 3})
    with pytest.raises(Drift, match="model/definition changed since the features were prepared"):
        other.use(features)
    with pytest.raises(Drift, match="by other code"):
        features_for(other, features.path, "TINY", 0, cache)


def test_another_target_needs_files_that_hold_it(raw: Path, tmp_path: Path) -> None:
    assert definition(protocol={"target": "ic50"}).protocol.target == "ic50"
    of = model(tmp_path, protocol={"target": "ic50"})
    with pytest.raises(BadData, match="exit code 1"):
        features_for(of, raw, "TINY", 0, tmp_path / "cache")


def test_preprocessing_that_hangs(raw: Path, tmp_path: Path) -> None:
    begun = time.monotonic()
    of = model(
        tmp_path,
        contract="command",
        directory=None,
        seed_flag=None,
        hyperparameters={"rate": 0.5},
        entry={"preprocess": "sleep 1000", "train": "true {rate}"},
        preprocess_time_limit=0.2,
    )
    with pytest.raises(BadData, match=r"took longer than preprocess_time_limit = 0.2 s"):
        features_for(of, raw, "TINY", 0, tmp_path / "cache")
    assert time.monotonic() - begun < 500
