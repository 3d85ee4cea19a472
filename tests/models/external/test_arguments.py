"""Command lines, as text: what each contract and runtime is told."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo.errors import UsageError
from hpo.models.external.arguments import (
    Places,
    command_words,
    flag_words,
    infer_words,
    preprocess_words,
    text_of,
    train_words,
)
from hpo.models.external.container import Bind, container_command, end_command, visible_gpu
from tests.models.external.builders import definition

PLACES = Places("/b", "/b/raw data", "/ml", "/out", "/code")
VALUES = {"learning_rate": 1e-05, "epochs": 5, "act": "-x; rm -rf /"}


def test_the_newer_contract() -> None:
    found = definition(fixed={"patience": 3}, flags={"epochs": "n_epochs"}, preprocess={"x": "[['{directory}/t.tsv']]"})
    assert preprocess_words(found, PLACES, "CCLE", 2) == [
        "--input_dir", "/b/raw data", "--output_dir", "/ml",
        "--train_split_file", "CCLE_split_2_train.txt", "--val_split_file", "CCLE_split_2_val.txt",
        "--test_split_file", "CCLE_split_2_test.txt", "--y_col_name", "auc", "--x", "[['/code/t.tsv']]",
    ]  # fmt: skip
    assert train_words(found, PLACES, VALUES, 7) == [
        "--input_dir", "/ml", "--output_dir", "/out", "--learning_rate", "1e-05", "--n_epochs", "5",
        "--act=-x; rm -rf /", "--patience", "3", "--seed", "7",
    ]  # fmt: skip
    assert infer_words(found, PLACES, "/model") == [
        "--input_data_dir", "/ml", "--input_model_dir", "/model", "--output_dir", "/out", "--calc_infer_scores", "True",
    ]  # fmt: skip


def test_the_older_contract() -> None:
    found = definition(contract="candle", seed_flag=None)
    assert preprocess_words(found, PLACES, "CCLE", 0)[:2] == ["--ml_data_outdir", "/ml"]
    assert train_words(found, PLACES, {"epochs": 5}, 7) == [
        "--train_ml_data_dir", "/ml", "--val_ml_data_dir", "/ml", "--model_outdir", "/out", "--epochs", "5",
    ]  # fmt: skip
    assert infer_words(found, PLACES, "/model") == [
        "--test_ml_data_dir", "/ml", "--model_dir", "/model", "--infer_outdir", "/out",
    ]  # fmt: skip


@settings(max_examples=50)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_told_exactly(value: float) -> None:
    assert float(text_of(value)) == value


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["a", "b_c"]), st.text() | st.integers() | st.booleans())))
def test_no_value_is_taken_for_a_flag(flags: list[tuple[str, str | int | bool]]) -> None:
    words = iter(flag_words(flags))
    for flag, value in flags:
        word = next(words)
        if word == f"--{flag}":
            assert next(words) == str(value)
            assert not str(value).startswith("-")
        else:
            assert word == f"--{flag}={value}"
    assert not list(words)


def test_values_within_commands_are_never_read_as_words_or_placeholders() -> None:
    hyperparameters = [("act", "a b"), ("note", "{output}")]
    values = {"act": "a b 'c", "output": "/o ut"}
    assert command_words("run '{act}' --to={output} {hyperparameters}", values, hyperparameters) == [
        "run", "a b 'c", "--to=/o ut", "--act", "a b", "--note", "{output}",
    ]  # fmt: skip


BINDS = [Bind("/scratch/e 1", "/candle_data_dir", read_only=False), Bind("/ml", "/candle_data_dir/ml_data")]


def render(runtime: str, **changes: object) -> list[str]:
    options = {"binds": BINDS, "environment": {"A": "b c"}, "gpu": "2", "name": "cross-hpo-1", "user": "7:8", **changes}
    return container_command(runtime, "m.sif", "train.sh", ["--epochs", "5"], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("runtime", ["apptainer", "singularity"])
def test_apptainer(runtime: str) -> None:
    assert shlex.join(render(runtime)) == (
        f"{runtime} exec --nv --bind '/scratch/e 1:/candle_data_dir' --bind /ml:/candle_data_dir/ml_data:ro "
        "--env 'A=b c' m.sif train.sh 2 /candle_data_dir --epochs 5"
    )


def test_docker_shows_one_gpu_which_is_the_first_inside() -> None:
    assert shlex.join(render("docker")) == (
        "docker run --rm --init --name cross-hpo-1 --user 7:8 --gpus device=2 "
        "--mount 'type=bind,source=/scratch/e 1,target=/candle_data_dir' "
        "--mount type=bind,source=/ml,target=/candle_data_dir/ml_data,readonly "
        "--env 'A=b c' --entrypoint train.sh m.sif 0 /candle_data_dir --epochs 5"
    )
    assert '"device=0,1"' in render("docker", gpu="0,1")
    assert end_command("docker", "x") == ["docker", "kill", "x"]
    assert end_command("apptainer", "x") == []


@pytest.mark.parametrize("runtime", ["apptainer", "docker"])
def test_without_a_gpu(runtime: str) -> None:
    words = render(runtime, gpu=None)
    assert not {"--nv", "--gpus"} & set(words)
    assert words[-4:] == ["-1", "/candle_data_dir", "--epochs", "5"]
    assert "-1" not in render(runtime, gpu=None, takes_gpu=False)


@pytest.mark.parametrize(("runtime", "folder"), [("apptainer", "/a:b"), ("apptainer", "/a,b"), ("docker", "/a,b")])
def test_folders_that_a_runtime_would_misread(runtime: str, folder: str) -> None:
    with pytest.raises(UsageError, match="can't be given a folder"):
        render(runtime, binds=[Bind(folder, "/candle_data_dir")])


@pytest.mark.parametrize(
    ("environment", "present", "expected"),
    [
        ({"CUDA_VISIBLE_DEVICES": "3"}, True, "3"),
        ({"CUDA_VISIBLE_DEVICES": "0,1"}, True, "0,1"),
        ({"CUDA_VISIBLE_DEVICES": ""}, True, None),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, True, None),
        ({"ZE_AFFINITY_MASK": "4.1"}, False, "4.1"),
        ({}, True, "0"),
        ({}, False, None),
    ],
)
def test_the_gpu_of_a_worker(environment: dict[str, str], present: bool, expected: str | None) -> None:
    assert visible_gpu(environment, present=present) == expected
