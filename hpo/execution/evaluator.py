"""The evaluator: a process that trains one candidate after the other for its parent, and shares nothing with it.

Started as ``python -m hpo.execution.evaluator REQUESTS REPLIES PARENT``: two file descriptors and the parent's
process number. The first request holds the settings; every request and reply is a line of JSON. Standard output and
error belong to the model: whatever it prints there can't be mistaken for a reply.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import traceback
from collections.abc import Sequence
from typing import Any, BinaryIO

from hpo.execution.processes import die_with
from hpo.execution.training import EvaluatorSettings, Trainer


def main(arguments: Sequence[str]) -> int:
    """Serve requests until the parent closes the pipe."""
    requests, replies, parent = (int(argument) for argument in arguments)
    die_with(parent)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for descriptor in (requests, replies):
        # A process that a model starts must not keep the pipes open.
        os.set_inheritable(descriptor, False)
    with os.fdopen(requests, "rb") as incoming, os.fdopen(replies, "wb", buffering=0) as outgoing:
        trainer = _start(incoming, outgoing)
        if trainer is None:
            return 1
        for line in incoming:
            request = json.loads(line)
            outcome = trainer.train(request["hyperparameters"], request["seed"])
            sys.stdout.flush()
            _reply(outgoing, {"outcome": outcome.to_json()})
    return 0


def _start(incoming: BinaryIO, outgoing: BinaryIO) -> Trainer | None:
    try:
        trainer = Trainer.ready(EvaluatorSettings(**json.loads(incoming.readline())))
        _import_packages(trainer)
    except Exception as error:
        traceback.print_exc()
        _reply(outgoing, {"error": f"{type(error).__name__}: {error}"})
        return None
    _reply(outgoing, {"device": trainer.model.device_name() or _device_name(trainer.device)})
    return trainer


def _import_packages(trainer: Trainer) -> None:
    """Import what training needs, so that the first evaluation is not charged with it."""
    for package in trainer.model.card.packages:
        try:
            importlib.import_module(package)
        except ModuleNotFoundError:
            # The name of a distribution is not always that of its module; then training imports it.
            continue


def _device_name(device: str) -> str:
    """The device in words: the GPU's name, or the processor's model."""
    if device.startswith("cuda"):
        torch: Any = importlib.import_module("torch")
        return str(torch.cuda.get_device_name())
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as stream:  # noqa: PTH123
            for line in stream:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return "cpu"


def _reply(outgoing: BinaryIO, value: dict[str, Any]) -> None:
    outgoing.write(json.dumps(value, ensure_ascii=True).encode("ascii") + b"\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
