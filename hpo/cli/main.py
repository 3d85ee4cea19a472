"""The command ``cross-hpo``: finds the subcommand, and turns our errors into one message and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from hpo import __version__
from hpo.cli.lazy import LazyGroup
from hpo.errors import CrossHpoError, ExitCode

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "init": ("hpo.cli.init:command", "Write the three files that a curator starts from."),
    "data": ("hpo.cli.data:command", "Make, fetch, check and prepare datasets."),
    "space": ("hpo.cli.space:command", "Check, show and convert hyperparameter spaces."),
    "models": ("hpo.cli.models:command", "List the models, or describe one."),
    "search": ("hpo.cli.search:command", "Search hyperparameters of one model on one dataset."),
    "final": ("hpo.cli.final:command", "Score a run's best hyperparameters on the test part."),
    "transfer": ("hpo.cli.transfer:command", "Train each dataset's optimum of a model on all datasets."),
    "reproduce": ("hpo.cli.reproduce:command", "Train evaluations of a record again, and compare."),
    "status": ("hpo.cli.status:command", "Show what is running, stopped and done, from the journals."),
    "hof": ("hpo.cli.hof:command", "Use the Hall of Fame, the archive of all records."),
    "site": ("reports.cli:command", "Build and check the report site."),
    "pipeline": ("hpo.cli.pipeline:command", "Keep dvc.yaml in step with params.yaml."),
    "submit": ("hpo.cli.submit:command", "Run searches as one job of a batch system."),
    "sites": ("hpo.cli.sites:command", "List the sites: how searches are started."),
    "doctor": ("hpo.cli.doctor:command", "Check this machine: packages, MPI, devices, scratch."),
}
"""Subcommand: where its Click object is, and its line in ``--help`` (so that help imports none of them)."""

MAX_WIDTH: Final = 100


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": MAX_WIDTH},
    epilog="Example: cross-hpo search --model LGBM --dataset DEMO-A --size SMALL --data data/demo/raw_data",
)
@click.version_option(__version__, prog_name="cross-hpo")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """Tune cancer drug-response models, archive what was found, and report it."""
    context.obj = {"debug": debug}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``cross-hpo`` and return its exit code; see ``hpo.errors.ExitCode``."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    try:
        result: Any = cli.main(arguments, prog_name="cross-hpo", standalone_mode=False)
        return int(result) if isinstance(result, int) else ExitCode.DONE
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except click.Abort:
        return _fail("stopped by the keyboard", ExitCode.RESUMABLE)
    except BrokenPipeError:
        # The reader of our output has gone (`cross-hpo hof list | head`); let the interpreter close quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except CrossHpoError as error:
        if debug:
            raise
        return _fail(str(error), error.exit_code)
    except Exception as error:
        if debug:
            raise
        return _fail(
            f"internal error: {type(error).__name__}: {error}\n"
            "  This is a bug of Cross-HPO; run the same command as `cross-hpo --debug …` to see where.",
            ExitCode.DRIFT,
        )


def _fail(message: str, code: ExitCode) -> int:
    print(f"cross-hpo: {message}", file=sys.stderr)
    return code
