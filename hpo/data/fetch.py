"""Downloads the IMPROVE benchmark: which files there are, and how a copy is kept complete and unchanged."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final
from urllib.parse import quote

from hpo.data.checksums import checksum_text, read_checksums
from hpo.data.download import PATIENT, Limits, check_url, download
from hpo.data.layout import (
    DRUG_TABLES,
    OMICS_LEVELS,
    PARTS,
    RESPONSE,
    SMILES,
    SPLITS,
    all_file,
    omics_file,
    split_file,
)
from hpo.data.release import BENCHMARK, RELEASE_FILE, ReleaseName
from hpo.data.sources import direct_addresses
from hpo.digest import file_digest
from hpo.errors import BadData, MissingInput, OwnedOrExists, StorageError, UsageError
from hpo.storage import write_atomically

BASE_URL: Final = (
    "https://ftp.mcs.anl.gov/pub/candle/public/improve/benchmarks/single_drug_drp/benchmark-data-pilot1/"
    "csa_data/raw_data/"
)
SOURCES: Final = ("CCLE", "CTRPv2", "gCSI", "GDSCv1", "GDSCv2")
CHECKSUM_FILE: Final = "SHA256SUMS"

Progress = Callable[[str, int, int | None], None]
"""Called with the file, the bytes of it that are there, and its size if known."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one file.

    Attributes:
        file: Path relative to ``raw_data``.
        status: ``fetched`` now, or ``present`` before.
        bytes: Its size.
        sha256: Its digest.
        verified: Whether a checksum was known and agrees.
    """

    file: str
    status: str
    bytes: int
    sha256: str
    verified: bool


def benchmark_files() -> tuple[str, ...]:
    """Files of the benchmark, relative to ``raw_data``."""
    further = ("cancer_mutation_long_format.tsv", "cancer_mutation.parquet", "drug_info.tsv")
    tables = (*map(omics_file, OMICS_LEVELS), *DRUG_TABLES.values(), SMILES, *(f"x_data/{name}" for name in further))
    splits = [split_file(source, split, part) for source in SOURCES for split in range(SPLITS) for part in PARTS]
    return (RESPONSE, *sorted(tables), *(all_file(source) for source in SOURCES), *splits)


def matching(patterns: Sequence[str]) -> tuple[str, ...]:
    """Files of the benchmark whose path or name fits one of the shell ``patterns``; all without a pattern.

    A pattern may also name an annotation that can be downloaded, see :mod:`hpo.data.sources`.

    >>> matching(["response.tsv", "splits/CCLE_split_0_*"])[:2]
    ('y_data/response.tsv', 'splits/CCLE_split_0_train.txt')

    Raises:
        UsageError: A pattern fits none.
    """
    benchmark = benchmark_files()
    files = (*benchmark, *direct_addresses())
    chosen: set[str] = set()
    for pattern in patterns:
        fitting = {file for file in files if fnmatchcase(file, pattern) or fnmatchcase(Path(file).name, pattern)}
        if not fitting:
            raise UsageError(f"no file of the benchmark fits {pattern!r}; examples are {RESPONSE} and splits/CCLE_*")
        chosen |= fitting
    return tuple(file for file in files if file in chosen) if patterns else benchmark


def fetch(
    out: Path,
    files: Sequence[str],
    *,
    base_url: str = BASE_URL,
    checksums: Path | None = None,
    limits: Limits = PATIENT,
    progress: Progress | None = None,
) -> list[Fetched]:
    """Download ``files`` into ``out/raw_data``; what is there already is verified and not downloaded again.

    ``out/SHA256SUMS`` records the digest of every file at its first download and is verified against later.

    Args:
        out: Folder, made if needed.
        files: Paths relative to ``raw_data``, see :func:`benchmark_files`.
        base_url: Address of the ``raw_data`` folder.
        checksums: Checksum file to verify against too; its paths may begin with ``raw_data/``.
        limits: Patience and size limit.
        progress: Told how far it is.

    Raises:
        UsageError: ``base_url`` is no http or https address.
        MissingInput: The server lacks files; all of them are named, after everything else was fetched.
        BadData: Files differ from their checksums; all of them are named.
        GaveUp: The server failed too often. What has arrived is kept.
        OwnedOrExists: Another process is fetching into ``out``.
        StorageError: Writing failed.
    """
    base_url = check_url(base_url).rstrip("/") + "/"
    given = _relative(read_checksums(checksums)) if checksums else {}
    done: list[Fetched] = []
    absent: list[str] = []
    wrong: list[str] = []
    with _lock(out):
        sums = out / CHECKSUM_FILE
        recorded = _relative(read_checksums(sums)) if sums.is_file() else {}
        try:
            for file in files:
                try:
                    result = _fetch_one(out, file, base_url, limits, progress)
                except MissingInput as error:
                    absent.append(str(error))
                    continue
                expected = {recorded.get(file), given.get(file)} - {None}
                if expected - {result.sha256}:
                    wrong.append(_difference(out / "raw_data" / file, result, expected))
                    continue
                recorded[file] = result.sha256
                done.append(_verified(result, bool(expected)))
        finally:
            _record(out, recorded)
    if wrong:
        raise BadData([*wrong, *absent])
    if absent:
        raise MissingInput("\n".join(absent))
    return done


def _fetch_one(out: Path, file: str, base_url: str, limits: Limits, progress: Progress | None) -> Fetched:
    target = out / "raw_data" / file
    status = "present" if target.is_file() else "fetched"
    if status == "fetched":
        # A mirror of the benchmark holds the annotations beside it; the official folder does not.
        direct = direct_addresses() if base_url == BASE_URL else {}
        download(
            direct.get(file, base_url + quote(file)),
            target,
            limits=limits,
            progress=(lambda arrived, total: progress(file, arrived, total)) if progress else None,
        )
    return Fetched(file, status, target.stat().st_size, file_digest(target), verified=False)


def _verified(result: Fetched, verified: bool) -> Fetched:
    return Fetched(result.file, result.status, result.bytes, result.sha256, verified)


def _difference(target: Path, result: Fetched, expected: set[str | None]) -> str:
    """Message about a file that differs from its checksum; one that was just downloaded is removed."""
    remedy = "remove it and run the command again"
    if result.status == "fetched":
        target.unlink(missing_ok=True)
        remedy = "it was removed; run the command again, or ask where the checksum comes from"
    wanted = " and ".join(sorted(f"{digest}" for digest in expected))
    return f"{target}: SHA-256 is {result.sha256}, expected is {wanted}; {remedy}"


def _record(out: Path, digests: dict[str, str]) -> None:
    if digests:
        write_atomically(out / CHECKSUM_FILE, checksum_text({f"raw_data/{f}": d for f, d in digests.items()}).encode())
        release = out / "raw_data" / RELEASE_FILE
        if not release.is_file():
            write_atomically(release, (json.dumps(ReleaseName(BENCHMARK).to_json(), indent=2) + "\n").encode("ascii"))


def _relative(digests: dict[str, str]) -> dict[str, str]:
    return {path.removeprefix("./").removeprefix("raw_data/"): digest for path, digest in digests.items()}


@contextmanager
def _lock(out: Path) -> Iterator[None]:
    """Keep other processes from writing the same files; released by the system if this one dies."""
    path = out / ".fetch.lock"
    try:
        (out / "raw_data").mkdir(parents=True, exist_ok=True)
        stream = path.open("ab")
    except OSError as error:
        raise StorageError(f"{out}: can't be written: {error.strerror or error}") from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OwnedOrExists(f"{out}: another process is fetching into this folder; wait for it") from None
        except OSError:
            pass  # a file system without locks: the user's care has to do
        yield
