"""What the measurement of utilisation is made of, and that searches without generations keep workers busy."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def benchmark() -> Any:
    path = Path(__file__).parents[1] / "benchmarks" / "utilisation.py"
    specification = importlib.util.spec_from_file_location("utilisation", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_makespans_by_hand(benchmark: Any) -> None:
    work = [3.0, 1.0, 1.0, 2.0]
    assert benchmark.makespan(work, [0, 0, 0, 0], 2) == 4.0
    assert benchmark.makespan(work, [0, 0, 2, 2], 2) == 5.0
    assert benchmark.makespan(work, [0, 1, 2, 3], 2) == 7.0
    assert benchmark.makespan(work, [0, 0, 0, 0], 9) == 3.0


def test_what_evaluations_wait_for(benchmark: Any) -> None:
    assert benchmark.waits("SMALL", "random", None) == [0] * 8
    assert benchmark.waits("SMALL", "generations", None) == [0, 0, 0, 0, 4, 4, 6, 6]
    assert benchmark.waits("SMALL", "steady_state", 5) == [0, 0, 0, 0, 0, 1, 2, 3]
    assert benchmark.waits("SMALL", "random", None, leaders=True) == [0, 0, 0, 0, 0, 0, 0, 7]


@pytest.mark.parametrize("workers", [8, 40])
def test_a_window_of_four_times_the_workers_keeps_them_busy(benchmark: Any, workers: int) -> None:
    """More than 90 % of what any schedule could reach; generations reach less, the less the more workers there are."""
    rng = random.Random(1)
    work = [rng.lognormvariate(0.0, 0.5) for _ in range(440)]
    reachable = benchmark.makespan(work, [0] * 440, workers)
    steady = benchmark.makespan(work, benchmark.waits("LARGE", "steady_state", 4 * workers), workers)
    # Which children a generation has does not matter here, only that it waits.
    begins = [0 if number < 80 else number // 40 * 40 for number in range(440)]
    generations = benchmark.makespan(work, begins, workers)
    assert reachable / steady > 0.9
    assert generations > steady
