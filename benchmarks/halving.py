"""What successive halving on epochs would save inside the genetic algorithm, on real learning curves.

`record` runs a search with the default preset and writes the validation loss of every epoch of every training:

    .venv/bin/python benchmarks/halving.py record --model GraphDRP --dataset DEMO-A --data build/demo/raw_data \
        --seeds 3 --out curves.csv

`summary` then replays each generation of those searches as halving would have trained it: all candidates to the first
rung, the best 1/eta of them to the next, and so on. It prints CSV: a row for each way to stop early. Trainings continue
from checkpoints that cost nothing, or, where it says anew, begin again at every rung, as models without checkpoints
must. A search under halving is given the children of the search without it, which favours halving, since the search
would have learned from short trainings of most of them.

    .venv/bin/python benchmarks/halving.py summary curves.csv
"""

from __future__ import annotations

import argparse
import csv
import itertools
import math
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

FIELDS: Final = ("model", "dataset", "seed", "evaluation", "generation", "epoch", "val_loss")
ETAS: Final = (2, 3, 4)
PATIENCE: Final = 0.2
"""Patience as a share of the epochs, as in the models' defaults (20 of 100)."""

RESAMPLES: Final = 2000

Generation = list[list[float]]
"""Validation losses by epoch of each training of a generation."""


@dataclass(frozen=True)
class Trained:
    """What of the curves of a generation was trained.

    Attributes:
        curves: The part of each that is known in the end.
        epochs: Epochs trained in all.
    """

    curves: Generation
    epochs: int

    @classmethod
    def once(cls, curves: Generation) -> Trained:
        """No epoch was trained twice."""
        return cls(curves, sum(map(len, curves)))


@dataclass(frozen=True)
class Spent:
    """What a way of stopping did to one search.

    Attributes:
        cost: Epochs trained in all.
        loss: Lowest validation loss.
        reached: Epochs that had been trained when a generation with that loss ended.
    """

    cost: int
    loss: float
    reached: int


def record(model: str, dataset: str, data: Path, *, epochs: int, seeds: int, out: Path, fixed: dict[str, Any]) -> None:
    """Search with every seed in 0 … ``seeds`` - 1 and write the learning curves."""
    import torch

    from hpo.data.csa import CsaData
    from hpo.data.prepared import open_prepared, prepare
    from hpo.models import neural
    from hpo.models.base import Training
    from hpo.models.registry import load
    from hpo.search import make_search
    from hpo.sizes import SIZES
    from hpo.space.builtin import builtin_spaces
    from hpo.space.space import read_space

    torch.set_num_threads(1)
    curve: list[float] = []
    fit: Callable[..., Any] = neural.fit

    def recording(task: Any, truth: Any, schedule: Any, *, score: Any = neural.mean_squared_error, **more: Any) -> Any:
        def scored(prediction: Any, measured: Any) -> float:
            loss = float(score(prediction, measured))
            curve.append(loss)
            return loss

        return fit(task, truth, schedule, score=scored, **more)

    neural.fit = recording
    loaded = load(model)
    space = read_space(builtin_spaces(model)[""])
    with tempfile.TemporaryDirectory() as folder, out.open("a", newline="", encoding="utf-8") as stream:
        prepare(loaded, CsaData(data), dataset, 0, Path(folder) / "prepared")
        arrays = open_prepared(Path(folder) / "prepared").arrays
        writer = csv.writer(stream)
        if stream.tell() == 0:
            writer.writerow(FIELDS)
        for seed in range(seeds):
            search = make_search(space, strategy="ga", size=SIZES["MEDIUM"], seed=seed)
            while (candidate := search.ask()) is not None:
                curve.clear()
                values = {**space.constants, **candidate.hyperparameters, **fixed, "epochs": epochs, "patience": epochs}
                outcome, _ = loaded.train(values, arrays, Training(candidate.seed, 1, "cpu"))
                search.tell(candidate.evaluation, outcome)
                name = (model, dataset, seed, candidate.evaluation, candidate.generation)
                writer.writerows((*name, epoch, f"{loss:.8g}") for epoch, loss in enumerate(curve, start=1))
                stream.flush()
                print(*name, outcome.status, outcome.loss, file=sys.stderr, flush=True)


def patient(curve: Sequence[float], patience: int) -> list[float]:
    """The part of a learning curve up to where ``patience`` epochs brought nothing better."""
    best, at = math.inf, 0
    for epoch, loss in enumerate(curve, start=1):
        if loss < best:
            best, at = loss, epoch
        if epoch - at >= patience:
            return list(curve[:epoch])
    return list(curve)


def halved(generation: Generation, epochs: int, eta: int, *, anew: bool = False) -> Trained:
    """What of the curves of a generation successive halving would have trained.

    The first rung is where the best 1/eta of the candidates of each rung leave one candidate for all epochs.

    Args:
        generation: The whole curves.
        epochs: Of the last rung.
        eta: Candidates for each that reaches the next rung.
        anew: Whether every rung trains from the first epoch on.
    """
    rungs = max(1, math.floor(math.log(len(generation), eta) + 1e-9))
    alive = list(range(len(generation)))
    trained = dict.fromkeys(alive, 0)
    spent_epochs = 0
    for rung in range(rungs, -1, -1):
        upto = max(1, round(epochs / eta**rung))
        for number in alive:
            before, trained[number] = trained[number], min(upto, len(generation[number]))
            spent_epochs += trained[number] - (0 if anew and trained[number] > before else before)
        keep = max(1, math.ceil(len(alive) / eta))
        alive = sorted(alive, key=lambda number: min(generation[number][: trained[number]], default=math.inf))[:keep]
    return Trained([curve[: trained[number]] for number, curve in enumerate(generation)], spent_epochs)


def spent(generations: Sequence[Trained]) -> Spent:
    """Cost and result of a search that trained these generations."""
    cost, loss, reached = 0, math.inf, 0
    for generation in generations:
        cost += generation.epochs
        lowest = min((min(curve) for curve in generation.curves if curve), default=math.inf)
        if lowest < loss:
            loss, reached = lowest, cost
    return Spent(cost, loss, reached)


def cost_of_reaching(loss: float, generations: Sequence[Generation]) -> int | None:
    """Epochs after which a search that trains all curves has a loss of at most ``loss``; ``None`` if never."""
    cost = 0
    for curve in itertools.chain.from_iterable(generations):
        cost += len(curve)
        if curve and min(curve) <= loss:
            return cost
    return None


def summary(rows: Sequence[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """For each model and way of stopping, over its searches.

    ``cost`` is relative to training all epochs of all candidates, ``loss`` relative to the loss that this reaches.
    ``saved`` is how many times the cost the search without halving, with patience, needs for the loss that halving
    reaches: the median over searches, with a 95 % bootstrap interval; below 1 halving is dearer.
    """
    import numpy as np

    searches: dict[tuple[str, str, str], dict[tuple[int, int], list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        name = (row["model"], row["dataset"], row["seed"])
        searches[name][int(row["generation"]), int(row["evaluation"])].append(float(row["val_loss"]))
    found: dict[tuple[str, str, str], list[tuple[float, float, float]]] = defaultdict(list)
    for (model, dataset, _), curves in searches.items():
        epochs = max(map(len, curves.values()))
        count = 1 + max(generation for generation, _ in curves)
        full = [[curve for (own, _), curve in curves.items() if own == generation] for generation in range(count)]
        wait = max(1, round(PATIENCE * epochs))
        early = [[patient(curve, wait) for curve in generation] for generation in full]
        patience = [Trained.once(generation) for generation in early]
        whole, reference = spent([Trained.once(generation) for generation in full]), spent(patience)
        ways = {"patience": patience}
        for eta in ETAS:
            ways[f"halving, eta {eta}"] = [halved(part, epochs, eta) for part in full]
            ways[f"halving and patience, eta {eta}"] = [halved(part, epochs, eta) for part in early]
            ways[f"halving anew, eta {eta}"] = [halved(part, epochs, eta, anew=True) for part in full]
        for way, trained in ways.items():
            own = spent(trained)
            needed = cost_of_reaching(own.loss, early) or reference.cost
            found[model, dataset, way].append((own.cost / whole.cost, own.loss / whole.loss, needed / own.reached))
    for (model, dataset, way), values in found.items():
        saved = np.array([value[2] for value in values])
        draws = np.random.RandomState(0).randint(0, len(saved), (RESAMPLES, len(saved)))
        low, high = np.percentile(np.median(saved[draws], axis=1), [2.5, 97.5])
        yield {
            "model": model, "dataset": dataset, "stopping": way, "searches": len(values),
            "cost": f"{fmean(value[0] for value in values):.3f}", "loss": f"{fmean(value[1] for value in values):.4f}",
            "saved": f"{median(saved):.2f}", "low": f"{low:.2f}", "high": f"{high:.2f}",
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("--model", required=True)
    recording.add_argument("--dataset", required=True)
    recording.add_argument("--data", type=Path, required=True, help="raw_data folder in csa_data layout")
    recording.add_argument("--epochs", type=int, default=27)
    recording.add_argument("--seeds", type=int, default=3)
    recording.add_argument("--fix", action="append", default=[], metavar="NAME=VALUE", help="a whole number")
    recording.add_argument("--out", type=Path, required=True, help="CSV, appended to")
    summing = commands.add_parser("summary")
    summing.add_argument("curves", type=Path, nargs="+")
    options = parser.parse_args()
    if options.command == "record":
        fixed = {name: int(value) for name, _, value in (text.partition("=") for text in options.fix)}
        record(
            options.model, options.dataset, options.data,
            epochs=options.epochs, seeds=options.seeds, out=options.out, fixed=fixed,
        )  # fmt: skip
        return
    rows = [row for path in options.curves for row in csv.DictReader(path.open(encoding="utf-8"))]
    lines = list(summary(rows))
    writer = csv.DictWriter(sys.stdout, fieldnames=list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)


if __name__ == "__main__":
    main()
