"""Main figures still look as they did when somebody looked at them last."""

from __future__ import annotations

import pytest

from reports.figures.convergence import convergence_figure
from reports.figures.landscape import landscape_figure
from tests.archive.builders import small_record
from tests.reports.golden.pictures import FOLDER, PICTURES, difference, drawn, kept, picture_of

pytestmark = pytest.mark.slow

TOLERANCE = 0.04


@pytest.mark.parametrize("name", PICTURES)
def test_a_figure_looks_as_before(name):
    apart = difference(drawn(name), kept(name))
    assert apart < TOLERANCE, f"{apart:.1%} differ; if this is meant: python -m tests.reports.golden.pictures"


@pytest.mark.parametrize("name", ["convergence", "landscape"])
def test_a_picture_of_other_data_differs(name):
    make = {"convergence": convergence_figure, "landscape": landscape_figure}[name]
    other = picture_of(lambda: make(small_record("LGBM", "DEMO-B", "MEDIUM", seed=5)))
    assert difference(other, kept(name)) > TOLERANCE


def test_a_mark_more_is_noticed():
    picture = kept("convergence").copy()
    assert difference(picture, kept("convergence")) < TOLERANCE / 2
    picture[60:70, 100:140] = 0.3
    assert difference(picture, kept("convergence")) > TOLERANCE


def test_pictures_stay_small():
    files = list(FOLDER.glob("*.png"))
    assert {path.stem for path in files} == set(PICTURES)
    assert sum(path.stat().st_size for path in files) < 100_000
