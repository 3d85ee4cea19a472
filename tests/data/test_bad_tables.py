"""Each way in which a table or split can be wrong: one clear message with file, line and what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hpo.data.check import check
from hpo.data.csa import CsaData
from hpo.errors import BadData, MissingInput
from tests.data.builders import replace_line, write_csa, write_lines

RESPONSE = "y_data/response.tsv"
EXPRESSION = "x_data/cancer_gene_expression.tsv"
SMILES = "x_data/drug_SMILES.tsv"
ECFP4 = "x_data/drug_ecfp4_nbits512.tsv"
MORDRED = "x_data/drug_mordred.tsv"
VAL = "splits/ONE_split_0_val.txt"

READERS: dict[str, Callable[[CsaData], object]] = {
    RESPONSE: CsaData.responses,
    EXPRESSION: CsaData.gene_expression,
    SMILES: CsaData.smiles,
    ECFP4: lambda data: data.drug_table("ecfp4"),
    MORDRED: lambda data: data.drug_table("mordred"),
    VAL: lambda data: data.split("ONE", 0, "val"),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_csa(tmp_path / "raw_data")


def problems(root: Path, file: str) -> list[str]:
    """Messages of the reader, which must also be those of the check."""
    with pytest.raises(BadData) as caught:
        READERS[file](CsaData(root))
    found = list(caught.value.problems)
    assert set(found) <= set(check(root).problems)
    assert all(str(root / file) in message or message.startswith("  …") for message in found)
    return [message.replace(f"{root}/", "") for message in found]


LINES = {
    "response_without_auc_column": (
        RESPONSE,
        1,
        "source\timprove_sample_id\timprove_chem_id\tstudy\tAUC\tic50",
        f"{RESPONSE}: line 1: no column auc; must have source, improve_sample_id, improve_chem_id, auc, has source, "
        "improve_sample_id, improve_chem_id, study, AUC, ic50",
    ),
    "two_auc_columns": (
        RESPONSE,
        1,
        "source\timprove_sample_id\timprove_chem_id\tauc\tauc\tic50",
        f"{RESPONSE}: line 1: column 'auc' occurs twice; keep one of them",
    ),
    "text_target": (
        RESPONSE,
        4,
        "ONE\tACH-1\tDrug_3\t7\tabc\t",
        f"{RESPONSE}: line 4: auc is 'abc'; must be a finite number",
    ),
    "empty_target": (
        RESPONSE,
        4,
        "ONE\tACH-1\tDrug_3\t7\t\t",
        f"{RESPONSE}: line 4: auc is empty; must be a finite number",
    ),
    "nan_target": (RESPONSE, 4, "ONE\tACH-1\tDrug_3\t7\tNaN\t", f"{RESPONSE}: line 4: auc is 'NaN'"),
    "infinite_target": (RESPONSE, 4, "ONE\tACH-1\tDrug_3\t7\t-inf\t", f"{RESPONSE}: line 4: auc is '-inf'"),
    "overflowing_target": (RESPONSE, 4, "ONE\tACH-1\tDrug_3\t7\t1e400\t", f"{RESPONSE}: line 4: auc is '1e400'"),
    "decimal_comma": (RESPONSE, 4, "ONE\tACH-1\tDrug_3\t7\t0,5\t", f"{RESPONSE}: line 4: auc is '0,5'"),
    "empty_cell_line": (
        RESPONSE,
        4,
        "ONE\t\tDrug_3\t7\t0.5\t",
        f"{RESPONSE}: line 4: improve_sample_id is empty; must be an id",
    ),
    "empty_drug": (RESPONSE, 4, "ONE\tACH-1\t\t7\t0.5\t", f"{RESPONSE}: line 4: improve_chem_id is empty"),
    "padded_id": (
        RESPONSE,
        4,
        "ONE\tACH-1 \tDrug_3\t7\t0.5\t",
        f"{RESPONSE}: line 4: improve_sample_id is 'ACH-1 ', with",
    ),
    "source_that_is_a_path": (
        RESPONSE,
        4,
        "../ONE\tACH-1\tDrug_3\t7\t0.5\t",
        f"{RESPONSE}: line 4: source '../ONE' can't name a dataset",
    ),
    "row_too_long": (
        RESPONSE,
        4,
        "ONE\tACH-1\tDrug_3\t7\t0.5\t\t",
        f"{RESPONSE}: line 4: 7 fields; must be 6 as in line 1 (a tab too many or too few)",
    ),
    "row_too_short": (RESPONSE, 4, "ONE\tACH-1\tDrug_3\t7", f"{RESPONSE}: line 4: 4 fields; must be 6 as in line 1"),
    "blank_line": (RESPONSE, 4, "", f"{RESPONSE}: line 4: blank; remove it, since rows are numbered"),
    "unclosed_quote": (
        RESPONSE,
        4,
        'ONE\t"ACH-1\tDrug_3\t7\t0.5\t',
        f"{RESPONSE}: line 4: a quote is opened and not closed",
    ),
    "nul_byte": (
        RESPONSE,
        4,
        b"ONE\tACH-1\0\tDrug_3\t7\t0.5\t",
        f"{RESPONSE}: line 4: holds a NUL byte; must be plain text",
    ),
    "latin_1": (
        RESPONSE,
        4,
        b"ONE\tACH-1\xe9\tDrug_3\t7\t0.5\t",
        f"{RESPONSE}: line 4: byte 0xe9 is no UTF-8 text (Latin-1?)",
    ),
    "old_mac_line_end": (
        RESPONSE,
        4,
        "ONE\tACH-1\tDrug_3\t7\t0.5\t\rONE\tACH-1\tDrug_3\t7\t0.5\t",
        f"{RESPONSE}: line 4: carriage return inside the line; lines must end with LF or CRLF",
    ),
    "cell_line_twice": (
        EXPRESSION,
        6,
        "ACH-1\t1\t2\t3\t4",
        f"{EXPRESSION}: line 6: improve_sample_id 'ACH-1' again, first in line 4; must occur once",
    ),
    "text_expression": (
        EXPRESSION,
        6,
        "x\t1\ttwo\t3\t4",
        f"{EXPRESSION}: line 6: ABCB6 is 'two'; must be a finite number",
    ),
    "infinite_expression": (EXPRESSION, 6, "x\t1\tinf\t3\t4", f"{EXPRESSION}: line 6: ABCB6 is 'inf'"),
    "expression_header_with_names": (
        EXPRESSION,
        1,
        "gene\tENSG1\tENSG2\tENSG3\tENSG4",
        f"{EXPRESSION}: line 1: begins with 'gene'; must be 3 header lines (Ensembl, Entrez, Gene_Symbol) whose first "
        "cell is empty",
    ),
    "expression_levels_swapped": (
        EXPRESSION,
        1,
        "\t16\t10058\t3845\t55055",
        f"{EXPRESSION}: line 1: holds Entrez ids where Ensembl is expected",
    ),
    "expression_with_a_fourth_header_line": (EXPRESSION, 4, "\t1\t2\t3\t4", f"{EXPRESSION}: line 4: no id; must be 3"),
    "same_gene_twice": (
        EXPRESSION,
        1,
        "\tENSG1\tENSG1\tENSG3\tENSG4",
        "",
    ),
    "drug_without_smiles": (SMILES, 3, "nan\t ", f"{SMILES}: line 3: nan has no canSMILES"),
    "drug_twice": (
        SMILES,
        3,
        "Drug_1\tC",
        f"{SMILES}: line 3: improve_chem_id 'Drug_1' again, first in line 2; must occur once",
    ),
    "smiles_under_another_name": (SMILES, 1, "improve_chem_id\tSMILES", f"{SMILES}: line 1: no column canSMILES"),
    "drug_table_without_ids": (
        MORDRED,
        1,
        "drug\tmordred.A\tmordred.B",
        f"{MORDRED}: line 1: no column improve_chem_id",
    ),
    "fingerprint_count": (ECFP4, 3, "nan\t2\t0", f"{ECFP4}: line 3: ecfp4.0 is 2; must be 0 or 1"),
    "fingerprint_missing": (ECFP4, 3, "nan\t\t0", f"{ECFP4}: line 3: ecfp4.0 is empty; must be a finite number"),
    "split_with_a_fraction": (
        VAL,
        2,
        "12.5",
        f"{VAL}: line 2: '12.5' is no whole number; each line must hold one row number of response.tsv",
    ),
    "split_with_text": (VAL, 2, "abc", f"{VAL}: line 2: 'abc' is no whole number"),
    "split_with_a_blank_line": (VAL, 1, "", f"{VAL}: line 1: '' is no whole number"),
    "split_negative": (VAL, 2, "-1", f"{VAL}: line 2: row -1; response.tsv has rows 0 to 29"),
    "split_out_of_range": (VAL, 2, "1000000000", f"{VAL}: line 2: row 1000000000; response.tsv has rows 0 to 29"),
    "split_row_twice": (VAL, 2, "16", f"{VAL}: line 2: row 16 occurs twice"),
    "split_with_a_huge_number": (VAL, 2, "9" * 30, f"{VAL}: line 2: '{'9' * 30}' is no whole number"),
}


@pytest.mark.parametrize("fault", [name for name, case in LINES.items() if case[3]])
def test_a_wrong_line_is_named(root: Path, fault: str) -> None:
    file, number, text, message = LINES[fault]
    replace_line(root / file, number, text)
    assert problems(root, file)[0].startswith(message)


def test_columns_may_share_a_name_at_one_level(root: Path) -> None:
    file, number, text, _ = LINES["same_gene_twice"]
    replace_line(root / file, number, text)
    assert list(CsaData(root).gene_expression(level="Ensembl").columns) == ["ENSG1", "ENSG3", "ENSG4"]
    assert not check(root).problems


@pytest.mark.parametrize("file", [RESPONSE, SMILES, ECFP4, MORDRED, EXPRESSION])
def test_an_empty_table_is_named(root: Path, file: str) -> None:
    (root / file).write_bytes(b"")
    headers = 3 if file == EXPRESSION else 1
    assert problems(root, file) == [f"{file}: empty file; must have {headers} header lines and rows"]


@pytest.mark.parametrize("file", [RESPONSE, SMILES, EXPRESSION])
def test_a_table_of_headers_only_is_named(root: Path, file: str) -> None:
    headers = 3 if file == EXPRESSION else 1
    lines = (root / file).read_text().splitlines()[:headers]
    write_lines(root / file, lines)
    assert problems(root, file) == [
        f"{file}: {headers} header lines and no row; must have {headers} header lines and rows"
    ]


def test_an_empty_split_is_named(root: Path) -> None:
    (root / VAL).write_bytes(b"\n\n")
    assert problems(root, VAL) == [f"{VAL}: empty; must hold at least one row number"]


def test_utf_16_is_named(root: Path) -> None:
    path = root / RESPONSE
    path.write_bytes(path.read_text().encode("utf-16"))
    assert problems(root, RESPONSE) == [f"{RESPONSE}: text in UTF-16; must be UTF-8"]


def test_of_many_problems_of_a_kind_five_are_shown_and_the_rest_counted(root: Path) -> None:
    for number in range(2, 12):
        replace_line(root / RESPONSE, number, "ONE\tACH-1\tDrug_3\t7\tabc\t")
    replace_line(root / RESPONSE, 12, "ONE\t\tDrug_3\t7\t0.5\t")
    found = problems(root, RESPONSE)
    assert sum("auc is 'abc'" in message for message in found) == 5
    assert "  … and 5 more of this kind (no finite number in response.tsv)" in found
    assert any("line 12: improve_sample_id is empty" in message for message in found), "other kinds are not hidden"


def test_an_absent_table_is_named(root: Path) -> None:
    (root / EXPRESSION).unlink()
    with pytest.raises(MissingInput, match=re.escape(f"{root / EXPRESSION}: no such file")):
        CsaData(root).gene_expression()
