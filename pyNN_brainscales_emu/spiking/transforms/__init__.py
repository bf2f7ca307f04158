"""Encoders, decoders, and how model weights become chip weights."""

from pyNN_brainscales_emu.spiking.transforms import decode, encode, weight_transforms

__all__ = ["decode", "encode", "weight_transforms"]
