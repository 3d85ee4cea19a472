import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.errors import BadData
from hpo.evaluation import MAX_MESSAGE, METRICS, Candidate, Origin, Outcome, Status

FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.booleans() | st.integers(-(10**9), 10**9) | FINITE | st.text(max_size=20)


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    status = draw(st.sampled_from(Status))
    return Outcome(
        status=status,
        loss=draw(FINITE) if status.has_loss else None,
        metrics=draw(st.dictionaries(st.sampled_from(METRICS), FINITE)),
        epochs_run=draw(st.none() | st.integers(0, 1000)),
        message=draw(st.text(max_size=50)),
    )


candidates = st.builds(
    Candidate,
    evaluation=st.integers(0, 10_000),
    generation=st.integers(0, 100),
    origin=st.sampled_from(Origin),
    hyperparameters=st.dictionaries(st.text(max_size=10), VALUES, max_size=5),
    seed=st.integers(0, 2**31 - 1),
    parents=st.lists(st.integers(0, 100), max_size=2).map(tuple),
)


@given(outcomes())
def test_outcome_comes_back_from_json(outcome: Outcome) -> None:
    assert Outcome.from_json(json.loads(json.dumps(outcome.to_json()))) == outcome


@given(candidates)
def test_candidate_comes_back_from_json(candidate: Candidate) -> None:
    restored = Candidate.from_json(json.loads(json.dumps(candidate.to_json())))
    assert restored == candidate
    assert [type(value) for value in restored.hyperparameters.values()] == [
        type(value) for value in candidate.hyperparameters.values()
    ]


@pytest.mark.parametrize("status", [status for status in Status if not status.has_loss])
def test_a_failure_has_no_loss(status: Status) -> None:
    with pytest.raises(ValueError, match="contradict"):
        Outcome(status, loss=0.1)


@pytest.mark.parametrize("loss", [None, float("nan"), float("inf")])
def test_ok_needs_a_finite_loss(loss: float | None) -> None:
    with pytest.raises(ValueError, match=r"contradict|not finite"):
        Outcome(Status.OK, loss=loss)


def test_undefined_metrics_are_refused() -> None:
    with pytest.raises(ValueError, match="val_pcc"):
        Outcome(Status.OK, loss=0.1, metrics={"val_pcc": float("nan")})


def test_a_long_message_is_cut() -> None:
    outcome = Outcome(Status.FAILED, message="x" * 10_000)
    assert len(outcome.message) == MAX_MESSAGE
    assert outcome.message.endswith("…")


@pytest.mark.parametrize("data", [{}, {"status": "fine"}, {"status": "ok", "loss": None}])
def test_damaged_json_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(BadData, match="outcome"):
        Outcome.from_json(data)
