"""What the programs of a model are told: flags and values for each step, by the contract that the model keeps.

Two generations of IMPROVE's contract. ``improvelib`` (2024 on): each script has ``--input_dir`` and ``--output_dir``.
``candle`` (the published searches): folders by name (``--train_ml_data_dir``, ``--model_outdir``), and an environment
variable that says below which folder ``raw_data`` lies. Sources: ``improvelib/initializer`` of JDACS4C-IMPROVE/IMPROVE
(develop, and v0.0.3-beta), ``workflows/common/sh/model.sh`` of ECP-CANDLE/Supervisor.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hpo.data.layout import split_file
from hpo.evaluation import Hyperparameters, Value
from hpo.models.external.definition import HYPERPARAMETERS, PLACEHOLDER, Definition

DATA_VARIABLES: Final = ("IMPROVE_DATA_DIR", "CANDLE_DATA_DIR")
"""Set alike for the older contract, whose library refuses to be imported without one of them."""


@dataclass(frozen=True, slots=True)
class Places:
    """Folders as the programs see them; inside a container other names than outside.

    Attributes:
        base: Folder of one evaluation, that everything below but ``directory`` and ``ml`` may lie in.
        raw: ``raw_data`` in csa_data layout.
        ml: What preprocessing has made.
        out: Where results go: the trained model, and ``val_scores.json``.
        directory: The model's own folder; empty for a container.
    """

    base: str
    raw: str
    ml: str
    out: str
    directory: str = ""


def flag_words(flags: Iterable[tuple[str, Value]]) -> list[str]:
    """``--flag value`` for each pair, as words of a command line.

    A value that begins with a dash is joined to its flag, so that no parser takes it for another flag.

    >>> flag_words([("learning_rate", 1e-05), ("shift", -0.5), ("use_bias", True)])
    ['--learning_rate', '1e-05', '--shift=-0.5', '--use_bias', 'True']
    """
    words = []
    for flag, value in flags:
        text = text_of(value)
        words += [f"--{flag}={text}"] if text.startswith("-") else [f"--{flag}", text]
    return words


def text_of(value: Value) -> str:
    """``value`` as a word: floats so that the very same number is read again, booleans as ``True`` and ``False``.

    >>> text_of(0.1 + 0.2)
    '0.30000000000000004'
    """
    return repr(value) if isinstance(value, float) else str(value)


def preprocess_words(definition: Definition, places: Places, dataset: str, split: int) -> list[str]:
    """Flags of preprocessing: the data, the parts of the split, the target, and the model file's own."""
    train, val, test = (split_name(dataset, split, part) for part in ("train", "val", "test"))
    splits: list[tuple[str, Value]] = [("train_split_file", train), ("val_split_file", val), ("test_split_file", test)]
    where: list[tuple[str, Value]] = (
        [("input_dir", places.raw), ("output_dir", places.ml)]
        if definition.contract == "improvelib"
        else [("ml_data_outdir", places.ml)]
    )
    target: list[tuple[str, Value]] = [("y_col_name", definition.protocol.target)]
    return flag_words([*where, *splits, *target, *filled(definition.preprocess, places)])


def train_words(definition: Definition, places: Places, hyperparameters: Hyperparameters, seed: int) -> list[str]:
    """Flags of a training: folders, every hyperparameter, the model file's own, and the seed if there is a flag."""
    where: list[tuple[str, Value]] = (
        [("input_dir", places.ml), ("output_dir", places.out)]
        if definition.contract == "improvelib"
        else [("train_ml_data_dir", places.ml), ("val_ml_data_dir", places.ml), ("model_outdir", places.out)]
    )
    searched = [(definition.flag_of(name), value) for name, value in hyperparameters.items()]
    seeded: list[tuple[str, Value]] = [(definition.seed_flag, seed)] if definition.seed_flag else []
    return flag_words([*where, *searched, *filled(definition.fixed, places), *seeded])


def infer_words(definition: Definition, places: Places, model: str) -> list[str]:
    """Flags of scoring the test part with the model that a training has left in ``model``."""
    where: list[tuple[str, Value]] = (
        [
            ("input_data_dir", places.ml),
            ("input_model_dir", model),
            ("output_dir", places.out),
            ("calc_infer_scores", True),
        ]
        if definition.contract == "improvelib"
        else [("test_ml_data_dir", places.ml), ("model_dir", model), ("infer_outdir", places.out)]
    )
    return flag_words([*where, *filled(definition.infer, places)])


def command_words(command: str, values: Mapping[str, Value], hyperparameters: Iterable[tuple[str, Value]]) -> list[str]:
    """The words of ``command`` with ``values`` for what stands in braces; no shell reads it.

    Args:
        command: Command line, quoted as for a shell.
        values: By the name in braces.
        hyperparameters: Flags and values that the word ``{hyperparameters}`` becomes.

    >>> command_words("run.py 'a b' --lr={lr} {hyperparameters}", {"lr": 0.1}, [("width", 8)])
    ['run.py', 'a b', '--lr=0.1', '--width', '8']
    """
    words: list[str] = []
    for word in shlex.split(command):
        if word == f"{{{HYPERPARAMETERS}}}":
            words += flag_words(hyperparameters)
        else:
            words.append(PLACEHOLDER.sub(lambda match: text_of(values.get(match[1], match[0])), word))
    return words


def filled(flags: Mapping[str, Value], places: Places) -> list[tuple[str, Value]]:
    """``flags`` with the places for ``{directory}``, ``{data}``, ``{input}`` and ``{output}`` in texts."""
    values = {"directory": places.directory, "data": places.raw, "input": places.ml, "output": places.out}
    return [
        (
            flag,
            PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), value) if isinstance(value, str) else value,
        )
        for flag, value in flags.items()
    ]


def split_name(dataset: str, split: int, part: str) -> str:
    """Name of the file of one part of a split, without its folder.

    >>> split_name("CCLE", 0, "val")
    'CCLE_split_0_val.txt'
    """
    return split_file(dataset, split, part).rpartition("/")[2]
