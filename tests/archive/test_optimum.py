"""What a record announces, and that replicates are told from what the search found."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest

from hpo.archive import HallOfFame
from hpo.archive.audit import audit
from hpo.archive.export.improve import files_of
from hpo.archive.improvement import improvement
from hpo.archive.invariants import violations
from hpo.archive.optimum import leaders_of
from hpo.archive.record import Record, best_of, read_record
from hpo.archive.schema import Optimum
from hpo.archive.summaries import chosen, rows_of
from hpo.archive.verify import record_problems
from hpo.cli.main import main
from hpo.execution.announce import verdict
from tests.archive.builders import improve_record, leader_record, small_record

CONTEST: dict[int, list[float | None]] = {3: [0.008, 0.0081], 5: [0.0072, 0.0074]}
AFTER = [0.0073, 0.0075, 0.0077]


def announced(record: Record) -> Optimum:
    assert record.run.optimum is not None
    return record.run.optimum


def test_the_announced_loss_is_the_mean_of_what_came_after_the_choice() -> None:
    optimum = announced(leader_record(CONTEST, AFTER, losses={3: 0.005, 5: 0.0051}))
    assert (optimum.evaluation, optimum.leaders, optimum.trainings) == (5, [5, 3], [13, 14, 15])
    assert optimum.val_loss == fmean(AFTER)
    assert optimum.std == stdev(AFTER)


def test_a_record_keeps_what_it_announces(tmp_path: Path) -> None:
    record = leader_record(CONTEST, AFTER)
    folder = record.write(tmp_path)
    assert list(record_problems(folder, record.key)) == []
    assert read_record(folder).run.optimum == record.run.optimum == best_of(record.run).optimum
    recommended = chosen(record.run)
    assert recommended is not None
    assert recommended.hyperparameters == announced(record).hyperparameters
    assert recommended.hyperparameters["epochs"] == 5


@pytest.mark.parametrize(
    ("contest", "after", "equivalents"),
    [
        # Noise of 0.0001: a distance of 0.0006 is told apart, one of 0.0001 is not.
        ({3: [0.008, 0.0081], 5: [0.0072, 0.0074]}, [0.0073, 0.0075, 0.0074], []),
        ({3: [0.0074, 0.0075], 5: [0.0072, 0.0074]}, [0.0073, 0.0075, 0.0074], [3]),
        # One that turned out better afterwards is no worse either.
        ({3: [0.0061, 0.0062], 5: [0.0072, 0.0074]}, [0.0073, 0.0075, 0.0074], [3]),
        # A single training each says nothing of the noise.
        ({3: [0.09], 5: [0.0072]}, [0.0073], [3]),
        # Whoever only fails is worse.
        ({3: [None, None], 5: [0.0072, 0.0074]}, [0.0073, 0.0075], []),
        ({3: [None, 0.0074], 5: [0.0072, 0.0074]}, [0.0073, 0.0075], [3]),
    ],
)
def test_who_is_not_told_to_be_worse(
    contest: dict[int, list[float | None]], after: list[float | None], equivalents: list[int]
) -> None:
    assert announced(leader_record(contest, after)).equivalents == equivalents


def test_failed_confirmations_are_left_out_and_never_imputed() -> None:
    optimum = announced(leader_record(CONTEST, [0.0073, None, 0.0075]))
    assert (optimum.trainings, optimum.val_loss) == ([13, 15], fmean([0.0073, 0.0075]))
    record = leader_record(CONTEST, [None, None])
    assert record.run.optimum is None
    assert chosen(record.run) == record.run.best


def test_without_a_contest_the_best_is_confirmed() -> None:
    optimum = announced(leader_record({4: []}, [0.01]))
    assert (optimum.evaluation, optimum.val_loss, optimum.std, optimum.leaders) == (4, 0.01, None, [4])


def test_a_lucky_replicate_changes_nothing_but_what_is_announced() -> None:
    """Neither the best nor a generation nor an improvement nor a flag."""
    plain, lucky = leader_record({4: []}, [0.01]), leader_record({4: []}, [1e-9])
    before = small_record()
    for record in (plain, lucky):
        assert record.run.best is not None
        assert before.run.best is not None
        assert record.run.best.val_loss == before.run.best.val_loss
        assert rows_of(record.generations) == rows_of(before.generations)
        assert improvement(record).percent == improvement(before).percent
        assert [flag.flag for flag in audit(record)] == [flag.flag for flag in audit(before)]


def test_the_layout_of_the_published_archive_has_the_search_alone() -> None:
    record = leader_record({3: [1e-9], 5: [0.0072]}, [0.0073], losses={3: 0.005, 5: 0.0051})
    files = files_of(record)
    assert len(files["hpo.csv"].splitlines()) == 1 + 9
    assert files["fitness-2.txt"] == "0.0073\n"


def test_the_defaults_may_lead() -> None:
    record = leader_record({0: []}, [0.01])
    assert violations(record) == []
    assert announced(record).evaluation == 0


def test_records_without_replicates_announce_nothing() -> None:
    for record in (small_record(), improve_record()):
        assert record.run.optimum is None
        assert leaders_of(record.evaluations) == []


@pytest.mark.parametrize(
    ("column", "row", "value", "law"),
    [
        ("parents", 9, "", "evaluation 9, parents: is the number of one row that the search chose; found ''"),
        ("parents", 9, "12", "evaluation 9, parents: is the number of one row that the search chose"),
        ("parents", 9, "4", "evaluation 9, hyperparameters: are those of evaluation 4"),
        ("origin", 15, "mutation", "evaluation 15, origin: is replicate from evaluation 9 on"),
        ("val_loss", 15, 0.001, "optimum: is what the replicates say"),
    ],
)
def test_replicates_that_were_tampered_with(column: str, row: int, value: Any, law: str) -> None:
    record = leader_record(CONTEST, AFTER)
    record.evaluations.loc[row, column] = value
    assert any(law in str(violation) for violation in violations(record))


def test_an_optimum_of_nowhere() -> None:
    record = small_record(optimum=None)
    forged = record.run.model_copy(update={"optimum": announced(leader_record(CONTEST, AFTER))})
    broken = Record(forged, record.space, record.evaluations, record.generations, record.journal)
    assert [violation.where for violation in violations(broken)] == ["optimum"]


def test_announced_losses_decide_where_every_run_has_one(tmp_path: Path) -> None:
    """A lower single loss does not beat an announced one that is lower."""
    leader_record(CONTEST, [0.006], losses={3: 0.005}, run="ga-seed1").write(tmp_path)
    leader_record(CONTEST, [0.007], losses={3: 0.001}, run="ga-seed2", seed=2).write(tmp_path)
    choice = HallOfFame(tmp_path).best("GraphDRP", "DEMO-A")
    assert (choice.run.run, "lowest announced loss of 2 comparable runs" in choice.reason) == ("ga-seed1", True)
    small_record(seed=3).write(tmp_path)
    choice = HallOfFame(tmp_path).best("GraphDRP", "DEMO-A")
    assert (choice.run.run, "lowest validation loss of 3 comparable runs" in choice.reason) == ("ga-seed2", True)


def test_the_command_line_says_how_sure_the_loss_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leader_record(CONTEST, AFTER, losses={3: 0.005, 5: 0.0051}).write(tmp_path)
    arguments = ["GraphDRP", "DEMO-A", "--archive", str(tmp_path)]
    assert main(["hof", "best", *arguments]) == 0
    printed = capsys.readouterr().out
    assert "evaluation 5: validation loss 0.0075 (mse of auc)" in printed
    assert "The loss is that of 3 trainings after the choice, standard deviation 0.0002." in printed
    assert "Chosen from 2 leaders; not told to be worse: none" in printed
    assert "% above the loss of the default hyperparameters" in printed
    assert main(["hof", "best", *arguments, "--json"]) == 0
    entry = json.loads(capsys.readouterr().out)
    assert (entry["evaluation"], entry["optimum"]["trainings"]) == (5, [13, 14, 15])
    assert main(["hof", "show", "GraphDRP/DEMO-A/SMALL/ga-seed1", "--archive", str(tmp_path)]) == 0
    assert "optimum" in capsys.readouterr().out


def test_the_last_words_of_a_search_name_the_trainings() -> None:
    record = leader_record(CONTEST, AFTER, losses={3: 0.005, 5: 0.0051})
    assert verdict(record.run).startswith("best 0.0075 (evaluation 5, mean of 3 further trainings, sd 0.0002)")
    single = leader_record({4: []}, [0.001])
    assert verdict(single.run).startswith("best 0.001 (evaluation 4, in a further training), ")
