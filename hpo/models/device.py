"""The one place that chooses and sets up the device and the threads of a PyTorch training."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hpo.errors import GaveUp, UsageError
from hpo.models.base import Training

if TYPE_CHECKING:
    import torch


def choose_device(wanted: str = "auto") -> str:
    """``cpu`` or ``cuda``: what ``wanted`` (``auto``, ``cpu`` or ``cuda``) comes to on this machine.

    Raises:
        UsageError: ``wanted`` is none of the three.
        GaveUp: ``cuda`` is wanted and there is none.
    """
    if wanted == "cpu":
        return "cpu"
    if wanted not in ("auto", "cuda"):
        raise UsageError(f"no device {wanted!r}; there are auto, cpu and cuda")
    try:
        import torch

        present = torch.cuda.is_available()
    except ImportError:
        present = False
    if wanted == "cuda" and not present:
        raise GaveUp("device cuda: PyTorch finds no usable GPU here; use cpu, or check the driver with nvidia-smi")
    return "cuda" if present else "cpu"


@contextmanager
def reproducible(training: Training) -> Iterator[torch.device]:
    """Within the block PyTorch is seeded, deterministic and limited to ``training.threads``; afterwards as before.

    The same seed, device and number of threads give the same result bit for bit on a CPU: the number of threads
    decides in which order sums are taken.
    """
    import torch

    cuda = training.device.startswith("cuda")
    if cuda:
        # cuBLAS is deterministic only with a fixed workspace, and reads this once, at its first use.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    fill = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]  # untyped in PyTorch
    with torch.random.fork_rng(devices=range(torch.cuda.device_count()) if cuda else ()):
        torch.manual_seed(training.seed)
        torch.set_num_threads(training.threads)
        torch.use_deterministic_algorithms(True)
        # Nothing here reads memory before writing it, and filling it first takes up to a fifth of a training.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        try:
            yield torch.device(training.device)
        finally:
            torch.utils.deterministic.fill_uninitialized_memory = fill  # type: ignore[attr-defined]
            torch.use_deterministic_algorithms(deterministic)
            torch.set_num_threads(threads)
