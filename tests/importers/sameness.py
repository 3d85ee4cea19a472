"""When two records are the same but for where they came from."""

from __future__ import annotations

from typing import Any

from hpo.archive.export import as_json
from hpo.archive.record import Record


def essence(record: Record) -> dict[str, Any]:
    """A record without what an export and a second import must change: digests of the source files, counts of private
    texts, and remarks and messages about the form of the source."""
    content = as_json(record)
    run = content["run"]
    for key in ("files", "digest", "removed"):
        del run["source"][key]
    del run["notes"]
    run["flags"] = [flag for flag in run["flags"] if flag["flag"] != "private-paths"]
    for flag in run["flags"]:
        flag["evidence"].pop("notes", None)
    for row in content["evaluations"]:
        del row["message"]
    return content


def trained(record: Record) -> list[dict[str, Any]]:
    """What the published layout has room for of each evaluation: hyperparameters, generation, loss, walltime."""
    names = ("generation", *record.axes, "val_loss", "walltime")
    return [{name: row[name] for name in names} for row in as_json(record)["evaluations"]]
