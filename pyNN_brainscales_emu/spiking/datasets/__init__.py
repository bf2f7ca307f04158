"""Small data sets that are made, not downloaded."""

from pyNN_brainscales_emu.spiking.datasets import yinyang

__all__ = ["yinyang"]
