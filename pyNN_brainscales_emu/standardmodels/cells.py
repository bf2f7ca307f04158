"""Cell types. Native names and units are PyNN's, so every translation is the identity."""

from __future__ import annotations

from typing import Any

from pyNN.standardmodels import build_translations, cells

from pyNN_brainscales_emu.parameter_values import NamedParameters
from pyNN_brainscales_emu.standardmodels.availability import unavailable


def same_names(model: Any) -> Any:
    """Return the translations of a model whose native names are PyNN's names."""
    return build_translations(*((name, name) for name in model.default_parameters))


class IF_cond_exp(NamedParameters, cells.IF_cond_exp):  # type: ignore[misc]  # noqa: N801
    """Leaky integrate-and-fire neuron, exponentially decaying synaptic conductances."""

    translations = same_names(cells.IF_cond_exp)


class EIF_cond_exp_isfa_ista(NamedParameters, cells.EIF_cond_exp_isfa_ista):  # type: ignore[misc]  # noqa: N801
    """Adaptive exponential integrate-and-fire neuron (AdEx), exponential conductances.

    Brette and Gerstner (2005), doi 10.1152/jn.00686.2005.
    """

    translations = same_names(cells.EIF_cond_exp_isfa_ista)


class IF_curr_exp(NamedParameters, cells.IF_curr_exp):  # type: ignore[misc]  # noqa: N801
    """Leaky integrate-and-fire neuron, exponentially decaying synaptic currents.

    Only on the ideal substrate: the synapses of the wafer are conductances.
    """

    translations = same_names(cells.IF_curr_exp)


class IF_cond_alpha(NamedParameters, cells.IF_cond_alpha):  # type: ignore[misc]  # noqa: N801
    """Leaky integrate-and-fire neuron, synaptic conductances (t / tau) exp(1 - t / tau).

    Only on the ideal substrate: conductances of the wafer decay exponentially.
    """

    translations = same_names(cells.IF_cond_alpha)


class IF_curr_alpha(NamedParameters, cells.IF_curr_alpha):  # type: ignore[misc]  # noqa: N801
    """Leaky integrate-and-fire neuron, synaptic currents (t / tau) exp(1 - t / tau).

    Only on the ideal substrate: the synapses of the wafer are conductances.
    """

    translations = same_names(cells.IF_curr_alpha)


class IF_curr_delta(NamedParameters, cells.IF_curr_delta):  # type: ignore[misc]  # noqa: N801
    """Leaky integrate-and-fire neuron whose synapses move the membrane by their weight in mV.

    Only on the ideal substrate: the synapses of the wafer are conductances.
    """

    translations = same_names(cells.IF_curr_delta)


class Izhikevich(NamedParameters, cells.Izhikevich):  # type: ignore[misc]
    """Izhikevich neuron; synapses move the membrane by their weight in mV.

    Only on the ideal substrate: the wafer has no circuits for it.
    """

    translations = same_names(cells.Izhikevich)


class SpikeSourcePoisson(NamedParameters, cells.SpikeSourcePoisson):  # type: ignore[misc]
    """Source of a Poisson spike train: ``rate`` in Hz from ``start`` on for ``duration`` ms."""

    translations = same_names(cells.SpikeSourcePoisson)


class SpikeSourceArray(NamedParameters, cells.SpikeSourceArray):  # type: ignore[misc]
    """Source of given spikes: ``spike_times`` in ms, ascending."""

    translations = same_names(cells.SpikeSourceArray)


class SpikeSourcePoissonRefractory(NamedParameters, cells.SpikeSourcePoissonRefractory):  # type: ignore[misc]
    """Source of a Poisson train with dead time: ``rate`` in Hz, ``tau_refrac`` in ms.

    The rate is that of the spikes: intervals last ``tau_refrac`` and an exponential rest, together
    1 / rate in the mean. From ``start`` (ms) on for ``duration`` ms. Spikes are made on the host.
    """

    translations = same_names(cells.SpikeSourcePoissonRefractory)


class SpikeSourceGamma(NamedParameters, cells.SpikeSourceGamma):  # type: ignore[misc]
    """Source whose intervals have a gamma distribution of shape ``alpha`` and rate ``beta`` (Hz).

    From ``start`` (ms) on for ``duration`` ms. Spikes are made on the host.
    """

    #: PyNN's shape is a whole number, and its arrays could hold no other ones.
    default_parameters = {**cells.SpikeSourceGamma.default_parameters, "alpha": 2.0}  # noqa: RUF012
    translations = same_names(cells.SpikeSourceGamma)


class SpikeSourceInhGamma(NamedParameters, cells.SpikeSourceInhGamma):  # type: ignore[misc]
    """Source of a gamma process whose shape ``a`` and scale ``b`` (s) change at ``tbins`` (ms).

    Muller et al. (2007), doi 10.1162/neco.2007.19.11.2958. From ``start`` (ms) on for ``duration``
    ms, and not before the first bin. Spikes are made on the host.
    """

    translations = same_names(cells.SpikeSourceInhGamma)


CELL_TYPES = (
    IF_cond_exp,
    EIF_cond_exp_isfa_ista,
    IF_curr_exp,
    IF_cond_alpha,
    IF_curr_alpha,
    IF_curr_delta,
    Izhikevich,
    SpikeSourcePoisson,
    SpikeSourceArray,
    SpikeSourcePoissonRefractory,
    SpikeSourceGamma,
    SpikeSourceInhGamma,
)

IF_cond_exp_gsfa_grr = unavailable(cells.IF_cond_exp_gsfa_grr)
IF_facets_hardware1 = unavailable(cells.IF_facets_hardware1)
HH_cond_exp = unavailable(cells.HH_cond_exp)
EIF_cond_alpha_isfa_ista = unavailable(cells.EIF_cond_alpha_isfa_ista)
GIF_cond_exp = unavailable(cells.GIF_cond_exp)
LIF = unavailable(cells.LIF)
AdExp = unavailable(cells.AdExp)
PointNeuron = unavailable(cells.PointNeuron)
MultiCompartmentNeuron = unavailable(cells.MultiCompartmentNeuron)
