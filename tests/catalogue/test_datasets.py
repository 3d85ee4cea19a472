"""Cards of datasets: complete, consistent, and never a made-up set that passes for a real one."""

from __future__ import annotations

import re

import pytest

from hpo.catalogue import DATASET_CARDS, MODEL_CARDS
from hpo.identifiers import is_identifier

CARDS = list(DATASET_CARDS.values())


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_card_says_what_and_on_which_terms(card):
    assert DATASET_CARDS[card.name] is card
    assert is_identifier(card.name)
    assert card.title
    assert card.measured
    assert card.terms
    assert card.synthetic == card.name.startswith("DEMO-")


@pytest.mark.parametrize("card", [card for card in CARDS if not card.synthetic], ids=lambda card: card.name)
def test_a_study_has_a_reference_and_counts_that_fit_together(card):
    assert re.search(r"\((19|20)\d\d\)", card.citation)
    assert card.cell_lines
    assert card.drugs
    assert card.responses
    assert 0.5 < card.responses / (card.cell_lines * card.drugs) < 1.6, "several curves of a pair are possible"


@pytest.mark.parametrize("card", [card for card in CARDS if card.synthetic], ids=lambda card: card.name)
def test_made_up_data_cite_nothing(card):
    assert (card.citation, card.doi, card.cell_lines, card.drugs, card.responses) == ("", "", None, None, None)
    assert "Nothing was measured" in card.measured


@pytest.mark.parametrize("card", [*CARDS, *MODEL_CARDS.values()], ids=lambda card: card.name)
def test_a_doi_is_one_or_is_left_out(card):
    assert card.doi == "" or re.fullmatch(r"10\.\d{4,9}/[A-Za-z0-9._()/:;-]+", card.doi)


def test_dois_of_studies_differ():
    dois = [card.doi for card in CARDS if card.doi]
    assert len(set(dois)) == len(dois) == 5
