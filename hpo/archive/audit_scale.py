"""Audit rule: were axes that declare a log scale sampled on one?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.summaries import plain
from hpo.evaluation import Origin
from hpo.space import FloatAxis, IntAxis

if TYPE_CHECKING:
    from hpo.archive.record import Record

SIGNIFICANT: Final = 0.05
"""Largest p-value at which log-uniform sampling is rejected."""


def log_scale_ignored(record: Record) -> dict[str, Any] | None:
    """Axes that declare ``use_log_scale`` though their first values are spread linearly between the bounds.

    The values of the first generation are independent draws. Two Kolmogorov-Smirnov tests compare them with the
    log-uniform and with the uniform distribution over the bounds; the axis is named where the first is rejected
    (p < 0.05) and the second explains the values better. Where the first generation has no rows (tables that lost
    them), distinct values of all generations stand in; ``sample`` says which were used.
    """
    if record.space is None:
        return None
    evidence: dict[str, Any] = {}
    for axis in record.space.axes:
        if isinstance(axis, FloatAxis | IntAxis) and axis.log_scale and axis.name in record.axes:
            values, sample = _first_values(record, axis.name)
            inside = [value for value in values if axis.lower <= value <= axis.upper]
            if inside:
                p_log, p_linear = scale_p_values(inside, axis.lower, axis.upper)
                if p_log < SIGNIFICANT and p_linear > p_log:
                    evidence[axis.name] = {
                        "p_log_uniform": p_log,
                        "p_uniform": p_linear,
                        "values": len(inside),
                        "above_geometric_mean": sum(value > math.sqrt(axis.lower * axis.upper) for value in inside),
                        "sample": sample,
                    }
    return evidence or None


def scale_p_values(values: list[float], lower: float, upper: float) -> tuple[float, float]:
    """p-values of Kolmogorov-Smirnov tests of ``values`` in [``lower``, ``upper``] against log-uniform and uniform.

    Source: Massey (1951), J. Am. Stat. Assoc. 46:68-78; exact distribution as in ``scipy.stats.kstest``.
    """
    from scipy.stats import kstest

    width = math.log(upper) - math.log(lower)
    on_log = [min(1.0, max(0.0, (math.log(value) - math.log(lower)) / width)) for value in values]
    linear = [(value - lower) / (upper - lower) for value in values]
    return float(kstest(on_log, "uniform").pvalue), float(kstest(linear, "uniform").pvalue)


def _first_values(record: Record, axis: str) -> tuple[list[float], str]:
    table = record.evaluations
    bred = table[~(table["origin"] == Origin.DEFAULT.value).fillna(False).astype(bool) & table[axis].notna()]
    first = bred[(bred["generation"] == 0).fillna(False).astype(bool)]
    chosen, sample = (first, "first generation") if len(first) else (bred, "all generations")
    return sorted({float(plain(value)) for value in chosen[axis]}), sample
