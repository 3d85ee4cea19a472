from hypothesis import given
from hypothesis import strategies as st

from hpo.search.streams import evaluation_seed, stream


def test_streams_stay_what_they_are() -> None:
    """Frozen: another value would make every journal and record drift."""
    assert stream(1, "generation", 0).getrandbits(32) == 505061177
    assert evaluation_seed(1, '{"rate":0.1}') == 1239615558


def test_streams_of_other_seeds_or_purposes_differ() -> None:
    firsts = {stream(seed, word, n).random() for seed in (0, 1) for word in ("a", "b") for n in (0, 1)}
    assert len(firsts) == 8


@given(st.integers(min_value=0), st.text())
def test_seeds_of_evaluations_have_31_bits(seed: int, key: str) -> None:
    assert 0 <= evaluation_seed(seed, key) < 2**31
    assert evaluation_seed(seed, key) == evaluation_seed(seed, key)
