from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hpo.errors import Drift
from hpo.evaluation import Candidate, Outcome
from hpo.search import Search, make_search, replay
from tests.search.problems import BASELINE, TINY, drive, genetic, measured, mixed_space


def begun() -> Search:
    return genetic(baseline=BASELINE)


def recorded() -> tuple[dict[int, Candidate], dict[int, Outcome]]:
    candidates = {candidate.evaluation: candidate for candidate in drive(begun())}
    return candidates, {number: measured(candidate) for number, candidate in candidates.items()}


def test_a_complete_record_is_proven() -> None:
    candidates, outcomes = recorded()
    search = begun()
    assert replay(search, candidates, outcomes) == []
    assert search.finished
    assert search.best is not None


@pytest.mark.parametrize("known", range(17))
@pytest.mark.parametrize("strategy", ["ga", "random"])
def test_a_search_goes_on_where_it_was(known: int, strategy: str) -> None:
    def search() -> Search:
        return make_search(mixed_space(), strategy=strategy, size=TINY, seed=1, baseline=BASELINE)

    whole = drive(search())
    outcomes = {candidate.evaluation: measured(candidate) for candidate in whole[:known]}
    candidates = {candidate.evaluation: candidate for candidate in whole[: known + 1]}
    continued = search()
    pending = replay(continued, candidates, outcomes)
    for candidate in pending:
        continued.tell(candidate.evaluation, measured(candidate))
    rest = drive(continued)
    assert sorted([*candidates.values(), *pending, *rest], key=lambda c: c.evaluation)[-1] == whole[-1]
    assert continued.finished
    done = {c.evaluation for c in whole[:known]} | {c.evaluation for c in [*pending, *rest]}
    assert done == set(range(16))


def test_gaps_are_pending() -> None:
    candidates, outcomes = recorded()
    del outcomes[2], outcomes[5]
    first = {number: candidate for number, candidate in candidates.items() if number < 7}
    pending = replay(begun(), first, {number: outcomes[number] for number in (0, 1, 3, 4, 6)})
    assert pending == [candidates[2], candidates[5]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 1}, "evaluation 9: seed recorded as 1, but the search asks for "),
        ({"parents": (3, 4, 5)}, "evaluation 9: parents recorded as [3, 4, 5], but the search asks for "),
        ({"hyperparameters": {"rate": 1}}, "evaluation 9: hyperparameters recorded as {'rate': 1}, but "),
    ],
)
def test_the_first_difference_is_named(change: dict[str, Any], message: str) -> None:
    candidates, outcomes = recorded()
    candidates[9] = replace(candidates[9], **change)
    candidates[12] = replace(candidates[12], seed=2)
    with pytest.raises(Drift) as raised:
        replay(begun(), candidates, outcomes)
    assert str(raised.value).startswith(message)
    assert str(raised.value).endswith("; the space, a setting or the search itself has changed since")


def test_an_integer_is_no_float() -> None:
    candidates, outcomes = recorded()
    changed = {**candidates[0].hyperparameters, "layers": float(candidates[0].hyperparameters["layers"])}
    candidates[0] = replace(candidates[0], hyperparameters=changed)
    with pytest.raises(Drift, match="evaluation 0: hyperparameters"):
        replay(begun(), candidates, outcomes)


def test_a_changed_loss_changes_what_is_asked() -> None:
    candidates, outcomes = recorded()
    best = min(range(7), key=lambda number: outcomes[number].loss or 0.0)
    outcomes[best] = replace(outcomes[best], loss=1e9)
    with pytest.raises(Drift, match="evaluation 7: "):
        replay(begun(), candidates, outcomes)


def test_an_evaluation_too_many() -> None:
    candidates, outcomes = recorded()
    candidates[16] = replace(candidates[15], evaluation=16)
    with pytest.raises(Drift) as raised:
        replay(begun(), candidates, outcomes)
    assert str(raised.value) == "evaluation 16 is recorded, but the search doesn't ask for it: it ends before"


def test_an_outcome_ahead_of_its_generation() -> None:
    candidates, outcomes = recorded()
    del outcomes[3]
    with pytest.raises(Drift) as raised:
        replay(begun(), candidates, outcomes)
    assert str(raised.value) == (
        "evaluation 7 is recorded, but the search doesn't ask for it: it waits for 1 outcomes that are missing"
    )
