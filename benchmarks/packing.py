"""What several candidates at once bring on one device, as CSV: evaluations an hour of PathDSP, a small network.

  processes   1, 2 and 4 processes on the device, each training one candidate after the other
  ensemble    1, 2 and 4 candidates with different learning rates as one stacked network (torch.func.vmap), in one
              process; they share batches and the number of epochs, so only such candidates can be stacked
  agreement   largest difference between the predictions of stacked candidates and of the same ones trained alone,
              without dropout, after one epoch

An evaluation is a training of one epoch, on synthetic data of the size of gCSI. ``factor`` is against one at a time.
On a CPU each process has one thread, so two processes use two cores and a factor of two is no gain of packing.

Example:

    .venv/bin/python benchmarks/packing.py --device cuda > benchmarks/packing.csv
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # the name that everybody reads
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap
from training_speed import DATASET, like_gcsi

from hpo.data.csa import CsaData
from hpo.data.demo.files import write_demo
from hpo.data.prepared import open_prepared, prepare
from hpo.models.base import Arrays, Training
from hpo.models.device import reproducible
from hpo.models.neural import batches
from hpo.models.pairs import PairTable, as_tensor
from hpo.models.pathdsp.network import PathDSPNetwork, to_log
from hpo.models.registry import load

MODEL, EPOCHS, BATCH, DROPOUT = "PathDSP", 1, 256, 0.1
PROCESSES, MEMBERS = (1, 2, 4), (1, 2, 4)
RATES = (1e-4, 1e-3)
"""Least and greatest learning rate of an ensemble."""

BETAS, EPSILON = (0.9, 0.999), 1e-8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--evaluations", type=int, default=2, help="of each process")
    parser.add_argument("--repeats", type=int, default=3, help="of each measurement; the median counts")
    parser.add_argument("--work", metavar="FOLDER", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(Path(arguments.work), arguments.device, arguments.evaluations)
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("measurement", "device", "at_once", "value", "unit", "factor"))
    with tempfile.TemporaryDirectory(prefix="cross-hpo-benchmark-") as folder:
        features = Path(folder) / MODEL
        write_demo(Path(folder) / "data", design=like_gcsi())
        prepare(load(MODEL), CsaData(Path(folder) / "data" / "raw_data"), DATASET, 0, features)
        for row in measurements(features, arguments):
            writer.writerow(row)
            sys.stdout.flush()


def measurements(features: Path, arguments: argparse.Namespace) -> Iterator[tuple[object, ...]]:
    """Rows of the output."""
    device = arguments.device
    alone = 0.0
    for count in PROCESSES:
        seconds = median(processes(features, device, count, arguments.evaluations) for _ in range(arguments.repeats))
        speed = 3600 * count * arguments.evaluations / seconds
        alone = alone or speed
        yield "processes", device, count, f"{speed:.0f}", "evaluations/h", f"{speed / alone:.2f}"
    arrays = open_prepared(features).arrays
    for count in MEMBERS:
        seconds = median(ensemble(arrays, device, count) for _ in range(arguments.repeats))
        speed = 3600 * count / seconds
        yield "ensemble", device, count, f"{speed:.0f}", "evaluations/h", f"{speed / alone:.2f}"
    yield "agreement", device, MEMBERS[1], f"{disagreement(arrays, device):.1e}", "log10 AUC", ""


def processes(features: Path, device: str, count: int, evaluations: int) -> float:
    """Seconds that ``count`` processes take from a common start until the last one is done."""
    command = [sys.executable, __file__, "--work", str(features), "--device", device]
    started = [
        subprocess.Popen(
            [*command, "--evaluations", str(evaluations)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(count)
    ]
    for process in started:
        process.stdout.readline()  # it has warmed up
    start = time.perf_counter()
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        process.stdout.readline()
    seconds = time.perf_counter() - start
    for process in started:
        process.communicate()
        if process.returncode:
            raise SystemExit(f"a process ended with {process.returncode}")
    return seconds


def work(features: Path, device: str, evaluations: int) -> None:
    """Train candidates when told to; what a worker of a search does."""
    model, arrays = load(MODEL), open_prepared(features).arrays
    given: dict[str, Any] = {"batch_size": BATCH, "epochs": EPOCHS, "patience": EPOCHS}
    model.train(given | {"epochs": 1}, arrays, Training(seed=1, device=device))
    print("ready", flush=True)
    sys.stdin.readline()
    for seed in range(evaluations):
        model.train(given, arrays, Training(seed=seed, device=device))
    print("done", flush=True)


def loss_of(prediction: Tensor, truth: Tensor) -> Tensor:
    """What PathDSP minimises."""
    return torch.sqrt(F.mse_loss(prediction, truth) + 1e-6)


class _Whole(nn.Module):
    """PathDSP with one forward pass for a batch, as functional_call needs it."""

    def __init__(self, arrays: Arrays, dropout: float) -> None:
        super().__init__()
        self.network = PathDSPNetwork(arrays["drugs"].shape[1], arrays["cells"].shape[1], dropout=dropout)

    def forward(self, drugs: Tensor, cells: Tensor, drug: Tensor, cell: Tensor) -> Tensor:
        encoded = self.network.encode_drugs(drugs)[drug], self.network.encode_cells(cells)[cell]
        return self.network.respond(*encoded)


class Stack:
    """Candidates with different learning rates, trained together by Adam.

    Args:
        arrays: Of ``PathDSP.prepare``.
        device: Where to train.
        rates: Learning rate of each.
        dropout: Of all.
    """

    def __init__(self, arrays: Arrays, device: str, rates: Sequence[float], dropout: float) -> None:
        self.members = [_Whole(arrays, dropout).to(device) for _ in rates]
        self.weights, _ = stack_module_state(self.members)
        self._template = _Whole(arrays, dropout).to(device)
        self._pairs = PairTable(arrays, torch.device(device))
        self._drugs, self._cells = (as_tensor(arrays[name], "float32", device) for name in ("drugs", "cells"))
        self._truth = to_log(as_tensor(arrays["train_auc"], "float32", device))
        self._rates = torch.tensor(rates, device=device)
        self._first = {name: torch.zeros_like(value) for name, value in self.weights.items()}
        self._second = {name: torch.zeros_like(value) for name, value in self.weights.items()}
        self._steps = 0
        self._gradient = vmap(grad(self._loss), in_dims=(0, None, None, None, None, None), randomness="different")

    def inputs(self, part: str, rows: Tensor | slice) -> tuple[Tensor, ...]:
        """What a member's forward pass takes."""
        batch = self._pairs.batch(part, rows)
        return self._drugs[batch.drugs], self._cells[batch.cells], batch.drug, batch.cell

    def truth(self, rows: Tensor) -> Tensor:
        """Logarithms of the measured AUC of training rows."""
        return self._truth[rows.to(self._truth.device)]

    def step(self, rows: Tensor) -> None:
        """One training step of all members on the same rows."""
        gradients = self._gradient(self.weights, *self.inputs("train", rows), self.truth(rows))
        self._steps += 1
        bias = [1 - beta**self._steps for beta in BETAS]
        with torch.no_grad():
            for name, value in self.weights.items():
                first = self._first[name].lerp_(gradients[name], 1 - BETAS[0])
                second = self._second[name].lerp_(gradients[name].square(), 1 - BETAS[1])
                rate = (self._rates / bias[0]).reshape(-1, *[1] * (value.dim() - 1))
                value -= rate * first / ((second / bias[1]).sqrt_() + EPSILON)

    def predict(self, member: int, part: str) -> Tensor:
        """Predictions of a member for a whole part."""
        weights = {name: value[member] for name, value in self.weights.items()}
        return functional_call(self._template.eval(), weights, self.inputs(part, slice(None)))

    def _loss(self, weights: dict[str, Tensor], *inputs: Tensor) -> Tensor:
        *given, truth = inputs
        return loss_of(functional_call(self._template.train(), weights, tuple(given)), truth)


def ensemble(arrays: Arrays, device: str, count: int) -> float:
    """Seconds of the training of an ensemble, with the validation predictions of every epoch."""
    torch.manual_seed(1)
    torch.set_num_threads(1)
    rates = torch.logspace(*(torch.tensor(RATES).log10().tolist()), count).tolist()
    stack = Stack(arrays, device, rates, DROPOUT)
    rows = len(arrays["train_auc"])
    _synchronise(device)
    start = time.perf_counter()
    for _ in range(EPOCHS):
        for some in batches(torch.randperm(rows), BATCH):
            stack.step(some)
        with torch.no_grad():
            for member in range(count):
                stack.predict(member, "val").cpu()
    _synchronise(device)
    return time.perf_counter() - start


def disagreement(arrays: Arrays, device: str) -> float:
    """Largest difference between predictions of stacked members and of the same networks trained alone."""
    torch.manual_seed(1)
    rates = [RATES[0] * 2**number for number in range(MEMBERS[1])]
    stack = Stack(arrays, device, rates, 0.0)
    order = [some for some in batches(torch.randperm(len(arrays["train_auc"])), BATCH) if len(some) == BATCH]
    worst = 0.0
    for some in order:
        stack.step(some)
    with reproducible(Training(seed=1, device=device)):
        for number, rate in enumerate(rates):
            network = stack.members[number]
            optimizer = torch.optim.Adam(network.parameters(), lr=rate, betas=BETAS, eps=EPSILON)
            for some in order:
                optimizer.zero_grad()
                loss_of(network(*stack.inputs("train", some)), stack.truth(some)).backward()
                optimizer.step()
            with torch.no_grad():
                difference = network(*stack.inputs("val", slice(None))) - stack.predict(number, "val")
            worst = max(worst, difference.abs().max().item())
    return worst


def _synchronise(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
