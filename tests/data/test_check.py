from __future__ import annotations

from pathlib import Path

import pytest

from hpo.data.check import DatasetSummary, check
from hpo.errors import MissingInput
from tests.data.builders import CELLS, DRUGS, replace_line, write_csa, write_lines
from tests.shared_data import real_mini


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_csa(tmp_path / "raw_data")


def test_a_sound_folder_is_summarised(root: Path) -> None:
    report = check(root)
    assert report.problems == ()
    assert report.warnings == ()
    assert report.datasets == (
        DatasetSummary("ONE", 5, 4, 20, 1, 16, 2, 2),
        DatasetSummary("TWO", 3, 4, 10, 1, 6, 2, 2),
    )
    assert report.to_json()["datasets"][0]["dataset"] == "ONE"


def test_parts_that_share_rows_are_leakage(root: Path) -> None:
    write_lines(root / "splits/ONE_split_0_test.txt", ["16", "18"])
    (message,) = check(root).problems
    assert message == (
        f"{root}/splits/ONE_split_0_val.txt and ONE_split_0_test.txt share 1 rows (16); "
        "train, val and test must have none in common"
    )


def test_a_part_must_not_be_absent(root: Path) -> None:
    (root / "splits/ONE_split_0_test.txt").unlink()
    report = check(root)
    assert report.problems == (f"{root}/splits/ONE_split_0_test.txt: no such file; split 0 of ONE needs it",)
    assert report.datasets[0].splits == 0
    assert report.datasets[0].train is None


def test_a_split_of_no_dataset_is_a_problem(root: Path) -> None:
    write_lines(root / "splits/THREE_split_0_val.txt", ["1"])
    assert check(root).problems == (f"{root}/splits/THREE_split_0_val.txt: response.tsv has no responses of THREE",)


def test_the_list_of_all_rows_is_checked(root: Path) -> None:
    write_lines(root / "splits/TWO_all.txt", ["3"])
    assert check(root).problems == (f"{root}/splits/TWO_all.txt: line 1: row 3 belongs to ONE; must be a row of TWO",)
    write_lines(root / "splits/TWO_all.txt", ["20", "21"])
    assert check(root).warnings == (f"{root}/splits/TWO_all.txt: 2 rows, but response.tsv has 10 of TWO",)


def test_ids_without_features_are_a_warning_with_counts(root: Path) -> None:
    path = root / "x_data/cancer_gene_expression.tsv"
    write_lines(path, [line for line in path.read_text().splitlines() if not line.startswith(("ACH-5", "1e5"))])
    report = check(root)
    assert report.problems == ()
    assert report.warnings == (
        f"{path}: 2 of 5 improve_sample_id of response.tsv are not here (8 of 30 responses; models that read this "
        "table leave them out): 1e5, ACH-5",
    )


def test_a_dataset_left_empty_is_a_problem(root: Path) -> None:
    path = root / "x_data/cancer_gene_expression.tsv"
    write_lines(path, [line for line in path.read_text().splitlines() if line.startswith(("\t", "ACH-5"))])
    assert check(root).problems == (
        f"{path}: no improve_sample_id of TWO occurs here, so none of its 10 responses can be used",
    )


def test_unusual_but_usable_data_are_warned_of(tmp_path: Path) -> None:
    pairs = [(cell, drug, 0.5) for cell in CELLS for drug in DRUGS]
    pairs[7] = (*pairs[6][:2], 1.4)
    root = write_csa(
        tmp_path / "raw_data", pairs={"ONE": pairs}, splits={"ONE": {"train": range(15), "val": [15], "test": [17, 18]}}
    )
    write_lines(root / "splits/notes.txt", ["hello"])
    write_lines(root / "x_data/drug_mordred_descriptor.tsv", ["hello"])
    (root / "x_data/drug_mordred.tsv").unlink()
    expression = root / "x_data/cancer_gene_expression.tsv"
    expression.write_text(expression.read_text().replace("3.25", "2.25"))
    report = check(root)
    assert report.problems == ()
    assert [message.removeprefix(f"{root}/") for message in report.warnings] == [
        "x_data/cancer_gene_expression.tsv: 1 of 4 columns are constant",
        "x_data/drug_mordred.tsv: no such file; models that read it can't be prepared",
        "x_data/drug_mordred_descriptor.tsv: no known csa_data file; not checked",
        "y_data/response.tsv: 1 of 20 auc lie outside 0 to 1 (from 0.5 to 1.4)",
        "y_data/response.tsv: 1 rows repeat a cell line and drug of their source, first line 9; each counts as a "
        "response of its own, and repeats may lie in different parts of a split",
        "splits/notes.txt: no name such as CCLE_split_0_val.txt or CCLE_all.txt; not read",
        "splits: 2 of 20 responses of ONE are in no part of split 0",
        "splits/ONE_split_0_val.txt: one row; correlations over it are undefined",
    ]


def test_data_without_splits_are_warned_of(root: Path) -> None:
    for path in (root / "splits").iterdir():
        path.unlink()
    assert check(root).warnings == tuple(
        f"{root}/splits: no split of {name}, so nothing can be trained on it" for name in ("ONE", "TWO")
    )


def test_problems_of_several_files_come_together(root: Path) -> None:
    replace_line(root / "y_data/response.tsv", 3, "ONE\tACH-1\tDrug_1\t7\tx\t")
    replace_line(root / "x_data/drug_SMILES.tsv", 1, "a\tb")
    report = check(root)
    assert len(report.problems) == 2
    assert report.datasets == ()
    assert "not checked" in report.warnings[-1]


def test_an_absent_response_table_is_a_problem(root: Path) -> None:
    (root / "y_data/response.tsv").unlink()
    assert check(root).problems == (f"{root}/y_data/response.tsv: no such file",)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        check(tmp_path)


@pytest.mark.shared_data
def test_real_measurements_pass() -> None:
    report = check(real_mini())
    assert report.problems == ()
    assert [summary.responses for summary in report.datasets] == [8307, 24620, 25489, 25880, 4513]


def test_annotations_are_checked_where_they_are(root: Path) -> None:
    write_lines(root / "annotations/kegg_gene_sets.gmt", ["A\tx\tTP53", "A\tx\tEGFR"])
    write_lines(root / "annotations/gene_links.tsv", ["source\ttarget\tweight", "A\tB\t-1"])
    assert check(root).problems == (
        f"{root}/annotations/kegg_gene_sets.gmt: line 2: set 'A' again, first in line 1; must occur once",
        f"{root}/annotations/gene_links.tsv: line 2: weight is -1; must be above 0",
    )
