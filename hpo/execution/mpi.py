"""The launcher ``mpi``: rank 0 searches, every other rank keeps one evaluator process and feeds it.

Model code never runs in a rank: a rank that dies takes the whole job with it. The ranks are started as
``mpiexec -n N python -m mpi4py -m hpo.execution.mpi JOB``, so that an exception in one of them ends the job instead of
leaving it waiting. Only this module imports mpi4py.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo import __version__
from hpo.errors import CrossHpoError, Drift, ExitCode, GaveUp
from hpo.execution.affinity import take_device
from hpo.execution.job import Job
from hpo.execution.nodes import job_id
from hpo.execution.pools import MpiPool, Pool
from hpo.execution.provenance import node_aliases
from hpo.execution.stop import Stop
from hpo.execution.supervisor import supervise
from hpo.execution.surroundings import python, with_import_path
from hpo.execution.training import EvaluatorSettings
from hpo.execution.workfolder import read_job, read_spec

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from hpo.execution.run import Published

RANK_VARIABLES: Final = ("PMI_RANK", "PMIX_RANK", "PALS_RANKID", "OMPI_COMM_WORLD_RANK")
"""Set by Hydra and Cray, PMIx, PALS and Open MPI in the processes that they start."""

SETTINGS: Final = {
    # Matched probes have failed on several nodes of Slingshot networks (KeyError in mpi4py.futures).
    "MPI4PY_RC_RECV_MPROBE": "0",
    # Idle ranks look for messages once in this many seconds: a small part of a training, and little work.
    "MPI4PY_FUTURES_BACKOFF": "0.001",
    # We say ourselves why a job is aborted.
    "MPIR_CVAR_SUPPRESS_ABORT_MESSAGE": "1",
}
"""Environment of every rank, unless set already."""


def inside_mpi(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process is a rank of an MPI job."""
    return any(name in environment for name in RANK_VARIABLES)


def find_mpiexec(name: str = "mpiexec") -> Path | None:
    """The program that starts ranks: beside this Python (where the ``mpich`` wheel puts it), else on the path.

    Within a batch job the path comes first: the site's program knows the nodes of the job.
    """
    if "/" in name:
        return Path(name) if os.access(name, os.X_OK) else None
    beside: Path | None = Path(sys.executable).with_name(name)
    if not os.access(str(beside), os.X_OK):
        beside = None
    on_path = shutil.which(name)
    found = Path(on_path) if on_path else None
    return (found or beside) if job_id() else (beside or found)


def check_mpi(template: Sequence[str]) -> Path:
    """The program of the site's ``mpiexec`` line ``template``.

    Raises:
        GaveUp: It, or mpi4py, is missing; or within a batch job it is one for laptops.
    """
    found = find_mpiexec(template[0])
    if found is not None and job_id() and "/" not in template[0] and _is_for_laptops(found):
        raise GaveUp(
            f"job {job_id()}: {found.name} would be that of the mpich package, which does not know the nodes of a job\n"
            "  Take the package out of this environment (pip uninstall mpich) and load the MPI module of the site;\n"
            "  or give the program with its path in the site file (mpiexec)."
        )
    if found is None:
        raise GaveUp(
            f"{template[0]}: not found, neither beside {Path(sys.executable).name} nor on the path\n"
            '  On one machine: pip install "cross-hpo[laptop]"; on a cluster load its MPI module; without MPI: '
            "--launcher local"
        )
    try:
        import mpi4py  # noqa: F401
    except ImportError:
        raise GaveUp('mpi4py is not installed\n  pip install "cross-hpo[mpi]", or use --launcher local') from None
    return found


def _is_for_laptops(program: Path) -> bool:
    """Whether ``program`` comes from a package for laptops; such a package also hides the site's MPI from mpi4py."""
    if program.parent == Path(sys.executable).parent:
        return True
    if program.name not in ("mpiexec", "mpirun"):
        return False
    try:
        importlib.metadata.version("mpich")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def command_line(template: Sequence[str], program: Path, ranks: int, job: Path) -> list[str]:
    """The site's ``mpiexec`` line for ``ranks`` ranks, followed by what each rank runs."""
    rest = [part.replace("{ranks}", str(ranks)) for part in template[1:]]
    return [str(program), *rest, *python("mpi4py", "-m", "hpo.execution.mpi", str(job))]


def launch(template: Sequence[str], job: Path, *, workers: int, environment: Mapping[str, str]) -> int:
    """Run the site's ``mpiexec`` to its end; the exit code of the search, also where its ranks have died.

    Args:
        template: The site's line; ``{ranks}`` stands for the number of ranks.
        job: What ``workfolder.write_job`` wrote.
        workers: Ranks that train; one more searches.
        environment: Variables of the site.

    Raises:
        GaveUp: There is no such program, or it can't be started.
    """
    program = check_mpi(template)
    command = command_line(template, program, workers + 1, job)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        return supervise(command, with_import_path({**SETTINGS, **os.environ, **environment}), read_job(job))
    except OSError as error:
        raise GaveUp(f"{program}: can't be started: {error.strerror}") from error


def run_ranks(make_job: Callable[[], Job | Published]) -> int:
    """What every rank runs; the exit code of the search on rank 0, and 0 on the others.

    Args:
        make_job: Called on rank 0 only: what to run, or what is finished already. What it raises ends all ranks with
            its exit code.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    # Before MPI starts, which may look for devices.
    take_device(os.environ)
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    stop = Stop()
    rank = comm.Get_rank()
    code = _search(comm, make_job, stop) if rank == 0 else _serve(comm, stop)
    MPI.Finalize()
    # At the first rank that exits with another code than 0, some launchers kill all others: rank 0 must not be one.
    return code if rank == 0 else ExitCode.DONE


def main(arguments: Sequence[str]) -> int:
    """``python -m mpi4py -m hpo.execution.mpi JOB``."""
    (path,) = arguments
    return run_ranks(lambda: read_job(Path(path)))


def _search(comm: Intracomm, make_job: Callable[[], Job | Published], stop: Stop) -> int:
    """Rank 0: the search. Workers hear one of: a work folder (introduce yourself), an evaluator's settings (train), or
    an exit code (end)."""
    from hpo.execution.announce import announce, complain
    from hpo.execution.run import Published, Run

    pools: list[MpiPool] = []

    @contextmanager
    def pool() -> Iterator[Pool]:
        from mpi4py.futures import MPICommExecutor

        comm.bcast(job.evaluator)
        with _unless(lambda: pools[0].abandoned, MPICommExecutor(comm, root=0)) as executor:
            pools.append(MpiPool(executor, aliases[1:]))
            with stop.on_signals(pools[0].interrupt):
                try:
                    yield pools[0]
                finally:
                    pools[0].shutdown()

    try:
        with stop.on_signals():
            made = make_job()
            if isinstance(made, Published):
                code = announce(made, as_json=False)
            else:
                job = replace(made, workers=comm.Get_size() - 1)
                aliases = _handshake(comm, job)
                code = announce(Run(job, pool, stop).to_the_end(), as_json=job.as_json)
    except CrossHpoError as error:
        code = complain(error)
    if pools and pools[0].abandoned:
        comm.Abort(code)
    comm.bcast(code)
    return code


def _serve(comm: Intracomm, stop: Stop) -> int:
    """Every other rank: evaluate what rank 0 sends, until it sends an exit code."""
    from mpi4py.futures import MPICommExecutor

    from hpo.execution.child import ChildEvaluator
    from hpo.execution.rank import serve_with

    with stop.on_signals():
        while True:
            message: Any = comm.bcast(None)
            if isinstance(message, int):
                return message
            if isinstance(message, EvaluatorSettings):
                evaluator = ChildEvaluator(message, comm.Get_rank() - 1)
                serve_with(evaluator)
                with stop.on_signals(evaluator.interrupt):
                    if stop.reason:
                        evaluator.interrupt()
                    with MPICommExecutor(comm, root=0):
                        pass
                    evaluator.close()
            else:
                comm.gather(_introduction(Path(message)))


def _handshake(comm: Intracomm, job: Job) -> tuple[str, ...]:
    """Make sure that all ranks run the same program on the same files; alias of the node of each rank.

    Raises:
        GaveUp: There is no rank to train.
        Drift: Versions or files differ between ranks.
    """
    if comm.Get_size() < 2:
        raise GaveUp("one rank only: rank 0 searches, so at least one more is needed to train")
    comm.bcast(str(job.folder))
    found = comm.gather(_introduction(job.folder)) or []
    aliases = node_aliases([host for host, _, _ in found])
    problems = []
    for rank, (_, version, digest) in enumerate(found):
        where = f"rank {rank} on {aliases[rank]}"
        if version != found[0][1]:
            problems.append(f"{where} runs {version}, rank 0 {found[0][1]}; use one installation for all nodes")
        elif digest != found[0][2]:
            seen = "sees another" if digest else "does not see the"
            problems.append(f"{where} {seen} {job.folder}/spec.json; the work folder must be on a shared file system")
    if problems:
        raise Drift("\n".join(problems))
    return aliases


def _introduction(folder: Path) -> tuple[str, str, str]:
    """Of this rank: host name, versions, and digest of the run's identity as it sees it (empty if it doesn't)."""
    import socket

    version = f"cross-hpo {__version__}, Python {sys.version_info.major}.{sys.version_info.minor}"
    try:
        digest = read_spec(folder).digest
    except CrossHpoError:
        digest = ""
    return socket.gethostname(), version, digest


@contextmanager
def _unless(abandoned: Callable[[], bool], manager: Any) -> Iterator[Any]:
    """``with manager``, but without its exit, which waits for all workers, where they were abandoned."""
    entered = manager.__enter__()
    try:
        yield entered
    finally:
        if not abandoned():
            manager.__exit__(None, None, None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
