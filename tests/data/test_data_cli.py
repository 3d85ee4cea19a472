from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpo.cli.main import main
from tests.data.builders import replace_line, write_csa
from tests.data.server import Served, serving

TOY = "tests.data.builders:ToyModel"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_csa(tmp_path / "raw_data")


def test_check_prints_a_table(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", str(root)]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(f"{root}: sound, release local\n")
    assert "ONE" in printed.out
    assert max(map(len, printed.out.splitlines()[1:])) <= 100
    assert printed.err == ""


def test_check_names_every_problem_and_ends_with_65(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace_line(root / "y_data/response.tsv", 3, "ONE\tACH-1\tDrug_1\t7\tx\t")
    replace_line(root / "x_data/drug_SMILES.tsv", 3, "Drug_1\tC")
    assert main(["data", "check", str(root)]) == 65
    printed = capsys.readouterr()
    assert "response.tsv: line 3: auc is 'x'; must be a finite number" in printed.err
    assert "drug_SMILES.tsv: line 3: improve_chem_id 'Drug_1' again" in printed.err
    assert "Traceback" not in printed.err
    assert printed.out == ""
    assert main(["data", "check", str(root), "--json"]) == 65
    assert len(json.loads(capsys.readouterr().out)["problems"]) == 2


def test_check_of_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", str(tmp_path / "absent")]) == 66
    assert "no raw_data folder" in capsys.readouterr().err


def test_prepare_writes_a_folder_once(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "toy"
    arguments = ["data", "prepare", "--model", TOY, "--dataset", "ONE", "--data", str(root), "--out", str(out)]
    assert main(arguments) == 0
    assert "Toy on ONE, split 0, release local: 16 / 2 / 2 responses" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["train"] == 16
    assert main([*arguments, "--release", "mine"]) == 73
    assert "from other inputs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (["--dataset", "THREE"], 2, "no dataset 'THREE'; there are ONE, TWO"),
        (["--split", "4"], 2, "ONE has no split 4 here"),
        (["--split", "-1"], 2, "-1 is not in the range"),
        (["--model", "Nothing"], 2, "no model 'Nothing'"),
        (["--release", "a b"], 2, "no valid name"),
    ],
)
def test_prepare_refuses_what_is_not_there(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: list[str], code: int, message: str
) -> None:
    arguments = ["--model", TOY, "--dataset", "ONE", "--data", str(root), "--out", str(tmp_path / "out"), *change]
    assert main(["data", "prepare", *arguments]) == code
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_fetch_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["data", "fetch", "--out", str(tmp_path / "csa"), "--file", "response.tsv"]
    with serving({"y_data/response.tsv": Served(b"x" * 2_000_000, drops=1)}) as server:
        assert main([*arguments, "--base-url", server.url]) == 0
        printed = capsys.readouterr()
        assert "1 files, 1 of them fetched now (2.0 MB), 0 verified" in printed.out
        assert "1/1 y_data/response.tsv" in printed.err
        assert main([*arguments, "--base-url", server.url, "--json"]) == 0
        (file,) = json.loads(capsys.readouterr().out)["files"]
        assert (file["status"], file["verified"]) == ("present", True)
    assert main([*arguments, "--base-url", "ftp://x/"]) == 2
    assert main([*arguments[:-1], "nothing.tsv"]) == 2


def test_sources_tell_what_to_do_for_each_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "sources", "--model", "HiDRA"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("annotations/kegg_gene_sets.gmt: needed by HiDRA\n")
    assert "cross-hpo data fetch --out csa_data --file annotations/kegg_gene_sets.gmt" in printed
    assert main(["data", "sources", "--model", "LGBM"]) == 0
    assert capsys.readouterr().out == "LGBM reads no annotations\n"
    assert main(["data", "sources", "--model", "PathDPS"]) == 2
    assert "did you mean PathDSP?" in capsys.readouterr().err
    assert main(["data", "sources"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines if "https://" not in line) <= 100
    assert main(["data", "sources", "--json"]) == 0
    sources = json.loads(capsys.readouterr().out)
    assert all(source["direct"] != bool(source["steps"]) for source in sources)
    assert all(source["address"].startswith("https://") for source in sources)
