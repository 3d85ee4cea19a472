"""Draw all figures of an archive: in parallel, and only those whose data or drawing have changed."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from hpo.archive import layout
from hpo.archive.transfer import transfer_files
from hpo.digest import digest, file_digest
from reports.analysis.corpus import record_digests, record_keys
from reports.analysis.kept import forget_older, keeping
from reports.analysis.memo import read_once, record_name
from reports.analysis.quality import results_digest
from reports.collector import look_less
from reports.figures.catalogue import (
    MEASURED,
    OF_A_MODEL,
    OF_THE_ARCHIVE,
    OF_THE_SOFTWARE,
    RUN,
    figures,
    transfer_figures,
)
from reports.files import MARK, fresh_folder, link_or_copy, write_text

FEW: Final = 4
"""Jobs up to which starting processes costs more than it saves."""

KEPT: Final = ".kept"
"""Folder below that of finished figures, of what analyses keep."""

PRELOADED: Final = (
    "reports.figures.catalogue",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "pandas",
    "sklearn.ensemble",
)
"""What processes that draw and grow forests need, and what takes seconds to import."""


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
    with drawing(archive, cache=cache, workers=workers) as begun:
        return begun.finish(out, progress)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Figures that are being drawn by other processes, so that this one can do something else meanwhile.

    Attributes:
        jobs: All figures of the archive.
        todo: Those that the cache lacks.
        cache: Folder of finished figures.
        batches: Of ``todo``, each being drawn; nothing where :meth:`finish` draws them itself.
        beside: What is to be done besides, see :func:`drawing`.
    """

    jobs: Sequence[Job]
    todo: Sequence[Job]
    cache: Path
    batches: dict[Future[None], int]
    beside: Callable[[], object]

    def finish(self, out: Path, progress: Callable[[int, int], None] = lambda *_: None) -> Drawn:
        """Wait for the last figure and what is done beside them, and put the figures into ``out``.

        See :func:`draw_figures`.
        """
        done = len(self.jobs) - len(self.todo)
        progress(done, len(self.jobs))
        for number in self._drawn():
            done += number
            progress(done, len(self.jobs))
        self.beside()
        with fresh_folder(out) as folder:
            for job in self.jobs:
                unmarked = shutil.ignore_patterns(MARK)
                shutil.copytree(self.cache / job.key, folder / job.name, ignore=unmarked, copy_function=link_or_copy)
        _prune(self.cache, {job.key for job in self.jobs})
        forget_older(self.cache / KEPT, [record_name(job.records[0]) for job in self.jobs if job.kind == RUN])
        drawn, runs = (sum(job.kind == RUN for job in some) for some in (self.todo, self.jobs))
        return Drawn(drawn=drawn, reused=runs - drawn)

    def _drawn(self) -> Iterator[int]:
        """How many jobs each finished batch had."""
        for future in as_completed(self.batches):
            future.result()
            yield self.batches[future]
        if not self.batches:
            for batch in _batches(self.todo):
                _draw(batch, self.cache)
                yield len(batch)


def _nothing() -> None:
    """For those who have nothing else to do; a lambda would not travel to another process."""


@contextmanager
def drawing(archive: Path, *, cache: Path, workers: int, beside: Callable[[], object] = _nothing) -> Iterator[Drawing]:
    """Begin to draw the figures of ``archive``; what is not finished at the end of the context is given up.

    Args:
        archive: Folder of records.
        cache: Folder of finished figures.
        workers: Processes that draw; with less than two nothing is drawn before :meth:`Drawing.finish`.
        beside: Something else that needs the same computations: one of the processes does it, or
            :meth:`Drawing.finish`. It can be pickled.

    Raises:
        MissingInput: There is no archive or no record in it.
    """
    jobs = list(_jobs(archive))
    todo = [job for job in jobs if not (cache / job.key).is_dir()]
    batches = _batches(todo)
    if workers < 2 or len(batches) < 2 or len(todo) <= FEW:
        yield Drawing(jobs, todo, cache, {}, beside)
        return
    # The server imports what all need once, while this process goes on.
    context = get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    pool = ProcessPoolExecutor(min(workers, len(batches)), mp_context=context, initializer=look_less)
    try:
        begun = {pool.submit(_draw, batch, cache): len(batch) for batch in batches if batch[0].kind != RUN}
        done = pool.submit(_keeping, beside, cache)
        begun |= {pool.submit(_draw, batch, cache): len(batch) for batch in batches if batch[0].kind == RUN}
        yield Drawing(jobs, todo, cache, begun, done.result)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


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


def _batches(jobs: Sequence[Job]) -> list[list[Job]]:
    """``jobs`` by the records that they show, so that these are read once."""
    batches: dict[tuple[Path, ...], list[Job]] = defaultdict(list)
    for job in jobs:
        batches[job.records].append(job)
    return list(batches.values())


def _draw(batch: Sequence[Job], cache: Path) -> None:
    with keeping(cache / KEPT):
        records = [read_once(folder) for folder in batch[0].records]
        for job in batch:
            with fresh_folder(cache / job.key) as folder:
                drawn = figures(job.kind, records) if job.transfer is None else transfer_figures(job.transfer)
                for figure in drawn:
                    for name, content in figure.files().items():
                        write_text(folder / name, content)


def _keeping(task: Callable[[], object], cache: Path) -> None:
    with keeping(cache / KEPT):
        task()


def _prune(cache: Path, used: set[str]) -> None:
    for entry in sorted(cache.iterdir()):
        if entry.name not in used and not entry.name.startswith("."):
            shutil.rmtree(entry, ignore_errors=True)
