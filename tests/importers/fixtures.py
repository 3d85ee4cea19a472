"""Small run folders in the layout of the published Hall of Fame, good ones and ones with a fault each.

A folder is a dictionary of file contents by name, so that a fault is a function from a good folder to a bad one.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Folder = dict[str, bytes]

SPACE: list[dict[str, Any]] = [
    {"name": "train_ml_data_dir", "type": "constant", "value": "/home/ada/data/CCLE"},
    {"name": "learning_rate", "type": "float", "lower": 1e-6, "upper": 1e-3, "sigma": 5e-5},
    {"name": "batch_size", "type": "ordered", "element_type": "int", "values": [16, 32, 64], "sigma": 1},
    {"name": "dropout", "type": "float", "lower": 0.0, "upper": 0.3, "sigma": 0.1},
    {"name": "epochs", "type": "constant", "value": 5},
]
CONSTANTS = {item["name"]: item["value"] for item in SPACE if item["type"] == "constant"}
GENERATIONS = (4, 2, 2)
START = 1_710_000_000.5
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Trial:
    """One evaluation of a fixture."""

    iteration: int
    sample: int
    point: dict[str, Any]
    loss: float
    walltime: int


def trials(seed: int = 1) -> list[Trial]:
    """Eight evaluations in three generations, drawn and varied a little; all losses differ."""
    rng = random.Random(seed)
    found: list[Trial] = []
    for iteration, size in enumerate(GENERATIONS, start=1):
        for sample in range(size):
            point = {
                "learning_rate": rng.uniform(1e-6, 1e-3),
                "batch_size": rng.choice([16, 32, 64]),
                "dropout": rng.uniform(0, 0.3),
            }
            found.append(Trial(iteration, sample, point, 0.004 + rng.random() / 100, rng.randrange(10, 500)))
    return found


def good_run(seed: int = 1, *, without: tuple[str, ...] = (), rank: int = 2) -> Folder:
    """A whole run of P = 4 and G = 3; ``without`` names axes that ``hpo.csv`` has no column of."""
    made = trials(seed)
    last = sorted(made, key=lambda trial: trial.loss)[:4]
    best = last[0]
    individuals = [{**CONSTANTS, **trial.point} for trial in last]
    columns = [name for name in ("batch_size", "learning_rate", "dropout") if name not in without]
    return {
        "hpo.csv": table(made, columns),
        f"best-{rank}.json": (json.dumps({**CONSTANTS, **best.point}, indent=2) + "\n").encode(),
        f"fitness-{rank}.txt": f"{best.loss!r}\n".encode(),
        f"fitnesses-{rank}.txt": (";".join(repr(trial.loss) for trial in last) + "\n").encode(),
        f"population-{rank}.txt": (";".join(json.dumps(individual) for individual in individuals) + "\n").encode(),
        f"deap-{rank}.log": log(made),
        "hyperparams.json": (json.dumps(SPACE, indent=2) + "\n").encode(),
        "metadata.txt": (
            "METADATA\nDATE=2024-03-10 12:00\nUSER=ada\nHOSTNAME=engine-01\nMODEL=GraphDRP\nSIZE=SMALL\n"
            f"PARAMS=batch_size,learning_rate\nD=/lus/eagle/projects/secret/ada\nDATASET=CCLE\nRANK={rank}\n"
            "2024-03-09 16:00:00 DEAP INFO  num_iter:    3\n2024-03-09 16:00:00 DEAP INFO  num_pop:     4\n"
        ).encode(),
        "cfg-gdrp-1.sh": (
            b"# MEDIUM:\n# export POPULATION_SIZE=16\nexport PROCS=4\nexport POPULATION_SIZE=4\n"
            b"export NUM_ITERATIONS=3\nexport OFFSPRING_PROPORTION=0.5\n"
            b"export MODEL_NAME=/software/improve/images/GraphDRP.sif  #Lambda\nexport PPN=$PROCS\n"
            b"touch /tmp/this-script-was-run\n"
        ),
    }


def table(made: list[Trial], columns: list[str]) -> bytes:
    """``hpo.csv`` with CRLF, as the published ones."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(["iteration", "sample", *columns, "metric", "result", "walltime"])
    for trial in made:
        cells = [trial.point[name] for name in columns]
        writer.writerow(
            [f"{trial.iteration:03d}", f"{trial.sample:04d}", *cells, "val_loss", trial.loss, trial.walltime]
        )
    return stream.getvalue().encode()


def output_table(made: list[Trial]) -> bytes:
    """``output.csv``: constants and axes, the run id and the loss; in order of completion."""
    names = [item["name"] for item in SPACE]
    lines = [",".join([*names, "run_id", "val_loss"])]
    for trial in reversed(made):
        values = {**CONSTANTS, **trial.point}
        run_id = f"run_01_{trial.iteration:03d}_{trial.sample:04d}"
        lines.append(",".join([*(str(values[name]) for name in names), run_id, repr(trial.loss)]))
    return ("\n".join(lines) + "\n").encode()


def log(made: list[Trial]) -> bytes:
    """DEAP's log; later lines are of no real population, which the importer can't know."""
    lines = ["gen\tnevals\tavg       \tstd        \tmin       \tmax       \tts                "]
    for generation, size in enumerate(GENERATIONS):
        losses = [trial.loss for trial in made if trial.iteration == generation + 1]
        mean = sum(losses) / len(losses)
        std = (sum((loss - mean) ** 2 for loss in losses) / len(losses)) ** 0.5
        lines.append(
            f"{generation}  \t{size}     \t{mean:.6g}\t{std:.6g}\t{min(losses):.6g}\t{max(losses):.6g}\t"
            f"{START + 100 * generation}"
        )
    return ("\n".join(lines) + "\n").encode()


def write_run(folder: Path, content: Mapping[str, bytes]) -> Path:
    """Write the files of a run folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        (folder / name).write_bytes(data)
    return folder


def write_corpus(root: Path, runs: Mapping[str, Mapping[str, bytes]] | None = None) -> Path:
    """A clone: README with a commit, and ``HallOfFame/<path>`` for every run."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "README.md").write_text(f"# Copy\n\n- Commit: `{COMMIT}`, 2024-09-03\n", encoding="utf-8")
    for path, content in (runs or {"GraphDRP/CCLE/SMALL": good_run()}).items():
        write_run(root / "HallOfFame" / path, content)
    return root


def replaced(name: str, old: bytes, new: bytes) -> Callable[[Folder], Folder]:
    """A fault: ``old`` is ``new`` in the file ``name``."""

    def fault(folder: Folder) -> Folder:
        assert old in folder[name], (name, old)
        return folder | {name: folder[name].replace(old, new)}

    return fault


def content(name: str, data: bytes) -> Callable[[Folder], Folder]:
    """A fault: the file ``name`` holds ``data``."""
    return lambda folder: folder | {name: data}


def changed_rows(change: Callable[[list[list[str]]], list[list[str]]]) -> Callable[[Folder], Folder]:
    """A fault in the rows of ``hpo.csv``, header included."""

    def fault(folder: Folder) -> Folder:
        rows = [line.split(",") for line in folder["hpo.csv"].decode().split("\r\n") if line]
        return folder | {"hpo.csv": ("\r\n".join(",".join(row) for row in change(rows)) + "\r\n").encode()}

    return fault


def without_files(*prefixes: str) -> Callable[[Folder], Folder]:
    """A fault: files that begin with one of ``prefixes`` are missing."""
    return lambda folder: {name: data for name, data in folder.items() if not name.startswith(prefixes)}


def _stray(rows: list[list[str]]) -> list[list[str]]:
    place = rows[0].index("metric")
    return [rows[0], *([*row[:place], "0", *row[place:]] for row in rows[1:])]


def _set(column: str, line: int, text: str) -> Callable[[list[list[str]]], list[list[str]]]:
    def change(rows: list[list[str]]) -> list[list[str]]:
        rows = [list(row) for row in rows]
        rows[line][rows[0].index(column)] = text
        return rows

    return change


def _column_order(rows: list[list[str]]) -> list[list[str]]:
    order = [rows[0].index(name) for name in sorted(rows[0])]
    return [[row[position] for position in order] for row in rows]


def _without_column(name: str) -> Callable[[list[list[str]]], list[list[str]]]:
    def change(rows: list[list[str]]) -> list[list[str]]:
        place = rows[0].index(name)
        return [row[:place] + row[place + 1 :] for row in rows]

    return change


@dataclass(frozen=True)
class Fault:
    """A fault of one run folder.

    Attributes:
        make: Turns a good folder into one with the fault.
        state: What becomes of the folder.
        says: Part of the reasons or notes.
        evaluations: Rows of the record; ``None`` if refused.
    """

    make: Callable[[Folder], Folder]
    state: str
    says: str
    evaluations: int | None = 8


FAULTS: dict[str, Fault] = {
    # Variants that are published, and lose nothing.
    "stray_field_before_metric": Fault(changed_rows(_stray), "imported", "stray field before the metric"),
    "reordered_columns": Fault(changed_rows(_column_order), "imported", ""),
    "unix_line_ends": Fault(replaced("hpo.csv", b"\r\n", b"\n"), "imported", ""),
    "old_mac_line_ends": Fault(replaced("hpo.csv", b"\r\n", b"\r"), "imported", ""),
    "blank_lines": Fault(replaced("hpo.csv", b"\r\n", b"\r\n\r\n"), "imported", ""),
    "byte_order_mark": Fault(replaced("hpo.csv", b"iteration", b"\xef\xbb\xbfiteration"), "imported", ""),
    "no_final_newline": Fault(lambda f: f | {"hpo.csv": f["hpo.csv"].rstrip()}, "imported", ""),
    "space_on_one_line": Fault(content("hyperparams.json", json.dumps(SPACE).encode()), "imported", ""),
    "space_with_another_name": Fault(
        lambda f: {("cfg-hpo-parameter-space.json" if n == "hyperparams.json" else n): d for n, d in f.items()},
        "imported",
        "",
    ),
    "walltimes_all_zero": Fault(
        changed_rows(lambda rows: [rows[0], *([*row[:-1], "0"] for row in rows[1:])]), "imported", "literal 0"
    ),
    "only_output_csv": Fault(
        lambda f: without_files("hpo.csv")(f) | {"output.csv": output_table(trials())}, "imported", "no hpo.csv"
    ),
    "both_tables": Fault(content("output.csv", output_table(trials())), "imported", ""),
    "phantom_rows": Fault(
        changed_rows(lambda rows: [*rows, rows[-1], rows[-1]]), "imported", "2 rows repeat the iteration and sample"
    ),
    "contradicting_phantom": Fault(
        changed_rows(lambda rows: [*rows, [*rows[-1][:-2], "0.5", "1"]]), "imported", "repeats have other values"
    ),
    "no_space": Fault(without_files("hyperparams"), "imported", "has no space"),
    "no_best": Fault(without_files("best-", "fitness-"), "imported", ""),
    "no_population": Fault(without_files("population-"), "imported", ""),
    "no_metadata": Fault(without_files("metadata", "cfg"), "imported", ""),
    "no_log": Fault(without_files("deap-"), "imported", ""),
    "metadata_of_another_model": Fault(
        replaced("metadata.txt", b"MODEL=GraphDRP", b"MODEL=IGTD"), "imported", "metadata.txt says MODEL=IGTD"
    ),
    "settings_of_another_size": Fault(
        replaced("cfg-gdrp-1.sh", b"export POPULATION_SIZE=4", b"export POPULATION_SIZE=16"),
        "imported",
        "says POPULATION_SIZE = 16, the log 4",
    ),
    "space_of_another_run": Fault(
        replaced("hyperparams.json", b'"value": 5', b'"value": 200'), "imported", "has epochs = 5, the space 200"
    ),
    "value_outside_space": Fault(changed_rows(_set("batch_size", 3, "1028")), "imported", ""),
    "exit_code": Fault(content("output.txt", b"EXIT CODE: 3\n"), "imported", "exit code 3"),
    # Parts that are missing or cannot be read: the rest is kept and the record says so.
    "rows_missing": Fault(changed_rows(lambda rows: rows[:4]), "partial", "3 of 8 evaluations have a row", 3),
    "table_cut_off": Fault(lambda f: f | {"hpo.csv": f["hpo.csv"][:-40]}, "partial", "rows cannot be read", 7),
    "table_of_header_only": Fault(changed_rows(lambda rows: rows[:1]), "partial", "0 of 8", 0),
    "ragged_row": Fault(
        changed_rows(lambda rows: [*rows[:2], [*rows[2], "x"], *rows[3:]]), "partial", "9 fields where the header", 7
    ),
    "too_many_rows": Fault(
        changed_rows(lambda rows: [*rows, ["004", *rows[-1][1:]]]), "partial", "9 evaluations have a row", 9
    ),
    "iteration_no_number": Fault(changed_rows(_set("iteration", 2, "one")), "partial", "is no whole number", 7),
    "iteration_zero": Fault(changed_rows(_set("iteration", 2, "000")), "partial", "iterations count from 1", 7),
    "another_metric": Fault(changed_rows(_set("metric", 2, "val_r2")), "partial", "only val_loss is known", 7),
    "no_table": Fault(without_files("hpo.csv"), "partial", "There is no table of evaluations", 0),
    "only_log_and_fitness": Fault(
        without_files("hpo.csv", "population", "best", "metadata", "cfg"), "partial", "no table of evaluations", 0
    ),
    "log_cut_off": Fault(lambda f: f | {"deap-2.log": f["deap-2.log"][:-30]}, "partial", "is cut off"),
    "log_is_binary": Fault(content("deap-2.log", b"\x7fELF\x00\x01\x02"), "partial", "control characters"),
    "log_without_header": Fault(content("deap-2.log", b"0 4 0.1 0.1\n"), "partial", "no column gen"),
    "fitness_no_number": Fault(content("fitness-2.txt", b"nan\n"), "partial", "is no number"),
    "population_cut_off": Fault(
        lambda f: f | {"population-2.txt": f["population-2.txt"][:-9]}, "partial", "no valid JSON"
    ),
    "best_with_nested_value": Fault(content("best-2.json", b'{"a": {"b": 1}}'), "partial", "is no number, text"),
    "best_with_duplicate_key": Fault(content("best-2.json", b'{"a": 1, "a": 2}'), "partial", "occurs twice"),
    "output_csv_is_binary": Fault(content("output.csv", b"\x00\x01\xff"), "partial", "not UTF-8"),
    # Losses that are none: rows are kept, without a loss.
    "loss_nan": Fault(changed_rows(_set("result", 2, "NaN")), "imported", "1 evaluations have no loss"),
    "loss_infinite": Fault(changed_rows(_set("result", 2, "-inf")), "imported", "1 evaluations have no loss"),
    "loss_negative": Fault(changed_rows(_set("result", 2, "-0.5")), "imported", "1 evaluations have no loss"),
    "loss_empty": Fault(changed_rows(_set("result", 2, "")), "imported", "1 evaluations have no loss"),
    "loss_overflows": Fault(changed_rows(_set("result", 2, "1e400")), "imported", "1 evaluations have no loss"),
    "cell_no_number": Fault(
        changed_rows(_set("learning_rate", 2, "fast")), "imported", "learning_rate: 1 cells hold no value"
    ),
    # Refused.
    "table_is_binary": Fault(content("hpo.csv", b"PK\x03\x04\xff\xfe"), "refused", "not UTF-8 text", None),
    "table_with_control_characters": Fault(
        content("hpo.csv", b"iteration,sample,result\n001,0\x00,1\n"), "refused", "control characters", None
    ),
    "table_in_utf16": Fault(
        lambda f: f | {"hpo.csv": f["hpo.csv"].decode().encode("utf-16")}, "refused", "not UTF-8 text", None
    ),
    "table_empty": Fault(content("hpo.csv", b""), "refused", "empty", None),
    "table_without_result": Fault(changed_rows(_without_column("result")), "refused", "no column result", None),
    "table_with_double_column": Fault(
        replaced("hpo.csv", b"learning_rate", b"batch_size"), "refused", "occurs twice", None
    ),
    "line_of_10_megabytes": Fault(
        content("hpo.csv", b"iteration,sample,result\n001,0000," + b"1" * 10_000_000), "refused", "characters", None
    ),
    "table_too_large": Fault(content("hpo.csv", b"x\n" * 17_000_000), "refused", "more than the", None),
    "space_with_duplicate_key": Fault(
        replaced("hyperparams.json", b'"type": "ordered",', b'"type": "ordered", "type": "float",'),
        "refused",
        "occurs twice",
        None,
    ),
    "space_with_unknown_type": Fault(
        replaced("hyperparams.json", b'"ordered"', b'"orderly"'), "refused", "orderly", None
    ),
    "space_with_infinity": Fault(replaced("hyperparams.json", b"0.001", b"Infinity"), "refused", "Infinity", None),
    "space_nested_deeply": Fault(
        content("hyperparams.json", b"[" * 100_000 + b"]" * 100_000), "refused", "nested", None
    ),
    "space_cut_off": Fault(lambda f: f | {"hyperparams.json": f["hyperparams.json"][:50]}, "refused", "JSON", None),
    "two_spaces": Fault(
        content("other-space.json", json.dumps(SPACE[1:2]).encode()), "refused", "2 spaces that differ", None
    ),
    "two_ranks": Fault(content("best-7.json", b"{}"), "refused", "belong to several runs", None),
    "nothing_known": Fault(lambda f: {"population-2.txt": f["population-2.txt"]}, "refused", "no evaluation", None),
}
"""Faults by name."""


def make_links(folder: Path, outside: Path) -> None:
    """Links out of the tree: a table, a space and a folder."""
    outside.mkdir(parents=True, exist_ok=True)
    (outside / "secret.csv").write_bytes(good_run(2)["hpo.csv"])
    (folder / "hpo.csv").unlink(missing_ok=True)
    (folder / "hpo.csv").symlink_to(outside / "secret.csv")
    (folder.parent / "LINKED").symlink_to(outside, target_is_directory=True)


def make_fifo(folder: Path, name: str) -> None:
    """A FIFO, which blocks whoever opens it in the usual way."""
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
