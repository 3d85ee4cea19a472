"""The parsers of single files, without folders."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.archive.importers.cells import as_column, count, number, value_from_json, value_of
from hpo.archive.importers.deaplog import parse_log
from hpo.archive.importers.identity import identify
from hpo.archive.importers.individuals import parse_best, parse_fitnesses, parse_population
from hpo.archive.importers.privacy import Scrubber
from hpo.archive.importers.reading import shown, text_of
from hpo.archive.importers.settings import parse_metadata, parse_script
from hpo.archive.importers.tables import parse_table
from hpo.errors import BadData


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_bit_for_bit(value: float) -> None:
    assert number(repr(value)) == value


@pytest.mark.parametrize("text", ["", "nan", "inf", "-Infinity", "1_000", "0x1p3", "1,5", "1e", "١", "1e99999", "1 2"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number(text) is None


def test_numbers_of_every_form_are_read() -> None:
    assert [number(text) for text in ("1e-05", ".5", "1E5", "+1", "5.", " 7 ")] == [1e-05, 0.5, 1e5, 1.0, 5.0, 7.0]
    assert [count(text) for text in ("0000", "012", "-1", "1e3", "9" * 19)] == [0, 12, None, None, None]


@pytest.mark.parametrize(
    ("kind", "values", "text", "expected"),
    [
        ("ordered", [16, 32], "32", 32),
        ("ordered", [16, 32], "32.0", 32),
        ("ordered", [16, 32], "1028", 1028),
        ("ordered", [16, 32], "32.5", None),
        ("ordered", [0.1, 1], "0.10", 0.1),
        ("categorical", ["relu", "elu"], "relu", "relu"),
        ("categorical", ["relu", "elu"], "gelu", "gelu"),
        ("categorical", [True, False], "True", True),
        ("logical", [], "false", False),
        ("logical", [], "maybe", None),
        ("int", [], "7.0", 7),
        ("float", [], "7", 7.0),
        ("float", [], "", None),
    ],
)
def test_cells_become_values_of_their_axis(kind: str, values: list, text: str, expected: object) -> None:
    found = value_of(kind, values, text)
    assert found == expected
    assert type(found) is type(expected)


@given(
    st.sampled_from(["float", "int", "logical", "categorical", "ordered"]),
    st.one_of(st.booleans(), st.integers(), st.floats(), st.text(), st.none()),
    st.sampled_from(["Int64", "float64", "string", "boolean"]),
)
def test_a_json_value_fits_its_column_or_is_none(kind: str, value: object, column: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        return
    found = as_column(column, value_from_json(kind, value))
    wanted = {"Int64": int, "float64": float, "string": str, "boolean": bool}[column]
    assert found is None or type(found) is wanted


def test_a_table_with_the_stray_field_reads_as_the_table_without() -> None:
    header = "iteration,sample,learning_rate,metric,result,walltime\n"
    plain = parse_table(header + "001,0000,0.1,val_loss,0.5,12\n", "hpo.csv")
    stray = parse_table(header + "001,0000,0.1,0,val_loss,0.5,12\n", "hpo.csv")
    assert stray.rows == plain.rows
    assert (stray.stray, plain.stray) == (1, 0)


def test_a_longer_row_that_is_not_the_stray_field_is_not_bent_into_shape() -> None:
    table = parse_table("iteration,sample,metric,result\n001,0000,val_loss,0.5,7\n", "hpo.csv")
    assert table.rows == {}
    assert table.unreadable == [(2, "5 fields where the header has 4")]


def test_an_unclosed_quote_spoils_its_own_line_only() -> None:
    text = 'iteration,sample,path,result\n001,0000,"/a,0.5\n001,0001,"/a,b",0.25\n'
    table = parse_table(text, "hpo.csv")
    assert [row.loss for row in table.rows.values()] == [0.25]
    assert [line for line, _ in table.unreadable] == [2]


def test_every_line_is_a_row_a_phantom_or_unreadable() -> None:
    rng = random.Random(1)
    lines = ["iteration,sample,result"]
    lines += [
        f"{rng.choice(['001', 'x', '0'])},{rng.randrange(3)},{rng.choice(['1', 'nan', '1,2'])}" for _ in range(90)
    ]
    table = parse_table("\n".join(lines), "hpo.csv")
    assert table.lines == 90


def test_a_table_without_what_an_evaluation_needs_is_refused_with_the_columns() -> None:
    with pytest.raises(BadData, match=r"hpo\.csv: line 1: no column sample, result; found iteration, loss"):
        parse_table("iteration,loss\n", "hpo.csv")


def test_the_log_is_read_by_its_header() -> None:
    text = (
        "gen\tts\tmin\tnevals\tavg\n1\t1710000100\tnan\t2\t0.5\n0\t1710000000.5\t0.25\t4\t0.5\n0\t1\t1\t1\t1\n2\t17\n"
    )
    lines, notes = parse_log(text, "deap-2.log")
    assert [(line.generation, line.nevals, line.min, line.std) for line in lines] == [
        (0, 4, 0.25, None),
        (1, 2, None, None),
    ]
    assert lines[0].finished == "2024-03-09T16:00:00.500000Z"
    assert notes == [
        "deap-2.log: line 4 repeats generation 0 and is left out.",
        "deap-2.log: line 5 is cut off or no generation, and is left out.",
    ]


def test_a_separator_inside_a_text_does_not_split_the_population() -> None:
    individuals = [{"a": "x;{y}"}, {"a": "z"}]
    text = ";".join(json.dumps(individual) for individual in individuals) + "\n"
    assert parse_population(text, "population-2.txt") == individuals
    with pytest.raises(BadData, match="after individual 0: ';' expected"):
        parse_population('{"a": 1} {"a": 2}', "population-2.txt")


@pytest.mark.parametrize(
    "content",
    [b"[]", b"{}", b'{"a b": 1}', b'{"a": null}', b'{"a": NaN}', b'{"a": "\\ud800"}', b'{"a": "' + b"x" * 3000 + b'"}'],
)
def test_what_is_no_individual_is_refused(content: bytes) -> None:
    with pytest.raises(BadData, match=r"best-1\.json"):
        parse_best(content, "best-1.json")


def test_fitnesses_are_numbers_throughout() -> None:
    assert parse_fitnesses("0.5;1e-3;\n", "fitnesses-1.txt") == [0.5, 0.001]
    with pytest.raises(BadData, match=r"fitnesses-1\.txt: 'nan' is no number \(1 of 3\)"):
        parse_fitnesses("0.5;nan;1", "fitnesses-1.txt")


def test_settings_scripts_are_read_as_text() -> None:
    script = parse_script(
        "# export PROCS=9\nexport PROCS=4 # four\n  POPULATION_SIZE='16'\nexport NUM_ITERATIONS=$(rm -rf /)\n"
        "export MUT_PROB=0.8; reboot\nexport CX_PROB=.2\nexport WALLTIME=01:00:00\nexport SECRET=abc\n"
        "export MODEL_NAME=/software/images/x.sif\nexport PARAM_SET_FILE=$HERE/space.json\nexport TOURNSIZE=`id`\n"
    )
    assert script.settings == {"PROCS": 4, "POPULATION_SIZE": 16, "CX_PROB": 0.2, "WALLTIME": "01:00:00"}
    assert (script.image, script.space_file) == ("x.sif", None)


def test_metadata_keeps_neither_user_nor_host() -> None:
    metadata = parse_metadata("METADATA\nUSER=ada\nHOSTNAME=h\nMODEL=IGTD\nD1=.\nx DEAP INFO  num_pop:    16\n")
    assert metadata.fields == {"MODEL": "IGTD"}
    assert (metadata.population, metadata.generations) == (16, None)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("/home/ada/x.csv", "<path>"),
        ("see /home/ada/x.csv, line 3", "see <path>, line 3"),
        ("in '/lus/eagle/p q'", "in '<path> q'"),
        ("~ada/x and ~/y", "<path> and <path>"),
        (r"C:\Users\ada\x", "<path>"),
        (r"\\server\ada", "<path>"),
        ("file:///home/ada", "<path>"),
        ("a=/usr/local:/opt/x", "a=<path>:<path>"),
        ("mail ada@host.example.org", "mail <address>"),
        ("on login-01.alcf.anl.gov", "on <host>"),
        ("ada ran it on engine-01", "<user> ran it on <host>"),
        ("https://example.org/a/b", "https://example.org/a/b"),
        ("./out_model and/or 1/2", "./out_model and/or 1/2"),
        ("nevada", "nevada"),
    ],
)
def test_private_texts_are_replaced(text: str, clean: str) -> None:
    scrubber = Scrubber(["USER=ada\nHOSTNAME=engine-01\n"])
    assert scrubber.text(text) == clean
    assert scrubber.text(clean) == clean


def test_a_text_that_begins_with_a_path_is_replaced_whole() -> None:
    assert Scrubber([]).value({"a": ["/home/ada lovelace/x", 1, True]}) == {"a": ["<path>", 1, True]}


def test_paths_of_containers_are_counted_apart() -> None:
    scrubber = Scrubber(["/candle_data_dir/x /usr/local/y /software/improve/z /home/ /tmp /home/ada/x /tmp/ada\n"])
    assert scrubber.removed == {"container-path": 5, "path": 2}


def test_private_texts_in_a_long_line_are_found_in_good_time() -> None:
    for text in ("a" * 300_000 + "@", "a." * 150_000 + "gov", "//" * 150_000, "~-" * 150_000, "\\\\a" * 100_000):
        Scrubber([text])


def test_names_of_many_users_are_refused() -> None:
    with pytest.raises(BadData, match="more than 50; this is no single run"):
        Scrubber(["\n".join(f"/home/user{k}/x" for k in range(60))])


@given(st.text())
def test_shown_text_is_one_printable_line(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text)) <= 120


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a\x00b", "a\u202eb".encode(), b"x" * 70_000])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(BadData, match=r"hpo\.csv"):
        text_of(content, "hpo.csv")


@pytest.mark.parametrize(
    ("folder", "below", "metadata", "expected"),
    [
        (("HPO", "HallOfFame", "IGTD", "CCLE", "LARGE"), 4, {}, ("IGTD", "CCLE", "LARGE")),
        (("home", "ada", "IGTD", "gCSI", "LARGE"), 0, {}, ("IGTD", "gCSI", "LARGE")),
        (("home", "ada", "CCLE", "LARGE"), 1, {"MODEL": "igtd"}, ("igtd", "CCLE", "LARGE")),
        (("home", "x", "IGTD", "DEMO-A", "LARGE"), 3, {}, ("IGTD", "DEMO-A", "LARGE")),
        (("home", "x"), 0, {"MODEL": "IGTD", "SIZE": "SMALL"}, ("IGTD", "unknown", "SMALL")),
        (("HallOfFame",), 0, {"MODEL": "IGTD"}, ("IGTD", "unknown", "unknown")),
    ],
)
def test_a_run_is_named_by_its_folder_or_its_metadata(
    folder: tuple[str, ...], below: int, metadata: dict[str, str], expected: tuple[str, str, str]
) -> None:
    found = identify(folder, below, metadata)
    assert (found.model, found.dataset, found.size) == expected
    assert "ada" not in found.path


def test_a_name_unfit_for_a_folder_is_refused() -> None:
    with pytest.raises(BadData, match=r"'\.\.' cannot name a model, dataset or size"):
        identify(("HallOfFame", "IGTD", "..", "SMALL"), 4, {})
