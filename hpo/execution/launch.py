"""The launch profile: what a user allows a search to cost, and on whose account.

A file of its own that is never committed, so that a fresh clone starts nothing expensive. ``launch.toml`` in the
current folder, or the file that ``CROSS_HPO_LAUNCH`` names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictInt, StrictStr

from hpo.errors import MissingInput
from hpo.execution.site import Line, Word, parse_toml

FILE: Final = "launch.toml"
VARIABLE: Final = "CROSS_HPO_LAUNCH"

EXAMPLE: Final = """\
site = "polaris"              # instead of the one in params.yaml
account = "MyProject"         # the project that is charged
nodes = 1
walltime = "1:00:00"
node_hours = 4.0              # a search that may cost more is not started"""
"""For messages and guides: the keys that most people need."""


class LaunchProfile(BaseModel):
    """A launch profile (TOML)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node_hours: FiniteFloat = Field(gt=0, description="what one search, or one job of several, may cost at most")
    site: StrictStr | None = Field(None, description="name of a site or path of a site file")
    account: Word | None = None
    queue: Word | None = None
    nodes: StrictInt = Field(1, ge=1)
    walltime: StrictStr = Field("1:00:00", description="of one job: HH:MM:SS, or a number with s, m, h or d")
    resubmit: StrictInt = Field(0, ge=0, description="jobs that may follow where the walltime was too short")
    setup: tuple[Line, ...] = Field((), description="shell lines after those of the site, e.g. to enter an environment")
    poll: FiniteFloat = Field(15.0, gt=0, description="seconds between two looks at a job")


def read_launch_profile(environment: Mapping[str, str] = os.environ, folder: Path = Path()) -> LaunchProfile | None:
    """The user's launch profile; ``None`` where there is none.

    Raises:
        MissingInput: The variable names no file.
        BadData: A key is unknown or has a wrong value.
    """
    named = environment.get(VARIABLE)
    path = Path(named) if named else folder / FILE
    if not path.is_file():
        if named:
            raise MissingInput(f"{named}: no such file; {VARIABLE} names the launch profile")
        return None
    return parse_toml(path, LaunchProfile)
