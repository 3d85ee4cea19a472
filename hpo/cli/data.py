"""``cross-hpo data``: make, fetch, check and prepare datasets."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpo.cli.output import MAX_WIDTH, console, print_json, print_table
from hpo.errors import ExitCode

if TYPE_CHECKING:
    from hpo.data.check import Report
    from hpo.data.fetch import Progress

_FOLDER = click.Path(path_type=Path, file_okay=False)
_RAW_DATA = "Folder in csa_data layout (x_data, y_data, splits)."


@click.group("data", epilog="Example: cross-hpo data demo --out build/demo")
def command() -> None:
    """Make, fetch, check and prepare datasets in the csa_data layout of the IMPROVE project."""


@command.command(
    "demo", epilog="Example: cross-hpo data demo --out build/demo && cross-hpo data check build/demo/raw_data"
)
@click.option("--out", type=_FOLDER, required=True, help="Folder to create; raw_data is in it.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the simulation.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def demo(out: Path, seed: int, as_json: bool) -> None:
    """Simulate demonstration data: two datasets, DEMO-A and DEMO-B.

    Drugs and gene symbols are real; cell lines, expression and responses are simulated. The same seed gives the same
    bytes. A folder that is there already and differs is left alone (exit code 73).
    """
    from hpo.data.demo.files import write_demo

    new = write_demo(out, seed=seed)
    if as_json:
        print_json({"folder": str(out / "raw_data"), "release": f"demo-{seed}", "new": new})
    else:
        click.echo(f"{out / 'raw_data'}: simulated data, release demo-{seed}" + ("" if new else ", unchanged"))


@command.command(
    "fetch", epilog="Example: cross-hpo data fetch --out csa_data --file 'x_data/drug_*' --file response.tsv"
)
@click.option("--out", type=_FOLDER, required=True, help="Folder to fill; raw_data is in it.")
@click.option("--base-url", metavar="URL", help="Address of the raw_data folder, where it is not the official one.")
@click.option("--file", "patterns", multiple=True, metavar="NAME", help="Fetch these only; shell patterns are allowed.")
@click.option(
    "--checksums",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Verify against this file in the format of sha256sum.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def fetch(out: Path, base_url: str | None, patterns: tuple[str, ...], checksums: Path | None, as_json: bool) -> None:
    """Download the IMPROVE benchmark: tables and the splits of five datasets.

    Files that are there already are verified and not downloaded again, interrupted downloads continue. SHA256SUMS
    records what was fetched; later runs verify against it. Annotations that some models read besides are told by
    `cross-hpo data sources`; those that can be downloaded are fetched when --file names them.
    """
    from hpo.data.fetch import BASE_URL, matching
    from hpo.data.fetch import fetch as fetch_files

    files = matching(patterns)
    with _Watch(len(files), quiet=as_json) as watch:
        done = fetch_files(out, files, base_url=base_url or BASE_URL, checksums=checksums, progress=watch.progress)
    if as_json:
        print_json({"folder": str(out / "raw_data"), "files": [asdict(result) for result in done]})
        return
    new = [result for result in done if result.status == "fetched"]
    size = sum(result.bytes for result in new) / 1e6
    verified = sum(result.verified for result in done)
    click.echo(
        f"{out / 'raw_data'}: {len(done)} files, {len(new)} of them fetched now ({size:,.1f} MB), "
        f"{verified} verified by checksum"
    )


@command.command("sources", epilog="Example: cross-hpo data sources --model PathDSP")
@click.option("--model", "model_name", metavar="NAME", help="Only what this model reads.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sources(model_name: str | None, as_json: bool) -> None:
    """Where the annotations come from that some models read: gene sets, gene links, drug targets, lists of tokens.

    They belong to others and lie below raw_data/annotations. Some can be downloaded by `cross-hpo data fetch`, some
    have to be unpacked and converted by hand. The demonstration data have stand-ins.
    """
    from hpo.data.sources import SOURCES

    chosen = [source for source in SOURCES if model_name in (None, *source.models)]
    if as_json:
        print_json([asdict(source) for source in chosen])
        return
    if not chosen:
        from hpo.models.registry import load

        click.echo(f"{load(model_name or '').card.name} reads no annotations")
    for source in chosen:
        need = "needed" if source.needed else "used where it is there"
        click.echo(f"{source.file}: {need} by {', '.join(source.models)}")
        click.echo(textwrap.fill(source.content, MAX_WIDTH, initial_indent="  ", subsequent_indent="  "))
        click.echo(f"  {source.address}")
        for step in source.steps or (f"cross-hpo data fetch --out csa_data --file {source.file}",):
            click.echo(textwrap.fill(step, MAX_WIDTH, initial_indent="  - ", subsequent_indent="    "))


@command.command("check", epilog="Example: cross-hpo data check csa_data/raw_data")
@click.argument("folder", type=_FOLDER, metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(folder: Path, as_json: bool) -> int:
    """Check the csa_data folder DIR: every file, and whether the files fit together.

    Ends with exit code 65 if something is wrong, after naming all of it with file and line. Warnings are what is
    unusual and usable.
    """
    from hpo.data.check import check as check_folder

    report = check_folder(folder)
    if as_json:
        print_json(report.to_json())
        return ExitCode.BAD_DATA if report.problems else ExitCode.DONE
    return _print_report(report, folder)


@command.command(
    "prepare",
    epilog="Example: cross-hpo data prepare --model LGBM --dataset DEMO-A --data build/demo/raw_data --out build/lgbm",
)
@click.option(
    "--model", "model_name", required=True, metavar="NAME", help="Model to prepare for; see cross-hpo models."
)
@click.option("--dataset", required=True, metavar="NAME", help="Dataset, for example CCLE.")
@click.option("--data", type=_FOLDER, required=True, help=_RAW_DATA)
@click.option("--out", type=_FOLDER, required=True, help="Folder to create.")
@click.option("--split", type=click.IntRange(0), default=0, show_default=True, help="Number of the split.")
@click.option("--compat", type=click.Choice(["hof"]), help="Reproduce how published runs prepared the data.")
@click.option("--release", metavar="NAME", help="Name of the release, where DATA does not say (default: local).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def prepare(
    model_name: str,
    dataset: str,
    data: Path,
    out: Path,
    split: int,
    compat: str | None,
    release: str | None,
    as_json: bool,
) -> None:
    """Turn the files of one dataset into the arrays that a model trains on.

    The folder can be given to `cross-hpo search --data`, so that a search starts in milliseconds. It is written whole
    or not at all; one that already holds the same is left alone, one that differs is an error (exit code 73).
    """
    from hpo.data.csa import CsaData
    from hpo.data.prepared import prepare as prepare_features
    from hpo.models.registry import load

    prepared = prepare_features(load(model_name, compat), CsaData(data, release=release), dataset, split, out)
    if as_json:
        print_json({"folder": str(out), **prepared.to_json()})
        return
    counts = prepared.counts
    click.echo(
        f"{out}: {prepared.model} on {dataset}, split {split}, release {prepared.release.name}: "
        f"{counts['train']:,} / {counts['val']:,} / {counts['test']:,} responses to train, validate and test"
    )
    dropped = sum(count for name, count in counts.items() if name.startswith("dropped_"))
    if dropped:
        click.echo(f"  {dropped:,} responses were left out, since their cell line or drug has no features", err=True)


def _print_report(report: Report, folder: Path) -> int:
    for warning in report.warnings:
        click.echo(f"warning: {warning}", err=True)
    for problem in report.problems:
        click.echo(problem, err=True)
    if report.problems:
        click.echo(f"cross-hpo: {folder}: not usable as it is, see above", err=True)
        return ExitCode.BAD_DATA
    columns = ("dataset", "cell lines", "drugs", "responses", "splits", "train", "val", "test")
    rows = [list(summary.to_json().values()) for summary in report.datasets]
    click.echo(f"{folder}: sound, release {report.release}")
    print_table(columns, rows)
    return ExitCode.DONE


class _Watch:
    """Shows how far a fetch is: a bar in a terminal, a line a file elsewhere."""

    def __init__(self, files: int, *, quiet: bool) -> None:
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
        from rich.progress import Progress as Bars

        self._files = files
        self._seen: dict[str, None] = {}
        screen = console(stderr=True)
        self._lines = not quiet and not screen.is_terminal
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=screen,
            disable=quiet or not screen.is_terminal,
        )
        self._task = self._bars.add_task("", total=None)

    @property
    def progress(self) -> Progress:
        """What ``fetch`` tells."""
        return self._update

    def _update(self, file: str, done: int, total: int | None) -> None:
        new = file not in self._seen
        self._seen[file] = None
        label = f"{len(self._seen)}/{self._files} {file}"
        if new and self._lines:
            click.echo(label, err=True)
        if new:
            self._bars.reset(self._task)
        self._bars.update(self._task, description=label, completed=done, total=total)

    def __enter__(self) -> _Watch:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()
