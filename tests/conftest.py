"""Settings that every test shares: no display, fixed seeds, a folder for output."""

import os
from collections.abc import Iterator

os.environ["MPLBACKEND"] = "Agg"
os.environ.pop("PYNN_BRAINSCALES_EMU_SUBSTRATE", None)

import numpy as np
import pytest
from hypothesis import settings

# Tests that fail must fail again: no example depends on the clock or on an earlier run.
settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
# `make fuzz` looks for new examples each time; a failure tells how to repeat it.
settings.register_profile("fuzz", max_examples=1000, deadline=None, database=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(autouse=True)
def _fixed_seed() -> Iterator[None]:
    """Give code that draws from NumPy's global generator the same numbers in every order."""
    state = np.random.get_state()  # noqa: NPY002  (PyNN's connectors may use it)
    np.random.seed(20171121)  # noqa: NPY002
    yield
    np.random.set_state(state)  # noqa: NPY002


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a generator with a fixed seed."""
    return np.random.default_rng(20171121)


@pytest.fixture
def many_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `setup(threads=...)` use as many threads as it asks for, on any machine."""
    monkeypatch.setattr("pyNN_brainscales_emu.options.available_processors", lambda: 64)
