"""The older model with exact decay of each step, which hxtorch keeps as deprecated."""

from __future__ import annotations

from typing import Any

import torch

from pyNN_brainscales_emu.spiking.functional.integration import Measured, Value
from pyNN_brainscales_emu.spiking.functional.surrogate import inject
from pyNN_brainscales_emu.spiking.functional.surrogate import threshold as spikes_above


def exp_cuba_lif_integration(
    input: torch.Tensor,
    *,
    leak: Value,
    reset: Value,
    threshold: Value,
    tau_syn_exp: Value,
    tau_mem_exp: Value,
    method: str,
    alpha: float,
    hw_data: Any = None,
) -> tuple[Any, ...]:
    """Integrate leaky integrate-and-fire neurons with ``exp(-dt / tau)`` as time constants.

    Parameters
    ----------
    input : tensor (T, batch, neurons)
    leak, reset, threshold : tensor or number
    tau_syn_exp, tau_mem_exp : tensor or number
        ``exp(-dt / tau)``.
    method, alpha, hw_data
        As for `cuba_aelif_integration`.

    Returns
    -------
    tuple
        spikes, membrane_cadc, current, membrane_madc.
    """
    measured = Measured.of(hw_data, input.device)
    i = torch.zeros_like(input[0])
    v = i + leak
    spikes, membranes, currents = [], [], []
    for step in range(measured.steps(len(input))):
        v = tau_mem_exp * (v - leak) + leak + (1 - tau_mem_exp) * i
        v = inject(v, None if measured.membrane is None else measured.membrane[step])
        i = tau_syn_exp * i + input[step]
        z = spikes_above(v - threshold, method, alpha)
        z = inject(z, None if measured.spikes is None else measured.spikes[step])
        if measured.membrane is None:
            v = (1 - z.detach()) * v + z.detach() * reset
        spikes.append(z)
        membranes.append(v)
        currents.append(i)
    return (
        torch.stack(spikes),
        torch.stack(membranes),
        torch.stack(currents),
        measured.membrane_madc,
    )


def exp_cuba_li_integration(
    input: torch.Tensor | tuple[torch.Tensor, ...],
    *,
    leak: Value,
    tau_syn_exp: Value,
    tau_mem_exp: Value,
    hw_data: Any = None,
) -> tuple[Any, ...]:
    """Integrate leaky integrators with ``exp(-dt / tau)`` as time constants.

    Parameters
    ----------
    input, leak, tau_syn_exp, tau_mem_exp, hw_data
        As for `exp_cuba_lif_integration`; several inputs are summed.

    Returns
    -------
    tuple
        membrane_cadc, current, membrane_madc.
    """
    inputs = torch.stack(input).sum(0) if isinstance(input, tuple) else input
    measured = Measured.of(hw_data, inputs.device)
    i = torch.zeros_like(inputs[0])
    v = i + leak
    membranes, currents = [], []
    for step in range(measured.steps(len(inputs))):
        v = tau_mem_exp * (v - leak) + leak + (1 - tau_mem_exp) * i
        v = inject(v, None if measured.membrane is None else measured.membrane[step])
        i = tau_syn_exp * i + inputs[step]
        membranes.append(v)
        currents.append(i)
    return torch.stack(membranes), torch.stack(currents), measured.membrane_madc
