"""Audit rule: does DEAP's log agree with the table of evaluations?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hpo.archive.audit_rules import is_baseline
from hpo.archive.summaries import rows_of, statistics_of

if TYPE_CHECKING:
    from pandas import DataFrame

    from hpo.archive.record import Record

Evidence = dict[str, Any]

PRINTED_DIGITS: Final = 6
"""Significant digits of DEAP's log."""


def mismatch_log_csv(record: Record) -> Evidence | None:
    """Lines of DEAP's log that the table contradicts, to the digits printed.

    Generation 0: count, mean, standard deviation (of the population), minimum and maximum are those of the rows.
    Later lines describe the selected population, so their minimum and maximum must each be the loss of some row up to
    that generation, and no line may be below the lowest of these rows. Rows of unknown generation fit anywhere.
    """
    table = record.evaluations[record.evaluations["val_loss"].notna() & ~is_baseline(record.evaluations)]
    if "log_min" not in record.generations or table.empty:
        return None
    lines = []
    for row in rows_of(record.generations):
        number = row["generation"]
        line = {name.removeprefix("log_"): value for name, value in row.items() if name.startswith("log_")}
        wrong = _first_line(line, table) if number == 0 else _later_line(line, table, number)
        if wrong:
            lines.append({"generation": number, "wrong": wrong})
    return {"generations": [line["generation"] for line in lines], "lines": lines} if lines else None


def _first_line(line: Evidence, table: DataFrame) -> Evidence:
    losses = [float(loss) for loss in table.loc[table["generation"].fillna(0) == 0, "val_loss"]]
    if table["generation"].isna().any():
        return {}
    expected = {"evaluations": len(losses), **statistics_of(losses)}
    return {
        name: {"log": line[name], "table": expected.get(name)}
        for name in ("evaluations", "mean", "std", "min", "max")
        if line[name] is not None and not _printed_same(line[name], expected.get(name))
    }


def _later_line(line: Evidence, table: DataFrame, generation: int | None) -> Evidence:
    until = table[table["generation"].fillna(0) <= generation]
    losses = [float(loss) for loss in until["val_loss"]]
    printed = {_printed(loss) for loss in losses}
    wrong: Evidence = {
        name: {"log": line[name], "table": None}
        for name in ("min", "max")
        if line[name] is not None and _printed(line[name]) not in printed
    }
    if (
        losses
        and line["min"] is not None
        and line["min"] < min(losses)
        and _printed(min(losses)) != _printed(line["min"])
    ):
        wrong["min"] = {"log": line["min"], "table": min(losses)}
    return wrong


def _printed(value: float) -> str:
    return f"{value:.{PRINTED_DIGITS}g}"


def _printed_same(one: float, other: float | None) -> bool:
    """Equal as printed, or as near as rounding the same number in two ways leaves them."""
    if other is None:
        return False
    return _printed(one) == _printed(other) or abs(one - other) <= 0.6 * 10 ** (1 - PRINTED_DIGITS) * abs(other)
