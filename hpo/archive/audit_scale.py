"""Audit rule: were axes that declare a log scale sampled on one?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.summaries import plain
from hpo.evaluation import Origin
from hpo.space import FloatAxis, IntAxis

if TYPE_CHECKING:
    from hpo.archive.record import Record

SIGNIFICANT: Final = 0.05
"""Largest p-value at which log-uniform sampling is rejected."""

HONOURED: Final = "HONOUR_LOG_SCALE"
"""Setting of own searches; where it is on, there is nothing to test."""

_EXACT_UP_TO: Final = 16


@dataclass(frozen=True, slots=True)
class ScaleTest:
    """How values are spread between their bounds.

    Attributes:
        p_log_uniform: p-value of log-uniform draws, against values that lie too high; see :func:`scale_test`.
        ks_log_uniform: p-value of log-uniform draws by the Kolmogorov-Smirnov test.
        ks_uniform: p-value of uniform draws by the Kolmogorov-Smirnov test.
        log_likelihood_ratio: Natural logarithm of how many times likelier uniform draws make the values.
    """

    p_log_uniform: float
    ks_log_uniform: float
    ks_uniform: float
    log_likelihood_ratio: float

    @property
    def linear(self) -> bool:
        """Whether the values were drawn linearly: log-uniform is rejected, and uniform explains them better."""
        return self.p_log_uniform < SIGNIFICANT and self.log_likelihood_ratio > 0


def log_scale_ignored(record: Record) -> dict[str, Any] | None:
    """Axes that declare ``use_log_scale`` though their first values are spread linearly between the bounds.

    The values of the first generation are independent draws. Where that generation has no rows (tables that lost them),
    distinct values of all generations stand in; ``sample`` says which were used.
    """
    if record.space is None or record.run.settings.get(HONOURED) is True:
        return None
    evidence: dict[str, Any] = {}
    for axis in record.space.axes:
        if isinstance(axis, FloatAxis | IntAxis) and axis.log_scale and axis.name in record.axes:
            values, sample = _first_values(record, axis.name)
            inside = [value for value in values if axis.lower <= value <= axis.upper]
            found = scale_test(inside, axis.lower, axis.upper) if inside else None
            if found is not None and found.linear:
                middle = math.sqrt(axis.lower * axis.upper)
                above = sum(value > middle for value in inside)
                evidence[axis.name] = asdict(found) | {
                    "values": len(inside),
                    "above_geometric_mean": above,
                    "sample": sample,
                }
    return evidence or None


def scale_test(values: Sequence[float], lower: float, upper: float) -> ScaleTest:
    """Compare ``values`` in [``lower``, ``upper``], 0 < ``lower`` < ``upper``, with log-uniform and uniform draws.

    The likelihood ratio of the two depends on the mean of the logarithms alone, so the most powerful test of
    log-uniform against uniform draws rejects where that mean is high (Neyman-Pearson). Under log-uniform draws the sum
    of the places on the log axis, each from 0 to 1, has the Irwin-Hall distribution, which gives exact p-values even
    for the four values of the smallest searches; above 16 values its normal approximation is used. Two
    Kolmogorov-Smirnov tests stand beside.

    Source: Hall (1927), Biometrika 19:240-245; Massey (1951), J. Am. Stat. Assoc. 46:68-78.
    """
    from scipy.stats import kstest

    width = math.log(upper / lower)
    on_log = [min(1.0, max(0.0, math.log(value / lower) / width)) for value in values]
    linear = [(value - lower) / (upper - lower) for value in values]
    ratio = math.fsum(math.log(value) for value in values) + len(values) * math.log(width / (upper - lower))
    return ScaleTest(
        p_log_uniform=_irwin_hall_upper(math.fsum(on_log), len(on_log)),
        ks_log_uniform=float(kstest(on_log, "uniform").pvalue),
        ks_uniform=float(kstest(linear, "uniform").pvalue),
        log_likelihood_ratio=ratio,
    )


def _irwin_hall_upper(total: float, count: int) -> float:
    """Probability that ``count`` independent uniform numbers from [0, 1] add up to ``total`` or more."""
    if count > _EXACT_UP_TO:
        return 0.5 * math.erfc((total - count / 2) / math.sqrt(count / 6))
    rest = count - total
    terms = ((-1) ** k * math.comb(count, k) * (rest - k) ** count for k in range(math.floor(rest) + 1))
    return min(1.0, max(0.0, math.fsum(terms) / math.factorial(count)))


def _first_values(record: Record, axis: str) -> tuple[list[float], str]:
    table = record.evaluations
    bred = table[~(table["origin"] == Origin.DEFAULT.value).fillna(False).astype(bool) & table[axis].notna()]
    first = bred[(bred["generation"] == 0).fillna(False).astype(bool)]
    chosen, sample = (first, "first generation") if len(first) else (bred, "all generations")
    return sorted({float(plain(value)) for value in chosen[axis]}), sample
