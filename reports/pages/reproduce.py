"""Shell lines that bring a run and repeat it: every setting is named, so that later defaults change nothing."""

from __future__ import annotations

import shlex
from typing import Final

from hpo.archive import layout
from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from hpo.sizes import SIZES
from reports.analysis.comparable import is_synthetic
from reports.pages.members import get_data_command, searchable

_OF_A_SIZE: Final = ("POPULATION_SIZE", "NUM_ITERATIONS")
_OF_THE_OPTIONS: Final = ("STRATEGY",)
_YOUNGER: Final = {"CONFIRMATIONS": 0}
"""Settings that older records lack, with what they did; without confirmations no leader is trained again at all."""


def reproduce_command(record: Record) -> str:
    """Shell lines that bring the run of ``record``, check it and search again with the same spec.

    The space is the record's own file, which holds what ``--set`` held at a value; hyperparameters that were held
    without being in the space are named.
    """
    run = record.run
    folder = f"hall_of_fame/{run.key}"
    lines = ["# the record, in a clone of the repository", f"dvc pull {folder}", f"cross-hpo hof verify {run.key}"]
    if run.source.kind != "cross-hpo":
        return "\n".join(lines)
    lines += ["", "# the search once more, into another archive", get_data_command(run.dataset)]
    if _by_file(run):
        lines.append(f"# with the model file and the code of {run.model}, whose digests are in run.json")
    elif not searchable(run.model):
        lines.append(f"# {run.model} is no model of this software: name its import path package.module:Class instead")
    return "\n".join([*lines, " \\\n    ".join(map(shlex.join, _search(record, folder)))])


def _search(record: Record, folder: str) -> list[list[str]]:
    """The words of the command, in groups that each get a line."""
    run = record.run
    data = "build/demo/raw_data" if is_synthetic(run) else "csa_data/raw_data"
    model = ["--model-file", "model.toml"] if _by_file(run) else ["--model", run.model]
    what = ["cross-hpo", "search", *model, "--dataset", run.dataset, "--size", run.size]
    how = ["--strategy", run.strategy]
    how += [] if run.seed is None else ["--seed", str(run.seed)]
    how += [] if run.split is None else ["--split", str(run.split)]
    how += ["--compat", run.protocol.compat] if run.protocol.compat else []
    how += ["--run", run.run] if run.run != _usual_name(run) else []
    where = ["--data", data, "--archive", "again"]
    where += ["--space", f"{folder}/{layout.SPACE}"] if record.space is not None else []
    limit = run.provenance.time_limit
    where += ["--time-limit", f"{limit:g}"] if limit is not None else []
    memory = run.provenance.memory_limit
    where += ["--memory-limit", f"{memory:g}"] if memory is not None else []
    return [what, how, where, *_settings(run), *_held(record)]


def _by_file(run: RunInfo) -> bool:
    """Whether the model ran as programs that a model file describes."""
    return "model/definition" in run.provenance.digests


def _usual_name(run: RunInfo) -> str:
    name = f"{run.strategy}-seed{run.seed}"
    return f"{name}-{run.protocol.compat}" if run.protocol.compat else name


def _settings(run: RunInfo) -> list[list[str]]:
    left_out = {*_OF_THE_OPTIONS, *(_OF_A_SIZE if run.size in SIZES else ())}
    return [
        ["--ga", f"{name}={_text(value)}"]
        for name, value in run.settings.items()
        if name not in left_out and value is not None
    ] + [["--ga", f"{name}={value}"] for name, value in _YOUNGER.items() if run.settings and name not in run.settings]


def _held(record: Record) -> list[list[str]]:
    known = record.space.constants if record.space is not None else {}
    return [
        ["--set", f"{name}={value}"]
        for name, value in record.run.fixed.items()
        if name not in known and value is not None
    ]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
