"""How often the collector looks for garbage."""

from __future__ import annotations

import gc

from reports.collector import OBJECTS, looking_less


def test_it_looks_as_before_afterwards():
    before = gc.get_threshold()
    with looking_less():
        assert gc.get_threshold()[0] == OBJECTS
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
