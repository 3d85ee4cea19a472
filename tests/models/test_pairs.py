"""Distinct drugs and cell lines of a batch."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from hpo.models.pairs import PairTable, as_tensor, chunks


def test_positions_lead_back_to_the_pairs():
    arrays = {
        f"{part}_{kind}": np.array([3, 1, 3, 0], dtype=np.int32)
        for part in ("train", "val", "test")
        for kind in ("cell", "drug")
    }
    arrays["val_drug"] = np.array([2, 2, 2, 5], dtype=np.int32)
    table = PairTable(arrays, torch.device("cpu"))
    batch = table.batch("train", torch.tensor([2, 0, 1]))
    assert batch.cells.tolist() == [1, 3]
    assert batch.cells[batch.cell].tolist() == [3, 3, 1]
    assert batch.cell_count.tolist() == [1, 2]
    whole = table.whole("val")
    assert whole.drugs[whole.drug].tolist() == [2, 2, 2, 5]


def test_a_mapped_array_is_copied():
    array = np.arange(3, dtype=np.int32)
    array.setflags(write=False)
    as_tensor(array, np.int64).add_(1)
    assert array.tolist() == [0, 1, 2]


@given(st.integers(0, 50), st.integers(1, 20))
def test_slices_cover_everything_once(length, size):
    numbers = list(range(length))
    assert [number for some in chunks(length, size) for number in numbers[some]] == numbers
    assert all(0 < some.stop - some.start <= size for some in chunks(length, size))
