from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import numpy as np
import pytest

from hpo.cli.main import main
from hpo.data.check import check
from hpo.data.csa import CsaData
from hpo.data.demo import files
from hpo.data.demo.curves import area
from hpo.data.demo.drugs import demo_drugs
from hpo.data.demo.files import write_demo
from hpo.data.demo.genes import LANDMARK_GENES, OTHER_GENES, expressed_genes
from hpo.data.landmark import landmark_symbols
from hpo.errors import OwnedOrExists
from hpo.storage import folder_digests

pytest.importorskip("rdkit", reason="the demonstration data need rdkit and mordredcommunity")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "demo"
    started = time.monotonic()
    assert main(["data", "demo", "--out", str(out)]) == 0
    assert time.monotonic() - started < 60, "about seven seconds on two cores"
    return out


@pytest.mark.slow
def test_the_data_are_sound_and_complete(demo: Path) -> None:
    report = check(demo / "raw_data")
    assert report.problems == ()
    assert report.warnings == ()
    a, b = report.datasets
    assert (a.dataset, a.cell_lines, a.drugs, a.splits) == ("DEMO-A", 120, 24, 10)
    assert (b.dataset, b.cell_lines, b.drugs, b.splits) == ("DEMO-B", 80, 16, 10)
    assert a.responses > 1.5 * b.responses


@pytest.mark.slow
def test_the_data_say_that_they_are_simulated(demo: Path) -> None:
    assert (demo / "README.md").read_text().splitlines()[0] == "# Demonstration data: simulated, not measured"
    assert json.loads((demo / "raw_data/release.json").read_text()) == {"name": "demo-1", "synthetic": True}
    release = CsaData(demo / "raw_data").release(["y_data/response.tsv"])
    assert (release.name, release.synthetic) == ("demo-1", True)


@pytest.mark.slow
def test_the_layout_is_that_of_the_benchmark(demo: Path) -> None:
    lines = (demo / "raw_data/y_data/response.tsv").read_bytes().split(b"\n")
    header = (
        b"source\timprove_sample_id\timprove_chem_id\tstudy\tauc\tic50\tec50\tec50se\tr2fit\teinf\ths\taac1\tauc1\tdss1"
    )
    assert lines[0] == header + b"\r"
    expression = (demo / "raw_data/x_data/cancer_gene_expression.tsv").read_text().splitlines()
    assert [line.split("\t")[0] for line in expression[:4]] == ["", "", "", "DEMO-C001"]
    assert expression[2].split("\t")[1:] == list(expressed_genes())


@pytest.mark.slow
def test_responses_follow_their_curves(demo: Path) -> None:
    with (demo / "raw_data/y_data/response.tsv").open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    auc, ec50, floor, slope, auc1 = (
        np.array([float(row[name]) for row in rows]) for name in ("auc", "ec50", "einf", "hs", "auc1")
    )
    assert ((auc > 0) & (auc < 1)).all()
    assert np.abs(area(-ec50, slope, floor, (-10, -4)) - auc).max() < 1e-3, "rounding of the columns"
    doses = np.linspace(-8, -5, 2001)
    curve = floor[:50, None] + (1 - floor[:50, None]) / (1 + 10 ** (slope[:50, None] * (doses + ec50[:50, None])))
    assert np.abs(np.trapezoid(curve, doses, axis=1) / 3 - auc1[:50]).max() < 1e-3
    half = next(row for row in rows if row["ic50"])
    at_half = float(half["einf"]) + (1 - float(half["einf"])) / (
        1 + 10 ** (float(half["hs"]) * (float(half["ec50"]) - float(half["ic50"])))
    )
    assert at_half == pytest.approx(0.5, abs=2e-3)


@pytest.mark.slow
def test_every_split_deals_out_all_rows_in_the_benchmarks_proportions(demo: Path) -> None:
    data = CsaData(demo / "raw_data")
    rows = np.flatnonzero(data.responses()["source"] == "DEMO-B")
    seen = []
    for split in range(10):
        parts = [data.split("DEMO-B", split, part) for part in ("train", "val", "test")]
        assert np.array_equal(np.sort(np.concatenate(parts)), rows)
        assert abs(len(parts[1]) - len(rows) / 10) <= 1
        assert abs(len(parts[2]) - len(rows) / 10) <= 1
        seen.append(parts[2])
    assert np.array_equal(np.sort(np.concatenate(seen)), rows), "the test parts of the ten splits are the ten folds"


@pytest.mark.slow
def test_same_seed_same_bytes_and_another_seed_other_data(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not write_demo(demo), "there already, with the same content"
    before = folder_digests(demo)
    monkeypatch.setattr(files, "descriptors", lambda mols: (("ABC",), np.ones((len(mols), 1))))
    with pytest.raises(OwnedOrExists, match="exists already, with another content"):
        write_demo(demo, seed=2)
    assert folder_digests(demo) == before
    assert [path.name for path in demo.parent.iterdir()] == ["demo"], "nothing is left behind"


@pytest.mark.slow
def test_a_model_beats_the_mean_and_an_additive_fit(demo: Path) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    data = CsaData(demo / "raw_data")
    responses = data.responses()
    expression, bits = data.gene_expression(), data.drug_table("ecfp4")
    cell = expression.index.get_indexer(responses["improve_sample_id"])
    drug = bits.index.get_indexer(responses["improve_chem_id"])
    auc = responses["auc"].to_numpy(np.float64)
    features = np.hstack([expression.to_numpy()[cell], bits.to_numpy()[drug]])
    train, val, test = (data.split("DEMO-A", 0, part) for part in ("train", "val", "test"))
    settings = {"objective": "l2", "verbose": -1, "num_threads": 1, "num_leaves": 15, "force_row_wise": True}
    booster = lightgbm.train(
        settings,
        lightgbm.Dataset(features[train], auc[train]),
        150,
        valid_sets=[lightgbm.Dataset(features[val], auc[val])],
        callbacks=[lightgbm.early_stopping(20, verbose=False)],
    )
    learnt = np.mean((booster.predict(features[test]) - auc[test]) ** 2)
    constant = np.mean((auc[train].mean() - auc[test]) ** 2)
    design = np.hstack([np.eye(len(expression))[cell], np.eye(len(bits))[drug], np.ones((len(auc), 1))])
    weights = np.linalg.solve(
        design[train].T @ design[train] + 0.1 * np.eye(design.shape[1]), design[train].T @ auc[train]
    )
    additive = np.mean((design[test] @ weights - auc[test]) ** 2)
    assert learnt < 0.5 * additive
    assert additive < constant


def test_genes_and_drugs_are_real_ones() -> None:
    landmark = set(landmark_symbols())
    genes = expressed_genes()
    assert len(genes) == len(set(genes)) == LANDMARK_GENES + len(OTHER_GENES)
    assert len(set(genes) & landmark) == LANDMARK_GENES
    drugs = demo_drugs()
    assert len(drugs) == 30
    for field in ("id", "name", "pubchem_cid", "smiles"):
        assert len({getattr(drug, field) for drug in drugs}) == 30, field


def test_structures_are_canonical() -> None:
    from rdkit import Chem
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    formulas = {}
    for drug in demo_drugs():
        mol = Chem.MolFromSmiles(drug.smiles)
        assert Chem.MolToSmiles(mol) == drug.smiles
        formulas[drug.name] = CalcMolFormula(mol)
    assert formulas["Imatinib"] == "C29H31N7O"
    assert formulas["Trametinib"] == "C26H23FIN5O4"
    assert formulas["Irinotecan"] == "C33H38N4O6"
