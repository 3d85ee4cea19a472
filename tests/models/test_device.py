"""Choice of the device, and a reproducible PyTorch within a block."""

from __future__ import annotations

import pytest
import torch

from hpo.errors import GaveUp, UsageError
from hpo.models.base import Training
from hpo.models.device import choose_device, reproducible


def test_cpu_is_always_there():
    assert choose_device("cpu") == "cpu"
    assert choose_device("auto") in ("cpu", "cuda")


def test_an_unknown_device_is_refused():
    with pytest.raises(UsageError, match="no device 'tpu'; there are auto, cpu and cuda"):
        choose_device("tpu")


def test_a_missing_gpu_is_said_to_be_missing(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == "cpu"
    with pytest.raises(GaveUp, match="finds no usable GPU"):
        choose_device("cuda")


def test_numbers_inside_follow_the_seed_and_those_outside_are_untouched():
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    with reproducible(Training(seed=9)) as device:
        first = torch.rand(2)
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.get_num_threads() == 1
        assert device.type == "cpu"
    torch.testing.assert_close(torch.rand(2), expected)
    with reproducible(Training(seed=9)):
        torch.testing.assert_close(torch.rand(2), first)


def test_settings_come_back_after_an_error():
    threads = torch.get_num_threads()
    with pytest.raises(RuntimeError), reproducible(Training(seed=1, threads=threads + 1)):
        raise RuntimeError
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()
