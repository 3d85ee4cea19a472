"""The synthetic objective: its optimum is where it says."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.evaluation import Outcome, Status
from hpo.models.base import Training
from hpo.models.synthetic import DEAD_FROM, LEAST_LOSS, OPTIMUM, Synthetic

points = st.fixed_dictionaries(
    {
        "learning_rate": st.floats(1e-6, 1.0),
        "width": st.integers(1, 512),
        "activation": st.sampled_from(["relu", "tanh", "sigmoid"]),
        "use_bias": st.booleans(),
        "dropout": st.floats(0.0, 1.0),
    }
)


def outcome(**values: object) -> Outcome:
    return Synthetic().train({**OPTIMUM, **values}, {}, Training(seed=1))[0]  # type: ignore[dict-item]


def test_the_optimum() -> None:
    assert outcome().loss == LEAST_LOSS


@given(points)
def test_nothing_is_better_than_the_optimum(point: dict[str, object]) -> None:
    found = outcome(**point)
    assert found.loss is not None
    assert found.loss >= LEAST_LOSS
    assert math.isfinite(found.loss)
    assert (found.status is Status.DEGENERATE) == (float(str(point["learning_rate"])) >= DEAD_FROM)


def test_impossible_values_are_refused() -> None:
    with pytest.raises(ValueError, match="activation must be one of relu, tanh, sigmoid"):
        outcome(activation="swish")
    with pytest.raises(ValueError, match="width must be an integer of at least 1"):
        outcome(width=0)
