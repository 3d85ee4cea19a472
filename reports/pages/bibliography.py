"""References as BibTeX, and the works that are cited beside models and datasets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_YEAR: Final = re.compile(r"\((\d{4})\)")
_SPECIAL: Final = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$", "{": "", "}": "", "\\": ""}


@dataclass(frozen=True, slots=True)
class Reference:
    """A work to cite.

    Attributes:
        key: Key of its BibTeX entry.
        citation: ``Authors et al., title, journal volume (year) pages``.
        doi: DOI or empty.
        url: Address where there is no DOI; empty for none.
    """

    key: str
    citation: str
    doi: str = ""
    url: str = ""


ABSTRACT: Final = Reference(
    "CrossHPO2024",
    "Cross-HPO: Optimizing neural networks for cancer drug response using hyperparameter tuning on multiple "
    "pharmacogenomic datasets, presentation at a workshop of SC24, 18 November (2024)",
    url="https://openreview.net/forum?id=GbHkbKjxNM",
)
"""What the published searches were presented in; its page names the authors."""

METHODS: Final = (
    Reference(
        "DEAP",
        "Fortin F.-A. et al., DEAP: evolutionary algorithms made easy, "
        "Journal of Machine Learning Research 13 (2012) 2171-2175",
        url="https://jmlr.org/papers/v13/fortin12a.html",
    ),
    Reference(
        "Supervisor",
        "Wozniak J.M. et al., CANDLE/Supervisor: a workflow framework for machine learning applied to cancer research, "
        "BMC Bioinformatics 19, Suppl 18 (2018) 491",
        doi="10.1186/s12859-018-2508-4",
    ),
)
"""What the searches are made with, and after."""


def bibtex(references: Iterable[Reference]) -> str:
    """``references`` as BibTeX, one ``@misc`` each: authors apart, the rest of the citation as it stands."""
    return "\n".join(map(_entry, references))


def _entry(reference: Reference) -> str:
    authors, separator, rest = reference.citation.partition(" et al., ")
    fields = {
        "author": f"{authors} and others" if separator else "",
        "note": rest if separator else reference.citation,
        "year": year[1] if (year := _YEAR.search(reference.citation)) else "",
        "doi": reference.doi,
        "url": reference.url,
    }
    shown = {name: value if name in ("doi", "url") else _tex(value) for name, value in fields.items() if value}
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in shown.items())
    return f"@misc{{{reference.key},\n{lines}}}\n"


def _tex(value: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in value)
