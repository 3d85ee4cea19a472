"""Every kind of figure as a small picture, kept to be compared with.

Figures of Matplotlib are drawn by Agg from the functions that draw the SVG; fingerprints are kept as the SVG that they
are. After a change of a figure that is meant, look at it on the site and write the pictures again:

    python -m tests.reports.golden.pictures
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest import mock
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from reports.figures import style
from reports.figures.advantage import advantage_figures
from reports.figures.control_curves import control_figures
from reports.figures.convergence import convergence_figure, convergence_figures
from reports.figures.convergence_grid import grid_figures
from reports.figures.cost_curves import cost_figures, idle_figures
from reports.figures.files import Absent, Figure
from reports.figures.fingerprint import fingerprint_figures
from reports.figures.importance import importance_figure
from reports.figures.improvement import improvement_figures
from reports.figures.landscape import landscape_figure
from reports.figures.optimum import optimum_figures
from reports.figures.pair_surface import pair_surface_figure
from reports.figures.quality import quality_figures
from reports.figures.transfer import estimate_figures, measured_figures
from tests.reports.golden import samples

FOLDER: Final = Path(__file__).parent
DOTS_PER_INCH: Final = 40
NUMBER: Final = re.compile(r"(?<![\w#.])-?\d+(?:\.\d+)?")


class Picture(NamedTuple):
    """What draws a figure.

    Attributes:
        draw: A function that the site's figures are drawn by.
        given: What it is called with.
        name: What the name of the figure begins with, where it draws several.
    """

    draw: Callable[..., Figure | Absent | Iterable[Figure] | None]
    given: Callable[[], tuple[Any, ...]]
    name: str = ""


def ordinary() -> tuple[Any, ...]:
    return (samples.ordinary(),)


def nothing() -> tuple[Any, ...]:
    return ()


PICTURES: Final[dict[str, Picture]] = {
    "convergence": Picture(convergence_figure, samples.with_noise),
    "convergence-dead": Picture(convergence_figure, samples.dead),
    "convergence-noise-of-others": Picture(convergence_figures, samples.with_repeats, "DEMO-A/MEDIUM/"),
    "landscape": Picture(landscape_figure, ordinary),
    "surface": Picture(pair_surface_figure, ordinary),
    "importance": Picture(importance_figure, samples.large),
    "optimum-map": Picture(optimum_figures, samples.imported, "map"),
    "varying-optimum": Picture(optimum_figures, samples.imported, "varying"),
    "importance-by-dataset": Picture(optimum_figures, samples.imported, "importance"),
    "convergence-grid": Picture(grid_figures, samples.with_repeats),
    "control": Picture(control_figures, samples.imported),
    "cost": Picture(cost_figures, samples.imported),
    "improvement": Picture(improvement_figures, samples.imported),
    "advantage": Picture(advantage_figures, samples.imported),
    "idle": Picture(idle_figures, samples.controlled),
    "transfer-estimate": Picture(estimate_figures, samples.landscapes),
    "transfer": Picture(measured_figures, samples.transfers),
    "benchmark": Picture(quality_figures, nothing),
}
"""By name of the file."""


def drawn(name: str) -> NDArray[np.float64]:
    """The picture ``name`` as it is drawn now: levels of grey from 0 to 1, shape (height, width)."""
    wanted = PICTURES[name]
    return next(
        image for figure, image in pictures_of(wanted.draw, wanted.given).items() if figure.startswith(wanted.name)
    )


@cache
def pictures_of(
    draw: Callable[..., Figure | Absent | Iterable[Figure] | None], given: Callable[[], tuple[Any, ...]]
) -> dict[str, NDArray[np.float64]]:
    """The pictures of all figures that ``draw`` draws of what ``given`` gives, by their names."""
    images: dict[str, NDArray[np.float64]] = {}
    original = style.saved

    def capture(fig: Any) -> str:
        svg = original(fig)
        images[svg] = pixels(fig)
        return svg

    with (
        light(),
        mock.patch.object(style, "saved", capture),
        mock.patch("reports.figures.quality.quality", samples.measured),
    ):
        found = draw(*given())
        figures = (
            [found] if isinstance(found, Figure) else [] if found is None or isinstance(found, Absent) else list(found)
        )
    assert figures
    return {figure.name: images[figure.svg] for figure in figures}


@contextmanager
def light() -> Iterator[None]:
    """The light theme in place of the stand-in colours, which the saved SVG exchanges but a picture cannot."""
    theme = style.THEMES["light"]
    names: dict[str, Any] = {
        name: theme[value] for name, value in vars(style).items() if name.isupper() and value in tuple(theme)
    }
    names["STEPS"] = tuple(theme[step] for step in style.STEPS)
    settings = {name: theme.get(value, value) for name, value in style._SETTINGS.items() if isinstance(value, str)}
    with mock.patch.multiple(style, **names), mock.patch.dict(style._SETTINGS, settings):
        yield


def pixels(fig: Any) -> NDArray[np.float64]:
    """``fig`` on white, in grey."""
    stream = io.BytesIO()
    fig.savefig(stream, format="png", dpi=DOTS_PER_INCH, facecolor="white")
    return read(stream)


def read(source: Any) -> NDArray[np.float64]:
    """The PNG ``source`` in grey."""
    from PIL import Image

    return np.asarray(Image.open(source).convert("L"), dtype=np.float64) / 255


def kept(name: str) -> NDArray[np.float64]:
    """The picture ``name`` as it was kept."""
    return read(FOLDER / f"{name}.png")


def difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Share of what is drawn in either picture that the other one lacks, small shifts and shades aside; from 0 to 1."""
    if one.shape != other.shape:
        return 1.0
    ink = np.minimum(one, other) < 0.85
    apart = np.maximum(_beyond(one, other), _beyond(other, one))
    return float((apart[ink] > 0.25).mean()) if ink.any() else 0.0


def _beyond(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each pixel of ``one`` lies outside of the shades that ``other`` has there and one pixel around."""
    from scipy.ndimage import maximum_filter, minimum_filter

    result: NDArray[np.float64] = np.maximum(one - maximum_filter(other, 3), minimum_filter(other, 3) - one)
    return result


def kept_fingerprint() -> str:
    """The fingerprint as it was kept."""
    return (FOLDER / "fingerprint.svg").read_text(encoding="utf-8")


def drawn_fingerprint() -> str:
    """The explained example of a fingerprint in the light theme, as it is drawn now."""
    figures = {figure.name: figure for figure in fingerprint_figures([samples.ordinary()])}
    return style.themed(figures["legend"].svg)["light"]


def marks(svg: str) -> list[tuple[str, list[float]]]:
    """Every element of ``svg``: what it is without its numbers, and these."""
    return [
        (NUMBER.sub("#", text), [float(number) for number in NUMBER.findall(text)])
        for element in ElementTree.fromstring(svg).iter()
        for text in [f"{element.tag} {sorted(element.attrib.items())} {(element.text or '').strip()}"]
    ]


def main() -> None:
    """Write all pictures."""
    from PIL import Image

    for name in PICTURES:
        levels = (drawn(name) * 15).round() * 17
        Image.fromarray(levels.astype(np.uint8)).save(FOLDER / f"{name}.png", optimize=True)
    (FOLDER / "fingerprint.svg").write_text(drawn_fingerprint(), encoding="utf-8")


if __name__ == "__main__":
    main()
