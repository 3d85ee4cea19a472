"""Run settings: what a search depends on, read from a YAML file such as ``params.yaml``.

YAML is read by version 1.2, as DVC reads it, so ``NO`` is text and ``1e-3`` a number in both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, StrictBool, StrictInt, StrictStr
from pydantic import ValidationError as PydanticError

from hpo.errors import BadData, MissingInput
from hpo.identifiers import check_identifier

MAX_BYTES: Final = 1024 * 1024

Name = Annotated[StrictStr, AfterValidator(check_identifier)]
Strategy = Literal["ga", "random", "tpe", "cmaes"]
Setting = StrictBool | StrictInt | FiniteFloat | StrictStr


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PipelineSettings(_Section):
    """What ``dvc repro`` runs: every model on every dataset by every strategy."""

    models: tuple[Name, ...] = Field(min_length=1)
    datasets: tuple[Name, ...] = Field(min_length=1)
    strategies: tuple[Strategy, ...] = Field(("ga", "random"), min_length=1)
    finals: tuple[Name, ...] = Field((), description="models whose genetic searches are scored on the test part")
    transfers: tuple[Name, ...] = Field((), description="models whose optima are trained on all datasets")
    final_seeds: StrictInt = Field(3, ge=1, description="trainings of each candidate for both")


class SearchSettings(_Section):
    """What the result of a search depends on."""

    model: Name | None = None
    model_file: StrictStr | None = Field(None, description="TOML file of a model that runs as a program, instead")
    dataset: Name | None = None
    size: Name | None = None
    strategy: Strategy = "ga"
    preset: Literal["default", "supervisor"] = "default"
    seed: StrictInt = Field(1, ge=0)
    split: StrictInt = Field(0, ge=0)
    space: StrictStr | None = Field(None, description="space file; the model's own where left out")
    data: StrictStr | None = Field(None, description="raw_data folder in csa_data layout, or prepared features")
    settings: dict[StrictStr, Setting] = Field({}, description="settings of the search by Supervisor's names")
    fixed: dict[Name, dict[StrictStr, Setting]] = Field(
        {}, description="by model: hyperparameters held at a value, as with --set"
    )


class Settings(_Section):
    """A settings file: three sections, each optional."""

    pipeline: PipelineSettings | None = None
    search: SearchSettings = SearchSettings()
    site: StrictStr = Field("laptop", description="name of a site, or path of a site file")


def read_settings(path: Path) -> Settings:
    """Read the settings file ``path``.

    Raises:
        MissingInput: There is no such file.
        BadData: It is no YAML, or a key is unknown or has a wrong value; all such problems at once.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise BadData(f"{path}: expected the sections pipeline, search and site, got {type(content).__name__}")
    try:
        return Settings.model_validate(content)
    except PydanticError as error:
        raise BadData(problems_of(error, path)) from error


def read_yaml(path: Path) -> Any:
    """Parse the YAML 1.2 file ``path`` without tags, aliases or duplicate keys.

    Raises:
        MissingInput: There is no such file.
        BadData: The content is not such YAML, or larger than 1 MiB.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.tokens import AliasToken

    if not path.is_file():
        raise MissingInput(f"{path}: no such file")
    content = path.read_bytes()
    if len(content) > MAX_BYTES:
        raise BadData(f"{path}: {len(content):,} bytes, more than the {MAX_BYTES:,} allowed for settings")
    try:
        text = content.decode("utf-8-sig")
        for token in YAML(typ="safe", pure=True).scan(text):
            if isinstance(token, AliasToken):
                raise BadData(f"{path}: line {token.start_mark.line + 1}: aliases (*name) are not allowed")
        return YAML(typ="safe", pure=True).load(text)
    except UnicodeDecodeError as error:
        raise BadData(f"{path}: not UTF-8 text (byte {error.start})") from error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise BadData(f"{path}: {where}{getattr(error, 'problem', None) or error}") from error
    except RecursionError as error:
        raise BadData(f"{path}: nested too deeply") from error


def problems_of(error: PydanticError, path: Path) -> list[str]:
    """One line per problem of a pydantic validation: file, key, what is wrong, what was found."""
    problems = []
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        found = "" if item["type"] in ("missing", "extra_forbidden") else f", got {item['input']!r:.80}"
        if item["type"] == "extra_forbidden":
            message = "unknown key"
        problems.append(f"{path}: {key}: {message}{found}")
    return problems
