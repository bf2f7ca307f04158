"""Encoders: from values to spikes. A spike is a 1 on a dense time grid, time first."""

from __future__ import annotations

import torch

from pyNN_brainscales_emu.errors import ParameterError


class PixelsToSpikeTimes(torch.nn.Module):
    """Bright pixels spike early: ``t = tau log(x / (x - threshold))``.

    Parameters
    ----------
    tau : float
    threshold : float
        Darker pixels do not spike: their time is `t_max`.
    t_max : float
        Latest time.
    epsilon : float
        How far above the threshold a pixel counts at least.
    """

    def __init__(
        self, tau: float = 20, threshold: float = 0.2, t_max: float = 1.0, epsilon: float = 1e-7
    ) -> None:
        super().__init__()
        self._tau, self._threshold = tau, threshold
        self._t_max, self._epsilon = t_max, epsilon

    def forward(self, pic: torch.Tensor) -> torch.Tensor:
        """Return the spike times, in the shape of the picture."""
        bright = pic.clamp(min=self._threshold + self._epsilon)
        times = self._tau * torch.log(bright / (bright - self._threshold))
        times = torch.where(pic < self._threshold, torch.full_like(times, self._t_max), times)
        return times.clamp(0, self._t_max)


class SpikeTimesToSparseTensor(torch.nn.Module):
    """Put spike times onto a time grid, sparse.

    Parameters
    ----------
    bin_width : float
        In the unit of the times.
    size : int
        Number of bins; later spikes are left out.
    """

    def __init__(self, bin_width: float, size: int = 100) -> None:
        super().__init__()
        self._bin_width, self._size = bin_width, size

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Return a sparse tensor (size, *shape of the times) with ones."""
        bins = (spikes / self._bin_width).long()
        inside = bins < self._size
        indices = torch.cat((bins[inside][None], inside.nonzero().t()))
        ones = torch.ones(indices.shape[1], device=spikes.device)
        return torch.sparse_coo_tensor(
            indices, ones, (self._size, *spikes.shape), dtype=torch.int, check_invariants=False
        )


class SpikeTimesToDense(torch.nn.Module):
    """Put spike times onto a time grid; as `SpikeTimesToSparseTensor`, dense."""

    def __init__(self, bin_width: float, size: int = 100) -> None:
        super().__init__()
        self._to_sparse = SpikeTimesToSparseTensor(bin_width, size)

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Return a tensor (size, *shape of the times) of zeros and ones."""
        return self._to_sparse(spikes).to_dense()


class CoordinatesToSpikes(torch.nn.Module):
    """One spike for each coordinate, between an early and a late time, and one for a bias.

    Parameters
    ----------
    seq_length : int
        Time steps.
    t_early, t_late : float
        Times of coordinates 0 and 1, in s.
    dt : float
        Time step, s.
    t_bias : float, optional
        When one more neuron spikes, s.

    Raises
    ------
    ParameterError
        If a spike would lie behind the last step.
    """

    def __init__(
        self,
        seq_length: int,
        t_early: float,
        t_late: float,
        dt: float = 1.0e-6,
        t_bias: float | None = None,
    ) -> None:
        super().__init__()
        self._seq_length, self._dt = seq_length, dt
        self._t_early, self._t_late, self._t_bias = t_early, t_late, t_bias
        latest = max(t_early, t_late, 0.0 if t_bias is None else t_bias)
        if round(latest / dt) >= seq_length:
            raise ParameterError(
                "CoordinatesToSpikes: latest time in s",
                value=latest,
                limit=f"below {seq_length * dt:g} (seq_length times dt)",
            )

    def forward(self, coordinate_values: torch.Tensor) -> torch.Tensor:
        """Return spikes (T, batch, channels), with a bias (T, batch, channels + 1).

        Parameters
        ----------
        coordinate_values : tensor (batch, channels)
            Between 0 and 1.
        """
        times = self._t_early + coordinate_values * (self._t_late - self._t_early)
        steps = (times / self._dt).round().long()
        spikes = torch.zeros(self._seq_length, *steps.shape, device=steps.device)
        spikes.scatter_(0, steps[None], 1.0)
        if self._t_bias is None:
            return spikes
        bias = torch.zeros(self._seq_length, len(steps), 1, device=steps.device)
        bias[int(self._t_bias / self._dt)] = 1.0
        return torch.cat((spikes, bias), dim=2)
