"""Finding values that the table of a run leaves out: only where exactly one row can be meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hpo.evaluation import Value

Point = Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class Known:
    """An individual whose hyperparameters are known completely, from a file other than the table.

    Attributes:
        point: Values of the searched axes.
        loss: Its loss.
        file: Name of the file that says so.
    """

    point: dict[str, Value]
    loss: float
    file: str


def matching(known: Known, rows: Sequence[Point], losses: Sequence[float | None], recorded: Iterable[str]) -> list[int]:
    """Rows with the loss of ``known`` and the same values, bit for bit, in all ``recorded`` axes."""
    recorded = [name for name in recorded if name in known.point]
    return [
        index
        for index, (row, loss) in enumerate(zip(rows, losses, strict=True))
        if loss == known.loss and all(row.get(name) == known.point[name] for name in recorded)
    ]


def recovered_values(
    known: Iterable[Known],
    rows: Sequence[Point],
    losses: Sequence[float | None],
    recorded: Iterable[str],
    missing: Sequence[str],
) -> dict[int, dict[str, tuple[Value, str]]]:
    """Values of the axes ``missing`` by row, each with the file that gave it.

    A value counts as recovered only if its individual matches exactly one row, and if no other individual gives that
    row another value. Everything else stays missing.
    """
    recorded = list(recorded)
    found: dict[int, dict[str, tuple[Value, str]]] = {}
    contradicted: set[tuple[int, str]] = set()
    for individual in known:
        rows_meant = matching(individual, rows, losses, recorded)
        if len(rows_meant) != 1:
            continue
        row = rows_meant[0]
        for name in missing:
            if name not in individual.point:
                continue
            value = individual.point[name]
            earlier = found.setdefault(row, {}).setdefault(name, (value, individual.file))
            if earlier[0] != value:
                contradicted.add((row, name))
    for row, name in contradicted:
        del found[row][name]
    return {row: values for row, values in found.items() if values}
