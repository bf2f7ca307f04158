"""PyNN back end for the emulated BrainScaleS wafer: ``import pyNN.brainscales_emu as sim``."""

from pyNN_brainscales_emu import *  # noqa: F403
from pyNN_brainscales_emu import __getattr__  # noqa: F401
