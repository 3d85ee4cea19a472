"""``cross-hpo hof diff``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpo.cli.hof.common import archive_option, json_option
from hpo.cli.output import print_json, print_table
from hpo.errors import ExitCode

if TYPE_CHECKING:
    from hpo.archive.diff import Difference


@click.command("diff", epilog="Example: cross-hpo hof diff v1.0 HEAD --archive hall_of_fame")
@click.argument("a")
@click.argument("b")
@archive_option
@json_option
def command(a: str, b: str, archive: Path, as_json: bool) -> int:
    """Compare A with B: each the folder of an archive, or a Git revision of --archive.

    Exit code 0 if both hold the same records, 1 if they differ. Records that DVC tracks are fetched through DVC.
    """
    from hpo.archive.diff import as_json as difference_as_json
    from hpo.archive.diff import compare_archives

    with tempfile.TemporaryDirectory(prefix="cross-hpo-diff-") as folder:
        before = _archive_named(a, archive, Path(folder) / "a")
        after = _archive_named(b, archive, Path(folder) / "b")
        difference = compare_archives(before, after)
    if as_json:
        print_json(difference_as_json(difference))
    else:
        _print(difference)
    return ExitCode.DONE if difference.empty else ExitCode.CHECK_FAILED


def _archive_named(name: str, archive: Path, folder: Path) -> Path:
    from hpo.archive.revision import checkout_archive

    return Path(name) if Path(name).is_dir() else checkout_archive(archive, name, folder)


def _print(difference: Difference) -> None:
    rows: list[tuple[object, ...]] = [("added", key, None, loss, "") for key, loss in difference.added.items()]
    rows += [("removed", key, loss, None, "") for key, loss in difference.removed.items()]
    rows += [
        (
            "changed",
            change.key,
            change.before,
            change.after,
            "times and provenance only" if change.same_results else ", ".join(change.files),
        )
        for change in difference.changed
    ]
    if rows:
        print_table(("", "run", "val_loss A", "val_loss B", "what differs"), rows)
    for problem in difference.problems:
        print(f"Unreadable: {problem}")
    moved = sum(change.moved for change in difference.changed)
    print(
        f"{len(difference.added)} added, {len(difference.removed)} removed, {len(difference.changed)} changed "
        f"({moved} best values moved), {difference.unchanged} unchanged"
    )
