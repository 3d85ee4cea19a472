"""Trains evaluations of a run of ours again, from the record alone, and compares what comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hpo.archive.summaries import chosen
from hpo.errors import BadData, Drift, UsageError
from hpo.evaluation import Evaluation, Outcome
from hpo.execution.spec import RunSpec
from hpo.replication.own import journal_of

if TYPE_CHECKING:
    from hpo.archive.record import Record
    from hpo.data.prepared import Prepared
    from hpo.models.base import Model

Verdict = Literal["identical", "within-noise", "differs"]


@dataclass(frozen=True, slots=True)
class Again:
    """One evaluation, recorded and trained again.

    Attributes:
        evaluation: Its number.
        recorded: Recorded status.
        found: Status of the training now.
        recorded_loss: Recorded validation loss, if any.
        found_loss: That of the training now, if any.
        verdict: ``identical`` in all bits of the loss; ``within-noise``: the relative difference is within the
            tolerance; else ``differs``.
    """

    evaluation: int
    recorded: str
    found: str
    recorded_loss: float | None
    found_loss: float | None
    verdict: Verdict

    @property
    def difference(self) -> float | None:
        """Relative difference of the losses."""
        if self.recorded_loss is None or self.found_loss is None:
            return None
        scale = abs(self.recorded_loss)
        return abs(self.found_loss - self.recorded_loss) / scale if scale else abs(self.found_loss)

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "difference": self.difference}


def train_again(
    record: Record,
    data: Path,
    *,
    evaluations: Sequence[int],
    features: Path,
    model: str | None = None,
    tolerance: float = 0.0,
    threads: int = 1,
    progress: Callable[[Again], None] | None = None,
) -> list[Again]:
    """Train some evaluations of ``record`` again with its hyperparameters, seeds, data and protocol.

    Args:
        record: A run of ours.
        data: ``raw_data`` folder or prepared folder.
        evaluations: Numbers of the evaluations.
        features: Cache of prepared features.
        model: Import path of the model, where it is not a registered one.
        tolerance: Relative difference of losses that counts as noise.
        threads: CPU threads of a training.
        progress: Called after each training.

    Raises:
        UsageError: The record is no run of ours, or has no such evaluation.
        Drift: The data, the features or the model's protocol are not those of the record.
        BadData: The journal of the record can't be understood.
    """
    from hpo.execution.training import EvaluatorSettings, Trainer

    spec, recorded = own_journal(record)
    loaded, prepared = prepared_for(record, spec, data, features=features, model=model)
    by_number = {evaluation.candidate.evaluation: evaluation for evaluation in recorded}
    unknown = [number for number in evaluations if number not in by_number]
    if unknown:
        raise UsageError(f"{record.key} has no evaluation {unknown[0]}; its numbers are 0 to {len(by_number) - 1}")
    settings = EvaluatorSettings(
        model=model or spec.model,
        features=str(prepared.path),
        fixed=dict(spec.fixed),
        compat=loaded.compat,
        threads=threads,
    )
    trainer = Trainer.ready(settings)
    results = []
    for number in evaluations:
        evaluation = by_number[number]
        outcome = trainer.train(evaluation.candidate.hyperparameters, evaluation.candidate.seed)
        result = compare(evaluation, outcome, tolerance)
        results.append(result)
        if progress is not None:
            progress(result)
    return results


def own_journal(record: Record) -> tuple[RunSpec, list[Evaluation]]:
    """Identity and evaluations of ``record``, see :func:`journal_of`.

    Raises:
        UsageError: The record is no run of ours.
        BadData: The journal of the record can't be understood.
        Drift: It is of another run.
    """
    if record.run.source.kind != "cross-hpo":
        raise UsageError(f"{record.key}: an import; only runs of Cross-HPO say enough to be trained again")
    return journal_of(record)


def prepared_for(
    record: Record, spec: RunSpec, data: Path, *, features: Path, model: str | None = None
) -> tuple[Model, Prepared]:
    """The model of ``record``, whose identity is ``spec``, and the features that it was trained on.

    Raises:
        Drift: The data, the features or the model's protocol are not those of the record.
    """
    from hpo.data.prepared import features_for
    from hpo.models.registry import load

    loaded = load(model or spec.model, spec.protocol.get("compat"))
    _check_protocol(record, spec, loaded.protocol())
    prepared = features_for(loaded, data, spec.dataset, spec.split, features)
    _check_digests(record, spec, {"features": prepared.digest, **prepared.digests})
    loaded.use(prepared)
    return loaded, prepared


def compare(evaluation: Evaluation, outcome: Outcome, tolerance: float) -> Again:
    """What ``outcome``, a new training of ``evaluation``, says about the recorded one."""
    before = evaluation.outcome
    result = Again(
        evaluation=evaluation.candidate.evaluation,
        recorded=before.status.value,
        found=outcome.status.value,
        recorded_loss=before.loss,
        found_loss=outcome.loss,
        verdict="differs",
    )
    if before.status is not outcome.status:
        return result
    difference = result.difference
    if before.loss == outcome.loss:
        verdict: Verdict = "identical"
    else:
        verdict = "within-noise" if difference is not None and difference <= tolerance else "differs"
    return Again(**{**asdict(result), "verdict": verdict})


def _check_protocol(record: Record, spec: RunSpec, protocol: dict[str, Any]) -> None:
    recorded = {name: value for name, value in spec.protocol.items() if name != "compat"}
    if recorded != {name: value for name, value in protocol.items() if name != "compat"}:
        raise Drift(
            f"{record.key}: was trained by protocol {spec.protocol['name']} version {spec.protocol['version']}, but "
            f"{spec.model} is now at {protocol['name']} version {protocol['version']}; install the version of "
            f"Cross-HPO of the record ({record.run.provenance.commit or 'unknown'})"
        )


def _check_digests(record: Record, spec: RunSpec, found: dict[str, str]) -> None:
    wrong = [
        role for role, digest in spec.digests.items() if role != "space" and role in found and found[role] != digest
    ]
    if wrong:
        raise Drift(
            f"{record.key}: {', '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} not what the run was made with; "
            f"it used release {spec.release}"
        )


def chosen_evaluations(record: Record, which: str) -> list[int]:
    """Numbers of the evaluations that ``which`` (``best``, ``all`` or a number) means.

    Raises:
        UsageError: It is none of these, or nothing succeeded.
        BadData: The best evaluation is in no row.

    ``best`` is what the run recommends: of an optimum, its first training.
    """
    if which == "all":
        return [int(number) for number in record.evaluations["evaluation"]]
    if which == "best":
        best = chosen(record.run)
        if best is None:
            raise UsageError(f"{record.key}: no evaluation succeeded; name one by its number, or all")
        if best.evaluation is None:
            raise BadData(f"{record.key}/run.json: the best evaluation is in no row")
        return [best.evaluation]
    if which.isdigit():
        return [int(which)]
    raise UsageError(f"--evaluation {which!r}: must be best, all, or the number of an evaluation")
