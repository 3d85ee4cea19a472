"""The claim ledger: a TOML file of claims, each with its source and one or more readings that a rule can test."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr, ValidationError

from hpo.errors import BadData, MissingInput
from hpo.identifiers import check_identifier
from reports.analysis.claims import course, gains, optima, records, standing, tailoring
from reports.analysis.claims.finding import Finding
from reports.analysis.claims.parameters import NoParameters, Parameters
from reports.analysis.claims.scope import Runs, Scope

SCHEMA: Final = "cross-hpo/claims/1"
DEFAULT_LEDGER: Final = Path(__file__).with_name("claims.toml")
MAX_BYTES: Final = 1024 * 1024

Identifier = Annotated[StrictStr, AfterValidator(check_identifier)]
Text = Annotated[StrictStr, Field(min_length=1, max_length=2000)]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a ledger may name.

    Attributes:
        parameters: What it takes.
        judge: A pure function of the runs and its parameters.
    """

    parameters: type[Parameters]
    judge: Callable[[Scope, Any], Finding]

    @property
    def about(self) -> str:
        """What it asks and when it holds, as its docstring says."""
        return " ".join((self.judge.__doc__ or "").split()).replace("`", "")


RULES: Final[Mapping[str, Rule]] = {
    "mean_improvement": Rule(gains.MeanImprovement, gains.mean_improvement),
    "beats_random": Rule(gains.BeatsRandom, gains.beats_random),
    "stated_percent": Rule(gains.StatedPercent, gains.stated_percent),
    "lowest_loss": Rule(standing.LowestLoss, standing.lowest_loss),
    "improves": Rule(course.Improves, course.improves),
    "plateaus": Rule(course.Plateaus, course.plateaus),
    "best_early": Rule(course.BestEarly, course.best_early),
    "optimum_moves": Rule(optima.OptimumMoves, optima.optimum_moves),
    "optimum_at_bound": Rule(optima.OptimumAtBound, optima.optimum_at_bound),
    "tailoring_pays": Rule(tailoring.TailoringPays, tailoring.tailoring_pays),
    "transfer_loses": Rule(NoParameters, tailoring.transfer_loses),
    "covers": Rule(records.Covers, records.covers),
    "budget": Rule(records.Budget, records.budget),
    "replayed": Rule(NoParameters, records.replayed),
    "free_of_flags": Rule(records.FreeOfFlags, records.free_of_flags),
}
"""By name."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """Where claims come from.

    Attributes:
        key: Citation key.
        citation: What it is.
        url: Its address; empty for none.
    """

    key: Identifier
    citation: Text
    url: Annotated[StrictStr, Field(pattern=r"^(https://[A-Za-z0-9._~/?=()#:;-]+)?$")] = ""


class Reading(_Part):
    """One way to understand a claim.

    Attributes:
        says: What it says, so that it can be tested.
        rule: Name of a rule, see :data:`RULES`.
        parameters: What the rule takes.
        runs: Which runs it is about.
    """

    says: Text
    rule: StrictStr
    parameters: dict[str, Any] = {}
    runs: Runs = Runs()


class Claim(_Part):
    """A statement about results.

    Attributes:
        id: Name for anchors and links.
        claim: The statement, in our own words.
        source: Key of its source.
        where: Where in the source.
        about: What a reader should know of it.
        readings: Ways to understand it; the first one decides, the others stand beside it.
    """

    id: Identifier
    claim: Text
    source: Identifier
    where: Text
    about: Annotated[StrictStr, Field(max_length=2000)] = ""
    readings: tuple[Reading, ...] = Field(min_length=1)


class Ledger(_Part):
    """The file as a whole."""

    schema_: Literal["cross-hpo/claims/1"] = Field(SCHEMA, alias="schema")
    sources: tuple[Source, ...] = Field(min_length=1)
    claims: tuple[Claim, ...] = Field(min_length=1)


def read_ledger(path: Path = DEFAULT_LEDGER) -> Ledger:
    """The ledger in the file ``path``.

    Raises:
        MissingInput: There is no such file.
        BadData: It is no TOML, or keys, rules or parameters are missing, unknown or wrong; all problems at once.
    """
    if not path.is_file():
        raise MissingInput(
            f"{path}: no such file; a claim ledger is a TOML file as {DEFAULT_LEDGER.name} of this package"
        )
    if path.stat().st_size > MAX_BYTES:
        raise BadData(f"{path}: larger than the {MAX_BYTES:,} bytes that a claim ledger may have")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadData(f"{path}: no TOML: {error}") from error
    try:
        ledger = Ledger.model_validate(content)
    except ValidationError as error:
        raise BadData(_problems(error, str(path), "")) from error
    problems = [*_names(ledger, str(path)), *_rules(ledger, str(path))]
    if problems:
        raise BadData(problems)
    return ledger


def parameters_of(reading: Reading) -> Parameters:
    """The parameters of ``reading`` as its rule takes them.

    Raises:
        ValidationError: They don't fit.
    """
    # Lists of TOML become the tuples of the model.
    return RULES[reading.rule].parameters.model_validate(reading.parameters)


def _names(ledger: Ledger, where: str) -> list[str]:
    known = {source.key for source in ledger.sources}
    problems = [
        f"{where}: claims.{number}.source: {claim.source!r} is none of the sources, {', '.join(sorted(known))}"
        for number, claim in enumerate(ledger.claims)
        if claim.source not in known
    ]
    for what, names in (("sources", [s.key for s in ledger.sources]), ("claims", [c.id for c in ledger.claims])):
        problems += [
            f"{where}: {what}: {name!r} stands there {count} times"
            for name, count in Counter(name.lower() for name in names).items()
            if count > 1
        ]
    return problems


def _rules(ledger: Ledger, where: str) -> list[str]:
    problems = []
    for number, claim in enumerate(ledger.claims):
        for place, reading in enumerate(claim.readings):
            key = f"claims.{number}.readings.{place}"
            if reading.rule not in RULES:
                problems.append(f"{where}: {key}.rule: unknown rule {reading.rule!r}; there are {', '.join(RULES)}")
                continue
            try:
                parameters_of(reading)
            except ValidationError as error:
                problems += _problems(error, where, f"{key}.parameters.")
    return problems


def _problems(error: ValidationError, where: str, prefix: str) -> list[str]:
    return [
        f"{where}: {prefix}{'.'.join(str(part) for part in item['loc']) or 'content'}: "
        f"{item['msg'].removeprefix('Value error, ')}, got {item['input']!r:.80}"
        for item in error.errors(include_url=False)
    ]
