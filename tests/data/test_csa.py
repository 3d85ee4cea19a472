from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hpo.data.csa import CsaData
from hpo.data.landmark import landmark_symbols
from hpo.errors import BadData, MissingInput, UsageError
from tests.data.builders import CELLS, DRUGS, write_csa, write_lines
from tests.shared_data import real_mini


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_csa(tmp_path / "raw_data")


def test_ids_that_look_missing_or_numeric_stay_text(root: Path) -> None:
    responses = CsaData(root).responses()
    assert list(responses["improve_sample_id"].unique()) == list(CELLS)
    assert list(responses["improve_chem_id"].unique()) == list(DRUGS)
    assert list(CsaData(root).gene_expression().index) == list(CELLS)
    assert list(CsaData(root).smiles().index) == list(DRUGS)


def test_responses_have_the_row_number_as_index(root: Path) -> None:
    responses = CsaData(root).responses()
    assert list(responses.columns) == ["source", "improve_sample_id", "improve_chem_id", "auc"]
    assert list(responses.index) == list(range(30))
    assert responses["auc"].dtype == np.float32
    assert responses.loc[5].tolist() == ["ONE", "NA", "nan", pytest.approx(0.06)]
    assert CsaData(root).datasets() == ("ONE", "TWO")


def test_crlf_and_a_byte_order_mark_change_nothing(root: Path, tmp_path: Path) -> None:
    other = write_csa(tmp_path / "crlf", end="\r\n")
    path = other / "x_data/cancer_gene_expression.tsv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    plain, crlf = CsaData(root), CsaData(other)
    assert plain.responses().equals(crlf.responses())
    assert plain.gene_expression().equals(crlf.gene_expression())
    assert plain.smiles().equals(crlf.smiles())
    assert plain.drug_table("mordred").equals(crlf.drug_table("mordred"))


def test_expression_has_the_columns_of_the_level_asked_for(root: Path) -> None:
    data = CsaData(root)
    assert list(data.gene_expression().columns) == ["AARS", "ABCB6", "KRAS", "ZW10"]
    assert list(data.gene_expression(level="Ensembl").columns) == ["ENSG1", "ENSG2", "ENSG3", "ENSG4"]
    assert list(data.gene_expression(level="Entrez").columns) == ["16", "10058", "3845", "55055"]
    assert data.gene_expression().loc["0012"].tolist() == [2.5, 3.0, 2.25, -2.0]
    assert data.gene_expression().to_numpy().dtype == np.float32
    with pytest.raises(ValueError, match="level 'TSS'"):
        data.gene_expression(level="TSS")


def test_levels_follow_the_order_of_each_file(root: Path) -> None:
    lines = ["\tTSS1\tTSS2\tTSS3", "\t1\t1\t2", "\tENSG1\tENSG1\tENSG2", "\tA\tA\t", "ACH-1\t0.1\t0.2\t0.3"]
    write_lines(root / "x_data/cancer_DNA_methylation.tsv", lines)
    data = CsaData(root)
    assert list(data.omics("cancer_DNA_methylation", "TSS").columns) == ["TSS1", "TSS2", "TSS3"]
    by_gene = data.omics("cancer_DNA_methylation")
    assert by_gene.to_dict() == {"A": {"ACH-1": pytest.approx(0.1)}}, "first of equal names, none without a name"


def test_missing_feature_values_are_nan(root: Path) -> None:
    write_lines(root / "x_data/drug_mordred.tsv", ["improve_chem_id\tm.A\tm.B", "Drug_1\t\t1", "nan\tNaN\t-2e3"])
    values = CsaData(root).drug_table("mordred").to_numpy()
    assert np.isnan(values[:, 0]).all()
    assert values[:, 1].tolist() == [1, -2000]


def test_drug_id_may_stand_in_any_column(root: Path) -> None:
    write_lines(root / "x_data/drug_mordred.tsv", ["m.A\timprove_chem_id\tm.B", "1\tDrug_1\t2", "3\tnan\t4"])
    table = CsaData(root).drug_table("mordred")
    assert table.loc["nan"].tolist() == [3, 4]


def test_quoted_cells_are_read(root: Path) -> None:
    write_lines(root / "x_data/drug_SMILES.tsv", ["improve_chem_id\tcanSMILES", '"Drug_1"\t"C""C"', "nan\tCC"])
    assert CsaData(root).smiles().to_dict() == {"Drug_1": 'C"C', "nan": "CC"}


def test_fingerprints_are_bits(root: Path) -> None:
    table = CsaData(root).drug_table("ecfp4")
    assert table.to_numpy().dtype == np.uint8
    assert table.loc["Drug_4"].tolist() == [1, 1]


def test_a_split_is_read_in_the_files_order(root: Path) -> None:
    write_lines(root / "splits/ONE_split_0_val.txt", ["17", "16"])
    assert CsaData(root).split("ONE", 0, "val").tolist() == [17, 16]


def test_what_is_returned_may_be_changed(root: Path) -> None:
    data = CsaData(root)
    responses, expression = data.responses(), data.gene_expression()
    responses["auc"] = 0
    expression.iloc[:, :] = 0
    rows = data.split("ONE", 0, "val")
    rows[:] = 0
    assert data.responses()["auc"].max() > 0
    assert data.gene_expression().to_numpy().max() > 0
    assert data.split("ONE", 0, "val").tolist() == [16, 17]


def test_unknown_dataset_split_and_part(root: Path) -> None:
    data = CsaData(root)
    with pytest.raises(UsageError, match=r"no dataset '\.\./ONE'; there are ONE, TWO"):
        data.split("../ONE", 0, "val")
    with pytest.raises(UsageError, match="ONE has no split 3 here"):
        data.split("ONE", 3, "val")
    with pytest.raises(ValueError, match="part 'all'"):
        data.split("ONE", 0, "all")


def test_rows_of_another_dataset_are_refused(root: Path) -> None:
    write_lines(root / "splits/ONE_split_0_val.txt", ["16", "25"])
    with pytest.raises(BadData, match="line 2: row 25 belongs to TWO; must be a row of ONE"):
        CsaData(root).split("ONE", 0, "val")


def test_a_folder_without_y_data_names_the_one_meant(root: Path) -> None:
    with pytest.raises(MissingInput, match=r"did you mean .*raw_data\?"):
        CsaData(root.parent)
    with pytest.raises(MissingInput, match="no raw_data folder"):
        CsaData(root.parent / "absent")


def test_files_used_are_known(root: Path) -> None:
    data = CsaData(root)
    data.smiles()
    with data.recording() as used:
        data.split("TWO", 0, "test")
    assert list(used) == ["y_data/response.tsv", "splits/TWO_split_0_test.txt"]
    assert data.used == ("x_data/drug_SMILES.tsv", "y_data/response.tsv", "splits/TWO_split_0_test.txt")


def test_the_release_has_a_name_and_a_digest_of_the_files_used(root: Path) -> None:
    files = ["y_data/response.tsv", "splits/ONE_split_0_val.txt"]
    local = CsaData(root).release(files)
    assert (local.name, local.synthetic) == ("local", False)
    assert sorted(CsaData(root).digests(files)) == ["data/response.tsv", "split/ONE_split_0_val.txt"]
    (root / "release.json").write_text('{"name": "demo-1", "synthetic": true}')
    named = CsaData(root).release(files)
    assert (named.name, named.synthetic, named.digest) == ("demo-1", True, local.digest)
    assert CsaData(root, release="mine").release(files).name == "mine"
    write_lines(root / "splits/ONE_split_0_val.txt", ["17", "16"])
    assert CsaData(root).release(files).digest != local.digest
    with pytest.raises(MissingInput, match=r"absent\.tsv: no such file"):
        CsaData(root).digests(["x_data/absent.tsv"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "must be an object"),
        ('{"name": "a/b"}', "name: 'a/b' is no valid name"),
        ('{"name": "a", "synthetic": "yes"}', "synthetic: must be true or false"),
        ('{"name": "a", "nmae": 1}', "nmae: unknown key"),
    ],
)
def test_a_wrong_release_file_is_named(root: Path, text: str, message: str) -> None:
    (root / "release.json").write_text(text)
    with pytest.raises(BadData, match=message):
        CsaData(root)


def test_an_invalid_release_name_is_refused(root: Path) -> None:
    with pytest.raises(UsageError, match="no valid name"):
        CsaData(root, release="../x")


def test_landmark_genes_are_those_of_the_table_sorted(root: Path) -> None:
    symbols = landmark_symbols()
    assert len(symbols) == len(set(symbols)) == 976
    assert list(symbols) == sorted(symbols)
    assert CsaData(root).landmark_genes() == ["AARS", "ABCB6", "ZW10"]


@pytest.mark.shared_data
def test_real_measurements_are_read_whole() -> None:
    data = CsaData(real_mini())
    responses = data.responses()
    assert len(responses) == 88_809
    assert data.datasets() == ("CCLE", "CTRPv2", "GDSCv1", "GDSCv2", "gCSI")
    assert responses.loc[0].tolist() == ["CCLE", "ACH-000001", "CID_36314", pytest.approx(0.33955)]
    assert data.gene_expression().shape == (537, 1000)
    assert len(data.landmark_genes()) == 137
    assert data.drug_table("ecfp4").shape == (77, 512)
    assert data.drug_table("mordred").shape == (77, 1116)
    assert data.smiles()["CID_5394"] == "Cn1nnc2c(C(N)=O)ncn2c1=O"
    assert data.omics("cancer_DNA_methylation", "TSS").shape == (463, 805)
    assert [len(data.split("gCSI", 0, part)) for part in ("train", "val", "test")] == [3611, 451, 451]
