"""The tables that pages of analyses show, as files: every number with all its digits."""

from __future__ import annotations

from typing import Final

import pandas as pd

from reports.analysis.comparison import contests, free_controls, size_steps, standings, tuned
from reports.analysis.comparison_tables import (
    contest_table,
    control_table,
    standing_table,
    step_table,
    tuned_table,
)
from reports.analysis.convergence import progress_table
from reports.analysis.corpus import Corpus
from reports.analysis.cost import cost_table, costs
from reports.analysis.gained import gained, gained_table
from reports.analysis.noises import NoiseBook
from reports.analysis.scores import Scores
from reports.analysis.spread import spread_table, spreads

ABOUT: Final = {
    "gains.csv": "one row a run and what it is held against: gain, noise, and whether the gain is beyond it",
    "progress.csv": "one row a run: how fast its search got where it ended, and whether it was still improving",
    "contests.csv": "one row a model, dataset and size: the genetic algorithm against random searches, by seed",
    "controls.csv": "one row a search: held against random draws that the archive holds",
    "sizes.csv": "one row a size and the next larger one: what the larger search gained",
    "standings.csv": "one row a model on a dataset: its place among the models that compare",
    "tuned.csv": "one row a run: its best against the default hyperparameters",
    "cost.csv": "one row a run: time in evaluations, idle share, repeats, price of a per cent of improvement",
    "spread.csv": "one row a model: how far losses differ between datasets, and between trainings",
}
"""Files with what they hold."""


def page_tables(corpus: Corpus, scores: Scores) -> dict[str, pd.DataFrame]:
    """The tables of ``corpus`` and its ``scores`` by name of the file, those of :data:`ABOUT`."""
    records = corpus.records
    return {
        "gains.csv": gained_table(gained(records)),
        "progress.csv": progress_table(records, NoiseBook(records)),
        "contests.csv": contest_table(contests(records)),
        "controls.csv": control_table(free_controls(records)),
        "sizes.csv": step_table(size_steps(records)),
        "standings.csv": standing_table(standings(records)),
        "tuned.csv": tuned_table(tuned(records)),
        "cost.csv": cost_table(costs(records, corpus.improvements)),
        "spread.csv": spread_table(spreads(scores.transfers, corpus.runs, corpus.optima)),
    }
