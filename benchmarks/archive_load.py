"""How long it takes to load, list, verify and audit an archive; prints CSV.

Makes a synthetic archive in a temporary folder. Example:

    .venv/bin/python benchmarks/archive_load.py --runs 1000 --evaluations 1000
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from hpo.archive import HallOfFame
from hpo.archive.layout import record_folder
from hpo.archive.manifest import render_manifest
from hpo.archive.record import Record, make_record
from hpo.archive.schema import Counts, Protocol, Release, RunInfo
from hpo.archive.verify import verify_archive
from hpo.evaluation import Candidate, Evaluation, Origin, Outcome, Status
from hpo.space import Space

SPACE = Space.from_json(
    [
        {"name": "learning_rate", "type": "float", "lower": 1e-6, "upper": 1e-2, "use_log_scale": True, "sigma": 0.5},
        {"name": "batch_size", "type": "ordered", "element_type": "int", "values": [16, 32, 64, 128], "sigma": 1},
        {"name": "dropout", "type": "float", "lower": 0.0, "upper": 0.5, "sigma": 0.1},
        {"name": "activation", "type": "categorical", "element_type": "string", "values": ["relu", "elu"]},
    ]
)
MODELS = ("GraphDRP", "IGTD", "HiDRA", "PathDSP")
DATASETS = ("DEMO-A", "DEMO-B")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--evaluations", type=int, default=1000, help="of each run")
    parser.add_argument("--repeats", type=int, default=3, help="of each measurement; the median counts")
    parser.add_argument("--slow", action="store_true", help="measure verification and audit as well, once")
    arguments = parser.parse_args()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        ("what", "runs", "evaluations", "seconds_median", "seconds_best", "cpu_seconds_median", "peak_rss_mb")
    )
    with archive_of(arguments.runs, arguments.evaluations) as path:
        hall = HallOfFame(path)
        measurements: list[tuple[str, Callable[[], object], int]] = [
            ("evaluations", hall.evaluations, arguments.repeats),
            ("runs", hall.runs, arguments.repeats),
            ("best", lambda: hall.best("IGTD", "DEMO-A"), arguments.repeats),
        ]
        if arguments.slow:
            measurements.append(("verify", lambda: verify_archive(path), 1))
            measurements.append(("audit", lambda: audit_all(hall), 1))
        for name, function, repeats in measurements:
            times = [times_of(function) for _ in range(repeats)]
            seconds, cpu = sorted(wall for wall, _ in times), median(cpu for _, cpu in times)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            numbers = (f"{median(seconds):.3f}", f"{seconds[0]:.3f}", f"{cpu:.3f}", f"{peak:.0f}")
            writer.writerow((name, arguments.runs, arguments.runs * arguments.evaluations, *numbers))
            sys.stdout.flush()


def times_of(function: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock and on the processor; the two differ where others use the machine."""
    start, cpu = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - start, time.process_time() - cpu


def audit_all(hall: HallOfFame) -> object:
    from hpo.archive.audit import audit_archive

    return audit_archive(hall.records())


@contextmanager
def archive_of(runs: int, evaluations: int) -> Iterator[Path]:
    """A temporary archive; the tables of a few runs are shared, since making each takes longer than all of loading."""
    with tempfile.TemporaryDirectory(prefix="cross-hpo-benchmark-") as folder:
        path = Path(folder)
        makes = [record_of(seed, evaluations) for seed in range(min(runs, len(MODELS) * 2))]
        for number in range(runs):
            write_fast(path, rename(makes[number % len(makes)], number))
        yield path


def record_of(seed: int, count: int) -> Record:
    rng = random.Random(seed)
    per_generation = max(1, count // 20)
    evaluations = [
        Evaluation(
            Candidate(number, number // per_generation, Origin.MUTATION, SPACE.sample(rng), seed=rng.getrandbits(31)),
            outcome_of(rng),
            worker=rng.randrange(8),
            started=f"2026-01-01T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}.000Z",
            walltime=rng.uniform(1, 100),
        )
        for number in range(count)
    ]
    run = RunInfo(
        model=MODELS[seed % len(MODELS)],
        dataset=DATASETS[seed % len(DATASETS)],
        size="own",
        strategy="ga",
        run=f"ga-seed{seed}",
        seed=seed,
        release=Release(name="benchmark"),
        protocol=Protocol(name="auc-mse", version=1, target="auc", metric="mse", selection="best on validation"),
        population=per_generation,
        generations=20,
        counts=Counts(evaluations=count),
    )
    return make_record(run, SPACE, evaluations, b"")


def outcome_of(rng: random.Random) -> Outcome:
    if rng.random() < 0.02:
        return Outcome(Status.FAILED, message="ValueError: a message of usual length, as exceptions have it")
    loss = rng.uniform(0.004, 0.06)
    metrics = {
        "val_mse": loss,
        "val_rmse": loss**0.5,
        "val_pcc": 1 - loss,
        "val_scc": 1 - 2 * loss,
        "val_r2": 1 - 3 * loss,
    }
    return Outcome(Status.OK, loss, metrics, epochs_run=100, best_epoch=rng.randrange(1, 101))


def rename(record: Record, number: int) -> Record:
    run = record.run.model_copy(
        update={
            "model": MODELS[number % len(MODELS)],
            "dataset": DATASETS[number // len(MODELS) % len(DATASETS)],
            "run": f"ga-seed{number}",
            "seed": number,
        }
    )
    return Record(run, record.space, record.evaluations, record.generations, record.journal)


def write_fast(archive: Path, record: Record) -> None:
    """Publish without flushing and checks: what is measured is reading."""
    files = record.files()
    folder = record_folder(archive, record.key)
    folder.mkdir(parents=True)
    for name, content in {**files, "MANIFEST.sha256": render_manifest(files)}.items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
