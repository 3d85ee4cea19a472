"""Records whose free text attacks the pages that show it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hpo.archive.record import Record, make_record
from hpo.archive.schema import Protocol, Provenance, Source
from hpo.evaluation import Outcome, Status
from hpo.space import Space
from tests.archive.builders import SPACE, improve_record, journal_of, make_evaluations, make_run_info

MARK = "PWN"
"""Name of the global variable that every payload tries to set."""

PAYLOADS = (
    f"</title><script>window.{MARK}=1</script>",
    f"<img src=x onerror=window.{MARK}=1>",
    f"</script><script>window.{MARK}=1</script>",
    f"[x](javascript:window.{MARK}=1) ![x](https://attacker.example/x.png)",
    f'"><svg onload=window.{MARK}=1>',
    f"\n\n# heading\n\n<script>window.{MARK}=1</script>\n",
    f"{{: onclick=window.{MARK}=1 }} {{{{ config }}}}",
    f"</code></pre></table><script>window.{MARK}=1</script>",
    f"--> ]]> <iframe srcdoc='<script>parent.{MARK}=1</script>'>",
)


def hostile_archive(archive: Path) -> Path:
    """Two records, an own and an imported one, with payloads in every field of free text."""
    _own().write(archive)
    _import().write(archive)
    return archive


def _own() -> Record:
    evil = {"name": "activation", "type": "categorical", "element_type": "string", "values": ["relu", *PAYLOADS[:3]]}
    space = Space.from_json([evil if axis["name"] == "activation" else axis for axis in SPACE])
    evaluations = make_evaluations("MEDIUM", 1, space=space)
    for number, payload in enumerate(PAYLOADS, 1):
        evaluations[number] = replace(evaluations[number], outcome=Outcome(Status.FAILED, message=payload))
    run = make_run_info(
        "GraphDRP",
        "DEMO-A",
        "MEDIUM",
        "ga",
        9,
        settings={"NOTE": PAYLOADS[0], "OTHER": PAYLOADS[2]},
        protocol=Protocol(name="p", version=1, target=PAYLOADS[1], metric=PAYLOADS[0], selection=PAYLOADS[3]),
        provenance=Provenance(
            software={PAYLOADS[0]: PAYLOADS[1]}, commit=PAYLOADS[4], launcher=PAYLOADS[0], devices=[PAYLOADS[2]]
        ),
    )
    return make_record(run, space, evaluations, journal_of(evaluations))


def _import() -> Record:
    source = Source(kind="improve", name=PAYLOADS[0], commit=PAYLOADS[1], path=PAYLOADS[2])
    return improve_record(
        "HiDRA",
        source=source,
        notes=list(PAYLOADS),
        unrecorded=[PAYLOADS[0]],
        recovered={PAYLOADS[1]: PAYLOADS[2]},
        fixed={PAYLOADS[4]: PAYLOADS[5]},
    )
