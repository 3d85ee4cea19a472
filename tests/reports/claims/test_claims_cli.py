"""The command prints what the site shows."""

import json

import pytest

from hpo.cli.main import main
from tests.reports.claims.builders import record_of


@pytest.fixture
def archive(tmp_path):
    record_of([[1.0, 0.9], [0.5]]).write(tmp_path / "hof")
    return tmp_path / "hof"


def test_claims_are_printed_in_a_hundred_columns(archive, capsys):
    assert main(["hof", "claims", "--archive", str(archive)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert "igtd-gcsi-improves: not testable; other readings: 2 supported" in lines
    assert lines[-1].startswith("17 claims: ")


def test_json_has_numbers_with_their_runs(archive, capsys):
    assert main(["hof", "claims", "--archive", str(archive), "--json"]) == 0
    claims = {claim["id"]: claim for claim in json.loads(capsys.readouterr().out)["claims"]}
    readings = claims["igtd-gcsi-improves"]["readings"]
    assert [reading["verdict"] for reading in readings] == ["not testable", "supported", "supported"]
    assert readings[1]["numbers"][0] == {
        "label": "loss before, after the first generation",
        "value": 0.9,
        "unit": "loss",
        "runs": ["IGTD/gCSI/MEDIUM/improve-2024-08-07"],
    }


def test_a_ledger_of_ones_own(archive, tmp_path, capsys):
    own = tmp_path / "own.toml"
    own.write_text(
        'schema = "cross-hpo/claims/1"\n[[sources]]\nkey = "ours"\ncitation = "A study"\n'
        '[[claims]]\nid = "one"\nclaim = "It improves."\nsource = "ours"\nwhere = "page 1"\n'
        '[[claims.readings]]\nsays = "Beyond noise."\nrule = "improves"\n'
    )
    assert main(["hof", "claims", "--archive", str(archive), "--claims", str(own)]) == 0
    assert "one: supported" in capsys.readouterr().out
    out = tmp_path / "tables"
    assert main(["site", "tables", "--archive", str(archive), "--out", str(out), "--claims", str(own)]) == 0
    assert "one,1,It improves.,ours,page 1" in (out / "claims.csv").read_text()
    own.write_text(own.read_text().replace('"improves"', '"improvs"'))
    assert main(["hof", "claims", "--archive", str(archive), "--claims", str(own)]) == 65
    problem = capsys.readouterr().err
    assert (
        main(["site", "tables", "--archive", str(archive), "--out", str(tmp_path / "bad"), "--claims", str(own)]) == 65
    )
    assert not (tmp_path / "bad").exists()
    assert str(own) in problem
    assert "claims.0.readings.0.rule" in problem
