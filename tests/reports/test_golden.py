"""Every kind of figure still looks as it did when somebody looked at it last."""

from __future__ import annotations

import pytest

from reports.figures import catalogue
from reports.figures.fingerprint import fingerprint_figures
from reports.figures.transfer import measured_figures
from tests.reports.golden import samples
from tests.reports.golden.pictures import (
    FOLDER,
    PICTURES,
    difference,
    drawn,
    drawn_fingerprint,
    kept,
    kept_fingerprint,
    marks,
    pictures_of,
)

pytestmark = pytest.mark.slow

TOLERANCE = 0.04
NEAR = 0.6
"""Pixels by which the marks of a fingerprint may lie elsewhere."""

AGAIN = "if this is meant: python -m tests.reports.golden.pictures"


@pytest.mark.parametrize("name", PICTURES)
def test_a_figure_looks_as_before(name):
    apart = difference(drawn(name), kept(name))
    assert apart < TOLERANCE, f"{apart:.1%} differ; {AGAIN}"


def test_a_fingerprint_looks_as_before():
    now, before = marks(drawn_fingerprint()), marks(kept_fingerprint())
    assert [what for what, _ in now] == [what for what, _ in before], AGAIN
    for (what, one), (_, other) in zip(now, before, strict=True):
        assert one == pytest.approx(other, abs=NEAR), f"{what}: {AGAIN}"


def test_every_kind_of_figure_has_a_picture():
    of_all = [
        draw for kinds in (catalogue.OF_A_MODEL, catalogue.OF_THE_ARCHIVE) for draws in kinds.values() for draw in draws
    ]
    kinds = {*catalogue.OF_A_RUN, *of_all, *catalogue.OF_THE_SOFTWARE.values(), measured_figures}
    assert kinds - {picture.draw for picture in PICTURES.values()} == {fingerprint_figures}


def other():
    return (samples.ordinary(seed=5),)


@pytest.mark.parametrize("name", ["surface", "landscape"])
def test_a_picture_of_other_data_differs(name):
    (picture,) = pictures_of(PICTURES[name].draw, other).values()
    assert difference(picture, kept(name)) > TOLERANCE


def test_a_mark_more_is_noticed():
    picture = kept("convergence").copy()
    assert difference(picture, kept("convergence")) < TOLERANCE / 2
    picture[60:70, 100:140] = 0.3
    assert difference(picture, kept("convergence")) > TOLERANCE


def test_pictures_stay_small():
    files = list(FOLDER.glob("*.png"))
    assert {path.stem for path in files} == set(PICTURES)
    sizes = [path.stat().st_size for path in (*files, FOLDER / "fingerprint.svg")]
    assert max(sizes) < 30_000
    assert sum(sizes) < 150_000
