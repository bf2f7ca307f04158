"""Messages: what, value, limit, remedy."""

import pytest

from pyNN_brainscales_emu.errors import BrainScaleSError


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({}, "Thing: size."),
        ({"value": None}, "Thing: size; got None."),
        ({"value": 0, "limit": "> 0"}, "Thing: size; got 0; allowed: > 0."),
        ({"limit": "> 0", "remedy": "Grow."}, "Thing: size; allowed: > 0. Grow."),
    ],
)
def test_parts_that_are_told(told, message):
    error = BrainScaleSError("Thing: size", **told)
    assert str(error) == message
    assert error.value == told.get("value")


def test_long_values_are_cut():
    message = str(BrainScaleSError("Thing", value=list(range(100_000)), limit="few"))
    assert len(message) < 300
    assert message.endswith("…; allowed: few.")
