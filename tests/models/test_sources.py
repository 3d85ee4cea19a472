"""Every annotation that a model's card names has a source, and the other way round."""

from __future__ import annotations

import pytest

from hpo.catalogue import MODEL_CARDS
from hpo.data.sources import SOURCES

REGISTERED = [(card.name, card.inputs, card.optional_inputs) for card in MODEL_CARDS.values()]


@pytest.mark.parametrize(("model", "inputs", "optional"), REGISTERED, ids=[name for name, _, _ in REGISTERED])
def test_cards_and_sources_agree(model, inputs, optional):
    own = [source for source in SOURCES if model in source.models]
    assert {source.file for source in own if source.needed} == {f for f in inputs if f.startswith("annotations/")}
    assert {source.file for source in own if not source.needed} == {f for f in optional if f.startswith("annotations/")}
