"""``cross-hpo hof claims``."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from reports.analysis.claims.judge import JudgedClaim

EPILOG: Final = "Examples: cross-hpo hof claims; cross-hpo hof claims --claims my-claims.toml --json"


@click.command("claims", epilog=EPILOG)
@click.option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("hall_of_fame"),
    show_default=True,
    help="Folder of the archive.",
)
@click.option(
    "--claims",
    "ledger",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Ledger of claims, a TOML file.  [default: that of this package: claims of the Cross-HPO abstract and more]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with all numbers and the runs behind each.")
def command(archive: Path, ledger: Path | None, as_json: bool) -> None:
    """Hold claims about the results against the archive: supported, contradicted, or not testable, and why.

    A claim has one or more readings, each tested by a rule over the records; the first one decides, the others stand
    beside it. Runs on made-up data count for nothing. The same verdicts are on the site's page of claims.
    """
    from hpo.cli.output import MAX_WIDTH, print_json
    from reports.analysis.claims.judge import claims_json, judge
    from reports.analysis.claims.ledger import DEFAULT_LEDGER, read_ledger
    from reports.analysis.corpus import load_corpus
    from reports.analysis.scores import load_scores

    read = read_ledger(ledger or DEFAULT_LEDGER)
    corpus = load_corpus(archive)
    judged = judge(read, corpus.records, transfers=load_scores(archive, corpus.digests).transfers)
    if as_json:
        print_json(claims_json(judged))
        return
    for line in _lines(judged, MAX_WIDTH):
        print(line)


def _lines(judged: Sequence[JudgedClaim], width: int) -> Iterator[str]:
    for one in judged:
        more = f"; other readings: {one.others}" if one.others else ""
        yield f"{one.claim.id}: {one.verdict}{more}"
        yield from _wrapped(f"{one.claim.claim} [{one.source.key}]", width, "  ", "  ")
        for reading in one.readings:
            text = f"{reading.finding.verdict}: {reading.reading.says} {reading.finding.reason}"
            runs = len(reading.finding.runs)
            text += f" ({runs} run{'s' if runs != 1 else ''})" if runs else ""
            yield from _wrapped(text, width, "  - ", "    ")
        yield ""
    counts = Counter(str(one.verdict) for one in judged)
    verdicts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
    yield f"{len(judged)} claims: {verdicts}"


def _wrapped(text: str, width: int, first: str, rest: str) -> list[str]:
    # A number keeps its per cent sign.
    lines = textwrap.wrap(
        text.replace(" %", "\N{NO-BREAK SPACE}%"), width, initial_indent=first, subsequent_indent=rest
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]
