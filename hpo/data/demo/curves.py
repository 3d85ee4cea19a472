"""Simulates dose response: Hill curves whose EC50 depends on pathway activities and the drug's structure.

A cell line with viability ``E(x) = einf + (1 - einf) / (1 + 10^(hs (x - log10 ec50)))`` at dose ``10^x`` M has the area
under the curve, divided by the width of the dose range, that :func:`area` gives in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hpo.data.demo.biology import PATHWAYS, Cells, generator

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from hpo.data.demo.drugs import Drug

DOSES: Final = (-10.0, -4.0)
"""Range of ``auc`` in log10 M, the one that the benchmark integrates over."""
TESTED_DOSES: Final = (-8.0, -5.0)
"""Range of ``auc1`` and ``aac1``: the doses that the simulated screen applied."""


@dataclass(frozen=True, slots=True)
class Curves:
    """Hill curves of one screen, arrays of shape ``(measurements,)``.

    Attributes:
        cell: Row of the cell line.
        drug: Position of the drug.
        log_ec50: log10 of the half-maximal concentration in M.
        slope: Hill slope.
        floor: Viability at infinite dose, 0..1.
        error: Standard error of ``log_ec50``.
    """

    cell: NDArray[np.int64]
    drug: NDArray[np.int64]
    log_ec50: NDArray[np.float64]
    slope: NDArray[np.float64]
    floor: NDArray[np.float64]
    error: NDArray[np.float64]

    def auc(self, doses: tuple[float, float] = DOSES) -> NDArray[np.float64]:
        """Mean viability over a dose range, 0..1."""
        return area(self.log_ec50, self.slope, self.floor, doses)


def area(
    log_ec50: NDArray[np.float64], slope: NDArray[np.float64], floor: NDArray[np.float64], doses: tuple[float, float]
) -> NDArray[np.float64]:
    """Mean of a Hill curve over ``doses`` (log10 M), elementwise.

    >>> import numpy as np
    >>> area(np.array([-7.0]), np.array([50.0]), np.array([0.0]), (-10.0, -4.0)).round(6).tolist()
    [0.5]
    """
    import numpy as np

    low, high = (np.logaddexp(0, np.log(10) * slope * (dose - log_ec50)) / np.log(10) for dose in doses)
    killed = (high - low) / (slope * (doses[1] - doses[0]))
    result: NDArray[np.float64] = floor + (1 - floor) * (1 - killed)
    return result


def drug_targets(drugs: Sequence[Drug], bits: NDArray[np.uint8], seed: int) -> NDArray[np.float64]:
    """How much each drug depends on each pathway, rows of norm 1, shape ``(drugs, PATHWAYS)``.

    Drugs of one mechanism share a main and a side pathway; on top comes a projection of the fingerprint ``bits``
    (shape ``(drugs, 512)``), so that drugs of similar structure act alike beyond their mechanism.
    """
    import numpy as np

    rng = generator(seed, "targets")
    mechanisms = sorted({drug.mechanism for drug in drugs})
    main = np.array([index % PATHWAYS for index in range(len(mechanisms))])
    side = (main + rng.randint(1, PATHWAYS, len(mechanisms))) % PATHWAYS
    shapes = np.zeros((len(mechanisms), PATHWAYS))
    shapes[np.arange(len(mechanisms)), main] = rng.choice([-0.9, 0.9], len(mechanisms))
    shapes[np.arange(len(mechanisms)), side] = rng.choice([-0.35, 0.35], len(mechanisms))
    centred = bits - bits.mean(axis=0)
    projection = rng.normal(0, 1, (bits.shape[1], PATHWAYS))
    structure = sum(np.outer(centred[:, bit], projection[bit]) for bit in range(bits.shape[1]))
    structure /= np.linalg.norm(structure, axis=1, keepdims=True)
    targets = np.array([shapes[mechanisms.index(drug.mechanism)] for drug in drugs]) + 0.3 * structure
    normed: NDArray[np.float64] = targets / np.linalg.norm(targets, axis=1, keepdims=True)
    return normed


def drug_potency(drugs: Sequence[Drug], seed: int) -> NDArray[np.float64]:
    """log10 EC50 in M on an average cell line; alike within a mechanism, shape ``(drugs,)``."""
    import numpy as np

    rng = generator(seed, "potency")
    mechanisms = sorted({drug.mechanism for drug in drugs})
    typical = rng.uniform(-7.4, -5.0, len(mechanisms))
    return np.array([typical[mechanisms.index(drug.mechanism)] for drug in drugs]) + rng.normal(0, 0.3, len(drugs))


def simulate_curves(
    cells: Cells,
    targets: NDArray[np.float64],
    potency: NDArray[np.float64],
    cell_rows: NDArray[np.int64],
    drug_rows: NDArray[np.int64],
    rng: np.random.RandomState,
    *,
    noise: float,
) -> Curves:
    """Curves of the pairs ``(cell_rows[i], drug_rows[i])``, measured with an error of ``noise`` decades."""
    import numpy as np

    drive = (cells.activity[cell_rows] * targets[drug_rows]).sum(axis=1)
    true = potency[drug_rows] + cells.vigour[cell_rows] - 1.6 * np.tanh(drive / 1.3)
    measurements = len(cell_rows)
    error = noise * rng.uniform(0.5, 1.5, measurements)
    slope = np.clip(rng.normal(1.0, 0.1, len(potency))[drug_rows] + rng.normal(0, 0.05, measurements), 0.5, 2)
    floor = np.clip(rng.uniform(0.02, 0.2, len(potency))[drug_rows] + rng.normal(0, noise / 10, measurements), 0, 0.6)
    log_ec50 = np.clip(true + error * rng.normal(0, 1, measurements), -9.5, -3.0)
    return Curves(cell_rows, drug_rows, log_ec50, slope, floor, error)
