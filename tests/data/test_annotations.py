"""Readers of gene sets, links, targets and names: what they make of sound files, and what they say about others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hpo.data.annotations import (
    KEGG_SETS,
    LINKS,
    PATHWAY_SETS,
    TARGETS,
    read_drug_names,
    read_drug_targets,
    read_gene_links,
    read_gene_sets,
)
from hpo.data.demo.annotations import annotation_tables
from hpo.data.demo.biology import PATHWAYS
from hpo.data.demo.drugs import demo_drugs
from hpo.data.demo.genes import expressed_genes
from hpo.data.problems import Problems
from hpo.errors import MissingInput

READERS = (read_gene_sets, read_gene_links, read_drug_targets, read_drug_names)


def read(reader, tmp_path: Path, content: str | bytes):
    """What the reader returns, and the problems that it found."""
    path = tmp_path / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    problems = Problems()
    result = reader(path, problems)
    assert (result is None) == bool(problems)
    return result, [message.removeprefix(f"{path}: ") for message in problems.messages]


def test_gene_sets_keep_the_order_of_the_file(tmp_path):
    sets, _ = read(read_gene_sets, tmp_path, "\ufeffB\tabout\tTP53\tAKT1\tTP53\t\t\r\nA\t\tEGFR\r\n")
    assert sets.names == ("B", "A")
    assert sets.genes == (("TP53", "AKT1"), ("EGFR",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("A\tx\tTP53\nB\tx\n", "line 2: 'B' has no gene; must be a name, a description and genes"),
        ("A\tx\tTP53\nB\n", "line 2: 'B' has no gene"),
        ("\tx\tTP53\n", "line 1: begins with a tab"),
        ("A\tx\tTP53\nB\tx\tAKT1\nA\tx\tEGFR\n", "line 3: set 'A' again, first in line 1"),
        ("A\tx\tTP53\t\tAKT1\n", "line 1: field 4 is empty or has blanks"),
        ("A\tx\tTP53\t AKT1\n", "line 1: field 4 is empty or has blanks"),
        ("A\tx\tTP53\n\nB\tx\tAKT1\n", "line 2: blank"),
        ("", "empty file"),
        (b"A\tx\tTP53\nB\tx\t\x80\n", "line 2: no UTF-8 text"),
    ],
)
def test_wrong_gene_sets_are_named_by_line(tmp_path, content, message):
    _, messages = read(read_gene_sets, tmp_path, content)
    assert any(found.startswith(message) for found in messages), messages


def test_all_problems_of_a_file_are_told_at_once(tmp_path):
    _, messages = read(read_gene_sets, tmp_path, "A\tx\nB\tx\nC\tx\tTP53\nC\tx\tAKT1\n")
    assert len(messages) == 3


def test_links_are_indices_of_sorted_genes_without_loops(tmp_path):
    text = "weight\tsource\ttarget\n900\tTP53\tMDM2\n150.5\tMDM2\tTP53\n10\tAKT1\tAKT1\n7\tEGFR\tTP53\n"
    links, _ = read(read_gene_links, tmp_path, text)
    assert links.genes == ("EGFR", "MDM2", "TP53")
    assert [(links.genes[s], links.genes[t]) for s, t in zip(links.source, links.target, strict=True)] == [
        ("TP53", "MDM2"),
        ("MDM2", "TP53"),
        ("EGFR", "TP53"),
    ]
    np.testing.assert_array_equal(links.weight, [900, 150.5, 7])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("source\ttarget\nA\tB\n", "line 1: no column weight; has source, target"),
        ("source\ttarget\tweight\nA\tB\t0\n", "line 2: weight is 0; must be above 0"),
        ("source\ttarget\tweight\nA\tB\tstrong\n", "line 2: weight is 'strong'; must be a finite number"),
        ("source\ttarget\tweight\nA\t\t3\n", "line 2: target is empty"),
        ("source\ttarget\tweight\nA\tB\t3\nB\tA\t3\nA\tB\t4\n", "line 4: the pair of line 2 again"),
        ("source\ttarget\tweight\nA\tA\t3\n", "links no gene to another one"),
    ],
)
def test_wrong_links_are_named_by_line(tmp_path, content, message):
    _, messages = read(read_gene_links, tmp_path, content)
    assert any(found.startswith(message) for found in messages), messages


def test_targets_and_names_meet_in_capitals(tmp_path):
    text = "drug\tgene\tnote\nErlotinib\tEGFR\t-\nERLOTINIB\tERBB2\t-\nErlotinib\tEGFR\t-\nNA\tTOP1\t-\n"
    targets, _ = read(read_drug_targets, tmp_path, text)
    assert targets == {"ERLOTINIB": ("EGFR", "ERBB2"), "NA": ("TOP1",)}
    text = "DrugID\tNAME\timprove_chem_id\n1\terlotinib\tDrug_1\n2\tTarceva\tDrug_1\n3\t\tDrug_2\n4\tNone\t\n"
    names, _ = read(read_drug_names, tmp_path, text)
    assert names == {"Drug_1": ("ERLOTINIB", "TARCEVA")}


def test_wrong_targets_and_names_are_named(tmp_path):
    _, messages = read(read_drug_targets, tmp_path, "drug\tgene\nA\t\n\tEGFR\n")
    assert messages == ["line 2: gene is empty", "line 3: drug is empty"]
    _, messages = read(read_drug_names, tmp_path, "name\timprove_chem_id\nA\tDrug_1\n")
    assert messages == ["line 1: no column NAME; has name, improve_chem_id"]


@pytest.mark.parametrize("reader", READERS)
def test_an_absent_file_is_missing_input(tmp_path, reader):
    with pytest.raises(MissingInput, match="no such file"):
        reader(tmp_path / "none", Problems())


def test_stand_ins_of_the_demonstration_are_sound_and_follow_the_simulation(tmp_path):
    drugs, genes = demo_drugs(), expressed_genes()
    targets = np.tile(np.eye(PATHWAYS), (4, 1))[: len(drugs)]
    tables = annotation_tables(drugs, genes, targets, 1)
    assert tables == annotation_tables(drugs, genes, targets, 1)
    text = {file: "".join("\t".join(row) + "\r\n" for row in rows) for file, rows in tables.items()}
    for file, sets in ((KEGG_SETS, 12), (PATHWAY_SETS, 20)):
        found, _ = read(read_gene_sets, tmp_path, text[file])
        assert len(found.names) == sets
        assert all(name.startswith("DEMO_") for name in found.names)
        assert set().union(*found.genes) <= set(genes)
    links, _ = read(read_gene_links, tmp_path, text[LINKS])
    assert set(links.genes) <= set(genes)
    pairs = set(zip(links.source.tolist(), links.target.tolist(), strict=True))
    assert {(second, first) for first, second in pairs} == pairs
    found, _ = read(read_drug_targets, tmp_path, text[TARGETS])
    assert list(found) == [drug.name.upper() for drug in drugs]
    alike = [set(found[drugs[i].name.upper()]) & set(found[drugs[i + PATHWAYS].name.upper()]) for i in range(16)]
    assert sum(map(len, alike)) > 5, "drugs of one pathway share targets"
