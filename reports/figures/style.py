"""How every figure looks, and how it is saved: the same bytes for the same data.

Colours are Okabe and Ito's (https://jfly.uni-koeln.de/color/). Of these, blue, vermillion, green and purple keep a
contrast of 3:1 against white and against the dark theme, so lines use only them. Ink, muted ink, grid and paper
depend on the theme: figures are drawn once with stand-ins, which the saved text exchanges for each theme.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from reports.analysis.kept import kept_text
from reports.figures.typeset import typeset

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE: Final = "#0072b2"
VERMILLION: Final = "#d55e00"
GREEN: Final = "#009e73"
PURPLE: Final = "#cc79a7"
GREY: Final = "#858585"
"""Evaluations: 3.7:1 on white, 4.4:1 on the dark theme."""

INK: Final = "#010203"
MUTED: Final = "#040506"
GRID: Final = "#070809"
PAPER: Final = "#0a0b0c"
BAND: Final = "#0d0e0f"
STEPS: Final = ("#101112", "#131415", "#161718", "#191a1b", "#1c1d1e", "#1f2021")
"""Six steps of viridis from the best to the worst: the best stands out most, so it is dark on white and light on
dark."""

_VIRIDIS: Final = ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725")

THEMES: Final[dict[str, dict[str, str]]] = {
    "light": {
        INK: "#1b1b1f",
        MUTED: "#55555c",
        GRID: "#d9d9de",
        PAPER: "#ffffff",
        BAND: "#f1f3f6",
        **dict(zip(STEPS, _VIRIDIS, strict=True)),
    },
    "dark": {
        INK: "#ececf1",
        MUTED: "#b3b6c2",
        GRID: "#3d4152",
        PAPER: "#1e2129",
        BAND: "#272b36",
        **dict(zip(STEPS, reversed(_VIRIDIS), strict=True)),
    },
}
"""Colours of the light and the dark variant by stand-in."""

MAX_LABEL: Final = 60
MAX_AXIS: Final = 24
"""Characters of the name of a loss that leave room for more on the same line."""

_SETTINGS: Final[dict[Any, Any]] = {
    "svg.hashsalt": "cross-hpo",
    "svg.fonttype": "path",
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.6,
    "hatch.linewidth": 0.5,
}


def render(draw: Callable[[Figure], None], *, width: float, height: float) -> str:
    """What ``draw`` draws on a figure of ``width`` x ``height`` inches, as SVG text with the stand-in colours.

    Neither the user's Matplotlib settings nor the time of day nor Matplotlib's global state have a part in it, so that
    an unchanged figure of a changed archive is taken from what was kept.
    """
    return kept_text(lambda: _rendered(draw, width, height), draw, width, height)


def _rendered(draw: Callable[[Figure], None], width: float, height: float) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        for setting, value in _SETTINGS.items():
            matplotlib.rcParams[setting] = value
        fig = Figure(figsize=(width, height), dpi=72)
        FigureCanvasSVG(fig)
        draw(fig)
        typeset(fig)
        return saved(fig)


def saved(fig: Figure) -> str:
    """``fig`` as SVG text."""
    stream = io.StringIO()
    fig.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return stream.getvalue()


def themed(svg: str) -> dict[str, str]:
    """The light and the dark variant of ``svg`` by theme."""
    return {theme: _recoloured(svg, colours) for theme, colours in THEMES.items()}


def _recoloured(svg: str, colours: dict[str, str]) -> str:
    for stand_in, colour in colours.items():
        svg = svg.replace(stand_in, colour)
    return svg


def label(text: str) -> str:
    """``text`` cut to what a figure can carry; only ids may be shown in figures."""
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1] + "…"


def lower_is_better(text: str) -> str:
    """``text`` for a vertical axis, with what is better; on a second line where one would not fit.

    >>> lower_is_better("validation MSE of auc")
    'validation MSE of auc, lower is better'
    >>> lower_is_better("validation MSE of log10(auc + 0.01)")
    'validation MSE of log10(auc + 0.01),\\nlower is better'
    """
    return f"{text},{' ' if len(text) <= MAX_AXIS else chr(10)}lower is better"


def number(value: float, digits: int = 3) -> str:
    """``value`` with ``digits`` significant digits, without an exponent where it is readable without.

    >>> [number(v) for v in (0.004587123, 12.3456, 1234.5, 2e-7)]
    ['0.00459', '12.3', '1,230', '2.00e-07']
    """
    if value == 0:
        return "0"
    if not 1e-5 <= abs(value) < 1e7:
        return f"{value:.{digits - 1}e}"
    return f"{float(f'{value:.{digits - 1}e}'):,.{max(0, digits - 1 - _exponent(value))}f}"


def _exponent(value: float) -> int:
    return int(f"{value:e}".split("e")[1])
