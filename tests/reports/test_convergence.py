"""Best so far, generations, and the figure of one run."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.evaluation import Status
from reports.analysis.convergence import Generation, best_so_far, first_best_to_best, generations, spans_decade
from reports.figures import style
from reports.figures.convergence import convergence_alt, convergence_data, convergence_figure, draw_convergence
from tests.archive.builders import improve_record, small_record


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
    data = convergence_data(SEARCH, title="t", metric="loss")
    assert (data.best, data.baseline, data.log) == ((4, 0.4), 0.5, False)


def test_earliest_of_equal_bests_is_marked():
    tie = table((0, "initial", "ok", 0.4), (0, "initial", "ok", 0.4))
    assert convergence_data(tie, title="t", metric="loss").best == (0, 0.4)


def test_alternative_text_states_the_finding():
    data = convergence_data(SEARCH, title="IGTD on CCLE", metric="loss")
    assert convergence_alt(data) == (
        "IGTD on CCLE: 6 evaluations; the best validation loss falls from 0.500 to 0.400, reached at evaluation 4; "
        "20.0 % below the default's 0.500; 1 gave constant output; 1 failed."
    )


def test_alternative_text_of_a_search_that_gained_nothing():
    data = convergence_data(table((0, "default", "ok", 0.1), (0, "initial", "ok", 0.2)), title="t", metric="loss")
    assert "stays the best; nothing beats the default's 0.100" in convergence_alt(data)


def test_alternative_text_of_a_dead_search():
    figure = convergence_figure(improve_record(degenerate=True))
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
    first, second = convergence_figure(record), convergence_figure(record)
    assert first.files() == second.files()
    for content in first.files().values():
        assert not {style.INK, style.MUTED, style.GRID, style.PAPER, style.BAND} & set(content.split('"'))
        assert "<dc:date>" not in content


def test_variants_differ_in_colours_only():
    files = convergence_figure(small_record()).files()
    light, dark = files["convergence-light.svg"], files["convergence-dark.svg"]
    assert light != dark
    assert len(light) == len(dark)
    assert all(stand_in not in light + dark for stand_in in style.THEMES["light"])


def test_data_beside_the_figure_are_those_drawn():
    record = small_record(failures={2: Status.FAILED})
    lines = convergence_figure(record).data.splitlines()
    assert lines[0] == "evaluation,generation,origin,status,val_loss,best_so_far"
    assert len(lines) == 1 + len(record.evaluations)
    assert lines[3].split(",")[3:5] == ["failed", ""]


def test_a_users_matplotlib_settings_change_nothing():
    import matplotlib

    data = convergence_data(SEARCH, title="t", metric="loss")
    plain = style.render(lambda fig: draw_convergence(data, fig), width=4, height=3)
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "none", "axes.facecolor": "red"}):
        assert style.render(lambda fig: draw_convergence(data, fig), width=4, height=3) == plain


def test_markup_in_a_title_is_text():
    data = convergence_data(SEARCH, title=r"$\frac{$ <script>", metric="loss")
    svg = style.render(lambda fig: draw_convergence(data, fig), width=4, height=3)
    assert "<script>" not in svg


def test_long_titles_are_cut():
    assert len(style.label("x" * 20_000)) == style.MAX_LABEL


def test_thousands_of_evaluations_stay_a_small_file():
    rows = [(0, "initial", "ok", 1 + number % 97) for number in range(4400)]
    data = convergence_data(table(*rows), title="t", metric="loss")
    assert len(style.render(lambda fig: draw_convergence(data, fig), width=6, height=3.6)) < 300_000
