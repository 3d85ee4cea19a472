"""The parameters of rules: read from a ledger, each with its kind, unknown ones refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Count = Annotated[StrictInt, Field(ge=1)]
Text = Annotated[StrictStr, Field(min_length=1)]
Flag = StrictBool


class Parameters(BaseModel):
    """Base of the parameters of a rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoParameters(Parameters):
    """Of rules that need none."""
