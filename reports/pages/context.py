"""What templates receive: frozen values, ready to be printed. Templates have loops and ifs, no arithmetic.

``synthetic`` says how much of a page is about made-up data: ``all``, ``some``, or empty for none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

Text = str | Markup
NOTHING: Final = Markup("")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another page or file of the site.

    Attributes:
        text: What it says.
        href: Address relative to the page.
    """

    text: Text
    href: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: Short name, in the copied CSV and in the address; unique in its table.
        label: Header.
        numeric: Whether cells are numbers, aligned right.
        choice: ``value`` for a filter by value, ``parts`` for one by the words of a cell, empty for none.
        note: What the column means, shown on hover.
        wide: Whether its text may take several lines.
    """

    name: str
    label: str
    numeric: bool = False
    choice: str = ""
    note: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: What it shows.
        value: What it is sorted by and copied as, where that differs from the text; ``None`` for the text.
        href: Where it leads to; empty for nowhere.
        parts: Words that a filter by parts offers.
        strong: Whether it stands out.
    """

    text: Text
    value: str | None = None
    href: str = ""
    parts: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; ``id`` is an anchor, empty for none."""

    cells: Sequence[Cell]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that sorts and filters.

    Attributes:
        id: Anchor, unique on its page.
        caption: What it holds, for readers who hear the page.
        columns: Its columns; the first one names the row.
        rows: Its rows.
        tall: Whether it scrolls inside a frame of limited height.
        interactive: Whether the script adds sorting and filters.
    """

    id: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    tall: bool = False
    interactive: bool = True


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure of a page: paths are relative to the page, without ``-light.svg``, ``-dark.svg`` and ``.csv``."""

    path: str
    file_name: str
    alt: str
    caption: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value."""

    label: str
    value: Text
    note: Text = ""


@dataclass(frozen=True, slots=True)
class FlagView:
    """An audit flag as shown; ``weight`` is what it puts in doubt, in words."""

    name: str
    weight: str
    explanation: str
    evidence: str
    href: str


@dataclass(frozen=True, slots=True)
class FileView:
    """A file to download.

    Attributes:
        name: Its name.
        href: Address relative to the page; empty where the site leaves it out.
        save_as: Name that the browser suggests.
        size: Size in words.
        about: What it holds.
        digest: SHA-256; empty where not shown.
    """

    name: str
    href: str
    save_as: str
    size: Text
    about: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What every page has.

    Attributes:
        title: Title as a YAML string, see :func:`reports.pages.text.page_title`.
        root: Path from the page's folder to the site's root, e.g. ``../../``; empty on the home page.
        crumbs: Way from the home page, the page itself left out; empty for a page right below the home page.
        boost: Weight in the search.
        contents: Whether a table of contents stands beside the page.
        previous: The page before this one among its like; ``None`` for the first, and where there is no order.
        following: The page after it.
        siblings: Pages of its like, to be shown above it; the page itself has no address.
    """

    title: str
    root: str
    crumbs: Sequence[Link] = ()
    boost: float = 1.0
    contents: bool = True
    previous: Link | None = None
    following: Link | None = None
    siblings: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class FinalView:
    """Final scores of a run.

    Attributes:
        sentence: What came of tuning.
        scores: Mean and standard deviation of each candidate.
        trainings: Every training.
        href: Their file.
    """

    sentence: str
    scores: Table
    trainings: Table
    href: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page about one run."""

    page: Page
    model: str
    dataset: str
    size: str
    run: str
    key: str
    synthetic: str
    imported_from: str
    verdict: str
    facts: Sequence[Fact]
    flags: Sequence[FlagView]
    notes: Sequence[str]
    plots: Sequence[Plot]
    absent: Sequence[str]
    best: Table | None
    best_json: str
    leaders: Table | None
    gains: Table | None
    gains_about: str
    final: FinalView | None
    evaluations: Table
    left_out: int
    generations: Table | None
    space: Table | None
    settings: Sequence[Fact]
    provenance: Sequence[Fact]
    files: Sequence[FileView]
    command: str
    siblings: Sequence[Link]


@dataclass(frozen=True, slots=True)
class GridCell:
    """A pair in the table of best results; ``None`` stands for a pair without a run."""

    loss: Text
    href: str
    about: Text
    flags: str
    lowest: bool
    sparkline: Markup
    title: str


@dataclass(frozen=True, slots=True)
class Grid:
    """The best results of one collection."""

    id: str
    heading: str
    about: Text
    metrics: str
    synthetic: str
    datasets: Sequence[Link]
    rows: Sequence[tuple[Link, Sequence[GridCell | None]]]


@dataclass(frozen=True, slots=True)
class Change:
    """A version of the archive, as other pages announce it.

    Attributes:
        title: What it is.
        date: Day of its last run; empty if unknown.
        about: What it added.
        href: Its permanent page.
    """

    title: str
    date: str
    about: str
    href: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """The first page."""

    page: Page
    facts: Sequence[Fact]
    headlines: Sequence[Fact]
    ways: Sequence[tuple[str, Sequence[Link]]]
    changes: Sequence[Change]
    grids: Sequence[Grid]
    picker: Markup
    version: str
    example: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of tables: all runs, all models, one dataset, …

    Attributes:
        page: Title and place.
        heading: First heading.
        lead: One or two sentences.
        facts: Labelled values above the tables.
        sections: Heading and table.
    """

    page: Page
    heading: str
    lead: Text
    sections: Sequence[tuple[str, Text, Table]]
    facts: Sequence[Fact] = ()
    synthetic: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a :class:`ReportPage`: text, HTML, figures and tables in this order; each may be missing.

    Attributes:
        heading: Second-level heading.
        about: Paragraphs.
        plots: Figures.
        tables: Tables.
        html: HTML that is safe as it is.
        below: More of it, below the tables.
        id: Anchor; empty for the one that follows from the heading.
    """

    heading: str
    about: Sequence[Text] = ()
    plots: Sequence[Plot] = ()
    tables: Sequence[Table] = ()
    html: Markup = NOTHING
    below: Markup = NOTHING
    id: str = ""


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A page of figures and tables, in sections.

    Attributes:
        page: Title and place.
        heading: First heading.
        lead: One or two sentences.
        sections: Its parts.
        facts: Labelled values above them.
        synthetic: How much of it is about made-up data.
    """

    page: Page
    heading: str
    lead: Text
    sections: Sequence[Section]
    facts: Sequence[Fact] = ()
    synthetic: str = ""


@dataclass(frozen=True, slots=True)
class AuditFlag:
    """A rule of the audit and where it struck."""

    name: str
    weight: str
    explanation: str
    table: Table


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The page of audit flags."""

    page: Page
    synthetic: str
    runs: int
    doubtful: int
    flagged: int
    overview: Table | None
    flags: Sequence[AuditFlag]
    replay: Table | None
    replay_about: str


@dataclass(frozen=True, slots=True)
class DataPage:
    """The page of downloads."""

    page: Page
    synthetic: str
    version: str
    runs: int
    evaluations: Text
    files: Sequence[FileView]
    example: str
