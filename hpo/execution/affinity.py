"""Which device a rank uses: by its place among the ranks of its node.

The variable that selects a device has to be set before MPI or PyTorch look for devices. So a launcher passes the site's
order on in one variable of the environment, and each rank turns it into its own device before it imports mpi4py; the
evaluator that a rank starts inherits it.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Final

from hpo.execution.site import Node

LOCAL_RANK_VARIABLES: Final = (
    "PALS_LOCAL_RANKID",
    "PMI_LOCAL_RANK",
    "MPI_LOCALRANKID",
    "OMPI_COMM_WORLD_LOCAL_RANK",
    "SLURM_LOCALID",
)
"""Set by PALS, Cray MPICH, Hydra, Open MPI and Slurm. Slurm's comes last: a batch script has it as well."""

ORDER: Final = "CROSS_HPO_DEVICES"
"""Carries a node's devices to the ranks: ``VARIABLE=first;second;…``."""


def local_rank(environment: Mapping[str, str]) -> int | None:
    """Number of this rank among those of its node; ``None`` where no launcher has said so."""
    for name in LOCAL_RANK_VARIABLES:
        if environment.get(name, "").isdecimal():
            return int(environment[name])
    return None


def device_environment(node: Node, rank: int) -> dict[str, str]:
    """What selects the device of local rank ``rank``; empty where the site selects none.

    With as many devices as workers, and rank 0 beside the workers of the first node, local ranks 0 and ``workers``
    share the first device; rank 0 only searches and never uses it.

    >>> polaris = Node(workers=4, device_variable="CUDA_VISIBLE_DEVICES", devices=("3", "2", "1", "0"))
    >>> [device_environment(polaris, rank)["CUDA_VISIBLE_DEVICES"] for rank in range(5)]
    ['3', '2', '1', '0', '3']
    """
    return {node.device_variable: node.devices[rank % len(node.devices)]} if node.devices else {}


def order_of(node: Node | None) -> dict[str, str]:
    """The variable that carries the devices of ``node`` to its ranks; empty where there are none to select."""
    return {ORDER: f"{node.device_variable}={';'.join(node.devices)}"} if node is not None and node.devices else {}


def take_device(environment: MutableMapping[str, str]) -> None:
    """Select the device of this rank, if the launcher has passed an order on and said which rank this is."""
    variable, _, devices = environment.get(ORDER, "").partition("=")
    rank = local_rank(environment)
    if devices and rank is not None:
        node = Node(workers=1, device_variable=variable, devices=tuple(devices.split(";")))
        environment.update(device_environment(node, rank))
