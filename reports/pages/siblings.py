"""The pages of analyses lead to each other: they share one entry in the navigation."""

from __future__ import annotations

from typing import Final

from reports.pages import addresses
from reports.pages.context import Link, Page

ANALYSES: Final = {
    addresses.FINGERPRINTS: "Fingerprints",
    addresses.CONVERGENCE: "Convergence",
    addresses.IMPROVEMENT: "Improvement",
    addresses.COMPARISONS: "Comparisons",
    addresses.TRANSFER: "Transfer",
    addresses.COST: "Cost",
    addresses.CLAIMS: "Claims",
}
"""Title of each by its folder."""


def analysis_page(folder: str, *, contents: bool = True) -> Page:
    """Title and place of the analysis in ``folder``, one of :data:`ANALYSES`."""
    return Page(
        title=f'"{ANALYSES[folder]}"',
        root=addresses.root(folder),
        contents=contents,
        siblings=tuple(
            Link(title, "" if other == folder else addresses.page(other, of=folder))
            for other, title in ANALYSES.items()
        ),
    )
