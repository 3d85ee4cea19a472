"""The comparison of searches: landscapes, methods at equal budgets, and what rows come to."""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from hpo.evaluation import Origin, Outcome, Status

Import = Callable[[str], ModuleType]


def test_nothing_is_better_than_the_optimum(benchmark: Import) -> None:
    rng = random.Random(1)
    for problem in benchmark("problems").problems():
        losses = [problem.true(problem.space.sample(rng)) for _ in range(300)]
        assert min(losses) >= problem.optimum - 1e-9, problem.name
        assert problem.unit > 0


def test_a_best_is_what_was_measured_and_no_replicate(benchmark: Import) -> None:
    best = benchmark("methods").Best()
    best.book({"x": 1}, Outcome(Status.OK, 0.5))
    best.book({"x": 2}, Outcome(Status.DEGENERATE, 0.1))
    best.book({"x": 3}, Outcome(Status.OK, 0.2), decides=False)
    best.book({"x": 4}, Outcome(Status.OK, 0.4))
    assert best.history == [{"x": 1}, {"x": 1}, {"x": 1}, {"x": 4}]


def test_ours_ends_with_what_the_search_announces(benchmark: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with the lowest loss: where leaders are trained again, another candidate may turn out best."""
    methods = benchmark("methods")
    made = methods.make_search

    def disagreeing(*arguments: Any, **named: Any) -> Any:
        search = made(*arguments, **named)
        asked = []

        class Other:
            budget = search.budget

            def ask(self) -> Any:
                candidate = search.ask()
                asked.append(candidate)
                return candidate

            def tell(self, evaluation: int, outcome: Outcome) -> None:
                search.tell(evaluation, outcome)

            @property
            def announced(self) -> Any:
                return next(one for one in asked if one is not None and one.origin is Origin.INITIAL)

        return Other()

    problem = next(benchmark("problems").problems())
    honest = methods.METHODS["no-brood"](problem, 8, 0)
    monkeypatch.setattr(methods, "make_search", disagreeing)
    found = methods.METHODS["no-brood"](problem, 8, 0)
    assert found[:-1] == honest[:-1]
    assert found[-1] == honest[0]


def test_settings_in_the_name_of_a_method(benchmark: Import) -> None:
    methods = benchmark("methods")
    assert methods.settings_of("BROOD=0,BOUNDS=clamp,FAILED_BREED=true,MUT_INDPB=0.2") == {
        "BROOD": 0,
        "BOUNDS": "clamp",
        "FAILED_BREED": True,
        "MUT_INDPB": 0.2,
    }
    with pytest.raises(methods.argparse.ArgumentTypeError, match="BROODS=0: no method"):
        methods.known_method("BROODS=0")


def test_another_budget_is_refused(benchmark: Import) -> None:
    problem = next(benchmark("problems").problems())
    with pytest.raises(ValueError, match="64 evaluations, where the others have 40"):
        benchmark("methods").method_of("GA_STRATEGY=simple")(problem, 40, 0)


@pytest.mark.parametrize("budget", [8, 40, 440])
def test_every_change_of_a_setting_keeps_the_budget(benchmark: Import, budget: int) -> None:
    """The first question is enough: a method refuses another budget before it."""

    class Asked(Exception):
        pass

    def measure(*_: Any) -> Outcome:
        raise Asked

    problem = next(benchmark("problems").problems())
    asked = SimpleNamespace(space=problem.space, measure=measure)
    sensitivity, methods = benchmark("sensitivity"), benchmark("methods")
    changes = sensitivity.changes(budget) if budget > 8 else ["BROOD=0"]
    for change in changes:
        with pytest.raises(Asked):
            methods.method_of(change)(asked, budget, 0)


def rows_of(regrets: dict[tuple[str, str, int], float], budget: int = 2) -> list[dict[str, str]]:
    """Rows of one budget: the given regret at the end, twice as much after the first evaluation."""
    return [
        {"suite": "functions", "budget": str(budget), "method": method, "problem": problem, "seed": str(seed),
         "evaluations": str(mark), "regret": str(value * (2 if mark == 1 else 1))}
        for (method, problem, seed), value in regrets.items()
        for mark in (1, budget)
    ]  # fmt: skip


def test_summary_by_hand(benchmark: Import) -> None:
    rows = rows_of(
        {
            ("default", "a", 0): 0.1, ("default", "a", 1): 0.3, ("default", "b", 0): 0.0, ("default", "b", 1): 0.2,
            ("other", "a", 0): 0.2, ("other", "a", 1): 0.3, ("other", "b", 0): 0.4, ("other", "b", 1): 0.1,
        }
    )  # fmt: skip
    lines = {
        (line["method"], line["problem"], line["evaluations"]): line for line in benchmark("summary").summary(rows)
    }
    assert len(lines) == 2 * (2 + 2)
    own, other = lines["default", "all", 2], lines["other", "all", 2]
    assert (float(own["regret"]), float(own["low"]), float(own["high"])) == pytest.approx((0.15, 0.05, 0.25))
    assert float(own["difference"]) == 0
    assert float(other["regret"]) == pytest.approx(0.25)
    assert float(other["difference"]) == pytest.approx(0.1)
    assert (float(other["difference_low"]), float(other["difference_high"])) == pytest.approx((-0.05, 0.25))
    assert float(other["wins"]) == (1 + 0.5 + 1 + 0) / 4
    assert float(lines["other", "b", 2]["wins"]) == 0.5
    assert float(lines["other", "all", 1]["regret"]) == pytest.approx(0.5)
    assert "difference" not in lines["other", "all", 1]


def test_the_order_of_rows_does_not_matter(benchmark: Import) -> None:
    regrets = {
        (m, p, s): random.Random(f"{m}{p}{s}").random() for m in ("default", "x") for p in "ab" for s in range(5)
    }
    rows = rows_of(regrets)
    lines = benchmark("summary").summary(rows)
    again = benchmark("summary").summary(random.Random(0).sample(rows, len(rows)))

    def key(line: dict[str, Any]) -> tuple[Any, ...]:
        return line["method"], line["problem"], line["evaluations"]

    assert sorted(lines, key=key) == sorted(again, key=key)


def test_from_the_command_to_the_summary(
    benchmark: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program, out = benchmark("search_quality"), tmp_path / "rows.csv"
    options = ["--budget", "8", "--seeds", "2", "--workers", "1", "--method", "default", "--method", "random"]
    monkeypatch.setattr(sys, "argv", ["search_quality.py", *options, "--problem", "network", "--out", str(out)])
    program.main()
    with out.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["evaluations"] for row in rows] == 4 * ["1", "2", "4", "8"]
    monkeypatch.setattr(sys, "argv", ["search_quality.py", "--summary", str(out)])
    program.main()
    lines = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    (random_line,) = (line for line in lines if line["method"] == "random" and line["problem"] == "network")
    mean = sum(float(row["regret"]) for row in rows if row["method"] == "random" and row["evaluations"] == "8") / 2
    assert float(random_line["regret"]) == pytest.approx(mean, rel=1e-4)


def test_lines_of_settings(benchmark: Import) -> None:
    rows = rows_of({("default", "a", 0): 0.1, ("MUT_PROB=1,CX_PROB=0", "a", 0): 0.3}, budget=40)
    default, changed = benchmark("sensitivity").lines(rows)
    assert (default["setting"], default["budget"]) == ("default", 40)
    assert (changed["setting"], changed["changed"]) == ("MUT_PROB", "MUT_PROB=1,CX_PROB=0")
    assert float(changed["difference"]) == pytest.approx(0.2)


def test_suites_together_weigh_every_problem_alike(benchmark: Import) -> None:
    functions = rows_of(
        {("default", "a", 0): 0.1, ("default", "a", 1): 0.3, ("tpe", "a", 0): 0.2, ("tpe", "a", 1): 0.5}
    )
    surrogates = rows_of(
        {("default", "b", 0): 0.5, ("default", "c", 0): 0.6, ("tpe", "b", 0): 0.1, ("tpe", "c", 0): 0.3}
    )
    surrogates += rows_of({("random", "b", 0): 0.9, ("random", "c", 0): 0.9})
    rows = functions + [{**row, "suite": "surrogates"} for row in surrogates]
    lines = [line for line in benchmark("summary").summary(rows) if line["suite"] == "together"]
    assert {line["method"] for line in lines} == {"default", "tpe"}, "random was measured on one suite only"
    assert {line["problem"] for line in lines} == {"all"}
    ends = {line["method"]: line for line in lines if line["evaluations"] == 2}
    assert float(ends["default"]["regret"]) == pytest.approx((0.1 + 0.5 + 0.6) / 3)
    assert float(ends["tpe"]["difference"]) == pytest.approx((0.1 - 0.4 - 0.3) / 3)
    assert ends["tpe"]["pairs"] == 1, "seeds of one suite only do not count"


def test_one_suite_alone_is_not_together(benchmark: Import) -> None:
    lines = benchmark("summary").summary(rows_of({("default", "a", 0): 0.1}))
    assert {line["suite"] for line in lines} == {"functions"}
