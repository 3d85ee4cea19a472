"""The page of claims: what has been said about the results, and what the archive says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from typing import Final

from markupsafe import Markup

from reports.analysis.claims.finding import Number, Verdict
from reports.analysis.claims.judge import JudgedClaim
from reports.analysis.claims.ledger import RULES
from reports.pages import addresses, blocks, text
from reports.pages.context import Cell, Column, Fact, Link, ReportPage, Row, Section, Table, Text
from reports.pages.render import table_html
from reports.pages.siblings import analysis_page
from reports.pages.table import make_table

HERE: Final = addresses.CLAIMS

LEAD: Final = (
    "What has been said about the results, each claim with its source, held against the records at every build of this "
    "site. A claim can be understood in more than one way: every reading names the rule that tests it and the runs "
    "that it uses. The first reading decides, the others stand beside it. A difference counts only beyond the noise "
    "of repeated trainings, losses are compared only where they compare, and runs on made-up data count for nothing."
)
MARKS: Final = {Verdict.SUPPORTED: "✓", Verdict.CONTRADICTED: "✗", Verdict.NOT_TESTABLE: "○"}
"""A sign for each verdict, beside its words."""

LINKED: Final = 3
"""Runs up to which each is linked beside a number."""


def claims_page(found: Sequence[JudgedClaim], known: Container[str]) -> ReportPage:
    """The page of the claims ``found``; ``known`` holds the keys of the runs that have a page."""
    counts = Counter(one.verdict for one in found)
    notes = {
        Verdict.SUPPORTED: "by the reading that decides",
        Verdict.CONTRADICTED: "by the reading that decides",
        Verdict.NOT_TESTABLE: "the records lack what it takes, or noise hides it",
    }
    downloads = [Link(f"claims.{kind}", f"../{addresses.DATA}/claims.{kind}") for kind in ("csv", "json")]
    return ReportPage(
        page=analysis_page(HERE),
        heading="Claims",
        lead=LEAD,
        facts=[Fact(str(verdict).capitalize(), text.count(counts[verdict]), notes[verdict]) for verdict in Verdict],
        sections=[
            Section(
                "All claims",
                tables=[_overview(found)],
                below=blocks.files_line(downloads, "With all readings, and as JSON with all numbers and their runs:"),
            ),
            *(_section(one, known) for one in found),
            Section(
                "The rules",
                about=[
                    Markup(
                        "What each rule asks, and when it says what. <code>cross-hpo hof claims</code> prints the same "
                        "verdicts, of these claims or of a ledger of your own."
                    )
                ],
                html=blocks.pairs(_rules(found)),
                id="rules",
            ),
            Section("Where the claims come from", html=blocks.pairs(_sources(found)), id="sources"),
        ],
    )


def verdict_text(verdict: Verdict) -> Markup:
    """The verdict with its sign."""
    return Markup('<span class="judgement">{} {}</span>').format(
        Markup('<span aria-hidden="true">{}</span>').format(text.escape(MARKS[verdict])), text.escape(str(verdict))
    )


def _anchor(one: JudgedClaim) -> str:
    return f"claim-{one.claim.id}"


def _overview(found: Sequence[JudgedClaim]) -> Table:
    columns = [
        Column("claim", "claim", wide=True),
        Column("verdict", "verdict", choice="value"),
        Column("others", "other readings", wide=True),
        Column("reason", "why", wide=True),
        Column("runs", "runs", numeric=True, note="runs behind all readings"),
        Column("source", "source", choice="value"),
    ]
    rows = [
        Row(
            [
                Cell(one.claim.claim, href=f"#{_anchor(one)}"),
                Cell(verdict_text(one.verdict), value=str(one.verdict)),
                Cell(one.others),
                Cell(one.readings[0].finding.reason),
                Cell(str(len(one.runs))),
                Cell(one.source.key),
            ]
        )
        for one in found
    ]
    return make_table("claims-table", "Claims with their verdicts", columns, rows, tall=False)


def _section(one: JudgedClaim, known: Container[str]) -> Section:
    about: list[Text] = [
        Markup('{}. <a href="#sources">{}</a>, {}.').format(
            verdict_text(one.verdict), text.escape(one.source.key), text.escape(one.claim.where)
        )
    ]
    if one.claim.about:
        about.append(one.claim.about)
    return Section(one.claim.claim, about=about, tables=[_readings(one)], below=_numbers(one, known), id=_anchor(one))


def _sources(found: Sequence[JudgedClaim]) -> Iterator[Fact]:
    for key, source in sorted({one.source.key: one.source for one in found}.items()):
        address = blocks.outside(source.url, source.url.removeprefix("https://")) if source.url else ""
        yield Fact(key, source.citation, address)


def _readings(one: JudgedClaim) -> Table:
    columns = [
        Column("reading", "#", numeric=True),
        Column("says", "reading", wide=True),
        Column("verdict", "verdict"),
        Column("reason", "why", wide=True),
        Column("runs", "runs", numeric=True),
        Column("rule", "rule"),
    ]
    rows = [
        Row(
            [
                Cell(str(number)),
                Cell(judged.reading.says),
                Cell(verdict_text(judged.finding.verdict), value=str(judged.finding.verdict)),
                Cell(judged.finding.reason),
                Cell(str(len(judged.finding.runs))),
                Cell(judged.reading.rule, href="#rules"),
            ]
        )
        for number, judged in enumerate(one.readings, start=1)
    ]
    name = f"readings-{one.claim.id}"
    return make_table(name, "Readings of the claim; the first one decides", columns, rows, interactive=False)


def _numbers(one: JudgedClaim, known: Container[str]) -> Markup:
    """All numbers behind the verdicts, folded away; nothing where there is none."""
    columns = [
        Column("reading", "#", numeric=True, note="number of the reading"),
        Column("number", "number", wide=True),
        Column("value", "value", numeric=True),
        Column("runs", "from", wide=True),
    ]
    rows = [
        Row([Cell(str(place)), Cell(number.label), _value(number), Cell(_runs(number, known))])
        for place, judged in enumerate(one.readings, start=1)
        for number in judged.finding.numbers
    ]
    if not rows:
        return Markup("")
    table = Table(f"numbers-{one.claim.id}", "Numbers behind the verdicts", columns, rows, tall=True, interactive=False)
    title = f"{len(rows)} numbers and the runs that they come from"
    return blocks.more(title.replace("1 numbers", "1 number") if len(rows) == 1 else title, table_html(table))


def _value(number: Number) -> Cell:
    value = number.value
    if value is None:
        return Cell("", value="")
    if number.unit == "%":
        return Cell(f"{value:.2f} %".replace("-", "−"), value=repr(value))
    shown = f"{value:,}" if isinstance(value, int) else text.plain(value)
    return Cell(f"{shown} {number.unit}" if number.unit not in ("", "loss", "runs") else shown, value=repr(value))


def _runs(number: Number, known: Container[str]) -> Text:
    if not number.runs:
        return "the source" if number.unit in ("loss", "%") else ""
    if len(number.runs) > LINKED:
        return f"{len(number.runs)} runs"
    return Markup(", ").join(_link(key, known) for key in number.runs)


def _link(key: str, known: Container[str]) -> Markup:
    label = ", ".join(key.split("/")[:3])
    if key not in known:
        return text.escape(label)
    return blocks.inside(addresses.page(f"{addresses.RUNS}/{key}", of=HERE), label)


def _rules(found: Sequence[JudgedClaim]) -> Iterator[Fact]:
    used = {judged.reading.rule for one in found for judged in one.readings}
    return (Fact(name, rule.about) for name, rule in RULES.items() if name in used)
