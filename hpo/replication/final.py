"""Final scores of a run of ours: what it recommends and the defaults, trained with fresh seeds, on the test part.

The search saw the validation part only, and the best of many validation losses is partly luck. Fresh seeds and the
test part, looked at once and after the search, show what a user gets.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpo.archive.final import BEST, DEFAULT, FinalCandidate, FinalScores, FinalTraining, manifest_digest
from hpo.archive.schema import EvaluationSummary
from hpo.archive.summaries import chosen
from hpo.errors import UsageError
from hpo.evaluation import Hyperparameters
from hpo.execution.messages import sanitise
from hpo.execution.provenance import software
from hpo.replication.again import own_journal, prepared_for
from hpo.search.streams import evaluation_seed

if TYPE_CHECKING:
    from hpo.archive.record import Record
    from hpo.models.base import Arrays, Model

Progress = Callable[[str, FinalTraining], None]


def final_scores(
    record: Record,
    archive: Path,
    data: Path,
    *,
    seeds: int,
    features: Path,
    model: str | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> FinalScores:
    """Train the recommended and the default hyperparameters of ``record`` with ``seeds`` fresh seeds each.

    Args:
        record: A run of ours.
        archive: The archive that it is in.
        data: ``raw_data`` folder or prepared folder.
        seeds: Trainings of each candidate.
        features: Cache of prepared features.
        model: Import path of the model, where it is not a registered one.
        threads: CPU threads of a training.
        progress: Called with the candidate's name after each training.

    Raises:
        UsageError: The record is an import, or nothing succeeded in it.
        Drift: Data, features or protocol are not those of the record.
        BadData: The journal of the record can't be understood.
    """
    best = chosen(record.run)
    if best is None:
        raise UsageError(f"{record.key}: no evaluation succeeded, so there is nothing to score")
    spec, _ = own_journal(record)
    loaded, prepared = prepared_for(record, spec, data, features=features, model=model)
    candidates = []
    for name, summary in ((BEST, best), (DEFAULT, record.run.baseline)):
        if summary is None:
            continue
        values = hyperparameters_of(summary)
        trainings = []
        for number in range(seeds):
            seed = final_seed(spec.seed, number)
            trainings.append(train_and_score(loaded, prepared.arrays, values, seed, threads=threads))
            if progress is not None:
                progress(name, trainings[-1])
        candidates.append(
            FinalCandidate.model_validate(
                {"name": name, "evaluation": summary.evaluation, "hyperparameters": values, "trainings": trainings}
            )
        )
    return FinalScores(
        run=record.key,
        manifest=manifest_digest(archive, record.key),
        candidates=candidates,
        references=reference_metrics(prepared.arrays),
        software=software(loaded.card.packages),
    )


def reference_metrics(arrays: Arrays) -> dict[str, dict[str, float]]:
    """Validation and test metrics of the predictors of ``hpo.models.references``, by their names."""
    from hpo.models.metrics import regression_metrics
    from hpo.models.references import predict_additive, predict_mean

    return {
        name: {
            f"{part}_{metric}": value
            for part in ("val", "test")
            for metric, value in regression_metrics(arrays[f"{part}_auc"], predict(arrays, part)).items()
        }
        for name, predict in (("mean", predict_mean), ("additive", predict_additive))
    }


def final_seed(seed: int, number: int) -> int:
    """Seed of training ``number``, from 0, after the search of ``seed``: none that the search itself used."""
    return evaluation_seed(seed, f"final/{number}")


def hyperparameters_of(summary: EvaluationSummary) -> Hyperparameters:
    """The hyperparameters of ``summary`` that are recorded."""
    return {name: value for name, value in summary.hyperparameters.items() if value is not None}


def train_and_score(
    model: Model, arrays: Arrays, hyperparameters: Hyperparameters, seed: int, *, threads: int
) -> FinalTraining:
    """Train once and score on the test part; whatever goes wrong is the result."""
    from hpo.execution.training import checked, outcome_of
    from hpo.models.base import Training
    from hpo.models.device import choose_device

    device = choose_device() if "torch" in model.card.packages else "cpu"
    scores: dict[str, Any] = {}
    try:
        outcome, score = model.train(hyperparameters, arrays, Training(seed, threads, device), test=True)
        outcome = checked(outcome)
        scores = {**outcome.metrics, **({} if score is None else score.metrics)}
    except Exception as error:  # what goes wrong in a training is its result
        outcome = outcome_of(error)
    return FinalTraining(
        seed=seed,
        status=outcome.status.value,
        val_loss=outcome.loss,
        epochs_run=outcome.epochs_run,
        best_epoch=outcome.best_epoch,
        metrics={name: float(value) for name, value in scores.items()},
        message=sanitise(outcome.message),
    )
