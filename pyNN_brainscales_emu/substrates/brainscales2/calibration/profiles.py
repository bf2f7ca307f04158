"""What calibration leaves of the chip's mismatch: named profiles.

No table of calibrated parameters is published for BrainScaleS-2. What is public are limits that the
calibration's own tests demand (calix:tests/hw/py/test_neuron_distribution.py and others), a few
pictures in tutorials, and the noise that hardware-aware training assumed. The profiles are
consistent with all of them and are assumptions all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class ChipProfile:
    """Standard deviations after calibration.

    Parameters
    ----------
    name : str
    leak, reset, threshold : float
        Fixed, of each circuit, in LSB of the CADC.
    tau_mem, tau_syn : float
        Fixed, as a share of the value; both synaptic inputs are independent.
    strength : float
        Of each synaptic input of a circuit, as a share.
    synapse, driver : float
        Of each synapse, and common to the synapses of a driver, as a share of the weight.
    cadc_offset : float
        Fixed, of each channel, in LSB.
    leak_trial, threshold_trial : float
        Drawn anew in each run, in LSB.
    sample_noise : float
        Of each sample of the CADC, in LSB.
    spike_jitter_us : float
        Of each spike, in microseconds of hardware time.
    """

    name: str
    leak: float
    reset: float
    threshold: float
    tau_mem: float
    tau_syn: float
    strength: float
    synapse: float
    driver: float
    cadc_offset: float
    leak_trial: float
    threshold_trial: float
    sample_noise: float
    spike_jitter_us: float


#: Within the limits of calix's tests: offsets of the CADC below 3 LSB, mean distance of the
#: threshold 34 to 66 LSB; the spread of repeated potentials and of baselines is read off pictures
#: of tutorials (about 1 LSB). Mismatch of synapses and drivers, and the jitter, are assumed.
_DEFAULT: Final = ChipProfile(
    name="default",
    leak=1.0,
    reset=1.0,
    threshold=1.5,
    tau_mem=0.05,
    tau_syn=0.04,
    strength=0.05,
    synapse=0.05,
    driver=0.02,
    cadc_offset=1.5,
    leak_trial=0.5,
    threshold_trial=0.7,
    sample_noise=1.0,
    spike_jitter_us=0.030,
)
#: As the default. Cramer et al. (2022) publish no spread of calibrated parameters; their
#: calibration aims at the same potentials (leak 80, threshold 150), so the shares are the same.
_CRAMER_2022: Final = replace(_DEFAULT, name="cramer2022")
#: The noise of the hardware-aware training of Goeltz et al. (2021), fastAndDeep:
#: yin_yang_hwAware.yaml: thresholds differ by 3.1 % (of 70 LSB) from neuron to neuron and by 1.5 %
#: from batch to batch; spike times jitter by 0.01 tau = 60 ns.
_FAST_AND_DEEP_2021: Final = replace(
    _DEFAULT, name="fastanddeep2021", threshold=2.2, threshold_trial=1.05, spike_jitter_us=0.060
)
_NONE: Final = ChipProfile("none", *(0.0,) * 13)

#: The profiles by name.
PROFILES: Final[Mapping[str, ChipProfile]] = MappingProxyType(
    {p.name: p for p in (_DEFAULT, _CRAMER_2022, _FAST_AND_DEEP_2021, _NONE)}
)
