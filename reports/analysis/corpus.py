"""All records of an archive, read once: what every table, figure and page is made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hpo.archive import layout
from hpo.archive.improvement import Improvement
from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from hpo.digest import digest, file_digest
from hpo.errors import BadData, MissingInput
from reports.analysis.flags import with_comparisons
from reports.analysis.improvement import improvements_by_key
from reports.analysis.memo import read_once, with_flags
from reports.analysis.movement import ModelOptima, model_optima
from reports.analysis.order import run_order
from reports.analysis.transfer_estimate import TransferEstimate, transfer_estimates


@dataclass(frozen=True)
class Corpus:
    """An archive in memory.

    Attributes:
        root: Folder of the archive.
        records: All records, in the order of the tables; their flags include comparisons between records.
        digests: SHA-256 of each record's manifest by key: two records of one digest are the same.
    """

    root: Path
    records: tuple[Record, ...]
    digests: dict[str, str]

    @property
    def runs(self) -> list[RunInfo]:
        """``run.json`` of every record, in the order of the tables."""
        return [record.run for record in self.records]

    @property
    def version(self) -> str:
        """Short name of the archive's content: 12 hexadecimal digits over all manifests."""
        return version(self.digests)

    @cached_property
    def improvements(self) -> dict[str, Improvement]:
        """Improvements of every record, in per cent, by key."""
        return improvements_by_key(self.records)

    @cached_property
    def optima(self) -> list[ModelOptima]:
        """The optima of every model in every collection."""
        return model_optima(self.records)

    @cached_property
    def estimates(self) -> list[TransferEstimate]:
        """Estimated transfers of imported models."""
        return transfer_estimates(self.optima, self.records)

    def folder(self, key: str) -> Path:
        """Folder of the record ``key``."""
        return layout.record_folder(self.root, key)


def version(digests: dict[str, str]) -> str:
    """Short name of the records with these ``digests``."""
    return digest(digests)[:12]


def record_keys(archive: Path) -> list[str]:
    """Keys of all records in ``archive``, in the order of the tables.

    Raises:
        MissingInput: There is no such folder, or it holds no record.
    """
    if not archive.is_dir():
        raise MissingInput(f"{archive}: no such archive; `--archive` names the folder that holds the records")
    keys = sorted(layout.record_keys(archive), key=_order)
    if not keys:
        raise MissingInput(
            f"{archive}: the archive holds no record, so there is nothing to report; `cross-hpo search` makes one, "
            "`dvc pull` brings published ones, `cross-hpo hof import` reads those of others"
        )
    return keys


def record_digests(archive: Path, keys: Iterable[str]) -> dict[str, str]:
    """SHA-256 of the manifest of each record by key.

    Raises:
        MissingInput: A record has no manifest, so it is not complete.
    """
    found = {}
    for key in keys:
        manifest = layout.record_folder(archive, key) / layout.MANIFEST
        if not manifest.is_file():
            raise MissingInput(f"{manifest}: no such file, and every record has one; `cross-hpo hof verify` says more")
        found[key] = file_digest(manifest)
    return found


def load_corpus(archive: Path) -> Corpus:
    """Read all records of ``archive``.

    Raises:
        MissingInput: There is no such archive, no record in it, or a record lacks a file.
        BadData: Records cannot be understood; all problems of all records at once.
    """
    keys = record_keys(archive)
    digests = record_digests(archive, keys)
    records: list[Record] = []
    problems: list[str] = []
    for key in keys:
        try:
            record = read_once(layout.record_folder(archive, key))
        except BadData as error:
            problems.extend(error.problems)
            continue
        if record.run.key != key:
            problems.append(f"{layout.record_folder(archive, key) / layout.RUN}: describes the run {record.run.key}")
        records.append(record)
    if problems:
        raise BadData(problems)
    flags = with_comparisons(records)
    return Corpus(archive, tuple(with_flags(record, flags[record.key]) for record in records), digests)


def _order(key: str) -> tuple[object, ...]:
    model, dataset, size, run = key.split("/")
    return run_order(model, dataset, size, run)
