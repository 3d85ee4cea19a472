"""``cross-hpo space``: check, show and convert hyperparameter spaces."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hpo.cli.output import MAX_WIDTH, print_json, print_table
from hpo.errors import BadData, CrossHpoError, MissingInput, OwnedOrExists, UsageError

if TYPE_CHECKING:
    from hpo.space import Axis, Constant, Space
    from hpo.space.convert import Conversion

MAX_BYTES: Final = 1024 * 1024
DIGEST_SHOWN: Final = 12


@click.group("space", epilog="Example: cross-hpo space check space.json")
def command() -> None:
    """Check, show and convert hyperparameter spaces in CANDLE's JSON conventions."""


@command.command("check", epilog="Example: cross-hpo space check hpo/space/files/*.json")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check space files; every problem of every file is reported, with what would be right.

    Exit code 0 if all are valid, 65 if one is not, 66 if one does not exist.
    """
    from hpo.space import read_space

    results: list[dict[str, Any]] = []
    errors: list[CrossHpoError] = []
    for path in files:
        try:
            space = read_space(path)
        except (BadData, MissingInput) as error:
            errors.append(error)
            problems = error.problems if isinstance(error, BadData) else (str(error),)
            results.append({"file": str(path), "valid": False, "problems": list(problems)})
            continue
        results.append({"file": str(path), "valid": True, **_summary(space), "warnings": list(space.warnings)})
        if not as_json:
            _echo_valid(path, space)
    if as_json:
        print_json(results)
    _raise_all(errors, len(files), brief=as_json)


@command.command("show", epilog="Example: cross-hpo space show GraphDRP --size MEDIUM")
@click.argument("model_or_file", metavar="MODEL|FILE")
@click.option(
    "--size", default="SMALL", show_default=True, help="Size of the search, where a model has several spaces."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(model_or_file: str, size: str, as_json: bool) -> None:
    """Show a space: of a model that comes with one, or of a file.

    Sigma is the standard deviation of a mutation, in decades on a log scale and in places for ordered values.
    """
    from hpo.space import read_space

    path = _space_path(model_or_file, size)
    space = read_space(path)
    if as_json:
        print_json(
            {
                "file": str(path),
                **_summary(space),
                "parameters": [_described(parameter) for parameter in space.parameters],
                "warnings": list(space.warnings),
            }
        )
        return
    click.echo(f"{path}  (digest {space.digest[:DIGEST_SHOWN]})")
    print_table(
        ("name", "type", "range or values", "scale", "sigma", "default"),
        [_row(parameter) for parameter in space.parameters],
    )
    for parameter in space.parameters:
        if parameter.comment:
            click.echo(_wrapped(f"{parameter.name}: {parameter.comment}"))
    _echo_warnings(space)


@command.command(
    "convert", epilog="Example: cross-hpo space convert hyperparams.py --from deephyper --output space.json"
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--from",
    "source",
    required=True,
    type=click.Choice(["deephyper", "supervisor-cfg"]),
    help="deephyper: definitions with min, max, choices (.py, .json, .yml); supervisor-cfg: settings in a cfg-*.sh.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="New file; else the result is printed.")
@click.option("--json", "as_json", is_flag=True, help="Print result and report as JSON.")
def convert(file: Path, source: str, output: Path | None, as_json: bool) -> None:
    """Convert a DeepHyper-style space to CANDLE's JSON, or Supervisor's settings to a settings file.

    Python and shell files are read, never run. The report says what was kept, changed, left out and not understood;
    it goes to standard error where the result is printed.
    """
    from hpo.storage import write_atomically

    if output is not None and output.exists():
        raise OwnedOrExists(f"{output}: exists already; choose another name or move it away")
    conversion, text = _convert(file, source)
    if output is not None:
        if not output.parent.is_dir():
            raise MissingInput(f"{output.parent}: no such folder; create it first")
        write_atomically(output, text.encode("utf-8"))
    if as_json:
        print_json({"result": conversion.content, "output": output and str(output), **dict(conversion.report())})
        return
    if output is None:
        click.echo(text, nl=False)
    _echo_report(conversion, file, output)


def _raise_all(errors: list[CrossHpoError], checked: int, *, brief: bool) -> None:
    """One error for all files, of the gravest kind; nothing if there is none."""
    if not errors:
        return
    kind = BadData if any(isinstance(error, BadData) for error in errors) else MissingInput
    count = f"{len(errors)} of {checked} space files {'is' if len(errors) == 1 else 'are'} not valid"
    raise kind(count if brief else "\n".join([*(str(error) for error in errors), *([count] if checked > 1 else [])]))


def _echo_valid(path: Path, space: Space) -> None:
    axes, constants = len(space.axes), len(space.constants)
    click.echo(
        f"{path}: valid, {axes} searched {'axis' if axes == 1 else 'axes'}, "
        f"{constants} constant{'' if constants == 1 else 's'}, digest {space.digest[:DIGEST_SHOWN]}"
    )
    _echo_warnings(space)


def _echo_warnings(space: Space) -> None:
    for warning in space.warnings:
        click.echo(_wrapped(f"  warning: {warning}"))


def _summary(space: Space) -> dict[str, Any]:
    return {"digest": space.digest, "axes": list(space.names), "constants": space.constants}


def _described(parameter: Axis | Constant) -> dict[str, Any]:
    """What a program wants to know of a parameter, with the sigma that is in force."""
    names = ("name", "kind", "value", "lower", "upper", "values", "log_scale", "sigma", "default", "comment")
    described = {name: getattr(parameter, name) for name in names if hasattr(parameter, name)}
    return {"name": described.pop("name"), "type": described.pop("kind"), **described}


def _row(parameter: Axis | Constant) -> list[str | None]:
    about = _described(parameter)
    numeric = about["type"] in ("int", "float")
    if numeric:
        extent = f"{about['lower']:g} to {about['upper']:g}"
    elif "value" in about:
        extent = _plain(about["value"])
    else:
        extent = ", ".join(_plain(value) for value in about["values"])
    scale = ("log" if about["log_scale"] else "linear") if numeric else None
    unit = " decades" if scale == "log" else " places" if about["type"] == "ordered" else ""
    sigma = f"{about['sigma']:.3g}{unit}" if "sigma" in about else None
    default = about.get("default")
    return [about["name"], about["type"], extent, scale, sigma, None if default is None else _plain(default)]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _wrapped(text: str) -> str:
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    return textwrap.fill(text, MAX_WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _space_path(model_or_file: str, size: str) -> Path:
    path = Path(model_or_file)
    if path.is_file():
        return path
    if path.suffix == ".json" or path.name != model_or_file:
        raise MissingInput(f"{path}: no such file")
    from hpo.models.registry import default_space_path

    return default_space_path(model_or_file, size)


def _convert(path: Path, source: str) -> tuple[Conversion, str]:
    """The conversion and its content as text."""
    if source == "supervisor-cfg":
        from hpo.space.supervisor import from_supervisor, settings_text

        conversion = from_supervisor(_read_text(path), str(path))
        return conversion, settings_text(conversion.content, f"Converted from {path.name}.")
    from hpo.space.deephyper import from_deephyper

    conversion = from_deephyper(_definitions(path), str(path))
    return conversion, json.dumps(conversion.content, indent=2, ensure_ascii=False) + "\n"


def _definitions(path: Path) -> Any:
    if path.suffix == ".py":
        from hpo.space.python_lists import definitions_in

        return definitions_in(_read_text(path), str(path))
    if path.suffix == ".json":
        from hpo.strict_json import read_json

        return read_json(path, max_bytes=MAX_BYTES)
    if path.suffix in (".yml", ".yaml"):
        from hpo.settings import read_yaml

        return read_yaml(path)
    raise UsageError(f"{path}: a DeepHyper-style file ends with .py, .json, .yml or .yaml")


def _read_text(path: Path) -> str:
    if not path.is_file():
        raise MissingInput(f"{path}: no such file")
    if path.stat().st_size > MAX_BYTES:
        raise BadData(f"{path}: a file to convert has at most {MAX_BYTES:,} bytes, got {path.stat().st_size:,}")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadData(f"{path}: not UTF-8 text (byte {error.start})") from None


def _echo_report(conversion: Conversion, path: Path, output: Path | None) -> None:
    to_stderr = output is None
    click.echo(f"{path}: converted" + (f" to {output}" if output else ""), err=to_stderr)
    for heading, sentences in conversion.report():
        click.echo(f"  {heading}:", err=to_stderr)
        for sentence in sentences:
            click.echo(_wrapped(f"    {sentence}"), err=to_stderr)
