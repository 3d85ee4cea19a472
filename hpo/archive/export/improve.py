"""A record as the files of the published Hall of Fame, which its own notebook and this package's import read.

Only what those files have room for is written: hyperparameters, loss and walltime of each evaluation, DEAP's log,
the best and the last population, the space and the settings. A failed evaluation gets ``NaN`` as its result, an
unknown walltime throughout a literal 0, as in the original. Leaders trained again are left out; the best is what the
run announces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.export.output import write_folder
from hpo.archive.summaries import chosen, is_replicate, plain, points
from hpo.evaluation import Origin

if TYPE_CHECKING:
    from hpo.archive.record import Record
    from hpo.archive.schema import RunInfo
    from hpo.archive.store import HallOfFame

HALL: Final = "HallOfFame"
UNKNOWN: Final = "unknown"

_SETTINGS: Final = (
    "PROCS",
    "PPN",
    "WALLTIME",
    "NUM_ITERATIONS",
    "POPULATION_SIZE",
    "GA_STRATEGY",
    "OFFSPRING_PROPORTION",
    "MUT_PROB",
    "CX_PROB",
    "MUT_INDPB",
    "CX_INDPB",
    "TOURNSIZE",
    "CANDLE_MODEL_TYPE",
    "CANDLE_FRAMEWORK",
    "FRAMEWORK",
    "MODEL_RETURN",
)
_LOG: Final = (
    ("nevals", "log_evaluations", "evaluations"),
    ("avg", "log_mean", "mean"),
    ("std", "log_std", "std"),
    ("min", "log_min", "min"),
    ("max", "log_max", "max"),
)
"""Column of the log, of ``generations.csv`` of an import, and of an own run."""
_DATED: Final = re.compile(r"improve-([0-9]{4}-[0-9]{2}-[0-9]{2})(?:-.*)?")
_CRLF: Final = "\r\n"


def export_improve(hall: HallOfFame, runs: Sequence[RunInfo], output: Path) -> None:
    """Write ``runs`` as a folder; runs of several names get a folder each, since the layout knows no names.

    Raises:
        CrossHpoError: A record can't be read, or the folder not written.
    """
    write_folder(output, _files(hall, runs))


def folder_of(run: RunInfo) -> str:
    """Folder of a run below the output: ``HallOfFame/MODEL/DATASET/SIZE``, without an unknown dataset."""
    dataset = () if run.dataset == UNKNOWN else (run.dataset,)
    return "/".join((HALL, run.model, *dataset, run.size))


def files_of(record: Record) -> dict[str, str]:
    """Texts of the files of a run by name; equal records give equal texts."""
    run = record.run
    rank = run.cost.workers or 0
    best = run.published_best or (chosen(run) if run.source.kind == "cross-hpo" else None)
    files = {
        "metadata.txt": _metadata(record, rank),
        "cfg-hpo-settings.sh": _settings(run),
    }
    if len(record.evaluations) or run.source.kind == "cross-hpo":
        files["hpo.csv"] = _table(record)
    if record.space is not None:
        files["cfg-hpo-parameter-space.json"] = json.dumps(record.space.to_json(), indent=2) + "\n"
    if len(record.generations) and (run.source.kind == "cross-hpo" or "log_min" in record.generations):
        files[f"deap-{rank}.log"] = _log(record)
    if best is not None:
        known = {name: value for name, value in best.hyperparameters.items() if value is not None}
        if known:
            files[f"best-{rank}.json"] = json.dumps(_in_order(record, known), indent=2) + "\n"
        if best.val_loss is not None:
            files[f"fitness-{rank}.txt"] = f"{best.val_loss!r}\n"
    return files | _population(record, rank)


def readme_of(runs: Iterable[RunInfo]) -> str:
    """The README of an export; states the commit of the source where all runs have the same one."""
    runs = list(runs)
    commits = {run.source.commit for run in runs}
    lines = ["# Hall of Fame", "", f"{len(runs)} runs, exported by Cross-HPO in the layout of the IMPROVE project."]
    if len(commits) == 1 and None not in commits:
        lines += ["", f"Commit: `{commits.pop()}`"]
    return "\n".join(lines) + "\n"


def _files(hall: HallOfFame, runs: Sequence[RunInfo]) -> Iterator[tuple[str, str]]:
    names = sorted({run.run for run in runs})
    for name in names:
        top = "" if len(names) == 1 else f"{name}/"
        of_name = [run for run in runs if run.run == name]
        yield f"{top}README.md", readme_of(of_name)
        for run in of_name:
            for file, text in files_of(hall.record(run.key)).items():
                yield f"{top}{folder_of(run)}/{file}", text


def _table(record: Record) -> str:
    run = record.run
    axes = [name for name in record.axes if name not in run.unrecorded]
    lines = [",".join(["iteration", "sample", *axes, "metric", "result", "walltime"])]
    # The layout has no word for a leader trained again, and its readers would take the luckiest for a find.
    table = record.evaluations[~is_replicate(record.evaluations)]
    walltimes = [plain(value) for value in table["walltime"]]
    has_walltimes = any(value is not None for value in walltimes)
    columns = zip(
        table["evaluation"],
        table["generation"],
        points(table),
        table["val_loss"],
        walltimes,
        strict=True,
    )
    first, counted = _first_numbers(record), dict[int, int]()
    for number, generation, point, loss, walltime in columns:
        counted[generation] = counted.get(generation, -1) + 1
        sample = counted[generation] if first is None else number - first[generation]
        lines.append(
            ",".join(
                [
                    f"{generation + 1:03d}",
                    f"{sample:04d}",
                    *(_cell(point[name]) for name in axes),
                    "val_loss",
                    "NaN" if plain(loss) is None else repr(float(loss)),
                    _seconds_cell(walltime) if has_walltimes else "0",
                ]
            )
        )
    return _CRLF.join(lines) + _CRLF


def _first_numbers(record: Record) -> dict[int, int] | None:
    """Number of the first evaluation of each generation; ``None`` where the sizes of generations are unknown."""
    if "log_evaluations" not in record.generations:
        return None
    first, position = {}, 0
    for generation, count in zip(record.generations["generation"], record.generations["log_evaluations"], strict=True):
        first[int(generation)] = position
        position += plain(count) or 0
    table = record.evaluations
    fits = all(
        0 <= number - first.get(generation, position) < position
        for number, generation in zip(table["evaluation"], table["generation"], strict=True)
    )
    return first if fits else None


def _log(record: Record) -> str:
    imported = "log_min" in record.generations
    baseline = sum(origin == Origin.DEFAULT.value for origin in record.evaluations["origin"].fillna(""))
    lines = ["\t".join(["gen", *(name for name, _, _ in _LOG), "ts"])]
    for row in record.generations.to_dict("records"):
        values = [plain(row[log if imported else own]) for _, log, own in _LOG]
        if not imported and row["generation"] == 0:
            values[0] += baseline
        ts = plain(row["log_time"]) if imported else _seconds(plain(row["finished"]))
        if imported and ts is None and all(value is None for value in values):
            continue
        lines.append("\t".join([str(row["generation"]), *(_number(value) for value in (*values, ts))]))
    return "\n".join(lines) + "\n"


def _population(record: Record, rank: int) -> dict[str, str]:
    members = record.run.final_population
    files = {}
    losses = [member.val_loss for member in members if member.val_loss is not None]
    if losses and len(losses) == len(members):
        files[f"fitnesses-{rank}.txt"] = ";".join(repr(loss) for loss in losses) + "\n"
    if members and all(member.hyperparameters for member in members):
        individuals = (_in_order(record, {**record.run.fixed, **member.hyperparameters}) for member in members)
        files[f"population-{rank}.txt"] = ";".join(json.dumps(individual) for individual in individuals) + "\n"
    return files


def _settings(run: RunInfo) -> str:
    lines = ["# Settings of the search"]
    image = run.provenance.software.get("image")
    if image is not None:
        lines.append(f"export MODEL_NAME={image}")
    for name in _SETTINGS:
        value = run.settings.get(name)
        if value is not None and not isinstance(value, bool):
            lines.append(f"export {name}={value}")
    return "\n".join(lines) + "\n"


def _metadata(record: Record, rank: int) -> str:
    run = record.run
    day = _DATED.fullmatch(run.run)
    fields = {
        "DATE": day[1] if day else (run.times.finished or "")[:10],
        "MODEL": run.model,
        "SIZE": run.size,
        "PARAMS": ",".join(name for name in record.axes if name not in run.unrecorded),
        "DATASET": "" if run.dataset == UNKNOWN else run.dataset,
        "RANK": str(rank),
    }
    return "\n".join(["METADATA", *(f"{key}={value}" for key, value in fields.items() if value)]) + "\n"


def _in_order(record: Record, values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` in the order of the space, further ones after them."""
    names = [] if record.space is None else [item["name"] for item in record.space.to_json()]
    ordered = [*(name for name in names if name in values), *(name for name in values if name not in names)]
    return {name: values[name] for name in ordered}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, float) else str(value)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"') else text


def _seconds_cell(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if value.is_integer() and value < 1e15 else repr(value)


def _number(value: Any) -> str:
    return "nan" if value is None else repr(value)


def _seconds(moment: str | None) -> float | None:
    from datetime import datetime

    return None if moment is None else datetime.fromisoformat(moment).timestamp()
