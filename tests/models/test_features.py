"""Which genes and rows models see, and that nothing but the training part shapes the scales."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hpo.data.csa import CsaData
from hpo.errors import BadData
from hpo.models.features import gene_expression, response_pairs, standardised
from tests.models.builders import SMILES, write_csa


def test_landmark_genes_are_taken_in_alphabetical_order(tiny_csa):
    table = gene_expression(tiny_csa)
    assert list(table.columns) == sorted(table.columns)
    assert set(table.columns) == set(tiny_csa.landmark_genes())


def test_a_table_with_few_landmark_genes_is_used_whole(tmp_path):
    raw = write_csa(tmp_path, genes=130)
    path = raw / "x_data" / "cancer_gene_expression.tsv"
    lines = path.read_bytes().split(b"\r\n")
    symbols = lines[2].split(b"\t")
    lines[2] = b"\t".join([symbols[0], *(b"Z" + s if i % 2 else s for i, s in enumerate(symbols[1:]))])
    path.write_bytes(b"\r\n".join(lines))
    table = gene_expression(CsaData(raw))
    assert table.shape[1] == 130
    assert list(table.columns) == sorted(table.columns)


def test_pairs_are_rows_of_the_sorted_ids(tiny_csa):
    responses = tiny_csa.responses()
    pairs = response_pairs(tiny_csa, "TINY", 0, gene_expression(tiny_csa).index, tiny_csa.smiles().index)
    assert pairs.cells == sorted(pairs.cells)
    assert pairs.drugs == sorted(SMILES)
    for part in ("train", "val", "test"):
        rows = responses.loc[tiny_csa.split("TINY", 0, part)]
        assert [pairs.cells[i] for i in pairs.arrays[f"{part}_cell"]] == rows["improve_sample_id"].tolist()
        assert [pairs.drugs[i] for i in pairs.arrays[f"{part}_drug"]] == rows["improve_chem_id"].tolist()
        np.testing.assert_array_equal(pairs.arrays[f"{part}_auc"], rows["auc"])
        assert pairs.arrays[f"{part}_cell"].dtype == np.int32
        assert pairs.arrays[f"{part}_auc"].dtype == np.float32
        assert pairs.arrays[f"dropped_{part}"] == 0


def test_responses_without_features_are_left_out_and_counted(tiny_csa):
    drugs = tiny_csa.smiles().index.drop("Drug_3")
    pairs = response_pairs(tiny_csa, "TINY", 0, gene_expression(tiny_csa).index, drugs)
    train = tiny_csa.responses().loc[tiny_csa.split("TINY", 0, "train")]
    assert "Drug_3" not in pairs.drugs
    assert pairs.arrays["dropped_train"] == (train["improve_chem_id"] == "Drug_3").sum()
    assert len(pairs.arrays["train_auc"]) + pairs.arrays["dropped_train"] == len(train)


def test_a_part_without_features_is_an_error(tiny_csa):
    with pytest.raises(BadData, match="no response of the train part has features") as caught:
        response_pairs(tiny_csa, "TINY", 0, gene_expression(tiny_csa).index, pd.Index(["Drug_99"]))
    assert len(caught.value.problems) == 3


def test_scales_come_from_the_training_rows_alone():
    table = np.array([[1.0, 5.0], [3.0, 5.0], [100.0, 7.0]])
    result = standardised(table, np.array([0, 1, 1, 1]))
    np.testing.assert_allclose(result, [[-1, 0], [1, 0], [98, 2]])
    assert result.dtype == np.float32


def test_missing_values_stay_missing_and_out_of_the_statistics():
    table = np.array([[1.0, np.nan], [3.0, np.nan], [np.inf, 2.0]])
    result = standardised(table, np.array([0, 1, 2]))
    np.testing.assert_allclose(result, [[-1, np.nan], [1, np.nan], [np.nan, 0]])


@given(arrays(np.float64, (6, 3), elements=st.floats(-1e6, 1e6)))
def test_standardised_columns_have_mean_0_and_deviation_1_or_0(table):
    result = standardised(table, np.arange(6)).astype(np.float64)
    np.testing.assert_allclose(result.mean(axis=0), 0, atol=1e-3)
    deviation = result.std(axis=0)
    assert np.all((np.abs(deviation - 1) < 1e-3) | (deviation < 1e-6))
