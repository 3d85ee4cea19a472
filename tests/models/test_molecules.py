"""Molecular graphs of GraphDRP."""

from __future__ import annotations

import numpy as np
import pytest

from hpo.errors import BadData
from hpo.models.graphdrp.molecules import ATOM_FEATURES, SYMBOLS, molecular_graphs, neighbour_table

DEGREE, HYDROGENS, VALENCE, AROMATIC = 44, 55, 66, 77


def positions(row):
    return np.flatnonzero(row).tolist()


def test_an_atom_has_78_features():
    assert ATOM_FEATURES == 78
    assert len(SYMBOLS) == 44


def test_atoms_of_ethanol():
    graphs = molecular_graphs({"ethanol": "CCO"})
    assert positions(graphs["atoms"][0]) == [0, DEGREE + 1, HYDROGENS + 3, VALENCE + 3]
    assert positions(graphs["atoms"][1]) == [0, DEGREE + 2, HYDROGENS + 2, VALENCE + 2]
    assert positions(graphs["atoms"][2]) == [2, DEGREE + 1, HYDROGENS + 1, VALENCE + 1]
    assert graphs["atoms"][0].max() == np.float32(0.25)
    assert graphs["bonds"].tolist() == [[0, 1], [1, 2]]


def test_aromatic_atoms_have_a_fifth_feature():
    graphs = molecular_graphs({"benzene": "c1ccccc1"})
    assert positions(graphs["atoms"][0]) == [0, DEGREE + 2, HYDROGENS + 1, VALENCE + 1, AROMATIC]
    np.testing.assert_allclose(graphs["atoms"].sum(axis=1), 1, rtol=1e-6)
    assert len(graphs["bonds"]) == 6


def test_explicit_hydrogens_count_as_hydrogens_but_not_as_implicit_valence():
    nitrogen = molecular_graphs({"pyrrole": "c1cc[nH]c1"})["atoms"][3]
    assert positions(nitrogen) == [1, DEGREE + 2, HYDROGENS + 1, VALENCE + 0, AROMATIC]


def test_an_unlisted_element_is_unknown():
    assert positions(molecular_graphs({"xenon": "[Xe]"})["atoms"][0])[0] == 43


def test_graphs_follow_each_other():
    graphs = molecular_graphs({"methane": "C", "ethane": "CC", "water": "O"})
    assert graphs["atom_start"].tolist() == [0, 1, 3, 4]
    assert graphs["bonds"].tolist() == [[1, 2]]
    assert graphs["atoms"].dtype == np.float32


def test_a_molecule_without_bonds_has_a_table_without_neighbours():
    graphs = molecular_graphs({"methane": "C"})
    assert graphs["bonds"].shape == (0, 2)
    assert neighbour_table(1, graphs["bonds"]).tolist() == [[1]]


def test_neighbours_are_those_of_both_directions():
    assert neighbour_table(4, np.array([[0, 1], [1, 2], [1, 3]])).tolist() == [
        [1, 4, 4],
        [0, 2, 3],
        [1, 4, 4],
        [1, 4, 4],
    ]


def test_all_unreadable_structures_are_named(capfd):
    with pytest.raises(BadData) as caught:
        molecular_graphs({"Drug_1": "C1CC", "Drug_2": "CCO", "Drug_3": "Q", "Drug_4": ""})
    assert [problem.split(": ")[1] for problem in caught.value.problems] == ["Drug_1", "Drug_3", "Drug_4"]
    assert "x_data/drug_SMILES.tsv: Drug_1: RDKit can't read the SMILES: 'C1CC'" in caught.value.problems
    assert capfd.readouterr().err == ""
