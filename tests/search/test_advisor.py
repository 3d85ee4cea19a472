"""What is said where Optuna is not installed."""

from __future__ import annotations

import pytest

from hpo.errors import MissingInput
from hpo.search import advisor, make_search
from hpo.sizes import SIZES
from tests.search.problems import mixed_space


@pytest.mark.parametrize(
    ("strategy", "needs"),
    [("tpe", "strategy tpe needs optuna; "), ("cmaes", "strategy cmaes needs cmaes and optuna; ")],
)
def test_a_missing_package_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch, strategy: str, needs: str) -> None:
    monkeypatch.setattr(advisor, "find_spec", lambda _: None)
    with pytest.raises(MissingInput) as raised:
        make_search(mixed_space(), strategy=strategy, size=SIZES["SMALL"], seed=1)
    assert str(raised.value) == f"{needs}install with: pip install 'cross-hpo[optuna]'"
