"""The supervision of trainings holds for programs, too: limits, stops, and nothing that stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hpo.data.prepared import features_for
from hpo.evaluation import Candidate, Origin, Status
from hpo.execution.child import ChildEvaluator
from hpo.execution.training import EvaluatorSettings
from hpo.models.registry import load
from tests.models.builders import write_csa
from tests.models.external.builders import toml
from tests.models.external.test_program import until


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> EvaluatorSettings:
    folder = tmp_path_factory.mktemp("evaluator")
    file = folder / "model.toml"
    file.write_text(toml())
    features = features_for(load(str(file)), write_csa(folder), "TINY", 0, folder / "features")
    (folder / "scratch").mkdir()
    return EvaluatorSettings(
        model=str(file),
        features=str(features.path),
        fixed={"epochs": 3},
        grace=5.0,
        logs=str(folder),
        environment={"TMPDIR": str(folder / "scratch"), "EXTERNAL_TEST": str(folder)},
    )


@pytest.fixture
def nothing_left(settings: EvaluatorSettings) -> Iterator[None]:
    """No process of an evaluation lives after the test, and no folder of one is left."""
    yield
    until(lambda: not marked(settings))
    scratch = Path(settings.environment["TMPDIR"])
    until(lambda: not any(scratch.iterdir()))


def marked(settings: EvaluatorSettings) -> list[str]:
    wanted = f"EXTERNAL_TEST={settings.environment['EXTERNAL_TEST']}".encode()
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                content = (process / "environ").read_bytes()
            except OSError:
                continue
            if wanted in content.split(b"\0"):
                found.append((process / "cmdline").read_bytes().decode())
    return found


def candidate(act: str) -> Candidate:
    return Candidate(0, 0, Origin.INITIAL, {"learning_rate": 0.1, "act": act}, 7)


def evaluator(settings: EvaluatorSettings, **changes: object) -> ChildEvaluator:
    return ChildEvaluator(EvaluatorSettings(**{**settings.to_json(), **changes}), 0)


@pytest.mark.usefixtures("nothing_left")
def test_trainings_one_after_the_other(settings: EvaluatorSettings) -> None:
    worker = evaluator(settings)
    try:
        outcomes = [worker.evaluate(candidate(act)).evaluation.outcome for act in ("train", "exit", "daemon", "line")]
    finally:
        worker.close()
    assert [outcome.status for outcome in outcomes] == [Status.OK, Status.FAILED, Status.OK, Status.OK]
    assert outcomes[0].loss == outcomes[2].loss == outcomes[3].loss
    assert outcomes[1].message == "exit code 1; last output: training | shapes do not fit"
    log = (Path(settings.logs or "") / "worker-000.log").read_text()
    assert log.count("=== evaluation 0, seed 7") == 4
    assert "shapes do not fit" in log


@pytest.mark.usefixtures("nothing_left")
def test_the_time_limit_of_a_search(settings: EvaluatorSettings) -> None:
    worker = evaluator(settings, time_limit=1.5)
    try:
        outcome = worker.evaluate(candidate("hang")).evaluation.outcome
    finally:
        worker.close()
    assert outcome.status is Status.TIMEOUT
    assert outcome.message.startswith("longer than the limit of 1.5 s")


@pytest.mark.usefixtures("nothing_left")
def test_a_stop_is_no_result(settings: EvaluatorSettings) -> None:
    worker = evaluator(settings)
    log = Path(settings.logs or "") / "worker-000.log"
    before = log.read_text().count("hanging") if log.exists() else 0

    def stop() -> None:
        until(lambda: log.exists() and log.read_text().count("hanging") > before)
        worker.interrupt()

    thread = threading.Thread(target=stop)
    thread.start()
    try:
        result = worker.evaluate(candidate("hang"))
    finally:
        thread.join()
        worker.close()
    assert result.interrupted
