"""Which figures there are: those of one run, of one model over its datasets, and of the whole archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from hpo.archive.record import Record
from reports.figures.convergence import convergence_figure
from reports.figures.files import Absent, Figure
from reports.figures.fingerprint import fingerprint_figures
from reports.figures.importance import importance_figure
from reports.figures.landscape import landscape_figure
from reports.figures.optimum import optimum_figures
from reports.figures.pair_surface import pair_surface_figure

RUN: Final = "runs"
"""Figures of one record, in ``runs/<key>``."""

MODEL: Final = "models"
"""Figures of all records of one model, in ``models/<model>``."""

FINGERPRINTS: Final = "fingerprints"

Drawing = Callable[[Sequence[Record]], Iterable[Figure]]
"""Figures that several records, in the order of the tables, have something to show in."""

OF_A_RUN: Final[tuple[Callable[[Record], Figure | Absent | None], ...]] = (
    convergence_figure,
    landscape_figure,
    pair_surface_figure,
    importance_figure,
)
OF_A_MODEL: Final[tuple[Drawing, ...]] = (optimum_figures,)
OF_THE_ARCHIVE: Final[dict[str, tuple[Drawing, ...]]] = {FINGERPRINTS: (fingerprint_figures,)}
"""By folder below the figures; each is drawn in a process of its own."""


def figures(kind: str, records: Sequence[Record]) -> list[Figure | Absent]:
    """The figures of ``kind``, a folder as named above, of ``records``, and what is said in place of absent ones."""
    if kind == RUN:
        return [figure for record in records for draw in OF_A_RUN if (figure := draw(record)) is not None]
    drawings = OF_A_MODEL if kind == MODEL else OF_THE_ARCHIVE[kind]
    return [figure for draw in drawings for figure in draw(records)]
