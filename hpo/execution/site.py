"""Sites: how searches are started on one machine or cluster. Results never depend on a site."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictInt, StrictStr
from pydantic import ValidationError as PydanticError

from hpo.errors import BadData, MissingInput
from hpo.settings import problems_of


class Site(BaseModel):
    """A site file (TOML)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: StrictStr
    description: StrictStr = ""
    launcher: Literal["local", "mpi"] = "local"
    workers: StrictInt = Field(1, ge=0, description="evaluations at the same time")
    threads: StrictInt = Field(1, ge=1, description="CPU threads of one evaluation")
    time_limit: FiniteFloat | None = Field(None, gt=0, description="seconds an evaluation may take")
    mpiexec: tuple[StrictStr, ...] = Field(("mpiexec", "-n", "{ranks}"), min_length=1)
    environment: dict[StrictStr, StrictStr] = Field({}, description="variables set for every rank")


def site_names() -> list[str]:
    """Names of the sites that come with the package."""
    folder = resources.files("hpo.execution") / "sites"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def read_site(name_or_path: str) -> Site:
    """The packaged site of that name, or the site file at that path.

    Raises:
        MissingInput: There is neither.
        BadData: The file is no TOML, or a key is unknown or has a wrong value; all such problems at once.
    """
    if name_or_path in site_names():
        path = Path(str(resources.files("hpo.execution") / "sites" / f"{name_or_path}.toml"))
    else:
        path = Path(name_or_path)
        if not path.is_file():
            raise MissingInput(
                f"no site {name_or_path!r}: neither a file nor one of the known sites ({', '.join(site_names())})"
            )
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadData(f"{path}: {error}") from error
    try:
        return Site.model_validate(content)
    except PydanticError as error:
        raise BadData(problems_of(error, path)) from error
