"""Cell types. Native names and units are PyNN's, so every translation is the identity."""

from __future__ import annotations

from pyNN.standardmodels import cells

from pyNN_brainscales_emu.parameter_values import NamedParameters
from pyNN_brainscales_emu.standardmodels.availability import unavailable
from pyNN_brainscales_emu.standardmodels.point_neuron import PointNeuron
from pyNN_brainscales_emu.standardmodels.translations import same_names


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


class IF_cond_exp_gsfa_grr(NamedParameters, cells.IF_cond_exp_gsfa_grr):  # type: ignore[misc]  # noqa: N801
    """Leaky integrate-and-fire neuron with conductances that its own spikes open.

    ``g_s`` makes the spike frequency adapt, ``g_r`` is a relative refractory period. Muller et al.
    (2007), doi 10.1162/neco.2007.19.11.2958. Only on the ideal substrate.
    """

    translations = same_names(cells.IF_cond_exp_gsfa_grr)


class IF_facets_hardware1(NamedParameters, cells.IF_facets_hardware1):  # type: ignore[misc]  # noqa: N801
    """The neuron of the FACETS hardware, stage 1: LIF, exponentially decaying conductances.

    cm is 0.2 nF, tau_refrac 1 ms and e_rev_E 0 mV. Only on the ideal substrate.
    """

    translations = same_names(cells.IF_facets_hardware1)


class EIF_cond_alpha_isfa_ista(NamedParameters, cells.EIF_cond_alpha_isfa_ista):  # type: ignore[misc]  # noqa: N801
    """Adaptive exponential integrate-and-fire neuron, conductances (t / tau) exp(1 - t / tau).

    Only on the ideal substrate: conductances of the wafer decay exponentially.
    """

    translations = same_names(cells.EIF_cond_alpha_isfa_ista)


class HH_cond_exp(NamedParameters, cells.HH_cond_exp):  # type: ignore[misc]  # noqa: N801
    """Hodgkin-Huxley neuron of Traub and Miles (1991), exponentially decaying conductances.

    Besides what PyNN names, the gates ``m``, ``h`` and ``n`` can be recorded. A spike is a peak of
    the membrane above ``v_offset`` + 30 mV. Only on the ideal substrate.
    """

    translations = same_names(cells.HH_cond_exp)
    recordable = (*cells.HH_cond_exp.recordable, "m", "h", "n")
    receptor_types = ("excitatory", "inhibitory")


class GIF_cond_exp(NamedParameters, cells.GIF_cond_exp):  # type: ignore[misc]  # noqa: N801
    """Generalised integrate-and-fire neuron, exponentially decaying synaptic conductances.

    Spikes are drawn from the intensity ``lambda0`` exp((v - v_t) / ``delta_v``); the current
    ``i_eta`` and the threshold ``v_t`` follow the spikes. Both are sums of up to eight terms, one
    for each number of ``tau_eta`` and ``a_eta``, ``tau_gamma`` and ``a_gamma``; they begin at 0
    and ``v_t_star`` whatever initial values say. Only on the ideal substrate.
    """

    translations = same_names(cells.GIF_cond_exp)


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
    IF_cond_exp_gsfa_grr,
    IF_facets_hardware1,
    EIF_cond_alpha_isfa_ista,
    HH_cond_exp,
    GIF_cond_exp,
    Izhikevich,
    PointNeuron,
    SpikeSourcePoisson,
    SpikeSourceArray,
    SpikeSourcePoissonRefractory,
    SpikeSourceGamma,
    SpikeSourceInhGamma,
)

MultiCompartmentNeuron = unavailable(cells.MultiCompartmentNeuron)
