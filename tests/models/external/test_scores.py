"""What a program says its loss is: the whole number, or nothing."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.models.external.scores import NoScore, ResultLines, parse_result, read_scores

NOISE = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: "IMPROVE_RESULT" not in text)
FORMATS = ("{!r}", "{:.17g}", "{:.3e}", "{:E}", "{:.10f}", "{:g}", "{:+.5f}")


def last_result(output: bytes, pieces: list[int]) -> str | None:
    lines = ResultLines()
    for size in pieces:
        lines.feed(output[:size])
        output = output[size:]
    lines.feed(output)
    return lines.finish()


@given(
    value=st.floats(),
    style=st.sampled_from(FORMATS),
    label=st.sampled_from(["val_loss:\t", "val_loss: ", "", "loss=", "r2 ", "val_loss:   "]),
    before=NOISE,
    after=NOISE,
    colour=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    pieces=st.lists(st.integers(0, 40), max_size=8),
)
def test_every_way_to_write_a_float_survives_noise_and_pieces(
    value: float, style: str, label: str, before: str, after: str, colour: bool, end: str, pieces: list[int]
) -> None:
    text = style.format(value)
    line = f"IMPROVE_RESULT {label}{text}"
    output = f"{before}\n{chr(27)}[32m{line}{chr(27)}[0m{end}{after}" if colour else f"{before}\n{line}{end}{after}"
    found = last_result(output.encode(), pieces)
    assert found is not None
    result = parse_result(found)
    assert result == float(text) or (math.isnan(result) and math.isnan(value))


@pytest.mark.parametrize(
    "line",
    [
        "IMPROVE_RESULT val_loss:",
        "IMPROVE_RESULT",
        "IMPROVE_RESULT val_loss: 9.5 -05",
        "IMPROVE_RESULT val_loss: 0x1p3",
        "IMPROVE_RESULT val_loss: 1,5",
        "IMPROVE_RESULT val_loss: 0.1 0.2",
        "IMPROVE_RESULT val_loss: 0.1abc",
        "IMPROVE_RESULT val_loss: None",
        "IMPROVE_RESULT val_loss: 1_000",
        "IMPROVE_RESULT val_loss: ٣",
    ],
)
def test_no_number_is_guessed(line: str) -> None:
    with pytest.raises(NoScore, match="can't be understood"):
        parse_result(line)


@given(st.text())
def test_a_line_is_a_number_or_an_error(text: str) -> None:
    try:
        parse_result(f"IMPROVE_RESULT {text}")
    except NoScore:
        return


def test_the_last_line_counts_and_differing_ones_are_counted() -> None:
    lines = ResultLines()
    lines.feed(b"IMPROVE_RESULT val_loss: 0.2\nIMPROVE_RESULT val_loss: 0.1\r\nIMPROVE_RESULT val_loss: 0.1")
    assert lines.finish() == "IMPROVE_RESULT val_loss: 0.1"
    assert lines.differing == 2
    assert ResultLines().finish() is None


def test_output_without_end_takes_no_memory() -> None:
    lines = ResultLines()
    for _ in range(100):
        lines.feed(b"x" * 65536)
    lines.feed(b"\nIMPROVE_RESULT 0.5\n")
    assert lines.finish() == "IMPROVE_RESULT 0.5"


@pytest.mark.parametrize(
    ("content", "loss"),
    [
        ({"mse": 0.1, "rmse": 0.3}, 0.1),
        ({"val_mse": 0.1, "val_rmse": 0.3}, 0.1),
        ({"mse": 0.1, "val_loss": 0.2}, 0.1),
        ({"val_loss": 0.2}, 0.2),
        ({"mse": 1}, 1.0),
    ],
    ids=str,
)
def test_both_generations_of_scores(content: dict[str, float], loss: float, tmp_path: Path) -> None:
    (tmp_path / "val_scores.json").write_text(json.dumps(content, indent=4))
    found = read_scores(tmp_path, "val", "mse")
    assert found is not None
    assert found.loss == loss
    assert found.metrics == {key.removeprefix("val_"): content[key] for key in content if key != "val_loss"}


def test_undefined_scores(tmp_path: Path) -> None:
    assert read_scores(tmp_path, "val", "mse") is None
    (tmp_path / "val_scores.json").write_text('{"mse": NaN, "pcc": NaN, "r2": -Infinity, "rmse": 0.5}')
    found = read_scores(tmp_path, "val", "mse")
    assert found is not None
    assert math.isnan(found.loss)
    assert found.metrics == {"rmse": 0.5}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no JSON"),
        (b"[0.1]", "list, not an object"),
        (b"\xff\xfe", "no JSON"),
        (b'{"accuracy": 1}', "none of mse, val_mse, val_loss is in it (there is accuracy)"),
        (b'{"mse": "0.1"}', "mse is '0.1', no number"),
        (b'{"mse": true}', "no number"),
        (b"[" * 100000, "no JSON"),
    ],
)
def test_scores_that_can_not_be_understood(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "val_scores.json").write_bytes(content)
    with pytest.raises(NoScore) as raised:
        read_scores(tmp_path, "val", "mse")
    assert told in str(raised.value)
