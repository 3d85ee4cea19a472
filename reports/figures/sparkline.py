"""A line of 72 x 20 pixels: the best loss so far, as a mark inside a table cell."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH = 72
HEIGHT = 20
MARGIN = 2.0


def sparkline(values: Sequence[float]) -> str:
    """``values``, one per evaluation, as an inline SVG in the colour of the text around it; NaN is left out.

    The scale is the line's own, logarithmic, since only its shape can be read at this size.
    """
    points = [(x, math.log(y)) for x, y in enumerate(values) if y > 0 and math.isfinite(y)]
    if not points:
        return ""
    low, high = min(y for _, y in points), max(y for _, y in points)
    across = (WIDTH - 2 * MARGIN) / max(1, len(values) - 1)
    down = (HEIGHT - 2 * MARGIN) / ((high - low) or 1.0)
    path: list[str] = []
    last = None
    for x, y in points:
        if y == last and x < len(values) - 1:
            continue
        level = MARGIN + (high - y) * down if high > low else HEIGHT / 2
        path.append(
            f"M{MARGIN + x * across:.1f} {level:.1f}" if last is None else f"H{MARGIN + x * across:.1f}V{level:.1f}"
        )
        last = y
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">'
        f'<path d="{"".join(path)}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
    )
