"""Draw all figures of an archive: in parallel, and only those whose data or drawing have changed."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from hpo.archive import layout
from hpo.archive.record import read_record
from hpo.archive.transfer import transfer_files
from hpo.digest import digest, file_digest
from reports.analysis.corpus import record_digests, record_keys
from reports.analysis.quality import results_digest
from reports.figures.catalogue import (
    MEASURED,
    OF_A_MODEL,
    OF_THE_ARCHIVE,
    OF_THE_SOFTWARE,
    RUN,
    figures,
    transfer_figures,
)
from reports.files import MARK, fresh_folder, write_text

FEW: Final = 4
"""Jobs up to which starting processes costs more than it saves."""


@dataclass(frozen=True, slots=True)
class Job:
    """Figures that are drawn together.

    Attributes:
        kind: What is drawn, see :mod:`reports.figures.catalogue`.
        name: Folder of the figures below the output, e.g. ``runs/<key>``.
        records: Folders of the records that they show, in the order of the tables.
        key: Digest of everything that the drawings depend on; also the name of the folder in the cache.
        transfer: File of the transfer that they show instead of records.
    """

    kind: str
    name: str
    records: tuple[Path, ...]
    key: str
    transfer: Path | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a call of :func:`draw_figures` did: runs whose figures were drawn anew, and taken from the cache."""

    drawn: int
    reused: int


def draw_figures(
    archive: Path, out: Path, *, cache: Path, workers: int, progress: Callable[[int, int], None] = lambda *_: None
) -> Drawn:
    """Draw the figures of ``archive`` into ``out``, which is replaced as a whole.

    Args:
        archive: Folder of records.
        out: Folder of the figures: ``runs/<key>/convergence-light.svg`` and so on, one folder a job.
        cache: Folder that keeps finished figures by content; entries that this call does not use are removed.
        workers: Processes that draw.
        progress: Called with the number of finished and of all jobs.

    Raises:
        MissingInput: There is no archive or no record in it.
        BadData: A record cannot be understood.
    """
    jobs = list(_jobs(archive))
    todo = [job for job in jobs if not (cache / job.key).is_dir()]
    done = len(jobs) - len(todo)
    progress(done, len(jobs))
    for finished, _ in enumerate(_run(todo, cache, workers), done + 1):
        progress(finished, len(jobs))
    with fresh_folder(out) as folder:
        for job in jobs:
            shutil.copytree(cache / job.key, folder / job.name, ignore=shutil.ignore_patterns(MARK))
    _prune(cache, {job.key for job in jobs})
    drawn, runs = (sum(job.kind == RUN for job in some) for some in (todo, jobs))
    return Drawn(drawn=drawn, reused=runs - drawn)


def _jobs(archive: Path) -> Iterator[Job]:
    """The jobs of ``archive``; what takes longest first, so that no process is left with it at the end."""
    manifests = record_digests(archive, record_keys(archive))
    drawing = _drawing_digest()

    def job(kind: str, name: str, keys: Sequence[str]) -> Job:
        folders = tuple(layout.record_folder(archive, key) for key in keys)
        return Job(kind, name, folders, digest([kind, [manifests[key] for key in keys], drawing]))

    models: dict[str, list[str]] = defaultdict(list)
    for key in manifests:
        models[key.split("/")[0]].append(key)
    yield from (job(kind, kind, list(manifests)) for kind in OF_THE_ARCHIVE)
    yield from (Job(kind, kind, (), digest([kind, results_digest(), drawing])) for kind in OF_THE_SOFTWARE)
    yield from (job(kind, f"{kind}/{model}", keys) for kind in OF_A_MODEL for model, keys in models.items())
    yield from (_transfer_job(path, drawing) for path in transfer_files(archive))
    yield from (job(RUN, f"{RUN}/{key}", [key]) for key in manifests)


def _transfer_job(path: Path, drawing: str) -> Job:
    name = f"{MEASURED}/{path.parent.name}/{path.name.removesuffix(layout.TRANSFER_SUFFIX)}"
    return Job(MEASURED, name, (), digest([MEASURED, file_digest(path), drawing]), path)


def _drawing_digest() -> str:
    """Digest of the code that computes and draws, and of Matplotlib's version."""
    package = Path(__file__).parents[1]
    sources = [package / "files.py", *package.glob("analysis/*.py"), *package.glob("figures/*.py")]
    code = {str(path.relative_to(package)): file_digest(path) for path in sorted(sources)}
    return digest({"code": code, "matplotlib": version("matplotlib")})


def _run(jobs: Sequence[Job], cache: Path, workers: int) -> Iterator[None]:
    """Draw ``jobs``; those of the same records one after the other, so that the records are read once."""
    batches: dict[tuple[Path, ...], list[Job]] = defaultdict(list)
    for job in jobs:
        batches[job.records].append(job)
    if workers < 2 or len(batches) < 2 or len(jobs) <= FEW:
        for batch in batches.values():
            _draw(batch, cache)
            yield from (None for _ in batch)
        return
    with ProcessPoolExecutor(min(workers, len(batches)), mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(_draw, batch, cache): len(batch) for batch in batches.values()}
        try:
            for future in as_completed(futures):
                future.result()
                yield from (None for _ in range(futures[future]))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _draw(batch: Sequence[Job], cache: Path) -> None:
    records = [read_record(folder) for folder in batch[0].records]
    for job in batch:
        with fresh_folder(cache / job.key) as folder:
            drawn = figures(job.kind, records) if job.transfer is None else transfer_figures(job.transfer)
            for figure in drawn:
                for name, content in figure.files().items():
                    write_text(folder / name, content)


def _prune(cache: Path, used: set[str]) -> None:
    for entry in sorted(cache.iterdir()):
        if entry.name not in used and not entry.name.startswith("."):
            shutil.rmtree(entry, ignore_errors=True)
