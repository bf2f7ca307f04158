"""The nominal calibration: what each floating-gate cell does on average.

Coefficients from calibtic:src/HMF/NeuronCalibration.cpp (hardware units: s, V, S, A). The look-up
tables of the refractory time and of the synaptic time constants
(calibtic:include/calibtic/data/HMF/) are replaced by closed forms fitted to them; the largest
relative errors are stated at their coefficients.

Not modelled: saturation of the excitatory reversal potential above 1.4 V.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from pyNN_brainscales_emu.calibration.transformations import (
    Constant,
    NegativePowersPolynomial,
    OneOverPolynomial,
    Polynomial,
    SoftPlus,
    Transformation,
    TwoPiecePowerLaw,
)
from pyNN_brainscales_emu.hardware.circuit_modes import Capacitor, CircuitMode, LeakMode
from pyNN_brainscales_emu.hardware.constants import (
    FLOATING_GATE_FULL_SCALE_V,
    FLOATING_GATE_MAX,
    LEAK_DIVISOR_FAST,
    LEAK_DIVISOR_NORMAL,
    LEAK_DIVISOR_SLOW,
    TIME_CONSTANT_RATIO_BIG_TO_SMALL,
)

#: DAC value that switches the exponential term off (in V_exp, I_rexp and I_bexp) and that, in
#: I_radapt, goes with adaptation switched off.
OFF_HIGH: Final = 1023
#: DAC value that switches adaptation off (in I_gladapt and I_fire).
OFF_LOW: Final = 0

_FULL_RANGE_V: Final = (0.0, FLOATING_GATE_FULL_SCALE_V)
_POTENTIAL: Final = Polynomial((0.0, FLOATING_GATE_MAX / FLOATING_GATE_FULL_SCALE_V), _FULL_RANGE_V)
#: The excitatory reversal potential reaches 1.69 V at DAC 1023.
_EXCITATORY_REVERSAL: Final = Polynomial((-16.0, 614.0), _FULL_RANGE_V)
_ADAPTATION_CONDUCTANCE: Final = Polynomial((-0.2701, 1.06392e8, 2.01736e13), (2.537e-9, 4.958e-6))
_ADAPTATION_TIME: Final = OneOverPolynomial((-1.222e-3, 782.014, 1.07527e7), (2.93e-6, 35.4e-6))
_EXPONENTIAL_SLOPE: Final = Polynomial((-38.5688, 27164.6, 3.7804e6), (1.21e-3, 13.5e-3))
#: Its largest value lies at 160.7 nA, beyond the domain.
_ADAPTATION_STEP: Final = Polynomial((22.4037, 1.8414e10, -5.7288e16), (0.0324e-9, 69.26e-9))
#: Fitted to DAC 10..1022; largest relative error of the time 1.7 % below DAC 163, where the
#: original has a jump, and 0.7 % above.
_REFRACTORY_TIME: Final = TwoPiecePowerLaw(
    value_0=5.57354e-8,
    dac_0=163.0,
    below=(-1.0602, 0.6852, 0.4162, 0.0693),
    above=(-0.5533, 0.0469, -0.0774),
    domain=(1.475e-8, 1.732e-6),
)
#: Fitted to DAC 226..1022; largest relative error of the time 1.5 %. The original has steps of
#: 1 % and ends at 0.130 us, the fit at 0.1318 us.
_SYNAPTIC_TIME: Final = SoftPlus(
    scale=1.3114e-7, gain=3.016, dac_0=252.9, width=118.3, domain=(1.318e-7, 1.511e-6)
)

#: Leak: coefficients of tau^-i for the big capacitor in normal mode.
_LEAK_COEFFICIENTS: Final = (
    0.0,
    3.88526104127e-05,
    4.59779147464e-10,
    -5.59735172633e-16,
    2.49921049455e-22,
)
_LEAK_DIVISORS: Final = {
    "slow": LEAK_DIVISOR_SLOW,
    "normal": LEAK_DIVISOR_NORMAL,
    "fast": LEAK_DIVISOR_FAST,
}
_LEAK_DOMAINS: Final = {
    ("big", "slow"): (1.5e-6, 2e-4),
    ("big", "normal"): (5.41e-7, 4.82e-5),
    ("big", "fast"): (4.23e-7, 2.01e-5),
    ("small", "slow"): (3e-7, 7.22e-5),
    ("small", "normal"): (1.083e-7, 9.63e-6),
    ("small", "fast"): (1e-7, 4.02e-6),
}

#: What the bias cells hold.
BIASES: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        "I_bexp": Constant(OFF_HIGH),
        "I_convi": Constant(1023),
        "I_convx": Constant(1023),
        "I_intbbi": Constant(511),
        "I_intbbx": Constant(511),
        "I_spikeamp": Constant(1023),
        "V_syni": Constant(511),
        "V_synx": Constant(511),
        "V_convoffi": Constant(1023),
        "V_convoffx": Constant(1023),
    }
)


@cache
def leak_curve(capacitor: Capacitor = "big", mode: LeakMode = "normal") -> NegativePowersPolynomial:
    """Return the curve of I_gl over the membrane time constant in s.

    Parameters
    ----------
    capacitor : {'big', 'small'}
        With the small one, time constants are a fifth.
    mode : {'slow', 'normal', 'fast'}
        Divides the leak current by 27, 3 or 1.
    """
    ratio, strength = leak_ratios(CircuitMode(capacitor, mode))
    coefficients = tuple(c * strength / ratio**i for i, c in enumerate(_LEAK_COEFFICIENTS))
    return NegativePowersPolynomial(coefficients, _LEAK_DOMAINS[capacitor, mode])


def leak_ratios(mode: CircuitMode) -> tuple[float, float]:
    """Return by what time constants are smaller, and DAC values larger, than in normal mode."""
    ratio = 1.0 if mode.capacitor == "big" else TIME_CONSTANT_RATIO_BIG_TO_SMALL
    return ratio, _LEAK_DIVISORS[mode.leak] / LEAK_DIVISOR_NORMAL


@cache
def nominal_curves(
    capacitor: Capacitor = "big", mode: LeakMode = "normal"
) -> Mapping[str, Transformation]:
    """Return the nominal curve of every cell that holds a parameter of the neuron model.

    Returns
    -------
    mapping of str to Transformation
        By the cell's name. The circuit's parameters are potentials in V (``E_l``, ``E_synx``,
        ``E_syni``, ``V_t``, ``V_exp``, ``V_reset``), a difference of potentials in V (``I_rexp``),
        times in s (``I_gl``: membrane, ``I_pl``: refractory, ``V_syntcx``, ``V_syntci``: synapses,
        ``I_radapt``: adaptation), a conductance in S (``I_gladapt``) and a current in A
        (``I_fire``), the last two of a single denmem.
    """
    return MappingProxyType(
        {
            "E_l": _POTENTIAL,
            "E_synx": _EXCITATORY_REVERSAL,
            "E_syni": _POTENTIAL,
            "V_t": _POTENTIAL,
            "V_exp": _POTENTIAL,
            "V_reset": _POTENTIAL,
            "I_gl": leak_curve(capacitor, mode),
            "I_pl": _REFRACTORY_TIME,
            "V_syntcx": _SYNAPTIC_TIME,
            "V_syntci": _SYNAPTIC_TIME,
            "I_gladapt": _ADAPTATION_CONDUCTANCE,
            "I_radapt": _ADAPTATION_TIME,
            "I_fire": _ADAPTATION_STEP,
            "I_rexp": _EXPONENTIAL_SLOPE,
        }
    )
