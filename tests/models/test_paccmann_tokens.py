"""Tokens of Paccmann_MCA, and the one position that stands for all padding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.data.problems import Problems
from hpo.errors import BadData
from hpo.models.paccmann.tokens import (
    FIXED,
    PADDED,
    START,
    STOP,
    UNKNOWN,
    VARIANTS,
    compacted,
    encode,
    random_smiles,
    read_genes,
    read_tokens,
    split_smiles,
    vocabulary_of,
)
from tests.models.builders import SMILES

NONE = 99


def read(reader, path):
    problems = Problems()
    result = reader(path, problems)
    problems.raise_if_any()
    return result


def test_atoms_rings_and_brackets_are_one_token_each():
    assert split_smiles("BrC[N+](=O)%12Cl") == ["Br", "C", "[N+]", "(", "=", "O", ")", "%12", "Cl"]


@given(st.text(alphabet="CNOclBr[]()=#%0123@+-/\\", max_size=40))
def test_tokens_spell_the_smiles(text):
    assert "".join(split_smiles(text)) == text


def test_fixed_tokens_come_first_and_unknown_ones_share_a_number():
    vocabulary = vocabulary_of(["CCO", "C1CC1"])
    assert list(vocabulary)[: len(FIXED)] == list(FIXED)
    assert list(vocabulary)[len(FIXED) :] == ["C", "O"]
    assert vocabulary["%10"] == 15
    assert encode(["CN"], vocabulary) == [[START, vocabulary["C"], UNKNOWN, STOP]]


def test_long_drugs_are_cut():
    (tokens,) = encode(["C" * 600], {"C": 4})
    assert len(tokens) == PADDED
    assert tokens[-1] == 4


def test_variants_are_the_same_molecule_written_otherwise_and_the_same_every_time():
    from rdkit import Chem

    variants = random_smiles(SMILES)
    assert variants == random_smiles(SMILES)
    for text, others in zip(SMILES.values(), variants, strict=True):
        assert len(others) == VARIANTS
        assert {Chem.CanonSmiles(other) for other in others} == {Chem.CanonSmiles(text)}
    assert len(set(variants[0])) > 10


def test_all_unreadable_structures_are_named():
    with pytest.raises(BadData) as caught:
        random_smiles({"Drug_1": "C1CC", "Drug_2": "CCO", "Drug_3": ""})
    assert [problem.split(": ")[1] for problem in caught.value.problems] == ["Drug_1", "Drug_3"]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.integers(0, 4))
def test_positions_count_for_all_of_the_full_sequence(lengths, margin):
    count = np.array(lengths)
    tokens = np.zeros((len(count), count.max()), dtype=np.int32)
    for row, length in enumerate(lengths):
        tokens[row, :length] = np.arange(1, length + 1)
    numbers, weight = compacted(tokens, count, NONE, margin, padded=40)
    for row, length in enumerate(lengths):
        kept = weight[row] > -np.inf
        repeats = np.rint(np.exp(weight[row][kept])).astype(int)
        full = np.repeat(numbers[row][kept], repeats)
        assert full.tolist() == [0] * (40 - length) + list(range(1, length + 1))
        assert (numbers[row][~kept] == NONE).all()
        assert (repeats > 1).sum() <= 1


def test_lists_of_the_original_are_read_by_line(tmp_path):
    (tmp_path / "tokens.txt").write_text("<PAD>\n<UNK>\n<START>\n<STOP>\nC\n[nH]\n")
    (tmp_path / "genes.txt").write_text("TP53\nEGFR\n")
    assert read(read_tokens, tmp_path / "tokens.txt")["[nH]"] == 5
    assert read(read_genes, tmp_path / "genes.txt") == ("TP53", "EGFR")


def test_wrong_lists_are_named_by_line(tmp_path):
    (tmp_path / "tokens.txt").write_text("<PAD>\n<UNK>\nC\n<STOP>\nC\n")
    with pytest.raises(BadData) as caught:
        read(read_tokens, tmp_path / "tokens.txt")
    assert "line 3: 'C'; must be <START>" in str(caught.value)
    assert "line 5: 'C' is in line 3 already" in str(caught.value)
