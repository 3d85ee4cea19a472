"""Data that the tests of the models share; made once a run."""

from __future__ import annotations

import pytest

from hpo.data.csa import CsaData
from hpo.models.registry import load
from tests.models.builders import write_csa


@pytest.fixture(scope="session")
def tiny_csa(tmp_path_factory) -> CsaData:
    """About 260 responses of 40 cell lines to 8 drugs, 130 landmark genes."""
    return CsaData(write_csa(tmp_path_factory.mktemp("tiny")))


@pytest.fixture(scope="session")
def lgbm_arrays(tiny_csa):
    return read_only(load("LGBM").prepare(tiny_csa, "TINY", 0))


@pytest.fixture(scope="session")
def graphdrp_arrays(tiny_csa):
    return read_only(load("GraphDRP").prepare(tiny_csa, "TINY", 0))


def read_only(arrays):
    """As they are when memory-mapped from a prepared folder."""
    for array in arrays.values():
        array.setflags(write=False)
    return arrays
