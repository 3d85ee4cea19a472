"""The formats of exports, and the function that writes one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, get_args

from hpo.archive.export.output import need_room
from hpo.archive.export.refusing import Exported
from hpo.archive.schema import RunInfo
from hpo.archive.store import HallOfFame
from hpo.errors import MissingInput

Format = Literal["improve", "improve-csa", "csv", "parquet", "json", "optuna", "deephyper", "hpo-b"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

ALL: Final = "ALL"


def export(
    hall: HallOfFame, which: str | Sequence[str], format_: Format, output: Path, *, allow_missing: bool = False
) -> Exported:
    """Export the records with the keys ``which``, or all.

    Args:
        hall: The archive.
        which: ``MODEL/DATASET/SIZE/RUN``, several of them, or ``ALL``.
        format_: What to write; ``improve``, ``deephyper`` and ``hpo-b`` are folders, the others files.
        output: Path that does not exist yet.
        allow_missing: Whether to write the rest where something is refused.

    Raises:
        MissingInput: There is no such archive or record, it is empty, or an optional package is not installed.
        BadData: A record can't be read.
        OwnedOrExists: ``output`` exists.
        Refused: Something must not be handed on, and ``allow_missing`` is not set or nothing else is left.
        StorageError: Writing failed; nothing is left behind.
    """
    runs = _runs(hall, which)
    need_room(output)
    match format_:
        case "improve":
            from hpo.archive.export.improve import export_improve

            export_improve(hall, runs, output)
        case "improve-csa":
            from hpo.archive.export.improve_csa import export_improve_csa

            return export_improve_csa(hall, runs, output, allow_missing=allow_missing)
        case "json":
            from hpo.archive.export.records import export_records

            export_records(hall, runs, output)
        case "optuna":
            from hpo.archive.export.optuna_journal import export_optuna

            export_optuna(hall, runs, output)
        case "deephyper":
            from hpo.archive.export.deephyper import export_deephyper

            export_deephyper(hall, runs, output)
        case "hpo-b":
            from hpo.archive.export.hpo_b import export_hpo_b

            return export_hpo_b(hall, runs, output, allow_missing=allow_missing)
        case "csv" | "parquet":
            from hpo.archive.export.table import export_table

            export_table(hall, runs, output, is_parquet=format_ == "parquet")
    return Exported(len(runs))


def _runs(hall: HallOfFame, which: str | Sequence[str]) -> list[RunInfo]:
    if which == ALL:
        runs = hall.runs()
    else:
        keys = [which] if isinstance(which, str) else which
        runs = [hall.run(key) for key in dict.fromkeys(keys)]
    if not runs:
        raise MissingInput(f"{hall.path}: no record to export")
    return runs
