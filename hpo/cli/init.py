"""``cross-hpo init``: the three files that a curator starts from."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Final

import click

from hpo.errors import OwnedOrExists, UsageError
from hpo.identifiers import is_identifier
from hpo.models.external.template import MODEL_FILE, SPACE

SETTINGS: Final = """\
# Run settings: what the result of a search depends on. Use them with
#   cross-hpo search --settings {settings} --site {site}
# Options of the command line win over this file.

search:
  {model_key}: {model}
  dataset: {dataset}          # one of the sources of response.tsv
  data: {data}    # raw_data folder in csa_data layout (x_data, y_data, splits)
  split: 0
  space: {space}          # edit it; `cross-hpo space check {space}` says whether it is valid
  size: SMALL              # SMALL 4 x 3, MEDIUM 16 x 4, LARGE 80 x 10, XL 800 x 10 (population x generations)
  strategy: ga             # ga, or random: the control with the same budget; tpe and cmaes need cross-hpo[optuna]
  preset: default          # default, or supervisor: the behaviour of the published searches
  seed: 1                  # same seed, same candidates, on any number of workers
  settings: {{}}             # settings of the genetic algorithm by Supervisor's names, for example
                           #   {{TOURNSIZE: 4, MUT_PROB: 0.8, CX_PROB: 0.2, MUT_INDPB: 0.5, CX_INDPB: 0.5}}
  fixed:                   # hyperparameters held at a value, searched or not, for example {{epochs: 50}}
    {name}: {{}}

site: {site}          # how the search is started; results don't depend on it
"""


@click.command("init", epilog="Example: cross-hpo init tuning --model GraphDRP --dataset gCSI --data csa_data/raw_data")
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--model", default="LGBM", show_default=True, help="Model whose space is the starting point.")
@click.option("--external", metavar="NAME", help="A model of your own instead, which runs as a program.")
@click.option("--dataset", default="DEMO-A", show_default=True, help="Dataset to search on.")
@click.option("--data", default="build/demo/raw_data", show_default=True, help="Folder in csa_data layout.")
def command(folder: Path, model: str, external: str | None, dataset: str, data: str) -> None:
    """Write space.json, search.yaml and site.toml into FOLDER: commented, valid, ready to run.

    With --external also model.toml, which says how programs of your own are run. Existing files are never overwritten.
    """
    from hpo.models import registry

    if external is not None and not is_identifier(external):
        raise UsageError(f"--external {external!r}: no valid name; for example MyModel")
    if not is_identifier(dataset):
        raise UsageError(f"--dataset {dataset!r}: no valid name; for example CCLE")
    names = {"space": folder / "space.json", "settings": folder / "search.yaml", "site": folder / "site.toml"}
    if external is not None:
        names["model"] = folder / "model.toml"
    present = [str(path) for path in names.values() if path.exists()]
    if present:
        raise OwnedOrExists(f"{', '.join(present)}: exists already; choose another folder or move it away")
    if external is None:
        name = registry.load(model).card.name
        space = json.loads(registry.default_space_path(name, "SMALL").read_text(encoding="utf-8"))
    else:
        name, space = external, SPACE
    contents = {
        names["space"]: json.dumps(space, indent=2, ensure_ascii=False) + "\n",
        names["settings"]: SETTINGS.format(
            name=name,
            model_key="model" if external is None else "model_file",
            model=name if external is None else json.dumps(str(names["model"])),
            dataset=dataset,
            data=json.dumps(data),
            **{key: json.dumps(str(names[key])) for key in ("space", "settings", "site")},
        ),
        names["site"]: (resources.files("hpo.execution") / "sites" / "laptop.toml").read_text(encoding="utf-8"),
    }
    if external is not None:
        contents[names["model"]] = MODEL_FILE.format(name=name, file=names["model"], dataset=dataset)
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in contents.items():
        path.write_text(text, encoding="utf-8")
    if external is not None:
        click.echo(f"{names['model']}      how the programs of {name} are run; edit it first")
    click.echo(
        f"{names['space']}     the hyperparameter space of {name}; each entry says why it is as it is\n"
        f"{names['settings']}    what to search: dataset, size, strategy, seed, settings\n"
        f"{names['site']}      how to run it here: launcher, workers, threads\n"
        f"Next: cross-hpo search --settings {names['settings']}"
    )
