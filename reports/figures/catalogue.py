"""Which figures there are: those of one run, of one model over its datasets, and of the whole archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from hpo.archive.record import Record
from hpo.archive.transfer import parse_transfer
from reports.figures.advantage import advantage_figures
from reports.figures.control_curves import control_figures
from reports.figures.convergence import convergence_figures
from reports.figures.convergence_grid import grid_figures
from reports.figures.cost_curves import cost_figures, idle_figures
from reports.figures.files import Absent, Figure
from reports.figures.fingerprint import fingerprint_figures
from reports.figures.importance import importance_figure
from reports.figures.improvement import improvement_figures
from reports.figures.landscape import landscape_figure
from reports.figures.optimum import optimum_figures
from reports.figures.pair_surface import pair_surface_figure
from reports.figures.quality import quality_figures
from reports.figures.transfer import estimate_figures, measured_figures

RUN: Final = "runs"
"""Figures of one record, in ``runs/<key>``."""

MODEL: Final = "models"
"""The optima of one model, in ``models/<model>``."""

CONVERGENCE: Final = "convergence"
COURSE: Final = "courses"
"""Convergence of every run of one model, in ``courses/<key>``: its band of noise depends on the other runs."""

CONTROL: Final = "control"
COST: Final = "cost"
FINGERPRINTS: Final = "fingerprints"
IMPROVEMENT: Final = "improvement"
ADVANTAGE: Final = "advantage"
IDLE: Final = "idle"
ESTIMATE: Final = "transfer-estimates"
MEASURED: Final = "transfers"
"""Figures of the transfers of models, in ``transfers/<model>/<size>``."""
BENCHMARK: Final = "benchmark"

Drawing = Callable[[Sequence[Record]], Iterable[Figure]]
"""Figures that several records, in the order of the tables, have something to show in."""

OF_A_RUN: Final[tuple[Callable[[Record], Figure | Absent | None], ...]] = (
    landscape_figure,
    pair_surface_figure,
    importance_figure,
)
OF_A_MODEL: Final[dict[str, tuple[Drawing, ...]]] = {
    MODEL: (optimum_figures,),
    CONVERGENCE: (grid_figures,),
    COURSE: (convergence_figures,),
    CONTROL: (control_figures,),
    COST: (cost_figures,),
    ESTIMATE: (estimate_figures,),
}
"""By folder, in which each model has one of its own; each is drawn in one go from all records of the model."""

OF_THE_ARCHIVE: Final[dict[str, tuple[Drawing, ...]]] = {
    FINGERPRINTS: (fingerprint_figures,),
    IMPROVEMENT: (improvement_figures,),
    ADVANTAGE: (advantage_figures,),
    IDLE: (idle_figures,),
}
"""By folder; each is drawn in one go from all records."""


OF_THE_SOFTWARE: Final[dict[str, Callable[[], Iterable[Figure]]]] = {BENCHMARK: quality_figures}
"""By folder; drawn from what was measured of the software, whatever the archive holds."""


def transfer_figures(path: Path) -> list[Figure]:
    """The figures of the transfer in the file ``path``."""
    return measured_figures(parse_transfer(path))


def figures(kind: str, records: Sequence[Record]) -> list[Figure | Absent]:
    """The figures of ``kind``, a folder as named above, of ``records``, and what is said in place of absent ones."""
    if kind == RUN:
        return [figure for record in records for draw in OF_A_RUN if (figure := draw(record)) is not None]
    if kind in OF_THE_SOFTWARE:
        return list(OF_THE_SOFTWARE[kind]())
    drawings = OF_A_MODEL[kind] if kind in OF_A_MODEL else OF_THE_ARCHIVE[kind]
    return [figure for draw in drawings for figure in draw(records)]
