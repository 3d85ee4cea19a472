"""``cross-hpo hof verify``."""

from __future__ import annotations

from pathlib import Path

import click

from hpo.cli.hof.common import archive_option, folder_of, json_option
from hpo.cli.output import print_json
from hpo.errors import CheckFailed


@click.command("verify", epilog="Example: cross-hpo hof verify && cross-hpo hof verify GraphDRP/CCLE/SMALL/ga-seed1")
@click.argument("run", required=False)
@archive_option
@json_option
def command(run: str | None, archive: Path, as_json: bool) -> None:
    """Verify RUN (a key or the path of a record's folder), or the whole archive.

    Checks that all files are there, none is changed (SHA-256), none is strange, that they can be understood, and that
    they agree with each other. Names every problem; exit code 1 if there is any.
    """
    from hpo.archive.verify import Verification, record_problems, verify_archive

    if run is None:
        found = verify_archive(archive)
    else:
        folder, key = folder_of(run, archive)
        problems = list(record_problems(folder, key))
        name = key or str(folder)
        found = Verification((name,), {name: problems} if problems else {})
    if as_json:
        print_json(
            {
                "sound": found.sound,
                "records": len(found.records),
                "problems": found.problems,
                "strangers": list(found.strangers),
            }
        )
    else:
        for problem in [problem for problems in found.problems.values() for problem in problems]:
            print(problem)
        for stranger in found.strangers:
            print(stranger)
    records = f"{len(found.records)} record{'' if len(found.records) == 1 else 's'}"
    if not found.sound:
        strange = f", {len(found.strangers)} strange things beside them" if found.strangers else ""
        raise CheckFailed(f"{len(found.problems)} of {records} not sound{strange}")
    if not as_json:
        print(f"{records} verified: complete, unchanged and consistent")
