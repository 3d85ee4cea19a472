"""Figures of one model over its datasets: varying optimum, optimum map, importance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hpo.archive.record import Record
from reports.analysis.importance import importance_of
from reports.analysis.movement import ModelOptima, model_optima
from reports.figures.files import Figure
from reports.figures.importance import Panel, importances_figure
from reports.figures.optimum_map import map_figure
from reports.figures.varying_optimum import varying_figure


def optimum_figures(records: Sequence[Record]) -> Iterator[Figure]:
    """The figures of ``records``, all of one model, for every collection apart; names end with the collection's id."""
    by_key = {record.key: record for record in records}
    for optima in model_optima(records):
        panels = [
            Panel(one.run.dataset, importance_of(by_key[one.run.key])) for one in optima.chosen if one.loss is not None
        ]
        found = (varying_figure(optima), map_figure(optima), _importance(optima, panels))
        yield from (figure for figure in found if figure is not None)


def _importance(optima: ModelOptima, panels: Sequence[Panel]) -> Figure | None:
    if len(panels) < 2:
        return None
    return importances_figure(f"importance-{optima.collection.id}", f"{optima.model}: importance by dataset", panels)
