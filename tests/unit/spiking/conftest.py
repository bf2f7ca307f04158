"""Tests of the PyTorch layer; they are left out where PyTorch is not installed."""

import importlib.util

import pytest

collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["test_*.py"]


@pytest.fixture(autouse=True)
def _seeded():
    import torch

    torch.manual_seed(1)
