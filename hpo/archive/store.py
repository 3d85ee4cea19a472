"""The archive as a Python object: find runs, read records, load all evaluations at once."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.archive import layout
from hpo.archive.schema import RunInfo
from hpo.archive.versions import parse_run
from hpo.errors import BadData, CrossHpoError, MissingInput

if TYPE_CHECKING:
    from pandas import DataFrame

    from hpo.archive.record import Record

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a look through the archive found.

    Attributes:
        runs: ``run.json`` of every record that fits, sorted by key.
        problems: One message for every record that cannot be read.
    """

    runs: list[RunInfo]
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Choice:
    """The best run of a model on a dataset, and what it was chosen from.

    Attributes:
        run: The chosen run; its ``best`` is not ``None``.
        reason: One sentence: why this one.
        others: Runs that fit as well but were not compared, since their losses come about differently.
    """

    run: RunInfo
    reason: str
    others: tuple[RunInfo, ...] = ()


class HallOfFame:
    """An archive: ``<path>/<MODEL>/<DATASET>/<SIZE>/<RUN>/``.

    Nothing is kept between calls, so the answers are always those of the files.

    Filters are keyword arguments, all optional: ``model``, ``dataset``, ``size``, ``strategy``, ``run`` and
    ``release`` are compared with the fields of ``run.json``, ``source`` with ``source.kind``, and ``flag`` with the
    names of its audit flags. A filter may be one text or a collection of texts, any of which fits.

    >>> hall = HallOfFame(Path("hall_of_fame"))
    >>> best = [run.best for run in hall.runs(model="IGTD", size=("MEDIUM", "LARGE"))]  # doctest: +SKIP
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def keys(self) -> list[str]:
        """Keys ``MODEL/DATASET/SIZE/RUN`` of all records, sorted.

        Raises:
            MissingInput: There is no such archive.
        """
        if not self.path.is_dir():
            raise MissingInput(f"{self.path}: no such archive; name another with --archive")
        return list(layout.record_keys(self.path))

    def scan(self, **filters: Any) -> Scan:
        """All runs that fit, and what could not be read.

        Raises:
            MissingInput: There is no such archive.
            TypeError: A filter is unknown.
        """
        accepts = _filter(filters)
        found = Scan([])
        for key in self.keys():
            if not _key_fits(key, filters):
                continue
            try:
                run = self.run(key)
            except CrossHpoError as error:
                found.problems.append(str(error))
                continue
            if accepts(run):
                found.runs.append(run)
        return found

    def runs(self, **filters: Any) -> list[RunInfo]:
        """``run.json`` of every record that fits, sorted by key; broken ones are logged as warnings.

        Raises:
            MissingInput: There is no such archive.
            TypeError: A filter is unknown.
        """
        found = self.scan(**filters)
        for problem in found.problems:
            logger.warning("%s", problem)
        return found.runs

    def run(self, key: str) -> RunInfo:
        """``run.json`` of the record ``key``.

        Raises:
            MissingInput: There is no such record.
            BadData: It cannot be understood.
        """
        path = self.folder(key) / layout.RUN
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise MissingInput(f"{path}: no such file, and every record has one") from error
        except OSError as error:
            raise BadData(f"{path}: cannot be read ({error.strerror})") from error
        run = parse_run(content, str(path))
        if run.key != key:
            raise BadData(f"{path}: the record calls itself {run.key}, but its folder is {key}")
        return run

    def folder(self, key: str) -> Path:
        """Folder of the record ``key``.

        Raises:
            MissingInput: There is no such record; names similar ones.
        """
        if layout.is_key(key):
            folder = layout.record_folder(self.path, key)
            if folder.is_dir():
                return folder
        near = difflib.get_close_matches(key, self.keys(), n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise MissingInput(f"{self.path}: no record {key!r} (MODEL/DATASET/SIZE/RUN){hint}")

    def record(self, key: str) -> Record:
        """The record ``key`` with its tables.

        Raises:
            MissingInput: There is no such record, or a file is missing.
            BadData: A file cannot be understood.
        """
        from hpo.archive.record import read_record

        return read_record(self.folder(key))

    def records(self, **filters: Any) -> Iterator[Record]:
        """All records that fit, one after the other, sorted by key; broken ones are logged as warnings."""
        for run in self.runs(**filters):
            try:
                yield self.record(run.key)
            except CrossHpoError as error:
                logger.warning("%s", error)

    def evaluations(self, **filters: Any) -> DataFrame:
        """One table of all evaluations of all runs that fit; see ``hpo.archive.tidy`` for its columns.

        Raises:
            MissingInput: There is no such archive, or a file of a record is missing.
            BadData: A table cannot be understood.
        """
        from hpo.archive.tidy import tidy_evaluations

        return tidy_evaluations(self.path, self.runs(**filters))

    def best(self, model: str, dataset: str, **filters: Any) -> Choice:
        """The run with the lowest best loss of ``model`` on ``dataset``.

        Losses of different releases, splits or protocols are not compared: where runs of several fit, those with the
        most evaluations in all are chosen from, and the others are named.

        Raises:
            MissingInput: No run fits; names what there is.
        """
        from hpo.archive.choice import choose

        # A look at the whole archive is needed only to say what there is instead.
        runs = self.runs(model=model, dataset=dataset) or self.runs()
        return choose(runs, model, dataset, _filter(filters))


FILTERS: Final = ("model", "dataset", "size", "strategy", "run", "release", "source", "flag")


def _wanted(filters: Mapping[str, Any]) -> dict[str, set[str]]:
    unknown = set(filters) - set(FILTERS)
    if unknown:
        raise TypeError(f"unknown filter {', '.join(sorted(unknown))}; there are {', '.join(FILTERS)}")
    return {
        name: {value} if isinstance(value, str) else set(value) for name, value in filters.items() if value is not None
    }


def _key_fits(key: str, filters: Mapping[str, Any]) -> bool:
    """Whether the record ``key`` can fit, as far as its key tells: spares reading the others."""
    parts = dict(zip(("model", "dataset", "size", "run"), key.split("/"), strict=True))
    wanted = _wanted(filters)
    return all(part in wanted.get(name, (part,)) for name, part in parts.items())


def _filter(filters: Mapping[str, Any]) -> Callable[[RunInfo], bool]:
    wanted = _wanted(filters)

    def accepts(run: RunInfo) -> bool:
        return all(values & _values(run, name) for name, values in wanted.items())

    return accepts


def _values(run: RunInfo, name: str) -> set[str]:
    if name == "flag":
        return {flag.flag for flag in run.flags}
    if name == "source":
        return {run.source.kind}
    return {run.release.name if name == "release" else getattr(run, name)}
