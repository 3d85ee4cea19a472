"""Supervisor's settings become ours; scripts are read and never run, and nothing is dropped silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpo.errors import BadData
from hpo.settings import Settings, read_settings
from hpo.space.shell import Script
from hpo.space.supervisor import from_supervisor, settings_text
from tests.shared_data import improve_hall_of_fame

SCRIPT = """\
# settings of a run
export MODEL_NAME=/images/model_1.sif   # container
export PARAM_SET_FILE=space.json
SEED=${SEED:-7}
# export POPULATION_SIZE=80
export POPULATION_SIZE=16
export NUM_ITERATIONS=4
export GA_STRATEGY='mu_plus_lambda' OFF_PROP="0.5"
MUT_PROB=${MUT_PROB:-.8}
export CX_PROB=0.2 ; TOURNSIZE=4
export PROCS=6
export PPN=$PROCS
source_cfg -v other.sh
rm -rf /
if [ "$HOSTNAME" = x ]; then export QUEUE=debug; fi
export NODES=$(hostname | wc -l)
"""


def test_a_script_is_converted_and_every_line_accounted_for() -> None:
    conversion = from_supervisor(SCRIPT, "cfg-1.sh")
    assert conversion.content == {
        "search": {
            "space": "space.json",
            "size": "MEDIUM",
            "strategy": "ga",
            "preset": "supervisor",
            "seed": 7,
            "settings": {
                "GA_STRATEGY": "mu_plus_lambda",
                "OFFSPRING_PROPORTION": 0.5,
                "MUT_PROB": 0.8,
                "CX_PROB": 0.2,
                "TOURNSIZE": 4,
            },
        }
    }
    assert conversion.kept == [
        'PARAM_SET_FILE is search.space "space.json"; put the file where you search from',
        'GA_STRATEGY: "mu_plus_lambda"',
        "MUT_PROB: 0.8",
        "CX_PROB: 0.2",
        "TOURNSIZE: 4",
    ]
    assert conversion.changed == [
        "SEED is search.seed: 7",
        "SEED = 7 was the default of an environment variable; now it is the value",
        "OFF_PROP is written OFFSPRING_PROPORTION: 0.5",
        "MUT_PROB = 0.8 was the default of an environment variable; now it is the value",
        "POPULATION_SIZE 16 and NUM_ITERATIONS 4 are search.size: MEDIUM",
        "preset supervisor is added: it makes the search behave as Supervisor's",
    ]
    assert [sentence.split(":")[0] for sentence in conversion.left_out] == [
        'MODEL_NAME = "/images/model_1.sif"',
        'PROCS = "6"',
        'PPN = "6"',
    ]
    assert conversion.not_understood == [
        "line 13: reads another file; convert that one as well: source_cfg -v other.sh",
        "line 14: no assignment: rm -rf /",
        'line 15: depends on a condition: if [ "$HOSTNAME" = x ]; then export QUEUE=debug; fi',
        "line 16: its value is known only when the script runs: export NODES=$(hostname | wc -l)",
    ]


def test_the_settings_file_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "search.yaml"
    path.write_text(settings_text(from_supervisor(SCRIPT, "cfg-1.sh").content, "Converted from\ncfg-1.sh."))
    settings = read_settings(path).search
    assert (settings.size, settings.preset, settings.seed) == ("MEDIUM", "supervisor", 7)
    assert settings.settings["MUT_PROB"] == 0.8


@pytest.mark.parametrize("spelling", ["OFFSPRING_PROPORTION", "OFFSPRING_PROP", "OFF_PROP"])
def test_spellings_of_the_offspring_proportion(spelling: str) -> None:
    content = from_supervisor(f"export {spelling}=0.25", "cfg.sh").content
    assert content["search"]["settings"] == {"OFFSPRING_PROPORTION": 0.25}


@pytest.mark.parametrize(
    ("population", "generations", "size"), [(4, 3, "SMALL"), (80, 10, "LARGE"), (800, 10, "XL"), (32, 4, "P32G4")]
)
def test_sizes(population: int, generations: int, size: str) -> None:
    script = f"POPULATION_SIZE={population}\nNUM_ITERATIONS={generations}"
    search = from_supervisor(script, "cfg.sh").content["search"]
    assert search["size"] == size
    standard = size != "P32G4"
    assert search["settings"] == ({} if standard else {"POPULATION_SIZE": 32, "NUM_ITERATIONS": 4})


def test_a_size_that_is_set_elsewhere_is_asked_for() -> None:
    conversion = from_supervisor("MODEL=IGTD\nPOPULATION_SIZE=4", "cfg.sh")
    assert "size" not in conversion.content["search"]
    assert conversion.content["search"]["model"] == "IGTD"
    assert conversion.not_understood == ["the size: NUM_ITERATIONS not set here; write search.size yourself"]


def test_simple_needs_no_offspring_proportion() -> None:
    conversion = from_supervisor("GA_STRATEGY=simple\nOFFSPRING_PROP=0.5", "cfg.sh")
    assert conversion.content["search"]["settings"] == {"GA_STRATEGY": "simple"}
    assert "some versions of Supervisor ignored it" in " ".join(conversion.changed)


def test_the_last_of_several_assignments_counts() -> None:
    conversion = from_supervisor("TOURNSIZE=4\nTOURNSIZE=8", "cfg.sh")
    assert conversion.content["search"]["settings"] == {"TOURNSIZE": 8}
    assert conversion.changed[0] == "TOURNSIZE is set more than once; line 2 counts, line 1 doesn't"


def test_all_impossible_values_are_reported_at_once() -> None:
    with pytest.raises(BadData) as caught:
        from_supervisor("TOURNSIZE=0\nMUT_PROB=1.5\nGA_STRATEGY=best\nSEED=-1", "cfg.sh")
    assert [problem.split("\n")[0] for problem in caught.value.problems] == [
        'cfg.sh: line 1: TOURNSIZE must be a whole number above 0, got "0"',
        'cfg.sh: line 2: MUT_PROB must be a number from 0 to 1, got "1.5"',
        'cfg.sh: line 3: GA_STRATEGY must be one of mu_plus_lambda, simple, got "best"',
        'cfg.sh: line 4: SEED must be a whole number, got "-1"',
    ]


@pytest.mark.parametrize("script", ["", "echo hello", "if true\nthen\n  TOURNSIZE=3\nfi"])
def test_a_script_without_settings_is_refused(script: str) -> None:
    with pytest.raises(BadData, match=r"cfg\.sh: there must be at least one setting"):
        from_supervisor(script, "cfg.sh")


SHELL = {
    "continued_line": ("A=1 \\\n B=2", {"A": "1", "B": "2"}, []),
    "quoted_lines": ('A="\nB=1\n"\nC=2', {"A": "\nB=1\n", "C": "2"}, []),
    "open_quote": ("A=1\nB='2\nC=3", {"A": "1", "C": "3"}, ["line 2: quotes don't match: B='2"]),
    "variable": ("A=1\nB=${A}x$A", {"A": "1", "B": "1x1"}, []),
    "after_and": ("true && A=1", {}, ["line 1: depends on a condition: true && A=1"]),
    "function": ("f() {\nA=1\n}\nB=2", {"B": "2"}, ["line 2: depends on a condition: A=1"]),
    "comment": ("A=1 # don't", {"A": "1"}, []),
    "carriage_returns": ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}, []),
}


@pytest.mark.parametrize(("text", "values", "skipped"), SHELL.values(), ids=SHELL)
def test_shell(text: str, values: dict[str, str], skipped: list[str]) -> None:
    script = Script(text)
    assert {assignment.name: assignment.value for assignment in script.assignments} == values
    assert script.not_understood == skipped


@pytest.mark.shared_data
def test_every_published_script_is_converted_to_settings_that_a_search_takes() -> None:
    from hpo.search import resolve_settings
    from hpo.sizes import SIZES, Size

    scripts = sorted((improve_hall_of_fame() / "HallOfFame").rglob("cfg-*.sh"))
    assert len(scripts) == 28
    sizes = []
    for path in scripts:
        content = from_supervisor(path.read_text(encoding="utf-8"), path.name).content
        search = Settings.model_validate(content).search
        sizes.append(search.size)
        size = SIZES.get(search.size or "SMALL", Size(str(search.size), 2, 3))
        resolve_settings(search.strategy, size, search.preset, search.settings)
    assert {size: sizes.count(size) for size in set(sizes)} == {
        "SMALL": 10,
        "MEDIUM": 9,
        "LARGE": 2,
        "P2G3": 1,
        None: 6,
    }
