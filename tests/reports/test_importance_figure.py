"""Bars of variance shares, and what is said where there are none."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from reports.analysis.importance import Importance, Refusal, Share, importance
from reports.figures.files import Absent, read_absent
from reports.figures.importance import (
    MAX_BARS,
    Panel,
    importance_alt,
    importance_data,
    importance_figure,
    importances_figure,
    left_out_text,
)
from tests.archive.builders import improve_record, small_record


def told(*shares: tuple[str, float, float, float], left_out: tuple[str, ...] = ()) -> Importance:
    return Importance(tuple(Share((name,), *numbers) for name, *numbers in shares), (), 0.0, 0.8, 50, left_out)


CLEAR = told(("rate", 0.9, 0.8, 0.95), ("batch", 0.1, 0.0, 0.2))
VAGUE = told(("rate", 0.6, 0.1, 0.9), ("batch", 0.4, 0.05, 0.8))


def test_data_beside_the_figure_are_the_shares():
    record = small_record(size="LARGE")
    figure = importance_figure(record)
    table = pd.read_csv(io.StringIO(figure.data))
    found = importance(record)
    shares = [*found.main, *found.pairs]
    assert list(table["share"]) == pytest.approx([share.share for share in shares], abs=1e-6)
    assert set(table["r2"]) == {round(found.r2, 6)}
    assert figure.files() == importance_figure(record).files()


def test_a_run_without_shares_says_why(tmp_path):
    figure = importance_figure(improve_record(size="SMALL"))
    assert isinstance(figure, Absent)
    for name, content in figure.files().items():
        (tmp_path / name).write_text(content)
    assert read_absent(tmp_path) == [
        "Importance of the hyperparameters: not stated, since 8 distinct points are too few, it takes 20."
    ]


def test_alternative_text_names_what_matters_most():
    text = importance_alt(importance_data("A run", [Panel("A run", CLEAR)]))
    assert text == (
        "A run. rate accounts for 90 % (80 % to 95 %) of the variance; batch 10 %; interactions 0 %. R² 0.80."
    )


def test_alternative_text_says_where_the_order_is_not_settled():
    assert "Their order is not settled." in importance_alt(importance_data("A run", [Panel("A run", VAGUE)]))
    assert "not settled" not in importance_alt(importance_data("A run", [Panel("A run", CLEAR)]))


def test_datasets_stand_side_by_side_and_refusals_are_named():
    panels = [Panel("CCLE", CLEAR), Panel("gCSI", Refusal("too few points")), Panel("GDSCv1", VAGUE)]
    figure = importances_figure("importances", "IGTD", panels)
    assert "Not told: gCSI: too few points." in figure.caption
    assert "gCSI: no shares, too few points." in figure.alt
    table = pd.read_csv(io.StringIO(figure.data))
    assert table.groupby("panel").size().to_dict() == {"CCLE": 2, "GDSCv1": 2, "gCSI": 1}


def test_without_any_shares_there_is_no_figure():
    assert importances_figure("importances", "IGTD", [Panel("gCSI", Refusal("too few points"))]) is None


def test_what_is_not_recorded_is_said():
    assert "does not record dropout" in left_out_text(told(("rate", 1, 1, 1), left_out=("dropout",)))
    assert left_out_text(CLEAR) == ""


def test_many_bars_are_cut_to_the_most_important():
    many = told(*((f"h{number:02}", number / 100, 0, 1) for number in range(20)))
    names = importance_data("A run", [Panel("A run", many)]).names
    assert len(names) == MAX_BARS
    assert names[0] == ("h19",)
