"""Best so far, generations, and the figure of one run."""

import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.archive.record import make_record
from hpo.evaluation import Status
from reports.analysis.convergence import Generation, best_so_far, first_best_to_best, generations, spans_decade
from reports.analysis.fingerprint import fingerprint_grids
from reports.analysis.noises import Noise, NoiseBook
from reports.figures import style
from reports.figures.convergence import (
    convergence_data,
    convergence_figure,
    convergence_figures,
    convergence_table,
    draw_convergence,
)
from reports.figures.convergence_grid import convergence_grid, grid_table
from reports.figures.convergence_words import caption_of, convergence_alt
from reports.figures.landscape import landscape_figure
from tests.archive.builders import improve_record, small_record
from tests.reports.claims.builders import noisy, record_of

ASSUMED = Noise(0.01, "assumed")
OWN = Noise(0.02, "run", ("key",))


def table(*rows: tuple) -> pd.DataFrame:
    """Evaluations from (generation, origin, status, loss)."""
    frame = pd.DataFrame(rows, columns=["generation", "origin", "status", "val_loss"])
    frame.insert(0, "evaluation", range(len(rows)))
    return frame.astype({"evaluation": "Int64", "generation": "Int64", "origin": "string", "status": "string"})


SEARCH = table(
    (0, "default", "ok", 0.5),
    (0, "initial", "failed", None),
    (0, "initial", "ok", 0.6),
    (1, "mutation", "degenerate", 0.1),
    (1, "mutation", "ok", 0.4),
    (1, "crossover", "ok", 0.45),
)


def test_only_living_evaluations_lower_the_best():
    assert best_so_far(SEARCH)["best_so_far"].tolist() == [0.5, 0.5, 0.5, 0.5, 0.4, 0.4]


def test_before_the_first_success_there_is_no_best():
    progress = best_so_far(table((0, "initial", "failed", None), (0, "initial", "ok", 0.3)))
    assert progress["best_so_far"].isna().tolist() == [True, False]


@given(st.lists(st.tuples(st.sampled_from(["ok", "failed", "degenerate"]), st.floats(1e-6, 1e3)), min_size=1))
def test_best_so_far_never_rises(results):
    rows = [(0, "initial", status, None if status == "failed" else loss) for status, loss in results]
    line = best_so_far(table(*rows))["best_so_far"].dropna()
    assert line.is_monotonic_decreasing
    living = [loss for status, loss in results if status == "ok"]
    assert (line.iloc[-1] == min(living)) if living else line.empty


def test_generations_leave_the_baseline_out():
    assert generations(best_so_far(SEARCH)) == [Generation(0, 1, 2), Generation(1, 3, 5)]


def test_overlapping_generations_are_not_drawn():
    mixed = table((0, "initial", "ok", 1.0), (1, "mutation", "ok", 1.0), (0, "initial", "ok", 1.0))
    assert generations(best_so_far(mixed)) == []


def test_unknown_generations_are_not_drawn():
    assert generations(best_so_far(table((None, "initial", "ok", 1.0), (None, None, "ok", 0.9)))) == []


def test_what_evolution_added_leaves_the_baseline_out():
    assert first_best_to_best(small_record(size="MEDIUM").generations) == pytest.approx(
        1 - small_record(size="MEDIUM").generations["min"].min() / small_record(size="MEDIUM").generations["min"][0]
    )


def test_a_first_generation_without_a_loss_has_no_gain():
    record = small_record(failures=dict.fromkeys(range(1, 5), Status.FAILED))
    assert first_best_to_best(record.generations) is None


@pytest.mark.parametrize(
    ("losses", "log"), [([0.1, 1.0], True), ([0.2, 1.0], False), ([0.0, 1.0], False), ([float("nan")], False)]
)
def test_axis_is_logarithmic_over_a_decade(losses, log):
    assert spans_decade(pd.Series(losses)) is log


def test_data_name_best_and_default():
    data = convergence_data(SEARCH, title="t", metric="loss", noise=ASSUMED)
    assert (data.best, data.baseline, data.log) == ((4, 0.4), 0.5, False)


def test_earliest_of_equal_bests_is_marked():
    tie = table((0, "initial", "ok", 0.4), (0, "initial", "ok", 0.4))
    assert convergence_data(tie, title="t", metric="loss", noise=ASSUMED).best == (0, 0.4)


def test_alternative_text_states_the_finding():
    data = convergence_data(SEARCH, title="IGTD on CCLE", metric="loss", noise=ASSUMED)
    assert convergence_alt(data) == (
        "IGTD on CCLE: 6 evaluations; the best validation loss falls from 0.500 to 0.400, reached at evaluation 4; "
        "20.0 % below the default's 0.500; noise is 1.0 % (no repeats of the model; assumed); "
        "1 gave constant output; 1 failed."
    )


def test_alternative_text_of_a_search_that_gained_nothing():
    data = convergence_data(
        table((0, "default", "ok", 0.1), (0, "initial", "ok", 0.2)), title="t", metric="loss", noise=ASSUMED
    )
    assert "stays the best; nothing beats the default's 0.100" in convergence_alt(data)


def test_alternative_text_of_a_dead_search():
    figure = convergence_figure(improve_record(degenerate=True), ASSUMED)
    assert "40 evaluations; all that gave a loss gave the same, 0.0663: dead networks" in figure.alt
    assert "lowest loss so far" not in figure.caption


@pytest.mark.parametrize(
    "record",
    [
        small_record(),
        small_record(size="MEDIUM", failures={3: Status.FAILED, 4: Status.OOM}),
        small_record(degenerate=True),
        small_record(failures=dict.fromkeys(range(9), Status.FAILED)),
        improve_record(),
    ],
    ids=["plain", "failures", "degenerate", "all-failed", "import"],
)
def test_every_kind_of_run_is_drawn_the_same_way_twice(record):
    first, second = convergence_figure(record, ASSUMED), convergence_figure(record, ASSUMED)
    assert first.files() == second.files()
    for content in first.files().values():
        assert not {style.INK, style.MUTED, style.GRID, style.PAPER, style.BAND} & set(content.split('"'))
        assert "<dc:date>" not in content


def test_variants_differ_in_colours_only():
    files = convergence_figure(small_record(), ASSUMED).files()
    light, dark = files["convergence-light.svg"], files["convergence-dark.svg"]
    assert light != dark
    assert len(light) == len(dark)
    assert all(stand_in not in light + dark for stand_in in style.THEMES["light"])


def test_data_beside_the_figure_are_those_drawn():
    record = small_record(failures={2: Status.FAILED})
    lines = convergence_figure(record, ASSUMED).data.splitlines()
    assert lines[0] == "evaluation,generation,origin,status,val_loss,best_so_far,noise_low,noise_high"
    assert len(lines) == 1 + len(record.evaluations)
    assert lines[3].split(",")[3:5] == ["failed", ""]


def test_a_users_matplotlib_settings_change_nothing():
    import matplotlib

    data = convergence_data(SEARCH, title="t", metric="loss", noise=ASSUMED)
    plain = style.render(lambda fig: draw_convergence(data, fig), width=4, height=3)
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "none", "axes.facecolor": "red"}):
        assert style.render(lambda fig: draw_convergence(data, fig), width=4, height=3) == plain


def test_markup_in_a_title_is_text():
    data = convergence_data(SEARCH, title=r"$\frac{$ <script>", metric="loss", noise=ASSUMED)
    svg = style.render(lambda fig: draw_convergence(data, fig), width=4, height=3)
    assert "<script>" not in svg


def test_long_titles_are_cut():
    assert len(style.label("x" * 20_000)) == style.MAX_LABEL


def test_thousands_of_evaluations_stay_a_small_file():
    rows = [(0, "initial", "ok", 1 + number % 97) for number in range(4400)]
    data = convergence_data(table(*rows), title="t", metric="loss", noise=ASSUMED)
    assert len(style.render(lambda fig: draw_convergence(data, fig), width=6, height=3.6)) < 300_000


def test_the_band_lies_around_the_best_so_far_where_noise_was_measured():
    data = convergence_data(SEARCH, title="t", metric="loss", noise=OWN)
    table = convergence_table(data)
    assert table["noise_low"].tolist() == pytest.approx([0.98 * best for best in table["best_so_far"]])
    assert table["noise_high"].tolist() == pytest.approx([1.02 * best for best in table["best_so_far"]])
    assert "noise is 2.0 % (repeats within the run)" in convergence_alt(data)
    assert "Here noise is 2.0 % (repeats within the run)." in caption_of(data)


def test_an_assumed_noise_is_told_and_not_drawn():
    data = convergence_data(SEARCH, title="t", metric="loss", noise=ASSUMED)
    assert convergence_table(data)["noise_low"].isna().all()
    assert "no band" in caption_of(data)
    assert bands(data) == []


@pytest.mark.parametrize(("basis", "dashed"), [("run", False), ("pair", True), ("model", True)])
def test_noise_of_other_runs_has_dashed_edges(basis, dashed):
    data = convergence_data(SEARCH, title="t", metric="loss", noise=Noise(0.02, basis, ("key",)))
    (band,) = bands(data)
    ((_, dashes),) = band.get_linestyle()
    assert (dashes is not None) is dashed
    assert band.get_label() == ("noise ± 2.0 %, from other runs" if dashed else "noise ± 2.0 %")


def bands(data):
    """The bands that are drawn of ``data``, all of them within the axes."""
    from matplotlib.collections import FillBetweenPolyCollection
    from matplotlib.figure import Figure

    fig = Figure()
    draw_convergence(data, fig)
    (axes,) = fig.axes
    found = [artist for artist in axes.collections if isinstance(artist, FillBetweenPolyCollection)]
    lows = [float(path.vertices[:, 1].min()) for band in found for path in band.get_paths()]
    assert all(low >= axes.get_ylim()[0] for low in lows)
    return found


def test_a_dead_search_has_no_band():
    data = convergence_data(SEARCH, title="t", metric="loss", noise=OWN, dead=True)
    assert bands(data) == []
    assert convergence_table(data)["noise_high"].isna().all()


@pytest.mark.parametrize("draw", [lambda record: convergence_figure(record, ASSUMED), landscape_figure])
def test_dead_networks_that_an_import_calls_ok_are_told_apart(draw):
    plain = improve_record()
    table = plain.evaluations.copy()
    table.loc[:9, "val_loss"] = 5.0
    data = pd.read_csv(io.StringIO(draw(make_record(plain.run, plain.space, table)).data))
    assert (data["status"] == "degenerate").tolist() == [True] * 10 + [False] * 30
    assert "best_so_far" not in data or data["best_so_far"].isna().sum() == 10


def test_one_noise_for_the_figures_and_the_verdicts_of_a_run():
    """A late gain of 5 % of a run without repeats: beyond an assumed noise, within the measured one of its model."""
    record = record_of([[1.0, 0.9], [0.855, 0.9]])
    for others, flat, text in (([], False, "1.0 %"), ([noisy(0.1)], True, None)):
        records = [record, *others]
        noise = NoiseBook(records).of(record.run)
        text = text or noise_share(noise)
        grid = convergence_grid("t", records)
        panel = grid.panels[record.run.dataset, record.run.size]
        assert panel.noise == noise
        assert panel.flat is flat
        prints = [one for found in fingerprint_grids(records) for one in found.prints.values() if one.run == record.run]
        assert [one.flat for one in prints] == [flat]
        figures = {figure.name: figure for figure in convergence_figures(records)}
        own = figures[f"{record.run.dataset}/{record.run.size}/{record.run.run}/convergence"]
        assert f"noise is {text}" in own.alt
        rows = grid_table(grid).query("run == @record.key")
        assert set(rows["noise"]) == {noise.share}
        assert rows["noise_low"].isna().all() == (not others)


def noise_share(noise):
    return f"{style.number(100 * noise.share, 2)} %"
