"""The benchmark of the search as readers see it: what is read, what is said about it, and that nothing is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpo.errors import BadData, MissingInput
from hpo.search.catalogue import SETTINGS
from reports.analysis import quality
from reports.figures.quality import LOOKS, quality_figures
from reports.pages.benchmark_page import METHODS, benchmark_page
from reports.pages.context import ReportPage, Table
from reports.pages.settings_page import settings_page

HEAD = (
    "suite,budget,method,problem,evaluations,seeds,regret,low,high,median,"
    "difference,difference_low,difference_high,wins,pairs"
)


def line(
    method: str, problem: str, regret: float, difference: str = "", *, evaluations: int = 40, pairs: int = 5
) -> str:
    """A line of a search of 40 evaluations; ``difference`` is the mean and the ends of its interval."""
    ends = difference or ",,"
    wins = "" if not difference else "0.7"
    numbers = [regret, regret / 2, regret * 2, regret, ends, wins, pairs if difference else ""]
    return ",".join(["functions", "40", method, problem, str(evaluations), "5", *map(str, numbers)])


LINES = [
    line("default", "network", 0.02, "0,0,0"),
    line("default", "waves", 0.08, "0,0,0"),
    line("default", "all", 0.5, evaluations=8),
    line("default", "all", 0.05, "0,0,0"),
    line("random", "network", 0.2, "0.18,0.1,0.3"),
    line("random", "waves", 0.3, "0.22,0.1,0.3"),
    line("random", "all", 0.25, "0.2,0.1,0.3"),
    line("tpe", "network", 0.03, "0.01,-0.01,0.02"),
    line("tpe", "waves", 0.04, "-0.04,-0.06,-0.01"),
    line("tpe", "all", 0.035, "-0.015,-0.04,0.01"),
]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    (tmp_path / quality.QUALITY).write_text("\n".join([HEAD, *LINES]) + "\n")
    (tmp_path / quality.SURROGATES).write_text("run,points,dead,noise,r2,rank_correlation,refused\n")
    (tmp_path / quality.SETTINGS).write_text(
        "budget,setting,changed,seeds,regret,low,high,difference,difference_low,difference_high,wins\n"
        "40,default,,5,0.05,0.04,0.06,0,0,0,0.5\n"
        '40,MUT_PROB,"MUT_PROB=1,CX_PROB=0",5,0.07,0.06,0.08,0.02,0.01,0.03,0.6\n'
        "40,ELITES,ELITES=0,5,0.05,0.04,0.06,0,0,0,0.5\n"
        "40,BROOD,BROOD=100,5,0.051,0.04,0.06,0.001,-0.01,0.012,0.5\n"
        "40,BROOD,BROOD=0,5,0.09,0.08,0.1,0.04,0.03,0.05,0.8\n"
    )
    return tmp_path


def section(page: ReportPage, heading: str) -> str:
    """What the section says in words."""
    return " ".join(str(words) for one in page.sections if one.heading == heading for words in one.about)


def table(page: ReportPage, name: str) -> Table:
    return next(found for one in page.sections for found in one.tables if found.id == name)


def cells(found: Table) -> list[list[str]]:
    return [[str(cell.text) for cell in row.cells] for row in found.rows]


def test_ends_and_curves(results: Path) -> None:
    lines = quality.quality(results)
    assert [one.regret for one in quality.curve(lines, "functions", 40, "default")] == [0.5, 0.05]
    assert quality.problems(lines, "functions", 40) == ["network", "waves"]
    assert list(quality.final(lines, "functions", 40)) == ["default", "random", "tpe"]
    assert quality.beaten(lines, "functions", 40) == {"random": True, "supervisor": None, "tpe": False}
    assert [(one.method, one.problem) for one in quality.lost(lines)] == [("tpe", "waves")]


def test_the_page_says_who_is_ahead_and_where_it_loses(results: Path, tmp_path: Path) -> None:
    page = benchmark_page(tmp_path / "none", results)
    assert "After 40 evaluations the default is ahead of random, level with tpe, not compared with supervisor." in (
        section(page, "Functions")
    )
    assert "behind none. On 1 single problems" in section(page, "Where it loses")
    assert [row[:4] for row in cells(table(page, "lost"))] == [["waves", "functions", "40", "tpe"]]
    # The least regret of a problem stands out.
    strong = {
        row.cells[0].text: [str(cell.text) for cell in row.cells if cell.strong]
        for row in table(page, "functions-problems").rows
    }
    assert strong == {"network": ["0.02"], "waves": ["0.04"]}


def test_few_seeds_are_not_judged(results: Path, tmp_path: Path) -> None:
    few = [
        *LINES[:6],
        line("random", "all", 0.25, "0.2,0.1,0.3", pairs=2),
        line("tpe", "all", 0.01, "-1,-2,-1", pairs=4),
    ]
    (results / quality.QUALITY).write_text("\n".join([HEAD, *few]) + "\n")
    quality.quality.cache_clear()
    assert quality.lost(quality.quality(results)) == []
    assert "is not compared with random, supervisor and tpe." in section(benchmark_page(tmp_path, results), "Functions")


def test_a_default_behind_is_told(results: Path, tmp_path: Path) -> None:
    worse = [*LINES[:-1], line("tpe", "all", 0.02, "-0.03,-0.04,-0.01")]
    (results / quality.QUALITY).write_text("\n".join([HEAD, *worse]) + "\n")
    quality.quality.cache_clear()
    page = benchmark_page(tmp_path / "none", results)
    assert "ahead of random, behind tpe" in section(page, "Functions")
    assert "behind tpe after 40 evaluations on the functions" in section(page, "Where it loses")


def test_every_setting_has_its_reason_and_its_measurements(results: Path) -> None:
    page = settings_page(results)
    headings = [one.heading for one in page.sections]
    assert headings[2:] == list(SETTINGS)
    assert "the largest gain after the log scale" in str(page.sections[headings.index("BROOD")].html)
    measured = cells(table(page, "measured-brood"))
    assert measured[1][:5] == ["BROOD=0", "40", "5", "0.09", "0.05"]
    # Changed together, shown with both.
    assert cells(table(page, "measured-cx_prob"))[0][0] == "MUT_PROB=1, CX_PROB=0"
    assert "Not measured" in section(page, "BASELINE_BREEDS")
    assert "made any difference" in section(page, "ELITES")
    assert "made any difference" not in section(page, "BROOD")
    overview = {row[0]: row[1:] for row in cells(table(page, "settings"))}
    assert overview == {
        "BROOD": ["BROOD=0", "0.04", "yes"],
        "MUT_PROB": ["MUT_PROB=1, CX_PROB=0", "0.02", "yes"],
        "ELITES": ["ELITES=0", "0", "no"],
    }


def test_what_cannot_be_read_is_named(results: Path) -> None:
    (results / quality.QUALITY).write_text(
        f"{HEAD}\n{LINES[0].replace('0.02', 'low')}\n{LINES[1].replace(',5,', ',,')}\n"
    )
    quality.quality.cache_clear()
    with pytest.raises(BadData) as caught:
        quality.quality(results)
    assert "line 2: regret: 'low' is no number" in str(caught.value)
    assert "line 3: seeds is missing" in str(caught.value)
    (results / quality.SETTINGS).write_text("budget\n40\n")
    with pytest.raises(BadData, match="no column setting, changed"):
        quality.changes(results)
    (results / quality.SURROGATES).unlink()
    with pytest.raises(MissingInput, match="it belongs to the software"):
        quality.results_digest(results)


def test_the_measured_results_are_complete() -> None:
    """What comes with the software: methods and settings that exist, and the default against its rivals."""
    lines = quality.quality()
    assert {one.method for one in lines} <= set(METHODS)
    for budget, seeds, rivals in ((40, 50, ("random", "supervisor", "tpe")), (440, 20, ("random", "supervisor"))):
        found = quality.final(lines, "functions", budget)
        assert all(found[name].seeds >= seeds for name in ("default", *rivals))
    changed = {part.partition("=")[0] for one in quality.changes() for part in one.changed.split(",") if part}
    assert changed <= set(SETTINGS)
    assert "BROOD" in changed
    assert len(quality.landscapes()) >= 8


def test_the_numbers_of_the_readme_are_the_measured_ones() -> None:
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split())
    found = quality.final(quality.quality(), quality.TOGETHER, 40)
    own, tpe, random = (found[name] for name in ("default", "tpe", "random"))
    assert f"mean regret {own.regret:.3f} against {tpe.regret:.3f}, difference {tpe.difference:.3f}" in readme
    assert f"95 % interval {tpe.difference_low:.3f} to {tpe.difference_high:.3f}, {own.seeds} seeds each" in readme
    assert f"random draws ({random.regret:.3f})" in readme
    on_surrogates = quality.final(quality.quality(), "surrogates", 40)["tpe"]
    assert (on_surrogates.worse, on_surrogates.better) == (False, False), "level, as the README says"


def test_the_figure_has_every_curve_in_words_and_as_data() -> None:
    drawn = {figure.name: figure for figure in quality_figures()}
    assert list(drawn) == ["regret-together", "regret-functions", "regret-surrogates"]
    functions = drawn["regret-functions"]
    found = quality.final(quality.quality(), "functions", 40)
    assert f"default {found['default'].regret:.2g}" in functions.alt
    rows = [row.split(",") for row in functions.data.splitlines()[1:]]
    assert {row[1] for row in rows} == {one.method for one in quality.quality() if one.method in LOOKS}
    assert json.loads(functions.files()["regret-functions.json"])["alt"] == functions.alt
