"""``cross-hpo hof audit``."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpo.archive import layout
from hpo.archive.store import HallOfFame
from hpo.cli.hof.common import archive_option, folder_of, json_option, warn
from hpo.cli.output import print_json, print_table
from hpo.errors import CrossHpoError

if TYPE_CHECKING:
    from hpo.archive.record import Record
    from hpo.archive.schema import Flag


@click.command("audit", epilog="Example: cross-hpo hof audit --json")
@click.argument("what", metavar="[PATH|RUN]", required=False)
@archive_option
@json_option
def command(what: str | None, archive: Path, as_json: bool) -> None:
    """Look for what is doubtful: in the whole archive, the archive at PATH, or one RUN (key or folder of a record).

    The findings are computed anew from the tables, whatever the records say of themselves; comparisons between runs
    (spaces of different sizes, epochs) need the archive around a run.
    """
    from hpo.archive.audit import audit, audit_archive
    from hpo.archive.record import read_record

    if what is None or _is_archive(what, archive):
        findings = audit_archive(_records(archive if what is None else Path(what)))
    else:
        folder, key = folder_of(what, archive)
        if key is None:
            record = read_record(folder)
            findings = {record.key: audit(record)}
        else:
            findings = {key: audit_archive(_records(archive)).get(key, [])}
    if as_json:
        print_json({key: [flag.model_dump(mode="json") for flag in flags] for key, flags in findings.items()})
    else:
        _print(findings)


def _is_archive(what: str, archive: Path) -> bool:
    path = Path(what)
    if not path.is_dir() or (path / layout.RUN).exists():
        return False
    return not (layout.is_key(what) and layout.record_folder(archive, what).is_dir())


def _records(archive: Path) -> list[Record]:
    hall = HallOfFame(archive)
    keys, records = hall.keys(), []
    for key in keys:
        try:
            records.append(hall.record(key))
        except CrossHpoError as error:
            warn([str(error)])
    return records


def _print(findings: dict[str, list[Flag]]) -> None:
    by_flag: dict[str, list[tuple[str, Flag]]] = defaultdict(list)
    for key, flags in findings.items():
        for flag in flags:
            by_flag[flag.flag].append((key, flag))
    for name, found in by_flag.items():
        rows = [(key, _text(flag.evidence)) for key, flag in found]
        print_table(("run", "evidence"), rows, title=f"{name} ({len(found)}): {found[0][1].explanation}")
    clean = sum(not flags for flags in findings.values())
    print(f"{len(findings)} runs audited, {clean} without a finding")


def _text(value: Any) -> str:
    """Evidence in a line: names with values, floats shortened."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_inner(child)}" for name, child in value.items())
    return _inner(value)


def _inner(value: Any) -> str:
    if isinstance(value, dict):
        return f"({_text(value)})"
    if isinstance(value, list):
        return "[" + " ".join(_inner(child) for child in value) + "]"
    if isinstance(value, float):
        return f"{value:.4g}"
    return "none" if value is None else str(value)
