"""A stand-in for the mpiexec of PALS: takes its options, refuses those of others, and starts all ranks here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VALUES = {"-n": "ranks", "-host": "hosts", "--depth": "depth", "--cpu-bind": "bind"}


def main(arguments: list[str]) -> None:
    given: dict[str, str] = {}
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in VALUES:
            given[VALUES[option]] = rest.pop(0)
        elif option != "--abort-on-failure":
            sys.exit(f"mpiexec: unknown option {option}")
    hosts = given["hosts"].split(",")
    if len(hosts) != int(given["ranks"]) or ":" in given["hosts"]:
        sys.exit(f"mpiexec: {given['ranks']} ranks, but hosts {given['hosts']}")
    with (Path(os.environ["STANDIN"]) / "launches.txt").open("a") as stream:
        stream.write(f"{given['hosts']}\n")
    real = str(Path(sys.executable).with_name("mpiexec"))
    os.execv(real, [real, "-launcher", "fork", "-n", given["ranks"], *rest])


if __name__ == "__main__":
    main(sys.argv[1:])
