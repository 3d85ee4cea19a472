"""One table of all evaluations of many runs, for pandas and R.

Columns, in this order, the same whatever the archive holds:

- of the run: ``model``, ``dataset``, ``size``, ``strategy``, ``run``, ``release``, ``source`` (categories);
- of the evaluation: ``evaluation``, ``generation``, ``origin``, ``status``, ``val_loss``, ``val_mse``, ``val_rmse``,
  ``val_pcc``, ``val_scc``, ``val_r2``, ``epochs_run``, ``best_epoch``, ``seed``, ``worker``, ``started``, ``walltime``
  (seconds), ``parents``, ``message``, ``recovered``, as in ``evaluations.csv``;
- one column ``hp_<name>`` for each hyperparameter searched in any of the runs, sorted by name; missing where a run did
  not search it or its value is unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.archive import layout
from hpo.archive.record import parse_space
from hpo.archive.schema import RunInfo
from hpo.archive.tablefiles import first_line, guess_axes, read_evaluations
from hpo.archive.tables import REAL, RECOVERED, TEXT, WHOLE, axis_types, evaluation_types, evaluations_table
from hpo.errors import BadData, MissingInput

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

HYPERPARAMETER: Final = "hp_"
"""Prefix of the columns of hyperparameters."""

RUN_COLUMNS: Final = ("model", "dataset", "size", "strategy", "run", "release", "source")


@dataclass(frozen=True, slots=True)
class _File:
    position: int
    path: Path
    content: bytes
    axes: dict[str, str]
    header: bytes
    rows: int
    """Lines but the first; messages and names have no line ends."""


def tidy_evaluations(archive: Path, runs: Sequence[RunInfo]) -> DataFrame:
    """All evaluations of ``runs``, in their order.

    Raises:
        MissingInput: A file of a record is missing.
        BadData: A table cannot be understood.
    """
    import numpy as np
    import pandas as pd

    groups: dict[tuple[object, ...], list[_File]] = defaultdict(list)
    spaces: dict[bytes, dict[str, str]] = {}
    for position, run in enumerate(runs):
        file = _load(position, layout.record_folder(archive, run.key), spaces)
        groups[(file.header, tuple(file.axes.items()))].append(file)
    types = _common_types([files[0].axes for files in groups.values()])
    parts = [_renamed(_read(files), files[0].axes, types) for files in groups.values()]
    read = [file for files in groups.values() for file in files]
    positions = np.repeat([file.position for file in read], [file.rows for file in read]).astype(np.int64)
    table = pd.concat([_renamed(evaluations_table([], {}), {}, types), *parts], ignore_index=True)
    if len(groups) > 1:
        table = table.take(np.argsort(positions, kind="stable")).reset_index(drop=True)
    described = _descriptions(runs, np.sort(positions))
    return pd.concat([described, table], axis="columns")


def _load(position: int, folder: Path, spaces: dict[bytes, dict[str, str]]) -> _File:
    path = folder / layout.EVALUATIONS
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MissingInput(f"{path}: cannot be read ({error.strerror})") from error
    try:
        space = (folder / layout.SPACE).read_bytes()
    except FileNotFoundError:
        axes = guess_axes(content, str(path))
    else:
        if space not in spaces:
            spaces[space] = axis_types(parse_space(space, str(folder / layout.SPACE)))
        axes = spaces[space]
    return _File(position, path, content, axes, first_line(content), content.count(b"\n") - 1)


def _read(files: Sequence[_File]) -> DataFrame:
    """The rows of files that have the same columns, read in one go since opening a reader costs more than a run."""
    import pandas as pd

    first = files[0]
    bodies = (memoryview(file.content)[len(file.header) + 1 :] for file in files[1:])
    content = b"".join([first.content, *bodies])
    try:
        table = read_evaluations(content, first.axes, "evaluations")
        if len(table) == sum(file.rows for file in files):
            return table
    except BadData:
        if len(files) == 1:
            return read_evaluations(content, first.axes, str(first.path))
    # Something is wrong in one of them: find out in which.
    tables = [read_evaluations(file.content, file.axes, str(file.path)) for file in files]
    for file, table in zip(files, tables, strict=True):
        if len(table) != file.rows:
            raise BadData(f"{file.path}: a cell holds a line end, so {file.rows} lines are {len(table)} rows")
    return pd.concat(tables, ignore_index=True)


def _common_types(axes: Iterable[dict[str, str]]) -> dict[str, str]:
    """Type of every hyperparameter in the whole table: numbers of two types are floats, other mixtures are text."""
    found: dict[str, set[str]] = defaultdict(set)
    for types in axes:
        for name, kind in types.items():
            found[name].add(kind)
    return {
        name: next(iter(kinds)) if len(kinds) == 1 else REAL if kinds == {REAL, WHOLE} else TEXT
        for name, kinds in sorted(found.items())
    }


def _renamed(table: DataFrame, axes: dict[str, str], types: dict[str, str]) -> DataFrame:
    """``table`` with the columns of the whole: evaluation first, then every hyperparameter."""
    import pandas as pd

    columns = {name: table[name] for name in evaluation_types({}) if name in table}
    columns[RECOVERED] = table[RECOVERED] if RECOVERED in table else pd.Series("", index=table.index, dtype=TEXT)
    for name, kind in types.items():
        column = table[name] if name in axes else pd.Series([None] * len(table), index=table.index, dtype=kind)
        columns[HYPERPARAMETER + name] = column.astype(pd.api.types.pandas_dtype(kind))
    return pd.DataFrame(columns, index=table.index)


def _descriptions(runs: Sequence[RunInfo], positions: np.ndarray[Any, Any]) -> DataFrame:
    import numpy as np
    import pandas as pd

    columns = {}
    for name in RUN_COLUMNS:
        values = [_described(run, name) for run in runs]
        categories = sorted(set(values))
        codes = np.asarray([categories.index(value) for value in values], dtype=np.int32)
        columns[name] = pd.Categorical.from_codes(codes[positions], categories=pd.Index(categories, dtype=object))
    return pd.DataFrame(columns)


def _described(run: RunInfo, name: str) -> str:
    if name == "source":
        return run.source.kind
    return run.release.name if name == "release" else str(getattr(run, name))
