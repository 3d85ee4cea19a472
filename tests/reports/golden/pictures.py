"""Main figures as small pictures: drawn by Agg from the functions that draw the SVG, kept to be compared with.

After a change of a figure that is meant, look at it on the site and write the pictures again:

    python -m tests.reports.golden.pictures
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from hpo.archive.record import Record
from hpo.evaluation import Status
from reports.analysis.movement import ModelOptima, model_optima
from reports.figures import style
from reports.figures.convergence import convergence_figure
from reports.figures.files import Figure
from reports.figures.landscape import landscape_figure
from reports.figures.optimum_map import map_figure
from reports.figures.pair_surface import pair_surface_figure
from reports.figures.varying_optimum import varying_figure
from tests.archive.builders import improve_record, small_record

FOLDER: Final = Path(__file__).parent
DOTS_PER_INCH: Final = 40


def ordinary() -> Record:
    return small_record("LGBM", "DEMO-B", "MEDIUM", failures={3: Status.OOM, 9: Status.CRASHED})


def dead() -> Record:
    return small_record("GraphDRP", "DEMO-B", degenerate=True)


def optima() -> ModelOptima:
    records = [improve_record("IGTD", dataset, seed=seed) for seed, dataset in enumerate(("CCLE", "gCSI", "GDSCv1"))]
    return next(iter(model_optima(records)))


PICTURES: Final[dict[str, Callable[[], Figure | None]]] = {
    "convergence": lambda: convergence_figure(ordinary()),
    "convergence-dead": lambda: convergence_figure(dead()),
    "landscape": lambda: landscape_figure(ordinary()),
    "surface": lambda: pair_surface_figure(ordinary()),
    "optimum-map": lambda: map_figure(optima()),
    "varying-optimum": lambda: varying_figure(optima()),
}
"""What draws a figure, by name of the file."""


def drawn(name: str) -> NDArray[np.float64]:
    """The picture ``name`` as it is drawn now: levels of grey from 0 to 1, shape (height, width)."""
    return picture_of(PICTURES[name])


def picture_of(make: Callable[[], Figure | None]) -> NDArray[np.float64]:
    """The picture of the figure that ``make`` draws."""
    images: dict[str, NDArray[np.float64]] = {}
    original = style.saved

    def capture(fig: Any) -> str:
        svg = original(fig)
        images[svg] = pixels(fig)
        return svg

    with light(), mock.patch.object(style, "saved", capture):
        figure = make()
    assert figure is not None
    return images[figure.svg]


@contextmanager
def light() -> Iterator[None]:
    """The light theme in place of the stand-in colours, which the saved SVG exchanges but a picture cannot."""
    theme = style.THEMES["light"]
    names = {name: theme[value] for name, value in vars(style).items() if name.isupper() and value in tuple(theme)}
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


def main() -> None:
    """Write all pictures."""
    from PIL import Image

    for name in PICTURES:
        levels = (drawn(name) * 15).round() * 17
        Image.fromarray(levels.astype(np.uint8)).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
