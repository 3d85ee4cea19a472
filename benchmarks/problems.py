"""Loss functions that behave like trainings, for comparing searches: mixed axes, cliffs, plateaus, noise.

Each problem is a space, a true loss of every point, how much a measurement scatters around it, and whether a point
is a dead network. The regret of a search is the true loss of the point that it calls best, above the least possible
one, divided by the same for the median of random points: 0 is perfect, 1 as good as one random draw.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any, Final

from hpo.evaluation import Hyperparameters, Outcome, Status
from hpo.space import Space

Loss = Callable[[Hyperparameters], float]

DRAWS: Final = 2000
"""Random points whose median is the unit of regret."""

DEAD: Final = 0.066
"""Loss of a dead network, that of a constant prediction on CCLE; living networks lie between 0.005 and 0.02."""


@dataclass(frozen=True)
class Problem:
    """One landscape.

    Attributes:
        name: Short name.
        about: What is hard about it.
        space: Where to search.
        loss: True loss of a point; at least ``optimum``.
        optimum: Least possible true loss.
        noise: Standard deviation of a measurement, relative to the true loss.
        dead: Whether a point is a dead network: constant output.
        dead_loss: Loss of dead networks.
    """

    name: str
    about: str
    space: Space
    loss: Loss
    optimum: float
    noise: float = 0.0
    dead: Callable[[Hyperparameters], bool] = lambda _: False
    dead_loss: float = DEAD

    def true(self, point: Hyperparameters) -> float:
        """The loss without noise."""
        return self.dead_loss if self.dead(point) else self.loss(point)

    def measure(self, point: Hyperparameters, seed: int) -> Outcome:
        """What a training of ``point`` with ``seed`` reports."""
        if self.dead(point):
            return Outcome(Status.DEGENERATE, self.dead_loss)
        scatter = random.Random(seed).gauss(0.0, self.noise) if self.noise else 0.0
        return Outcome(Status.OK, self.loss(point) * math.exp(scatter))

    def regret(self, point: Hyperparameters) -> float:
        """Normalised regret of having chosen ``point``."""
        return (self.true(point) - self.optimum) / self.unit

    @cached_property
    def unit(self) -> float:
        """Regret of a random point that is not dead, in units of loss: the median of many."""
        generator = random.Random(0)
        points = (self.space.sample(generator) for _ in range(DRAWS))
        return median(self.loss(point) for point in points if not self.dead(point)) - self.optimum


def _rate(lower: float = 1e-6, upper: float = 0.1) -> dict[str, Any]:
    return {"name": "learning_rate", "type": "float", "lower": lower, "upper": upper, "use_log_scale": True}


_BATCH: Final = {
    "name": "batch_size",
    "type": "ordered",
    "element_type": "int",
    "values": [8, 16, 32, 64, 128, 256, 512, 1024],
}


def _real(name: str, lower: float = 0.0, upper: float = 1.0) -> dict[str, Any]:
    return {"name": name, "type": "float", "lower": lower, "upper": upper}


def _decades(point: Hyperparameters, name: str = "learning_rate") -> float:
    return math.log10(float(point[name]))


def _doublings(point: Hyperparameters) -> float:
    return math.log2(float(point["batch_size"]))


def _network(point: Hyperparameters) -> float:
    """A valley along which the best learning rate grows with the batch size."""
    valley = (_decades(point) + 3.6 - 0.2 * (_doublings(point) - 5)) ** 2 / 6
    return 0.005 * (1 + valley + 0.02 * (_doublings(point) - 5) ** 2)


def _dropout_network(point: Hyperparameters) -> float:
    return _network(point) + 0.02 * (float(point["dropout"]) - 0.12) ** 2


def _mixed(point: Hyperparameters) -> float:
    activation = {"relu": 0.0, "elu": 0.15, "tanh": 0.4, "sigmoid": 0.9}[str(point["activation"])]
    layers = (int(point["layers"]) - 4) ** 2 / 12 + (0.3 if point["residual"] and int(point["layers"]) < 3 else 0.0)
    width = (math.log2(int(point["width"])) - 8) ** 2 / 20
    return 0.006 * (1 + (_decades(point) + 3) ** 2 / 5 + activation + layers + width)


def _trees(point: Hyperparameters) -> float:
    rate, leaves = _decades(point), math.log2(int(point["num_leaves"]))
    overfit = max(0.0, leaves - 6 + rate + 1.3) ** 2 / 6
    underfit = max(0.0, -rate - 1.6) ** 2 + max(0.0, 4.5 - leaves) ** 2 / 8
    sampling = (float(point["feature_fraction"]) - 0.35) ** 2 + 0.3 * (float(point["bagging_fraction"]) - 0.9) ** 2
    return 0.0045 * (1 + 0.4 * (overfit + underfit) + sampling + 0.02 * (_decades(point, "lambda_l2") + 1) ** 2)


def _waves(point: Hyperparameters) -> float:
    values = [float(value) for value in point.values()]
    return 0.01 + sum((x - 0.6) ** 2 + 0.05 * (1 - math.cos(15 * (x - 0.6))) for x in values) / len(values)


def _few_matter(point: Hyperparameters) -> float:
    a, b = float(point["x1"]), float(point["x4"])
    others = sum((float(point[f"x{number}"]) - 0.5) ** 2 for number in (0, 2, 3, 5, 6, 7))
    return 0.01 + (a - 0.27) ** 2 + (b - 0.81) ** 2 + 0.5 * (a - 0.27) * (b - 0.81) + 0.005 * others


_BRANIN_OPTIMUM: Final = 0.39788735772973816


def _branin(point: Hyperparameters) -> float:
    """Branin's function on two logarithmic axes."""
    x, y = 15 * (_decades(point) + 6) / 5 - 5, 15 * (_decades(point, "weight_decay") + 8) / 6
    quadratic = (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2
    return (quadratic + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10) / 100


_HARTMANN_A: Final = (
    (10, 3, 17, 3.5, 1.7, 8), (0.05, 10, 17, 0.1, 8, 14), (3, 3.5, 1.7, 10, 17, 8), (17, 8, 0.05, 10, 0.1, 14),
)  # fmt: skip
_HARTMANN_P: Final = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886), (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650), (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)  # fmt: skip
_HARTMANN_DEPTH: Final = 3.3223681


def _hartmann(point: Hyperparameters) -> float:
    """Hartmann's function of six variables, moved so that its least value is 0.01."""
    x = [float(value) for value in point.values()]
    depth = sum(
        weight * math.exp(-sum(a * (value - p) ** 2 for a, p, value in zip(row, places, x, strict=True)))
        for weight, row, places in zip((1.0, 1.2, 3.0, 3.2), _HARTMANN_A, _HARTMANN_P, strict=True)
    )
    return 0.01 + _HARTMANN_DEPTH - depth


def _space(*items: dict[str, Any]) -> Space:
    return Space.from_json([dict(item) for item in items])


_ACTIVATION: Final = {
    "name": "activation",
    "type": "categorical",
    "element_type": "string",
    "values": ["tanh", "relu", "sigmoid", "elu"],
}


def problems() -> Iterator[Problem]:
    """The suite, in the order of tables."""
    network = _space(_rate(), _BATCH)
    yield Problem("network", "a valley across learning rate and batch size", network, _network, 0.005)
    yield Problem(
        "cliff",
        "dead above a learning rate of 0.002, two percent noise",
        _space(_rate(), _BATCH, _real("dropout", 0.0, 0.5)),
        _dropout_network,
        0.005,
        noise=0.02,
        dead=lambda point: float(point["learning_rate"]) > 0.002,
    )
    yield Problem(
        "plateau",
        "more than half of the space is dead, on both sides",
        _space(_rate(1e-8, 0.1), _BATCH, _real("dropout", 0.0, 0.5)),
        _dropout_network,
        0.005,
        dead=lambda point: not -4.6 < _decades(point) < -2.4 - 0.1 * (_doublings(point) - 5),
    )
    yield Problem(
        "noise",
        "seven percent noise, the most that repeats of published trainings show",
        _space(_rate(1e-6, 1e-2), _BATCH, _real("dropout", 0.0, 0.3)),
        _dropout_network,
        0.005,
        noise=0.07,
    )
    yield Problem(
        "mixed",
        "all kinds of axes",
        _space(
            _rate(1e-6, 1e-1),
            {"name": "layers", "type": "int", "lower": 1, "upper": 10},
            {"name": "width", "type": "int", "lower": 16, "upper": 2048, "use_log_scale": True},
            _ACTIVATION,
            {"name": "residual", "type": "logical"},
        ),
        _mixed,
        0.006,
    )
    yield Problem(
        "trees",
        "boosting: interacting rate and leaves, one percent noise",
        _space(
            _rate(1e-3, 1.0),
            {"name": "num_leaves", "type": "int", "lower": 4, "upper": 512, "use_log_scale": True},
            _real("feature_fraction", 0.1, 1.0),
            _real("bagging_fraction", 0.3, 1.0),
            {"name": "lambda_l2", "type": "float", "lower": 1e-4, "upper": 1e2, "use_log_scale": True},
        ),
        _trees,
        0.0045,
        noise=0.01,
    )
    yield Problem(
        "branin",
        "three equal optima on two log axes",
        _space(
            _rate(1e-6, 1e-1),
            {"name": "weight_decay", "type": "float", "lower": 1e-8, "upper": 1e-2, "use_log_scale": True},
        ),
        _branin,
        _BRANIN_OPTIMUM / 100,
    )
    yield Problem("waves", "local optima all over four axes", _space(*map(_real, "abcd")), _waves, 0.01)
    yield Problem(
        "few-matter", "two of eight axes matter", _space(*(_real(f"x{i}") for i in range(8))), _few_matter, 0.01
    )
    yield Problem("hartmann", "six smooth axes", _space(*(_real(f"x{i}") for i in range(6))), _hartmann, 0.01)
