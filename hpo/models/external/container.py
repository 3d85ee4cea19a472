"""Command lines that run a step of a model in a container, for apptainer, singularity and docker.

IMPROVE's images have ``preprocess.sh DATA_DIR flags…`` and ``train.sh GPU DATA_DIR flags…`` (``infer.sh`` likewise) in
their path. Nothing here starts anything. Source: ``workflows/common/sh/model.sh`` of ECP-CANDLE/Supervisor, and the
command lines of apptainer and docker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hpo.errors import UsageError

DATA: Final = "/candle_data_dir"
"""Where the folder of an evaluation is, seen from inside."""

NO_GPU: Final = "-1"
"""Number that selects no GPU."""

SCRIPTS: Final = {"preprocess": "preprocess.sh", "train": "train.sh", "infer": "infer.sh"}

GPU_VARIABLES: Final = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "ZE_AFFINITY_MASK")


@dataclass(frozen=True, slots=True)
class Bind:
    """A folder of this machine, and where a container has it."""

    source: str
    target: str
    read_only: bool = True


def visible_gpu(environment: Mapping[str, str], *, present: bool) -> str | None:
    """Number of the GPU that this worker has; ``None`` where there is none.

    Args:
        environment: The worker's variables; a launcher has selected a device by one of them.
        present: Whether the machine has a GPU, for the case that nothing is selected: then it is the first.
    """
    for name in GPU_VARIABLES:
        if name in environment:
            value = environment[name].strip()
            return value if value not in ("", NO_GPU) else None
    return "0" if present else None


def has_gpu() -> bool:
    """Whether this machine has a GPU of NVIDIA."""
    return Path("/dev/nvidiactl").exists()


def container_command(
    runtime: str,
    image: str,
    script: str,
    words: Sequence[str],
    *,
    binds: Sequence[Bind],
    environment: Mapping[str, str],
    gpu: str | None,
    name: str,
    user: str,
    takes_gpu: bool = True,
) -> list[str]:
    """The command line that runs ``script`` of ``image`` with ``words`` after the folder of the data.

    Args:
        runtime: ``apptainer``, ``singularity`` or ``docker``.
        image: File, or name of the image.
        script: What is run, found in the image's path.
        words: Flags and values.
        binds: Folders that the container sees.
        environment: Variables set in it.
        gpu: Number of the GPU; ``None`` for none.
        name: Name of the container, by which docker can end it.
        user: ``uid:gid`` that files belong to; docker's would belong to root.
        takes_gpu: Whether the script's first word is the number of the GPU.

    Raises:
        UsageError: A folder's name has a character that the runtime reads as something else.
    """
    _check(runtime, binds)
    variables = [word for key, value in environment.items() for word in ("--env", f"{key}={value}")]
    # Docker shows the container one GPU only, which is the first there.
    inside = NO_GPU if gpu is None else "0" if runtime == "docker" else gpu
    arguments = [*([inside] if takes_gpu else []), DATA, *words]
    if runtime == "docker":
        # As the flag is comma separated itself, several devices have to be quoted within it.
        devices = [] if gpu is None else ["--gpus", f'"device={gpu}"' if "," in gpu else f"device={gpu}"]
        mounts = [word for bind in binds for word in ("--mount", _mount(bind))]
        head = ["docker", "run", "--rm", "--init", "--name", name, "--user", user]
        return [*head, *devices, *mounts, *variables, "--entrypoint", script, image, *arguments]
    mounts = [
        word for bind in binds for word in ("--bind", f"{bind.source}:{bind.target}{':ro' if bind.read_only else ''}")
    ]
    nvidia = [] if gpu is None else ["--nv"]
    return [runtime, "exec", *nvidia, *mounts, *variables, image, script, *arguments]


def end_command(runtime: str, name: str) -> list[str]:
    """What ends a container that outlives the program that started it; nothing for runtimes whose containers are
    processes of ours.

    >>> end_command("docker", "cross-hpo-1")
    ['docker', 'kill', 'cross-hpo-1']
    """
    return ["docker", "kill", name] if runtime == "docker" else []


def _check(runtime: str, binds: Sequence[Bind]) -> None:
    bad = "," if runtime == "docker" else ":,"
    for bind in binds:
        found = next((character for character in bind.source if character in bad or not character.isprintable()), None)
        if found is not None:
            raise UsageError(
                f"{bind.source}: {runtime} can't be given a folder with {found!r} in its name; "
                "move the data, or choose other --features and TMPDIR"
            )


def _mount(bind: Bind) -> str:
    return f"type=bind,source={bind.source},target={bind.target}{',readonly' if bind.read_only else ''}"
