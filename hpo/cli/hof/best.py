"""``cross-hpo hof best``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from hpo.archive.store import Choice, HallOfFame
from hpo.archive.summaries import chosen
from hpo.cli.hof.common import archive_option, best_loss, certainty, gain, json_option
from hpo.cli.output import print_json, print_table
from hpo.errors import MissingInput


@click.command("best", epilog="Example: cross-hpo hof best IGTD CCLE --json --hyperparameters-only > best.json")
@click.argument("model")
@click.argument("dataset")
@click.option("--size", help="Only runs of this size.")
@click.option("--source", help="Only records of this source, e.g. cross-hpo or improve.")
@click.option("--strategy", help="Only runs of this strategy.")
@click.option("--hyperparameters-only", is_flag=True, help="Print nothing but the hyperparameters, as a JSON object.")
@archive_option
@json_option
def command(
    model: str,
    dataset: str,
    size: str | None,
    source: str | None,
    strategy: str | None,
    hyperparameters_only: bool,
    archive: Path,
    as_json: bool,
) -> None:
    """Print the best hyperparameters of MODEL on DATASET.

    Where a run trained its leaders again, these are of the optimum that it announces, and the loss is the mean of
    trainings that took no part in the choice; else they are of the best evaluation ever made.

    Losses of different releases, splits and protocols are never compared: if runs of several fit, the output says which
    were chosen from, why, and which others there are.
    """
    choice = HallOfFame(archive).best(model, dataset, size=size, source=source, strategy=strategy)
    best = chosen(choice.run)
    if best is None:
        raise MissingInput(f"no evaluation of {model} on {dataset} succeeded")
    if choice.others:
        print(f"cross-hpo: chosen: {choice.run.key}: {choice.reason}", file=sys.stderr)
        print(f"  Not compared: {', '.join(run.key for run in choice.others)}", file=sys.stderr)
    if hyperparameters_only:
        print_json(best.hyperparameters)
    elif as_json:
        print_json(as_entry(choice))
    else:
        _print(choice)


def as_entry(choice: Choice) -> dict[str, Any]:
    """The choice as JSON."""
    run, best = choice.run, chosen(choice.run)
    assert best is not None
    return {
        "run": run.key,
        "evaluation": best.evaluation,
        "val_loss": best.val_loss,
        "metrics": best.metrics,
        "optimum": None if run.optimum is None else run.optimum.model_dump(mode="json", exclude={"hyperparameters"}),
        "hyperparameters": best.hyperparameters,
        "gain_percent": gain(run),
        "release": run.release.name,
        "protocol": f"{run.protocol.name}/{run.protocol.version}",
        "source": run.source.kind,
        "flags": [flag.flag for flag in run.flags],
        "reason": choice.reason,
        "not_compared": [{"run": other.key, "val_loss": best_loss(other)} for other in choice.others],
    }


def _print(choice: Choice) -> None:
    run, best = choice.run, chosen(choice.run)
    assert best is not None
    title = f"{run.key}, evaluation {'in no table' if best.evaluation is None else best.evaluation}"
    print_table(("hyperparameter", "value"), [(name, repr_of(value)) for name, value in best.hyperparameters.items()])
    print(f"{title}: validation loss {best.val_loss:.6g} ({run.protocol.metric} of {run.protocol.target})")
    for line in certainty(run):
        print(line)
    gained = gain(run)
    if gained is not None:
        side = "above" if gained < 0 else "below"
        print(f"{abs(gained):.2f} % {side} the loss of the default hyperparameters")
    print(f"Chosen: {choice.reason}")
    for flag in run.flags:
        print(f"Doubt: {flag.flag}: {flag.explanation}")


def repr_of(value: object) -> str:
    """A value so that nothing of it is lost: floats in full."""
    return "not recorded" if value is None else str(value)
