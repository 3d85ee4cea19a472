"""Model files for the programs beside this file, and data for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hpo.data.prepared import Prepared, features_for
from hpo.models.external.definition import Definition
from hpo.models.external.installation import Installation
from hpo.models.external.model import ExternalModel

HERE = Path(__file__).parent
INPUTS = ("x_data/drug_SMILES.tsv",)


def definition(**changes: Any) -> Definition:
    """The model of ``biases/``, with ``changes``."""
    content: dict[str, Any] = {
        "name": "Biases",
        "contract": "improvelib",
        "directory": str(HERE / "biases"),
        "inputs": INPUTS,
        "seed_flag": "seed",
        "hyperparameters": {"learning_rate": 0.1, "epochs": 5, "act": "train"},
        **changes,
    }
    return Definition.model_validate({key: value for key, value in content.items() if value is not None})


def model(where: Path, **changes: Any) -> ExternalModel:
    """The same as a model, described by a file in the folder ``where``; what it prints goes nowhere."""
    found = ExternalModel(Installation(definition(**changes), where / "model.toml"))
    found.sink = lambda _: None
    return found


def prepared(of: ExternalModel, raw: Path, cache: Path) -> Prepared:
    """Features of ``of`` on the small dataset, ready for its trainings."""
    found = features_for(of, raw, "TINY", 0, cache)
    of.use(found)
    return found


def toml(directory: Path = HERE / "biases", *, more: str = "") -> str:
    """A model file for the model of ``directory``."""
    return f"""
name = "Biases"
contract = "improvelib"
directory = "{directory}"
space = "space.json"
inputs = ["x_data/drug_SMILES.tsv"]
seed_flag = "seed"
{more}
[hyperparameters]
learning_rate = 0.1
epochs = 5
act = "train"
"""
