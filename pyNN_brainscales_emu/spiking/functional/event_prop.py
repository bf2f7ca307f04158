"""EventProp: the exact gradient of spike times, by the adjoint equations.

Wunderlich and Pehle (2021), "Event-based backpropagation can compute exact gradients for spiking
neural networks", on the time grid. The weighted spikes travel as a stacked pair: the second tensor
is zero forwards and carries backwards what belongs to the layer before. A gradient that arrives at
a spike counts per second of advance: the gradient to a weight is minus that of the spike's time.
"""

from __future__ import annotations

from typing import Any

import torch

from pyNN_brainscales_emu.spiking.functional.integration import Measured, Value


class EventPropSynapseFunction(torch.autograd.Function):
    """A linear layer whose gradients to weights and to inputs are two different adjoints."""

    @staticmethod
    def forward(
        ctx: Any, input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return weighted spikes (2, T, batch, out); a bias is not used."""
        ctx.save_for_backward(input, weight)
        weighted = input @ weight.t()
        return torch.stack((weighted, torch.zeros_like(weighted)))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients to inputs, weights and bias."""
        input, weight = ctx.saved_tensors
        for_weight, for_input = gradients[0]
        to_input = for_input @ weight if ctx.needs_input_grad[0] else None
        to_weight = None
        if ctx.needs_input_grad[1]:  # one matrix for each entry of the batch, summed by autograd
            to_weight = torch.einsum("tbo,tbi->oi", for_weight, input)
        return to_input, to_weight, None


class EventPropLIFFunction(torch.autograd.Function):
    """Leaky integrate-and-fire neurons with the adjoint equations as gradient."""

    @staticmethod
    def forward(
        ctx: Any,
        input: torch.Tensor,
        leak: Value,
        reset: Value,
        threshold: Value,
        tau_syn: Value,
        tau_mem: Value,
        hw_data: Any = None,
        dt: float = 1e-6,
    ) -> tuple[torch.Tensor | None, ...]:
        """Return spikes, membrane and current: measured if there is data, else integrated.

        Parameters
        ----------
        input : tensor (2, T, batch, neurons)
            As `EventPropSynapseFunction` returns it.
        leak, reset, threshold : tensor or number
        tau_syn, tau_mem, dt : tensor or number
            In seconds.
        hw_data : handle, optional
        """
        ctx.parameters = (leak, reset, threshold, tau_syn, tau_mem, dt)
        if hw_data is not None:
            measured = Measured.of(hw_data, input.device)
            ctx.save_for_backward(input, measured.spikes, None)
            return measured.spikes, measured.membrane, None
        weighted = input[0]
        zeros = torch.zeros_like(weighted[0])
        i, v = zeros, zeros + leak
        spikes, membranes, currents = [zeros], [v], [i]
        for step in range(len(weighted) - 1):
            i = i * (1 - dt / tau_syn) + weighted[step]
            v = v + dt / tau_mem * (leak - v + i)
            z = (v > threshold).to(v.dtype)
            v = (1 - z) * v + z * reset
            spikes.append(z)
            membranes.append(v)
            currents.append(i)
        results = torch.stack(spikes), torch.stack(membranes), torch.stack(currents)
        ctx.save_for_backward(input, results[0], results[2])
        return results

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the adjoints (2, T, batch, neurons): for the weights, and for the inputs."""
        input, spikes, current = ctx.saved_tensors
        leak, reset, threshold, tau_syn, tau_mem, dt = ctx.parameters
        weighted, of_spikes = input[0], gradients[0]
        if current is None:
            current = _currents(weighted, tau_syn, dt)
        lambda_v, lambda_i = torch.zeros_like(weighted), torch.zeros_like(weighted)
        for step in range(len(weighted) - 1, 0, -1):
            before = leak - threshold + current[step - 1]
            after = leak - reset + current[step - 1]
            lambda_i[step - 1] = lambda_i[step] + dt / tau_syn * (lambda_v[step] - lambda_i[step])
            decayed = lambda_v[step] * (1 - dt / tau_mem)
            z = spikes[step]
            output = _finite(z / before * of_spikes[step])
            jump = _finite(z * after / before)
            lambda_v[step - 1] = (1 - z) * decayed + jump * decayed + output
        adjoints = torch.stack((lambda_i * tau_syn, lambda_v - lambda_i))
        return (adjoints, *(None,) * 7)


def _currents(weighted: torch.Tensor, tau_syn: Value, dt: float) -> torch.Tensor:
    i = torch.zeros_like(weighted[0])
    currents = [i]
    for step in range(len(weighted) - 1):
        i = i * (1 - dt / tau_syn) + weighted[step]
        currents.append(i)
    return torch.stack(currents)


def _finite(values: torch.Tensor) -> torch.Tensor:
    """Leave out spikes at which the membrane stands still: their time has no derivative."""
    return torch.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
