"""Every claim of a ledger held against the archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
from pydantic import BaseModel, ConfigDict

from hpo.archive.improvement import Improvement
from hpo.archive.record import Record
from hpo.archive.transfer import TransferScores
from reports.analysis.claims.finding import Finding, Verdict
from reports.analysis.claims.ledger import RULES, Claim, Ledger, Reading, Source, parameters_of
from reports.analysis.claims.scope import archives, scope
from reports.analysis.transfer_estimate import TransferEstimate


class JudgedReading(BaseModel):
    """A reading with what its rule found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reading: Reading
    finding: Finding


class JudgedClaim(BaseModel):
    """A claim with the findings of all its readings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: Claim
    source: Source
    readings: tuple[JudgedReading, ...]

    @property
    def verdict(self) -> Verdict:
        """The verdict of the first reading, which decides."""
        return self.readings[0].finding.verdict

    @property
    def others(self) -> str:
        """What the other readings say, counted; empty without any."""
        counts = Counter(one.finding.verdict for one in self.readings[1:])
        return ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])

    @property
    def runs(self) -> tuple[str, ...]:
        """Keys of the runs behind any reading, sorted."""
        return tuple(sorted({key for one in self.readings for key in one.finding.runs}))


def judge(
    ledger: Ledger,
    records: Sequence[Record],
    improvements: Mapping[str, Improvement] | None = None,
    transfers: Sequence[TransferScores] = (),
    estimates: Sequence[TransferEstimate] | None = None,
) -> list[JudgedClaim]:
    """The verdicts of all claims over ``records``, in the order of the ledger.

    Args:
        ledger: The claims.
        records: The archive, in any order.
        improvements: Improvements of the records by key, where they are known already.
        transfers: Optima trained on other datasets, see :func:`reports.analysis.scores.load_scores`.
        estimates: What optima of imports would give on other datasets, where that is known already.
    """
    available = archives(records, improvements or {}, transfers, estimates)
    sources = {source.key: source for source in ledger.sources}
    return [
        JudgedClaim(
            claim=claim,
            source=sources[claim.source],
            readings=tuple(
                JudgedReading(
                    reading=reading,
                    finding=RULES[reading.rule].judge(scope(available, reading.runs), parameters_of(reading)),
                )
                for reading in claim.readings
            ),
        )
        for claim in ledger.claims
    ]


CLAIM_COLUMNS: Final[dict[str, str]] = {
    "claim": "id of the claim",
    "reading": "number of the reading; the first one decides",
    "statement": "the claim in our own words",
    "source": "citation key",
    "where": "where in the source",
    "says": "what the reading says",
    "rule": "rule that tests it",
    "verdict": "supported, contradicted or not testable",
    "reason": "why",
    "runs": "keys of the runs behind it, joined by blanks",
}
"""Columns of ``claims.csv`` with their meaning."""


def claims_table(found: Sequence[JudgedClaim]) -> pd.DataFrame:
    """One row a reading, columns :data:`CLAIM_COLUMNS`."""
    rows = [
        {
            "claim": one.claim.id,
            "reading": number,
            "statement": one.claim.claim,
            "source": one.source.key,
            "where": one.claim.where,
            "says": judged.reading.says,
            "rule": judged.reading.rule,
            "verdict": str(judged.finding.verdict),
            "reason": judged.finding.reason,
            "runs": " ".join(judged.finding.runs),
        }
        for one in found
        for number, judged in enumerate(one.readings, start=1)
    ]
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS), dtype=object)


def claims_json(found: Sequence[JudgedClaim]) -> dict[str, Any]:
    """Everything as JSON: claims with source, readings, verdicts, reasons and numbers with their runs."""
    return {
        "schema": "cross-hpo/claims-judged/1",
        "claims": [
            {
                "id": one.claim.id,
                "claim": one.claim.claim,
                "source": one.source.model_dump(mode="json"),
                "where": one.claim.where,
                "about": one.claim.about,
                "verdict": str(one.verdict),
                "readings": [
                    {
                        **judged.reading.model_dump(mode="json"),
                        **judged.finding.model_dump(mode="json"),
                        "runs_used": list(judged.finding.runs),
                    }
                    for judged in one.readings
                ],
            }
            for one in found
        ],
    }


def judged_from_json(document: Mapping[str, Any]) -> list[JudgedClaim]:
    """The claims that :func:`claims_json` wrote."""
    return [_judged(one) for one in document["claims"]]


def _judged(one: Mapping[str, Any]) -> JudgedClaim:
    readings = [
        JudgedReading(
            reading=Reading.model_validate({name: reading[name] for name in Reading.model_fields}),
            finding=Finding.model_validate({name: reading[name] for name in Finding.model_fields}),
        )
        for reading in one["readings"]
    ]
    source = Source.model_validate(one["source"])
    claim = Claim(
        id=one["id"],
        claim=one["claim"],
        source=source.key,
        where=one["where"],
        about=one["about"],
        readings=tuple(judged.reading for judged in readings),
    )
    return JudgedClaim(claim=claim, source=source, readings=tuple(readings))
