"""A model file: the TOML file that says how a model of somebody else is prepared, trained and read.

The keys and their meaning are those of :class:`Definition`; ``cross-hpo init --external NAME`` writes a commented one.
"""

from __future__ import annotations

import math
import re
import shlex
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    StrictInt,
    StrictStr,
    model_validator,
)
from pydantic import ValidationError as PydanticError

from hpo.digest import digest
from hpo.errors import BadData, MissingInput
from hpo.evaluation import METRICS, RESERVED_NAMES, Value
from hpo.identifiers import check_identifier, is_hyperparameter_name
from hpo.settings import problems_of

MAX_BYTES: Final = 1024 * 1024

CODE: Final = ("**/*.py", "**/*.sh", "**/*.cfg", "**/*.ini", "**/*.yaml", "**/*.yml", "**/*_params.txt")
"""What of a model's folder counts as its code where the model file names nothing."""

PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""What may stand for something in a command or in the value of a flag."""

PLACES: Final = frozenset({"directory", "data", "input", "output", "model", "gpu", "seed", "dataset"})
SPLITS: Final = frozenset({"train_split", "val_split", "test_split"})
HYPERPARAMETERS: Final = "hyperparameters"
"""The word of a command that becomes a flag and a value for each hyperparameter."""

_FLAG = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_NOT_IDENTITY: Final = frozenset(
    {"title", "summary", "citation", "doi", "licence", "directory", "image", "runtime", "python", "space",
     "environment", "time_limit", "preprocess_time_limit", "digest"}
)  # fmt: skip
"""Keys that differ between machines, describe, or are recorded elsewhere; the rest is part of a record's identity."""


def _hyperparameter(name: str) -> str:
    if not is_hyperparameter_name(name):
        raise ValueError("must be letters, digits and _ only, not beginning with a digit, at most 64 characters")
    if name in RESERVED_NAMES:
        raise ValueError("records use this name for something else")
    return name


def _flag(name: str) -> str:
    if not _FLAG.fullmatch(name):
        raise ValueError("must be the name of a flag without its dashes: letters, digits, _ and -")
    return name


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError("must be the name of an environment variable")
    return name


def _relative(name: str) -> str:
    if not name or Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError("must be a path below the folder that it belongs to")
    return name


def _scalar(value: Any) -> Any:
    """One message instead of one for each type that it could have been."""
    if type(value) not in (bool, int, float, str) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError("must be a finite number, true, false or text")
    return value


def _words(command: str) -> str:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ValueError(f"no command line ({error})") from None
    if not words:
        raise ValueError("is empty")
    return command


Scalar = Annotated[Value, BeforeValidator(_scalar)]
Name = Annotated[StrictStr, AfterValidator(check_identifier)]
Hyperparameter = Annotated[StrictStr, AfterValidator(_hyperparameter)]
Flag = Annotated[StrictStr, AfterValidator(_flag)]
Variable = Annotated[StrictStr, AfterValidator(_variable)]
Relative = Annotated[StrictStr, AfterValidator(_relative)]
Command = Annotated[StrictStr, AfterValidator(_words)]
Seconds = Annotated[FiniteFloat, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Programs(_Part):
    """What is run at each step; a script of the folder, a script in the image's path, or a whole command line."""

    preprocess: StrictStr | None = None
    train: StrictStr | None = None
    infer: StrictStr | None = None


class ProtocolPart(_Part):
    """How the loss comes about."""

    version: StrictInt = Field(1, ge=1, description="raised by hand when results stop being comparable")
    target: Name = Field("auc", description="column of response.tsv that is fitted")
    metric: Literal["mse", "rmse"] = Field("mse", description="score that is the loss")
    selection: StrictStr = "as the model's own training chooses"


class Definition(_Part):
    """A model file."""

    name: Name = Field(description="name in the archive; none of the built-in models")
    title: StrictStr = ""
    summary: StrictStr = ""
    citation: StrictStr = ""
    doi: StrictStr = ""
    licence: StrictStr = ""
    contract: Literal["improvelib", "candle", "command"] = Field(
        description="improvelib: --input_dir and --output_dir (2024 on); candle: CANDLE_DATA_DIR and "
        "--train_ml_data_dir, --model_outdir (the published searches); command: command lines of your own"
    )
    directory: StrictStr | None = Field(None, description="folder of the model's scripts")
    image: StrictStr | None = Field(None, description="container image instead: a file, or a name for docker")
    runtime: Literal["apptainer", "singularity", "docker"] | None = None
    python: StrictStr | None = Field(None, description="the model's Python, or the folder of its environment")
    run_in: Literal["output", "directory"] = Field("output", description="current folder of the programs")
    space: StrictStr | None = Field(None, description="space file; --space wins over it")
    inputs: tuple[Relative, ...] = Field(
        (), description="tables that preprocessing reads, for example x_data/drug_SMILES.tsv; all where left out"
    )
    hyperparameters: dict[Hyperparameter, Scalar] = Field(min_length=1, description="default of each hyperparameter")
    flags: dict[Hyperparameter, Flag] = Field({}, description="flag of a hyperparameter, where it has another name")
    fixed: dict[Flag, Scalar] = Field({}, description="further flags of every training")
    preprocess: dict[Flag, Scalar] = Field({}, description="further flags of preprocessing")
    infer: dict[Flag, Scalar] = Field({}, description="further flags of inference")
    seed_flag: Flag | None = Field(None, description="flag that takes the seed, if there is one")
    entry: Programs = Programs()
    environment: dict[Variable, StrictStr] = {}
    time_limit: Seconds | None = Field(None, description="seconds that a training may take")
    preprocess_time_limit: Seconds | None = Field(None, description="seconds that preprocessing may take")
    digest: tuple[Relative, ...] = Field(CODE, min_length=1, description="files of the folder that are the code")
    protocol: ProtocolPart = ProtocolPart()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = [*self._place_problems(), *self._flag_problems()]
        if self.contract == "command":
            problems += self._command_problems()
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _place_problems(self) -> list[str]:
        problems = []
        if self.contract == "command":
            if self.image is not None:
                problems.append("image: a command says itself what it runs; write the container's command line in it")
        elif (self.directory is None) == (self.image is None):
            problems.append("directory, image: exactly one of them must say where the model is")
        if (self.image is None) != (self.runtime is None):
            problems.append("runtime: goes with image: apptainer, singularity or docker")
        if self.image is not None and self.python is not None:
            problems.append("python: the container brings its own; leave it out")
        return problems

    def _flag_problems(self) -> list[str]:
        problems = [
            f"flags.{name}: no hyperparameter of that name" for name in self.flags.keys() - self.hyperparameters.keys()
        ]
        passed = [self.flag_of(name) for name in self.hyperparameters]
        twice = sorted(
            {flag for flag in passed if passed.count(flag) > 1 or flag in self.fixed or flag == self.seed_flag}
        )
        return [*problems, *(f"--{flag} would be passed twice" for flag in twice)]

    def _command_problems(self) -> list[str]:
        if self.entry.train is None:
            return ["entry.train: the command line of a training is missing"]
        taken = sorted(self.hyperparameters.keys() & (PLACES | SPLITS | {HYPERPARAMETERS}))
        problems = [f"hyperparameters.{name}: commands use {{{name}}} for something else" for name in taken]
        for step in ("preprocess", "train", "infer"):
            command = getattr(self.entry, step)
            if command is None:
                continue
            try:
                _words(command)
            except ValueError as error:
                problems.append(f"entry.{step}: {error}")
                continue
            used = set(PLACEHOLDER.findall(command))
            known = PLACES | SPLITS | ({*self.hyperparameters, HYPERPARAMETERS} if step == "train" else set())
            problems += [f"entry.{step}: nothing is known of {{{name}}}" for name in sorted(used - known)]
            if step == "train" and HYPERPARAMETERS not in used:
                forgotten = sorted(self.hyperparameters.keys() - used)
                problems += [
                    f"entry.train: {name} is not passed; write {{{name}}} or {{{HYPERPARAMETERS}}}"
                    for name in forgotten
                ]
        return problems

    def flag_of(self, hyperparameter: str) -> str:
        """Name of the flag that takes ``hyperparameter``, without dashes."""
        return self.flags.get(hyperparameter, hyperparameter)

    @property
    def identity(self) -> str:
        """SHA-256 of everything here that results depend on and that no other digest covers.

        What has its default is left out, so that a key of a later version changes nothing where it is not used.
        """
        content = self.model_dump(mode="json", exclude=set(_NOT_IDENTITY), exclude_defaults=True)
        return digest(content)


def read_definition(path: Path) -> Definition:
    """Read the model file ``path``.

    Raises:
        MissingInput: There is no such file.
        BadData: It is no TOML, or a key is unknown or has a wrong value; all such problems at once.
    """
    if not path.is_file():
        raise MissingInput(f"{path}: no such file; `cross-hpo init --external NAME` writes a model file to start from")
    content = path.read_bytes()
    if len(content) > MAX_BYTES:
        raise BadData(f"{path}: {len(content):,} bytes, more than the {MAX_BYTES:,} allowed for a model file")
    try:
        parsed = tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadData(f"{path}: {error}") from error
    return checked_definition(parsed, path)


def checked_definition(content: Any, where: Path) -> Definition:
    """``content`` as a definition; ``where`` names it in messages.

    Raises:
        BadData: A key is unknown or has a wrong value; all such problems at once.
    """
    try:
        return Definition.model_validate(content)
    except PydanticError as error:
        raise BadData(_problems(error, where)) from error


def metric_names() -> tuple[str, ...]:
    """Names that a scores file may use for the validation metrics of a record, without ``val_``."""
    return tuple(name.removeprefix("val_") for name in METRICS)


def _problems(error: PydanticError, where: Path) -> list[str]:
    """One line a problem; those of several keys together are taken apart, and the whole file is not repeated."""
    found = []
    for line, item in zip(problems_of(error, where), error.errors(include_url=False), strict=True):
        if item["loc"]:
            found.append(line)
        else:
            found += [f"{where}: {problem}" for problem in item["msg"].removeprefix("Value error, ").split("\n")]
    return found
