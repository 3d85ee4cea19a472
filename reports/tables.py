"""The tables of an archive as files: CSV for people and programs, JSON for `dvc metrics`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from hpo.archive.store import HallOfFame
from reports import page_tables
from reports.analysis import tables
from reports.analysis.claims.judge import claims_json, claims_table, judge
from reports.analysis.claims.ledger import DEFAULT_LEDGER, Ledger, read_ledger
from reports.analysis.corpus import Corpus, load_corpus
from reports.analysis.improvement import groups, improvement_table, summary_table
from reports.analysis.movement import movement_table
from reports.analysis.noises import NoiseBook, noise_table, pair_noises
from reports.analysis.optimum import optimum_table
from reports.analysis.scores import load_scores
from reports.analysis.transfer_tables import estimate_table, final_table, measured_table
from reports.files import frame_csv, fresh_folder, write_text

ABOUT: Final = {
    "runs.csv": "one row a run",
    "best.csv": "the best run of every model on every dataset, by source and release",
    "hyperparameters.csv": "one row a hyperparameter that each run recommends",
    "evaluations.csv": "one row an evaluation of all runs, failed ones too",
    "optimum.csv": "one row a hyperparameter of each run's best, with the range of values that did about as well",
    "movement.csv": "one row a hyperparameter of a model: how its best differs between datasets",
    "generations.csv": "one row a generation of all runs",
    "convergence.csv": "one row an evaluation with the best loss so far",
    "flags.csv": "one row an audit flag with its evidence",
    "improvement.csv": "one row a run: improvement in per cent by every definition",
    "improvement_summary.csv": "one row a group of runs and definition: mean, interval, median",
    **page_tables.ABOUT,
    "noise.csv": "one row a model and dataset: by how much repeats of one point differ",
    "claims.csv": "one row a reading of a claim about the results: verdict, reason, runs",
    "claims.json": "every claim with its readings, verdicts and numbers, each with the runs behind it",
    "final.csv": "one row a training after a search: what the run recommends and the defaults, scored on the test part",
    "transfer.csv": "one row an optimum and a dataset that it was trained on: losses and regret, measured",
    "transfer_estimate.csv": "one row a pair of datasets of an imported model: estimated regret, or why there is none",
    "metrics.json": "best and default loss of every run, by model, dataset, size and run",
}
"""Files with what they hold."""


def write_tables(archive: Path, out: Path, *, metrics: Path | None = None, claims: Path = DEFAULT_LEDGER) -> Corpus:
    """Write the tables of ``archive`` into the folder ``out``, which is replaced as a whole.

    Args:
        archive: Folder of records.
        out: Folder of the tables, see :data:`ABOUT`.
        metrics: Further copy of ``metrics.json``, for a DVC stage whose output is a folder.
        claims: Ledger of claims about the results.

    Returns:
        The records read.

    Raises:
        MissingInput: There is no archive or no record in it, or no such ledger.
        BadData: Records or the ledger cannot be understood.
    """
    ledger = read_ledger(claims)
    corpus = load_corpus(archive)
    content = _content(corpus, ledger)
    with fresh_folder(out) as folder:
        for name in ABOUT:
            write_text(folder / name, content[name])
    if metrics is not None:
        beside = metrics.with_name(f".{metrics.name}.new")
        write_text(beside, content["metrics.json"])
        beside.replace(metrics)
    return corpus


def _content(corpus: Corpus, ledger: Ledger) -> dict[str, str]:
    runs = corpus.runs
    found = corpus.improvements
    scores = load_scores(corpus.root, corpus.digests)
    judged = judge(ledger, corpus.records, found, scores.transfers, corpus.estimates)
    noises = pair_noises(corpus.records, NoiseBook(corpus.records))
    return {
        "runs.csv": frame_csv(tables.runs_table(runs)),
        "best.csv": frame_csv(tables.best_table(runs)),
        "hyperparameters.csv": frame_csv(tables.hyperparameters_table(runs)),
        "evaluations.csv": frame_csv(HallOfFame(corpus.root).evaluations()),
        "optimum.csv": frame_csv(optimum_table(corpus.records)),
        "movement.csv": frame_csv(movement_table(corpus.optima)),
        "generations.csv": frame_csv(tables.generations_table(corpus.records)),
        "convergence.csv": frame_csv(tables.convergence_table(corpus.records)),
        "flags.csv": frame_csv(tables.flags_table(runs)),
        "improvement.csv": frame_csv(improvement_table(runs, found)),
        "improvement_summary.csv": frame_csv(summary_table(groups(runs, found))),
        **{name: frame_csv(table) for name, table in page_tables.page_tables(corpus, scores).items()},
        "noise.csv": frame_csv(noise_table(noises)),
        "claims.csv": frame_csv(claims_table(judged)),
        "claims.json": json_text(claims_json(judged)),
        "final.csv": frame_csv(final_table(list(scores.finals.values()))),
        "transfer.csv": frame_csv(measured_table(scores.transfers)),
        "transfer_estimate.csv": frame_csv(estimate_table(corpus.estimates)),
        "metrics.json": json_text(tables.metrics(runs)),
    }


def json_text(value: Any) -> str:
    """``value`` as indented JSON; NaN is an error, unknown values are null."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
