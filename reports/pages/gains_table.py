"""What a search gained, on the page of the run: over what, how much, and whether that is beyond noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.analysis.gained import STARTS, Gained
from reports.analysis.noises import BASES
from reports.pages import addresses, text
from reports.pages.context import Cell, Column, Row, Table
from reports.pages.table import make_table, number_cell, percent_cell


def gains_table(found: Sequence[Gained], here: str) -> Table | None:
    """One row a start, on the page in the folder ``here``; ``None`` where nothing is known to compare with."""
    if not found:
        return None
    columns = [
        Column("over", "over", wide=True),
        Column("loss", "its loss ↓", numeric=True),
        Column("end", "the run's ↓", numeric=True),
        Column("gain", "gain %", numeric=True, note="(its loss − the run's) / its loss"),
        Column("noise", "noise %", numeric=True, note="relative standard deviation of repeated trainings"),
        Column("verdict", "verdict"),
        Column("note", "note", wide=True),
    ]
    return make_table(
        "gains-table", "What the search gained", columns, [_row(one, here) for one in found], interactive=False
    )


def gains_sentence(found: Sequence[Gained]) -> str:
    """What of the gains over default and first generation is beyond noise, and where the noise is known from."""
    told = [_told(one) for one in found if one.start in ("default", "first")]
    if not told:
        return ""
    noise = found[0].noise
    return f"{'; '.join(told)}. Noise is {100 * noise.share:.1f} % here: {BASES[noise.basis]}."


def gain_note(found: Sequence[Gained], start: str) -> str:
    """The verdict on the gain over ``start``, in two words; empty where it is not known."""
    return next((_VERDICTS[one.verdict] for one in found if one.start == start), "")


_VERDICTS = {"beyond noise": "beyond noise", "within noise": "within noise", "none": "no gain"}


def _told(one: Gained) -> str:
    start = STARTS[one.start]
    if one.verdict == "none":
        return f"The search gained nothing over {start}"
    return f"Its gain over {start}, {100 * one.share:.1f} %, is {one.verdict}"


def _row(one: Gained, here: str) -> Row:
    href = "" if one.run is None else addresses.page(addresses.run_folder(one.run), of=here)
    return Row(
        [
            Cell(STARTS[one.start], href=href),
            number_cell(one.loss),
            number_cell(one.end),
            percent_cell(one.share, signed=True),
            percent_cell(one.noise.share),
            Cell(_VERDICTS[one.verdict]),
            Cell("; ".join(_notes(one))),
        ]
    )


def _notes(one: Gained) -> Iterator[str]:
    if one.draws:
        yield f"{one.draws:,} draws that the archive holds"
    if one.at_most:
        yield "fewer than the search made evaluations, so the gain is at most this"
    if one.chance is not None:
        yield f"as many draws do as well with a probability of {text.plain(100 * one.chance, 2)} %"
    if one.noise.basis != "run":
        yield f"noise: {BASES[one.noise.basis]}"
