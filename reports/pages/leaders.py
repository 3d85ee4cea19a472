"""The table of leaders that a search trained again, on the page of the run."""

from __future__ import annotations

from statistics import fmean

from hpo.archive.optimum import Trainings, leaders_of
from hpo.archive.record import Record
from hpo.archive.schema import Optimum
from reports.pages import text
from reports.pages.context import Cell, Column, Row, Table
from reports.pages.table import make_table, number_cell


def leaders_table(record: Record) -> Table | None:
    """One row a leader, the one announced first; ``None`` where none was trained again."""
    leaders = leaders_of(record.evaluations)
    if not leaders:
        return None
    columns = [
        Column("evaluation", "evaluation", numeric=True, note="first training, by the search"),
        Column("first", "first loss ↓", numeric=True, note="chosen for being low, so partly luck"),
        Column("contest", "all that chose ↓", numeric=True, note="mean of the trainings that the choice rests on"),
        Column("confirmations", "after the choice ↓", numeric=True, note="mean of those that decided nothing"),
        Column("failed", "failed", numeric=True, note="further trainings that did not end ok"),
        Column("verdict", "verdict"),
    ]
    rows = [_row(leader, record.run.optimum) for leader in leaders]
    return make_table("leaders-table", "Leaders trained again with other seeds", columns, rows, interactive=False)


def _row(leader: Trainings, optimum: Optimum | None) -> Row:
    contest = [loss for loss in leader.contest if loss is not None]
    after = [loss for loss in leader.confirmations if loss is not None]
    failed = len(leader.contest) + len(leader.confirmations) - len(contest) - len(after)
    return Row(
        [
            Cell(str(leader.evaluation)),
            number_cell(leader.first),
            _mean([leader.first, *contest] if contest else []),
            _mean(after),
            Cell(str(failed) if failed else ""),
            Cell(_verdict(leader, optimum)),
        ]
    )


def _mean(losses: list[float]) -> Cell:
    """A mean with the number of trainings."""
    if not losses:
        return Cell("", value="")
    return Cell(f"{text.plain(fmean(losses))} ({len(losses)})", value=repr(fmean(losses)))


def _verdict(leader: Trainings, optimum: Optimum | None) -> str:
    if optimum is None:
        return "not announced: no training after the choice ended ok" if leader.confirmations else ""
    if leader.evaluation == optimum.evaluation:
        return "announced"
    return "not told to be worse" if leader.evaluation in optimum.equivalents else "worse"
