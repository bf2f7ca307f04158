"""Compiled kernels (arrays only); their sources are in ``cython_kernels/``."""
