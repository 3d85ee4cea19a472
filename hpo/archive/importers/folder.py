"""One run folder: every file that is known is read once and parsed; what can't be is said, not guessed."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from hpo.archive.importers.deaplog import LogLine, parse_log
from hpo.archive.importers.discover import RESULT, Found
from hpo.archive.importers.individuals import (
    Individual,
    parse_best,
    parse_fitness,
    parse_fitnesses,
    parse_population,
)
from hpo.archive.importers.privacy import Scrubber
from hpo.archive.importers.reading import open_below, read_bytes, shown, text_of
from hpo.archive.importers.settings import Metadata, Script, parse_metadata, parse_script
from hpo.archive.importers.spaces import find_space
from hpo.archive.importers.tables import Table, parse_table
from hpo.errors import BadData
from hpo.space import Space

MEBIBYTE: Final = 1024 * 1024
MAX_TABLE: Final = 32 * MEBIBYTE
MAX_POPULATION: Final = 16 * MEBIBYTE
MAX_OTHER: Final = MEBIBYTE
MAX_OTHERS: Final = 30
"""Space and settings files in one folder."""

_METADATA: Final = "metadata.txt"
_OUTPUT: Final = "output.txt"
_BEST: Final = re.compile(r"best-[0-9]{1,9}\.json")
_EXIT: Final = re.compile(r"EXIT CODE:[ \t]*([0-9]{1,5})")

T = TypeVar("T")


@dataclass(slots=True)
class RunFiles:
    """The parsed files of one run folder; ``None`` and empty where there is no such file or it can't be used.

    Attributes:
        rank: Rank of the process that ran DEAP, from the names; its workers are the ranks below.
        names: Names of the files by kind (``hpo``, ``output``, ``best``, ``fitness``, …).
        tables: ``hpo.csv`` and ``output.csv`` as far as they are there, in this order.
        digests: SHA-256 of every file that was read, by name.
        notes: What had to be decided, one sentence each.
        damaged: Whether something could not be read, so that the record is only part of what was published.
    """

    rank: int | None = None
    names: dict[str, str] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    log: list[LogLine] = field(default_factory=list)
    best: Individual | None = None
    fitness: float | None = None
    fitnesses: list[float] = field(default_factory=list)
    population: list[Individual] = field(default_factory=list)
    metadata: Metadata = field(default_factory=Metadata)
    script: Script = field(default_factory=Script)
    space: Space | None = None
    scrubber: Scrubber = field(default_factory=lambda: Scrubber(()))
    digests: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    damaged: bool = False


def read_run(root: int, found: Found) -> RunFiles:
    """Read and parse the files of ``found``, a folder below the open folder ``root``.

    Raises:
        BadData: The folder can't be opened, holds files of several runs, has a table but none that can be read, or
            its space is no valid one.
    """
    run = RunFiles(notes=list(found.left_out))
    run.names, run.rank = _names_by_kind(found.files)
    return _parsed(run, _contents(root, found, run))


def contents_of(root: int, found: Found) -> dict[str, bytes]:
    """Files of ``found``, a folder below the open folder ``root``, that are used, by name.

    Raises:
        BadData: The folder can't be opened, or holds files of several runs.
    """
    run = RunFiles()
    run.names, run.rank = _names_by_kind(found.files)
    return _contents(root, found, run)


def parse_run_files(contents: Mapping[str, bytes], header: Sequence[str] | None = None) -> RunFiles:
    """Parse the files of one run folder, given by name; ``header`` has the columns of tables without a header line.

    Raises:
        BadData: As :func:`read_run`.
    """
    run = RunFiles()
    run.names, run.rank = _names_by_kind(sorted(contents))
    return _parsed(run, contents, header)


def _parsed(run: RunFiles, contents: Mapping[str, bytes], header: Sequence[str] | None = None) -> RunFiles:
    run.digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    _read_tables(contents, run, header)
    run.scrubber = Scrubber(content.decode("utf-8", "replace") for content in contents.values())
    _read_individuals(contents, run)
    _read_settings(contents, run)
    spaces = {name: contents[name] for name in contents if name.endswith(".json") and not _BEST.fullmatch(name)}
    run.space, notes = find_space(spaces, run.script.space_file, run.scrubber)
    run.notes.extend(notes)
    return run


def _names_by_kind(files: Iterable[str]) -> tuple[dict[str, str], int | None]:
    """Result files by kind, and the rank that all of them carry."""
    names: dict[str, str] = {}
    ranks: dict[str, str] = {}
    for name in files:
        match = RESULT.fullmatch(name)
        if match is None:
            continue
        kind = next(match[group] for group in ("kind", "best", "individuals", "log") if match[group])
        rank = next((match[f"{group}_rank"] for group in ("best", "individuals", "log") if match[group]), None)
        if rank is not None:
            ranks.setdefault(rank, name)
        names[kind] = name
    if len(ranks) > 1:
        listed = ", ".join(shown(name) for name in ranks.values())
        raise BadData(f"files of {len(ranks)} ranks in one folder ({listed}); they belong to several runs")
    return names, next((int(rank) for rank in ranks), None)


def _contents(root: int, found: Found, run: RunFiles) -> dict[str, bytes]:
    """Bytes of the files that are used; a result file that can't be read is noted."""
    wanted = set(run.names.values()) | {_METADATA, _OUTPUT}
    others = [name for name in found.files if name not in wanted and name.endswith((".json", ".sh"))]
    unsafe = [name for name in others if shown(name) != name]
    if unsafe:
        run.notes.append(f"{len(unsafe)} files with unfit names not read, among them {shown(unsafe[0])!r}.")
    if len(others) > MAX_OTHERS:
        raise BadData(f"{len(others)} JSON and script files in one folder, more than {MAX_OTHERS}")
    folder = open_below(root, found.parts)
    contents: dict[str, bytes] = {}
    try:
        for name in [name for name in found.files if name in wanted or (name in others and name not in unsafe)]:
            try:
                contents[name] = read_bytes(folder, name, _max_bytes(name))
            except BadData as error:
                _refuse_or_note(name, error, run)
    finally:
        os.close(folder)
    return contents


def _max_bytes(name: str) -> int:
    if name.endswith(".csv"):
        return MAX_TABLE
    return MAX_POPULATION if name.startswith("population-") else MAX_OTHER


def _refuse_or_note(name: str, error: BadData, run: RunFiles) -> None:
    if name.endswith(".csv") and len([kind for kind in ("hpo", "output") if kind in run.names]) == 1:
        raise error
    run.notes.append(f"Not read: {'; '.join(error.problems)}.")
    run.damaged = True


def _read_tables(contents: Mapping[str, bytes], run: RunFiles, header: Sequence[str] | None) -> None:
    errors: list[str] = []
    for kind in ("hpo", "output"):
        name = run.names.get(kind, "")
        if name in contents:
            try:
                run.tables.append(parse_table(text_of(contents[name], name), name, header))
            except BadData as error:
                errors.extend(error.problems)
    if errors and not run.tables:
        raise BadData(errors)
    if errors:
        run.notes.append(f"Not read: {'; '.join(errors)}.")
        run.damaged = True


def _read_individuals(contents: Mapping[str, bytes], run: RunFiles) -> None:
    def parsed(kind: str, parse: Callable[[bytes, str], T]) -> T | None:
        name = run.names.get(kind, "")
        if name not in contents:
            return None
        try:
            return parse(contents[name], name)
        except BadData as error:
            _refuse_or_note(name, error, run)
            return None

    def text(parse: Callable[[str, str], T]) -> Callable[[bytes, str], T]:
        return lambda content, name: parse(text_of(content, name, max_line=MAX_POPULATION), name)

    run.best = parsed("best", parse_best)
    run.fitness = parsed("fitness", text(parse_fitness))
    run.fitnesses = parsed("fitnesses", text(parse_fitnesses)) or []
    run.population = parsed("population", text(parse_population)) or []
    log = parsed("deap", text(parse_log))
    if log is not None:
        run.log, notes = log
        run.notes.extend(notes)
        run.damaged = run.damaged or bool(notes)


def _read_settings(contents: Mapping[str, bytes], run: RunFiles) -> None:
    scripts = []
    for name, content in contents.items():
        if name not in (_METADATA, _OUTPUT) and not name.endswith(".sh"):
            continue
        try:
            text = text_of(content, name)
        except BadData as error:
            _refuse_or_note(name, error, run)
            continue
        if name == _METADATA:
            run.metadata = parse_metadata(text)
        elif name == _OUTPUT:
            run.notes.extend(f"The run ended with exit code {code}." for code in _EXIT.findall(text) if int(code))
        else:
            scripts.append((name, parse_script(text)))
    if scripts:
        run.script = scripts[0][1]
    if len(scripts) > 1:
        run.notes.append(f"{len(scripts)} settings scripts; {shown(scripts[0][0])} was taken.")
