"""How processes of ours start others: the interpreter, its import path, and the environment they get."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SCRUBBED: Final = ("PMI", "MPI", "HYD", "PALS", "OMPI", "PRTE")
"""Beginnings of variables that make a process believe that it is a rank of a running MPI job."""

THREAD_VARIABLES: Final = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def python(module: str, *arguments: str) -> list[str]:
    """Command line that runs ``module`` with this interpreter; ``-P`` keeps the current folder from hiding modules."""
    return [sys.executable, "-P", "-m", module, *arguments]


def with_import_path(environment: Mapping[str, str]) -> dict[str, str]:
    """``environment`` in which a new interpreter finds what this one finds, also in the current folder."""
    own = [str(Path(entry).resolve()) for entry in sys.path if _is_ours(entry)]
    given = [entry for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]
    path = os.pathsep.join(dict.fromkeys([*own, *given]))
    return {**environment, "PYTHONPATH": path} if path else dict(environment)


def evaluator_environment(threads: int, extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of an evaluator: that of this process without MPI, with ``threads`` threads for libraries."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SCRUBBED)}
    kept |= {name: str(threads) for name in THREAD_VARIABLES}
    return with_import_path({**kept, **extra})


def _is_ours(entry: str) -> bool:
    """Whether an entry of the import path is none that every start of this interpreter adds by itself."""
    folder = Path(entry).resolve()
    standard = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    return folder.is_dir() and not any(folder.is_relative_to(prefix) for prefix in standard)
