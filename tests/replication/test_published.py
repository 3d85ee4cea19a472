"""Published searches replayed: made ones with a known seed, and those of the corpus where it is present."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo.archive.importers.improve import import_hall_of_fame
from hpo.archive.store import HallOfFame
from hpo.archive.verify import record_problems
from hpo.replication.mark import mark, marked
from hpo.replication.published import replay_published
from hpo.replication.stepped import stepped
from tests.replication.builders import OTHER_SPACE, published_candidates, published_record
from tests.search.problems import mixed_space
from tests.shared_data import improve_hall_of_fame

SEED, SEEDS = 1234, 2000


@settings(max_examples=8, deadline=None)
@given(st.integers(0, SEEDS - 1))
def test_the_seed_is_found_and_every_evaluation_comes_back(seed: int) -> None:
    [replay] = replay_published([published_record(seed)], seeds=SEEDS)
    assert (replay.state, replay.seed, replay.reason) == ("complete", seed, "")
    assert replay.agreeing == replay.recorded == replay.derived == 15
    assert [replay.points[n] for n in range(15)] == [c.hyperparameters for c in published_candidates(seed)]


def test_no_seed_is_found_for_values_that_nobody_drew() -> None:
    record = published_record(SEED, changes={0: {"rate": 0.012345}})
    [replay] = replay_published([record], seeds=SEEDS)
    assert (replay.state, replay.seed) == ("no-seed", None)
    assert replay.failed


def test_a_changed_value_is_named() -> None:
    [replay] = replay_published([published_record(SEED, changes={9: {"rate": 0.0123}})], seeds=SEEDS)
    assert replay.state == "differs"
    assert replay.reason.startswith("evaluation 9: rate recorded as 0.0123, but the search asks for ")
    assert replay.agreeing == 14


def test_exchanged_losses_change_who_breeds() -> None:
    """The worst of the first generation is recorded as the best and the other way round."""
    true = {row["evaluation"]: row["val_loss"] for row in published_record(SEED).evaluations.to_dict("records")}
    first = sorted(range(6), key=lambda number: true[number])
    record = published_record(SEED, losses={first[0]: true[first[-1]], first[-1]: true[first[0]]})
    [replay] = replay_published([record], seeds=SEEDS)
    assert replay.state == "differs"
    assert int(replay.reason.split()[1].rstrip(":")) >= 9, "the first selection follows the second generation"


def test_values_that_were_not_recorded_come_back(tmp_path: Path) -> None:
    record = published_record(SEED, without=["dropout"])
    [replay] = replay_published([record], seeds=SEEDS)
    assert replay.state == "complete"
    assert replay.recovered == {"dropout": 15}
    record.write(tmp_path)
    mark(tmp_path, record, replay)
    again = HallOfFame(tmp_path).record(record.key)
    assert list(record_problems(HallOfFame(tmp_path).folder(record.key), record.key)) == []
    assert again.run.seed == SEED
    assert again.run.replay is not None
    assert again.run.replay.state == "complete"
    assert again.evaluations["dropout"].tolist() == [c.hyperparameters["dropout"] for c in published_candidates(SEED)]
    assert set(again.evaluations["recovered"]) == {"dropout"}
    assert again.run.recovered == {"dropout": "replay of the search"}
    assert replay_published([again], seeds=SEEDS)[0].state == "complete"


def test_without_losses_two_generations_are_known() -> None:
    record = published_record(SEED, rows=[0, 1, 3, 7])
    [replay] = replay_published([record], seeds=SEEDS)
    assert (replay.state, replay.seed, replay.derived, replay.agreeing) == ("partial", SEED, 9, 4)
    assert replay.reason == "evaluation 2 has no recorded loss, on which later ones depend"


def test_the_seed_is_found_from_later_generations_alone() -> None:
    [replay] = replay_published([published_record(SEED, rows=range(6, 15))], seeds=SEEDS)
    assert (replay.state, replay.seed) == ("partial", SEED)


def test_the_space_of_another_run_is_tried() -> None:
    record = published_record(SEED, stored_space=OTHER_SPACE)
    sibling = published_record(7)
    [replay] = replay_published([record], siblings=[sibling], seeds=SEEDS)
    assert replay.state == "complete"
    assert replay.assumptions == (f"the space is that of {sibling.key}",)


def test_the_older_mutation_is_tried() -> None:
    record = published_record(SEED, space=stepped(mixed_space()), stored_space=mixed_space())
    [replay] = replay_published([record], seeds=SEEDS)
    assert replay.state == "complete"
    assert replay.assumptions == ("ordered axes mutate as in Supervisor before 2024",)


def test_a_record_that_does_not_say_enough_is_no_failure() -> None:
    record = published_record(SEED)
    record = replace(record, run=record.run.model_copy(update={"population": None}))
    [replay] = replay_published([record], seeds=SEEDS)
    assert replay.state == "impossible"
    assert not replay.failed
    with pytest.raises(ValueError, match="only imports that replay are marked"):
        marked(record, replay)


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.timeout(900)
def test_the_published_corpus_replays(tmp_path: Path) -> None:
    import_hall_of_fame(improve_hall_of_fame(), tmp_path)
    hall = HallOfFame(tmp_path)
    replays = replay_published([hall.record(info.key) for info in hall.runs()])
    assert Counter(replay.state for replay in replays) == {"complete": 53, "partial": 9}
    assert all(replay.seed is not None for replay in replays)
    assert sum(replay.agreeing for replay in replays if replay.state == "complete") == 5112
    assert sum(replay.agreeing for replay in replays if replay.state == "partial") == 88
