import json

import pytest

from hpo.cli.main import main


@pytest.mark.mpi
@pytest.mark.slow
def test_this_machine_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--json"])
    findings = {item["check"]: item for item in json.loads(capsys.readouterr().out)}
    assert [item for item in findings.values() if not item["good"]] == []
    assert code == 0
    assert "MPICH" in findings["mpiexec"]["found"]


def test_a_missing_program_is_named_with_its_remedy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hpo.execution.mpi.find_mpiexec", lambda _name: None)
    assert main(["doctor"]) == 1
    captured = capsys.readouterr()
    assert "not ready: mpiexec" in captured.err
    assert "laptop" in captured.out
