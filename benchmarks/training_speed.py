"""How fast networks train here, held against the conventional way (see ``conventional.py``), as CSV.

On synthetic data of the size of gCSI (312 cell lines, 16 drugs, 99 % of the pairs, 958 genes), made in a temporary
folder. Same weights, same data, same run; the two ways take turns.

  training   responses a second in training steps (forward, backward, Adam) of GraphDRP, DeepTTC and Paccmann_MCA, the
             conventional way and ours, and the factor between; medians. On a CPU seconds are those of the processor,
             with one thread, so that others on the machine disturb less
  agreement  largest difference between the predictions of the two ways, on the validation part
  memory     how much the peak memory of a process grows in two steps
  epoch      seconds of one epoch of every model on the training part at a batch of 256, with everything that an epoch
             includes (100 boosting rounds for LGBM)

Examples:

    .venv/bin/python benchmarks/training_speed.py > benchmarks/training_speed.csv
    .venv/bin/python benchmarks/training_speed.py --only training --models GraphDRP --device cuda
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import torch
from conventional import CONVENTIONAL, Samples, loss_of
from torch.utils.data import DataLoader

from hpo.data.csa import CsaData
from hpo.data.demo.files import Design, Screen, write_demo
from hpo.data.landmark import landmark_symbols
from hpo.data.prepared import open_prepared, prepare
from hpo.models.base import Arrays, Training
from hpo.models.device import reproducible
from hpo.models.neural import Task, batches, evaluate
from hpo.models.registry import load, names

DATASET = "DEMO-LIKE-GCSI"
GENES, CELL_LINES, DRUGS, MEASURED = 958, 312, 16, 0.99
MEASUREMENTS = ("training", "agreement", "memory", "epoch")
MEGABYTE = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=MEASUREMENTS)
    parser.add_argument("--models", nargs="+", choices=names(), default=names())
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5, help="turns of the two ways; the median counts")
    parser.add_argument("--memory-of", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of:
        print(memory_of(arguments.models[0], *arguments.memory_of, arguments.device, arguments.batch))
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("measurement", "model", "way", "device", "batch", "value", "unit"))
    with tempfile.TemporaryDirectory(prefix="cross-hpo-benchmark-") as folder:
        write_demo(Path(folder) / "data", design=like_gcsi())
        data = CsaData(Path(folder) / "data" / "raw_data")
        for name in arguments.models:
            features = Path(folder) / name
            prepare(load(name), data, DATASET, 0, features)
            for measurement, way, value, unit in measurements(name, features, arguments):
                writer.writerow((measurement, name, way, arguments.device, arguments.batch, value, unit))
                sys.stdout.flush()


def like_gcsi() -> Design:
    """Data of the size of gCSI."""
    screen = Screen(DATASET, range(CELL_LINES), range(DRUGS), MEASURED, 0.2)
    return Design(CELL_LINES, landmark_symbols()[:GENES], (screen,))


def measurements(name: str, features: Path, arguments: argparse.Namespace) -> Iterator[tuple[str, str, str, str]]:
    """Measurement, way, value and unit of everything that is asked for of a model."""
    arrays = open_prepared(features).arrays
    device, batch = arguments.device, arguments.batch
    if name in CONVENTIONAL:
        if "agreement" in arguments.only:
            yield "agreement", "both", f"{disagreement(name, arrays, device):.1e}", "AUC"
        if "training" in arguments.only:
            speeds = training(name, arrays, device, batch, arguments.repeats)
            for way, speed in speeds.items():
                yield "training", way, f"{speed:.0f}", "responses/s"
            yield "training", "factor", f"{speeds['ours'] / speeds['conventional']:.1f}", "times"
        if "memory" in arguments.only:
            for way in ("conventional", "ours"):
                yield "memory", way, memory_in_child(name, way, features, device, batch), "MB"
    if "epoch" in arguments.only:
        yield "epoch", "ours", f"{epoch_seconds(name, arrays, device, batch):.2f}", "s"


def task_of(name: str, arrays: Arrays, device: torch.device) -> tuple[Task, Any]:
    """Our task with the default sizes, and the sizes."""
    if name == "GraphDRP":
        from hpo.models.graphdrp.task import GraphDRPTask

        return GraphDRPTask(arrays, device), None
    if name == "DeepTTC":
        from hpo.models.deepttc.network import Sizes as DeepTTCSizes
        from hpo.models.deepttc.task import DeepTTCTask

        return DeepTTCTask(arrays, DeepTTCSizes(), device), DeepTTCSizes()
    from hpo.models.paccmann.network import Sizes as PaccmannSizes
    from hpo.models.paccmann.task import PaccmannTask

    return PaccmannTask(arrays, PaccmannSizes(), device, augment=True), PaccmannSizes()


def our_steps(task: Task, batch: int) -> Iterator[Callable[[], int]]:
    """Endless training steps our way; each returns the number of responses."""
    optimizer = torch.optim.Adam(task.network.parameters(), lr=1e-4, fused=True)

    def step(rows: torch.Tensor) -> int:
        task.network.train()
        optimizer.zero_grad(set_to_none=True)
        task.loss(rows).backward()
        optimizer.step()
        return len(rows)

    while True:
        for rows in batches(torch.randperm(task.rows), batch)[:-1]:
            yield lambda rows=rows: step(rows)


def conventional_steps(
    name: str, task: Task, arrays: Arrays, sizes: object, device: torch.device, batch: int
) -> Iterator[Callable[[], int]]:
    """Endless training steps the conventional way; loading the batch is part of the step."""
    way = CONVENTIONAL[name](arrays, sizes)
    loader = DataLoader(
        Samples(way, "train", task.rows),
        batch_size=batch,
        shuffle=True,
        drop_last=True,
        collate_fn=way.collate,
        pin_memory=device.type == "cuda",
    )
    optimizer = torch.optim.Adam(task.network.parameters(), lr=1e-4)

    def step(loaded: Iterator[Any]) -> int:
        task.network.train()
        tensors = [tensor.to(device) for tensor in next(loaded)]
        optimizer.zero_grad(set_to_none=True)
        loss_of(way, task.network, tensors).backward()
        optimizer.step()
        return len(tensors[-1])

    while True:
        loaded = iter(loader)
        for _ in range(len(loader)):
            yield lambda loaded=loaded: step(loaded)


def training(name: str, arrays: Arrays, device_name: str, batch: int, repeats: int) -> dict[str, float]:
    """Responses a second by way."""
    device = torch.device(device_name)
    clock = time.process_time if device_name == "cpu" else synchronised
    seconds: dict[str, list[float]] = {"conventional": [], "ours": []}
    settings = Training(seed=1, device=device_name)
    with reproducible(settings):
        task, sizes = task_of(name, arrays, device)
    ours = our_steps(task, batch)
    theirs = conventional_steps(name, task, arrays, sizes, device, batch)
    torch.set_num_threads(settings.threads)
    for turn in range(repeats + 1):
        for way, steps, number in (("conventional", theirs, 1), ("ours", ours, 4)):
            for step in [next(steps) for _ in range(number)]:
                if way == "ours":
                    with reproducible(settings):
                        start, responses = clock(), step()
                        spent = clock() - start
                else:
                    start, responses = clock(), step()
                    spent = clock() - start
                if turn:  # the first turn warms up
                    seconds[way].append(spent / responses)
    return {way: 1 / median(values) for way, values in seconds.items()}


def synchronised() -> float:
    """Seconds, when the GPU has done all that it was given."""
    torch.cuda.synchronize()
    return time.perf_counter()


def disagreement(name: str, arrays: Arrays, device_name: str) -> float:
    """Largest difference between the predictions of the two ways on the validation part."""
    device = torch.device(device_name)
    with reproducible(Training(seed=1, device=device_name)):
        task, sizes = task_of(name, arrays, device)
        ours = evaluate(task, "val")
    way = CONVENTIONAL[name](arrays, sizes)
    loader = DataLoader(Samples(way, "val", len(ours)), batch_size=64, collate_fn=way.collate)
    with torch.inference_mode():
        parts = [way.forward(task.network, *(t.to(device) for t in tensors[:-1])) for tensors in loader]
    return float(abs(torch.cat(parts).cpu().numpy() - ours).max())


def memory_in_child(name: str, way: str, features: Path, device: str, batch: int) -> str:
    """Megabytes that peak memory grows by, measured in a process of its own."""
    command = [sys.executable, __file__, "--models", name, "--device", device, "--batch", str(batch)]
    done = subprocess.run([*command, "--memory-of", way, str(features)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def memory_of(name: str, way: str, features: str, device_name: str, batch: int) -> str:
    """Megabytes that peak memory grows by in two training steps."""
    arrays = open_prepared(Path(features)).arrays
    device = torch.device(device_name)
    torch.set_num_threads(1)
    with reproducible(Training(seed=1, device=device_name)):
        task, sizes = task_of(name, arrays, device)
    ours = way == "ours"
    steps = our_steps(task, batch) if ours else conventional_steps(name, task, arrays, sizes, device, batch)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far (Linux)
    before = _resident("VmRSS")
    for _ in range(2):
        next(steps)()
    if device.type == "cuda":
        return f"{torch.cuda.max_memory_allocated() / MEGABYTE:.0f}"
    return f"{_resident('VmHWM') - before:.0f}"


def _resident(kind: str) -> float:
    """Megabytes that this process holds now (VmRSS) or at most since the peak was forgotten (VmHWM).

    The peak of ``getrusage`` won't do: a process starts with that of the one that started it.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) / 1024


def epoch_seconds(name: str, arrays: Arrays, device: str, batch: int) -> float:
    """Seconds of an epoch: a training of three epochs less one of one epoch, halved, after one that warms up."""
    model = load(name)
    length = "n_estimators" if "n_estimators" in model.defaults else "epochs"
    unit = 100 if length == "n_estimators" else 1
    given: dict[str, Any] = {"batch_size": batch} if "batch_size" in model.defaults else {}
    clock = time.process_time if device == "cpu" else time.perf_counter
    spent = []
    for units in (1, 1, 3):
        start = clock()
        model.train(given | {length: units * unit}, arrays, Training(seed=1, device=device))
        spent.append(clock() - start)
    return (spent[2] - spent[1]) / 2


if __name__ == "__main__":
    main()
