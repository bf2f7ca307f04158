"""The neuron models: what each one is called, takes, shows, and how the engine steps it.

One module a model, found by `registry`; the step itself is ``cython_kernels/models/NAME.h``.
"""
