"""Trains the optimum of every dataset on all other datasets: what tailoring hyperparameters is worth.

Beside the optima, the model's default hyperparameters are trained on all datasets. Seeds are fresh, and the same for
all candidates on a dataset, so that differences are paired; they are those of ``cross-hpo final``, whose trainings are
not repeated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from hpo.archive.final import DEFAULT, FinalTraining, manifest_digest, read_final
from hpo.archive.schema import EvaluationSummary, RunInfo
from hpo.archive.store import HallOfFame
from hpo.archive.summaries import chosen
from hpo.archive.transfer import (
    TransferCandidate,
    TransferCell,
    TransferRun,
    TransferScores,
    with_cells,
)
from hpo.digest import digest
from hpo.errors import MissingInput, OwnedOrExists, UsageError
from hpo.execution.provenance import software
from hpo.replication.again import own_journal, prepared_for
from hpo.replication.final import final_seed, hyperparameters_of, train_and_score

Progress = Callable[[TransferCell], None]
Save = Callable[[TransferScores], object]


def plan_transfer(
    archive: Path, model: str, size: str, *, seeds: int, release: str | None = None, packages: Iterable[str] = ()
) -> TransferScores:
    """What is to be trained, without any cell.

    A dataset is represented by the run with the lowest loss among the genetic searches of ours. They must agree in
    release, split, protocol, space and fixed hyperparameters; of several groups of such runs, the one with the most
    datasets is taken, then the one with the most evaluations.

    Args:
        archive: Folder of the records.
        model: Name of the model.
        size: Size of the searches.
        seeds: Trainings of a candidate on a dataset.
        release: Release of the data; may be left out where all runs are of one.
        packages: Packages that the model needs, whose versions are written down.

    Raises:
        MissingInput: There is no such archive.
        UsageError: Fewer than two datasets can be compared, or runs are of several releases and none was chosen.
    """
    runs = HallOfFame(archive).runs(model=model, size=size, strategy="ga", source="cross-hpo")
    found = [run for run in runs if chosen(run) is not None and (release is None or run.release.name == release)]
    releases = sorted({run.release.name for run in found})
    if len(releases) > 1:
        raise UsageError(f"{model} {size}: there are runs on the releases {', '.join(releases)}; choose by --release")
    group = _largest_group(found)
    optima = _best_by_dataset(group)
    if len(optima) < 2:
        raise UsageError(
            f"{model} {size}: a transfer takes genetic searches of ours on two datasets or more that agree in release, "
            f"split, protocol and space; found {', '.join(run.key for run in runs) or 'none'}"
        )
    first = optima[0]
    candidates = [_candidate(run.dataset, summary) for run in optima if (summary := chosen(run)) is not None]
    defaults = next((run.baseline for run in optima if run.baseline is not None), None)
    if defaults is not None:
        candidates.append(_candidate(DEFAULT, defaults.model_copy(update={"evaluation": None})))
    return TransferScores(
        model=model,
        size=size,
        release=first.release.name,
        split=first.split,
        protocol=first.protocol,
        seeds=seeds,
        runs=[
            TransferRun(dataset=run.dataset, run=run.key, manifest=manifest_digest(archive, run.key)) for run in optima
        ],
        candidates=candidates,
        cells=[],
        software=software(packages),
    )


def transfer_scores(
    plan: TransferScores,
    archive: Path,
    data: Path,
    *,
    features: Path,
    earlier: TransferScores | None = None,
    model: str | None = None,
    threads: int = 1,
    save: Save = lambda _: None,
    progress: Progress = lambda _: None,
) -> TransferScores:
    """Train every candidate of ``plan`` on every dataset; what goes wrong in a training is its result.

    Args:
        plan: See :func:`plan_transfer`.
        archive: Folder of the records.
        data: ``raw_data`` folder, or a folder with one prepared folder a dataset, named like it.
        features: Cache of prepared features.
        earlier: An earlier transfer, perhaps unfinished: its trainings are not repeated where they are the same.
        model: Registered name or import path of the model; by default the name in the records.
        threads: CPU threads of a training.
        save: Called with all that is done after each cell that was trained.
        progress: Called with each cell that was trained.

    Returns:
        The complete transfer; with more seeds than planned where ``earlier`` has more.

    Raises:
        Drift: Data, features or protocol are not those of the records.
        BadData: The journal of a record can't be understood.
        OwnedOrExists: ``earlier`` is of another release or split.
    """
    done = {} if earlier is None else _reusable(plan, earlier)
    if earlier is not None and done:
        plan = plan.model_copy(update={"seeds": max(plan.seeds, earlier.seeds)})
    finished = {place: cell for place, cell in done.items() if len(cell.trainings) == plan.seeds}
    hall = HallOfFame(archive)
    for run in plan.runs:
        todo = [one for one in plan.candidates if (one.name, run.dataset) not in finished]
        if not todo:
            continue
        record = hall.record(run.run)
        spec, _ = own_journal(record)
        loaded, prepared = prepared_for(record, spec, _data_of(data, run.dataset), features=features, model=model)
        scored = _scored(archive, plan, run)
        for candidate in todo:
            place = candidate.name, run.dataset
            trainings = list(
                done[place].trainings if place in done else scored.get(digest(candidate.hyperparameters), [])
            )
            del trainings[plan.seeds :]
            for number in range(len(trainings), plan.seeds):
                seed = final_seed(spec.seed, number)
                trainings.append(
                    train_and_score(loaded, prepared.arrays, candidate.hyperparameters, seed, threads=threads)
                )
            cell = TransferCell(candidate=candidate.name, dataset=run.dataset, trainings=trainings)
            finished[place] = cell
            progress(cell)
            save(with_cells(plan, finished))
    return with_cells(plan, finished)


def _candidate(name: str, summary: EvaluationSummary) -> TransferCandidate:
    return TransferCandidate(name=name, evaluation=summary.evaluation, hyperparameters=hyperparameters_of(summary))


def _largest_group(runs: Iterable[RunInfo]) -> list[RunInfo]:
    groups: dict[str, list[RunInfo]] = defaultdict(list)
    for run in runs:
        space = run.provenance.digests.get("space")
        groups[digest([run.release.name, run.split, run.protocol.model_dump(), space, run.fixed])].append(run)
    return max(groups.values(), key=_weight, default=[])


def _weight(group: Sequence[RunInfo]) -> tuple[int, int, str]:
    datasets = {run.dataset for run in group}
    return len(datasets), sum(run.counts.evaluations for run in group), min(run.key for run in group)


def _best_by_dataset(group: Iterable[RunInfo]) -> list[RunInfo]:
    best: dict[str, RunInfo] = {}
    for run in sorted(group, key=_loss):
        best.setdefault(run.dataset, run)
    return [best[dataset] for dataset in sorted(best)]


def _loss(run: RunInfo) -> tuple[float, str]:
    summary = chosen(run)
    assert summary is not None
    assert summary.val_loss is not None
    return summary.val_loss, run.key


def _reusable(plan: TransferScores, earlier: TransferScores) -> dict[tuple[str, str], TransferCell]:
    """Cells of ``earlier`` whose trainings are those of ``plan``.

    Raises:
        OwnedOrExists: It is of another release or split.
    """
    if (plan.release, plan.split) != (earlier.release, earlier.split):
        raise OwnedOrExists(
            f"{earlier.name}: holds the transfer on release {earlier.release}, split {earlier.split}, not "
            f"{plan.release}, split {plan.split}; move it away first"
        )
    if plan.software != earlier.software or plan.protocol != earlier.protocol:
        return {}
    same = {run.dataset for run in plan.runs if run in earlier.runs}
    values = {candidate.name: candidate.hyperparameters for candidate in earlier.candidates}
    alike = {one.name for one in plan.candidates if values.get(one.name) == one.hyperparameters}
    return {
        (cell.candidate, cell.dataset): cell
        for cell in earlier.cells
        if cell.candidate in alike and cell.dataset in same
    }


def _scored(archive: Path, plan: TransferScores, run: TransferRun) -> dict[str, list[FinalTraining]]:
    """Trainings of the final scores of ``run`` made with the same software, by digest of the hyperparameters."""
    final = read_final(archive, run.run)
    if final is None or final.software != plan.software:
        return {}
    return {digest(candidate.hyperparameters): candidate.trainings for candidate in final.candidates}


def _data_of(data: Path, dataset: str) -> Path:
    """The data of one dataset: its prepared folder below ``data``, or ``data`` itself.

    Raises:
        MissingInput: There is no such folder.
    """
    from hpo.data.prepared import MANIFEST

    if (data / dataset / MANIFEST).is_file():
        return data / dataset
    if not data.is_dir():
        raise MissingInput(f"{data}: no such folder")
    return data
