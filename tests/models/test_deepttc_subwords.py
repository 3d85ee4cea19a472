"""Sub-words of SMILES: the original's tables, and merges learned from few drugs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.data.problems import Problems
from hpo.errors import BadData
from hpo.models.deepttc.subwords import MAX_TOKENS, learn, published_subwords, read_merges, read_units, segment
from tests.models.builders import SMILES

MERGES = "#version: 0.2\nC C\nc c\nCC O</w>\n( =\n(= O)\n"
UNITS = ",level_0,index,frequency\n0,0,C,0\n1,1,O,9\n2,2,CC,8\n3,3,CCO,7\n4,4,cc,6\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "merges.txt").write_text(MERGES)
    (tmp_path / "units.csv").write_text(UNITS)
    return tmp_path


def read(reader, path):
    problems = Problems()
    result = reader(path, problems)
    problems.raise_if_any()
    return result


def published(files):
    return published_subwords(read(read_merges, files / "merges.txt"), read(read_units, files / "units.csv"))


def test_the_pair_of_the_lowest_rank_is_joined_everywhere_first():
    ranks = {("C", "C"): 1, ("C", "O"): 0, ("CC", "CC"): 2}
    assert segment("CCCCCO", ranks) == ["CCCC", "CO"]
    assert segment("", ranks) == []


def test_the_last_symbol_is_one_of_its_own_in_the_original(files):
    subwords = published(files)
    ranks = {merge: rank for rank, merge in enumerate(subwords.merges)}
    assert segment("CCO", ranks, marks_end=True) == ["CCO"]
    assert segment("CCOC", ranks, marks_end=True) == ["CC", "O", "C"]
    assert segment("CC", ranks, marks_end=True) == ["C", "C"]


def test_a_drug_with_an_unknown_unit_is_the_number_0_in_the_original(files):
    tokens, count = published(files).encode(["CCCO", "CCN", "C"])
    assert tokens.tolist() == [[2, 0, 1], [0, 0, 0], [0, 0, 0]]
    assert count.tolist() == [3, 1, 1]


def test_learned_merges_are_those_of_the_most_frequent_neighbours():
    subwords = learn(["CCCC", "CCO", "CCO"])
    assert subwords.merges == (("C", "C"),)
    assert subwords.units == {"C": 1, "CC": 2, "O": 3}
    assert subwords.size == 4
    tokens, count = subwords.encode(["CCON"])
    assert tokens.tolist() == [[2, 3, 0]]
    assert count.tolist() == [3]


@given(st.lists(st.text(alphabet="CNO()=c1", min_size=1, max_size=30), min_size=1, max_size=8))
def test_learned_units_spell_what_they_were_learned_from(texts):
    subwords = learn(texts)
    names = {number: unit for unit, number in subwords.units.items()}
    tokens, count = subwords.encode(texts)
    for text, row, length in zip(texts, tokens, count, strict=True):
        assert "".join(names[number] for number in row[:length].tolist()) == text


def test_learning_does_not_depend_on_the_order_of_the_drugs():
    texts = list(SMILES.values())
    assert learn(texts) == learn(reversed(texts))


def test_long_drugs_are_cut():
    tokens, count = learn(["C"]).encode(["C" * 70])
    assert tokens.shape == (1, MAX_TOKENS)
    assert count.tolist() == [MAX_TOKENS]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("C C\nC O\n", "line 1: 'C C'; must be '#version: 0.2'"),
        ("#version: 0.2\nC C\nCCO\n", "line 3: 'CCO'; must be two symbols and one blank between"),
        ("#version: 0.2\n", "no merges"),
    ],
)
def test_wrong_merges_are_named(tmp_path, text, message):
    (tmp_path / "m.txt").write_text(text)
    with pytest.raises(BadData, match=message):
        read(read_merges, tmp_path / "m.txt")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unit\nC\n", "line 1: no column 'index'"),
        ("index\nC\nO\nC\n", "line 4: unit 'C' is there twice"),
        ("index,frequency\nC,1\n,2\n", "line 3: unit '' is empty"),
        ("index\n", "no units"),
    ],
)
def test_wrong_units_are_named(tmp_path, text, message):
    (tmp_path / "u.csv").write_text(text)
    with pytest.raises(BadData, match=message):
        read(read_units, tmp_path / "u.csv")
