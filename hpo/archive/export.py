"""Export of records: in the layout of the published Hall of Fame, as one tidy table, or as JSON.

Whatever is written appears whole or not at all, and nothing that exists is replaced.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

from hpo.archive.export_improve import files_of, folder_of, readme_of
from hpo.archive.export_table import csv_text
from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from hpo.archive.store import HallOfFame
from hpo.archive.summaries import plain
from hpo.archive.tidy import tidy_evaluations
from hpo.errors import MissingInput, OwnedOrExists, StorageError

Format = Literal["improve", "csv", "parquet", "json"]

ALL: Final = "ALL"


def export(hall: HallOfFame, which: str, format_: Format, output: Path) -> int:
    """Export the record with the key ``which``, or all; the number of runs.

    Args:
        hall: The archive.
        which: ``MODEL/DATASET/SIZE/RUN``, or ``ALL``.
        format_: ``improve`` writes a folder, the others one file.
        output: Path that does not exist yet.

    Raises:
        MissingInput: There is no such archive or record, it is empty, or ``pyarrow`` is not installed for parquet.
        BadData: A record can't be read.
        OwnedOrExists: ``output`` exists.
        StorageError: Writing failed; nothing is left behind.
    """
    runs = hall.runs() if which == ALL else [hall.run(which)]
    if not runs:
        raise MissingInput(f"{hall.path}: no record to export")
    if output.exists() or output.is_symlink():
        raise OwnedOrExists(
            f"{output}: exists, and an export replaces nothing; choose another --output or move it away"
        )
    if format_ == "improve":
        _export_improve(hall, runs, output)
    elif format_ == "json":
        _export_json(hall, runs, output)
    else:
        _export_table(hall, runs, output, is_parquet=format_ == "parquet")
    return len(runs)


def as_json(record: Record) -> dict[str, Any]:
    """A record as one JSON object: ``run``, ``space``, ``evaluations`` and ``generations``, unknown values as null."""
    return {
        "run": record.run.model_dump(mode="json", by_alias=True),
        "space": None if record.space is None else record.space.to_json(),
        "evaluations": _rows(record.evaluations),
        "generations": _rows(record.generations),
    }


def _export_improve(hall: HallOfFame, runs: Sequence[RunInfo], output: Path) -> None:
    """Folders of the published layout; runs of several names get a folder each, since the layout knows no names."""
    names = sorted({run.run for run in runs})
    with _folder_beside(output) as folder:
        for name in names:
            top = folder if len(names) == 1 else folder / name
            of_name = [run for run in runs if run.run == name]
            _write(top / "README.md", readme_of(of_name))
            for run in of_name:
                for file, text in files_of(hall.record(run.key)).items():
                    _write(top / folder_of(run) / file, text)


def _export_json(hall: HallOfFame, runs: Sequence[RunInfo], output: Path) -> None:
    def write(path: Path) -> None:
        with path.open("x", encoding="utf-8") as stream:
            for position, run in enumerate(runs):
                stream.write("[\n" if position == 0 else ",\n")
                json.dump(as_json(hall.record(run.key)), stream, ensure_ascii=False, allow_nan=False)
            stream.write("\n]\n")

    _write_beside(output, write)


def _export_table(hall: HallOfFame, runs: Sequence[RunInfo], output: Path, *, is_parquet: bool) -> None:
    if is_parquet:
        _need_pyarrow()
    table = tidy_evaluations(hall.path, runs)

    def write(path: Path) -> None:
        if is_parquet:
            table.to_parquet(path, index=False)
        else:
            path.write_text(csv_text(table), encoding="utf-8", newline="")

    _write_beside(output, write)


def _need_pyarrow() -> None:
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise MissingInput("parquet needs pyarrow; install it with: pip install 'cross-hpo[parquet]'")


def _rows(table: Any) -> list[dict[str, Any]]:
    return [{name: plain(value) for name, value in row.items()} for row in table.to_dict("records")]


@contextmanager
def _folder_beside(output: Path) -> Iterator[Path]:
    """A new folder beside ``output`` that takes its name in the end, or is removed."""
    temporary = output.parent / f".{output.name}.{uuid.uuid4().hex}"
    try:
        temporary.mkdir(parents=True)
        yield temporary
        temporary.rename(output)
    except OSError as error:
        raise StorageError(f"{output}: not exported: {error.strerror or error} ({error.filename})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="") as stream:
        stream.write(text)


def _write_beside(output: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside ``output``, flush it and give it its name; an existing file is not replaced."""
    temporary = output.parent / f".{output.name}.{uuid.uuid4().hex}"
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        os.link(temporary, output)
    except FileExistsError as error:
        raise OwnedOrExists(f"{output}: was written by somebody else meanwhile") from error
    except OSError as error:
        raise StorageError(f"{output}: not exported: {error.strerror or error} ({error.filename})") from error
    finally:
        temporary.unlink(missing_ok=True)
