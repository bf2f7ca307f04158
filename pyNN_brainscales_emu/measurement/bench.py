"""The measuring set-up: write floating gates, stimulate, record membranes, digitise.

The emulator runs in hardware units here. Its equations hold in any consistent set, and hardware
time in us, potentials in mV, capacitances in pF, currents in nA and conductances in uS are one: so
the fields of the experiment that are named ``_ms`` hold microseconds. No scaling lies between the
circuits and what is measured.

Not modelled: the two analog outputs of a HICANN. All denmems are read out at once; the real
measurement goes through them one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.calibration.tables import HICANNCalibration
from pyNN_brainscales_emu.data.readout import digitise
from pyNN_brainscales_emu.emulator.engine import Emulation
from pyNN_brainscales_emu.experiment.compiled import (
    CompiledExperiment,
    NeuronArrays,
    NeuronGroup,
    RecordingArrays,
)
from pyNN_brainscales_emu.hardware.constants import CAPACITANCE_BIG_F, READOUT_NOISE_V
from pyNN_brainscales_emu.hardware.floating_gate import round_dac
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.keyed_random import Purpose
from pyNN_brainscales_emu.measurement.stimuli import (
    EVENT_DELAY_US,
    SAMPLES_PER_US,
    Events,
    Pulse,
    current_arrays,
    stimulus_arrays,
    synapse_arrays,
)
from pyNN_brainscales_emu.neuron_models.registry import MODELS

Array = NDArray[np.float64]
Traces = NDArray[np.float32]
#: What a cell holds: the same in all denmems, or in each its own.
Stored = int | NDArray[np.int32]

#: Fields of the experiment in mV and ms hold mV and us of hardware.
_HARDWARE: Final = Scaling(alpha=1.0, shift_V=0.0)

#: Writes are numbered from here on, so that they have nothing in common with those of an
#: experiment of the same seed.
_FIRST_WRITE: Final = 2**31
#: The noise of a read belongs to the write before it and the number of reads since then.
_BITS_OF_WRITES: Final = 24

#: Capacitance of a denmem, pF.
CAPACITANCE_PF: Final = 1e12 * CAPACITANCE_BIG_F

#: What the circuits are set to unless a measurement says otherwise (V, s). Adaptation and the
#: exponential term are off.
BASE: Final[Mapping[str, float]] = {
    "E_l": 0.8,
    "E_synx": 1.2,
    "E_syni": 0.4,
    "V_t": 1.8,
    "V_reset": 0.5,
    "I_gl": 2e-6,
    "I_pl": 2e-8,
    "V_syntcx": 3e-7,
    "V_syntci": 3e-7,
}


class Chip(Protocol):
    """What a measurement needs of a chip: circuits that follow their floating gates."""

    def realise(
        self, cell: str, dac: ArrayLike, denmem: ArrayLike, write: tuple[int, int] | None = None
    ) -> Array:
        """Return the circuit parameter (V, s, S, A) of each denmem for what its cell holds."""

    def readout_shift(self, denmem: ArrayLike) -> Array:
        """Return how much too high the membrane of each denmem is read, V."""


@dataclass(eq=False)
class Bench:
    """A HICANN on the bench.

    Attributes
    ----------
    chip : Chip
    denmem : (n_denmems,) int
        Which denmems are measured.
    known : HICANNCalibration
        What to set cells by; measured curves replace nominal ones as measuring goes on.
    seed : int
        Of the trial-to-trial errors and of the noise.
    n_threads : int
        Of the emulator, and how many measurements `side_by_side` makes at once.
    n_writes : int
        How often the floating gates were written.
    """

    chip: Chip
    denmem: NDArray[np.int64]
    known: HICANNCalibration
    seed: int = 0
    n_threads: int = 1
    n_writes: int = 0
    _n_reads: int = field(default=0, repr=False)  # since the last write
    _circuits: dict[str, Array] = field(default_factory=dict, repr=False)

    def expected(self, cell: str, held: Stored) -> float:
        """Return the circuit parameter (V, s, S, A) that stored values give: the median."""
        stored = np.broadcast_to(np.asarray(held, dtype=float), len(self.denmem))
        return float(np.median(self.known.inverse(cell, stored, self.denmem)))

    def dac_for(self, cell: str, value: float) -> NDArray[np.int32]:
        """Return what to write into a cell for a circuit parameter, (n_denmems,)."""
        wanted = np.full(len(self.denmem), value)
        return round_dac(self.known.forward(cell, wanted, self.denmem))

    def set_to(self, cell: str, value: float) -> Array:
        """Return what a cell gives that is written for a circuit parameter, (n_denmems,)."""
        held = self.dac_for(cell, value)
        return np.asarray(self.known.inverse(cell, held, self.denmem))

    def write(self, values: Mapping[str, float], dac: Mapping[str, Stored] | None = None) -> None:
        """Write all floating gates once.

        Parameters
        ----------
        values : mapping of str to float
            Circuit parameters (V, s, S, A) that differ from `BASE`, set by what is known.
        dac : mapping of str to int or (n_denmems,) int, optional
            What to store regardless of what is known.
        """
        self.n_writes, self._n_reads = self.n_writes + 1, 0
        given = dac or {}
        wanted = {cell: value for cell, value in {**BASE, **values}.items() if cell not in given}
        stored: dict[str, NDArray[Any]] = {
            cell: self.dac_for(cell, value) for cell, value in wanted.items()
        }
        stored |= {
            cell: np.broadcast_to(np.asarray(held), len(self.denmem))
            for cell, held in given.items()
        }
        write = (self.seed, _FIRST_WRITE + self.n_writes)
        self._circuits = {
            cell: self.chip.realise(cell, held, self.denmem, write) for cell, held in stored.items()
        }

    def tie(self, group: NDArray[np.intp]) -> None:
        """Connect membranes, as written last: those of the denmems of a group become one.

        Parameters
        ----------
        group : (n_denmems,) int
            Ascending from 0.

        Notes
        -----
        It settles where the leaks of its denmems balance. Only for membranes without input that do
        not fire, which no other cell acts on.
        """
        conductance = 1.0 / self._circuits["I_gl"]  # all have the same capacitance
        total = np.bincount(group, conductance)
        rest = np.bincount(group, conductance * self._circuits["E_l"]) / total
        time_constant = np.bincount(group) / total
        self._circuits |= {"E_l": rest[group], "I_gl": time_constant[group]}

    def record(
        self,
        duration_us: float,
        events: tuple[Events, ...] = (),
        *,
        pulse: Pulse | None = None,
        from_us: float = 0.0,
        repetitions: int = 1,
    ) -> Traces:
        """Run the circuits as written and return their digitised membranes.

        Parameters
        ----------
        duration_us : float
        events : tuple of Events
        pulse : Pulse, optional
        from_us : float
            Begin of the recording.
        repetitions : int
            See `read`.

        Returns
        -------
        (n_samples, n_denmems) float32
            V, at `SAMPLES_PER_US` from `from_us` on.
        """
        v = self.run(duration_us, events, pulse)
        return self.read(v[round(from_us * SAMPLES_PER_US) :], repetitions)

    def run(
        self, duration_us: float, events: tuple[Events, ...] = (), pulse: Pulse | None = None
    ) -> Traces:
        """Run the circuits as written; return what is on the wires, mV. See `record`."""
        emulation = Emulation(self._experiment(events, pulse), n_threads=self.n_threads)
        emulation.run(round(duration_us * SAMPLES_PER_US))
        return np.asarray(emulation.signal("v", np.arange(len(self.denmem))), dtype=np.float32)

    def read(self, v_mV: Traces, repetitions: int = 1) -> Traces:  # noqa: N803
        """Digitise membranes; take off what is known of the offsets of their amplifiers.

        Parameters
        ----------
        v_mV : (n_samples, n_denmems) float32
        repetitions : int
            Over how many recordings of the same course to average. The circuits have no temporal
            noise, so the recordings differ in the read-out's only.

        Returns
        -------
        (n_samples, n_denmems) float32
            V.
        """
        number = self._n_reads << _BITS_OF_WRITES | self.n_writes
        self._n_reads += 1
        noise = np.random.Generator(
            np.random.Philox(
                key=[self.seed, int(Purpose.READOUT) << 32 | number],
                counter=[0, 0, self.known.wafer, self.known.hicann],
            )
        )
        shifted = v_mV + (1e3 * self.chip.readout_shift(self.denmem)).astype(np.float32)
        total = np.zeros(v_mV.shape, dtype=np.float32)
        for _ in range(repetitions):
            noisy = noise.standard_normal(v_mV.shape, dtype=np.float32)
            noisy *= 1e3 * READOUT_NOISE_V
            noisy += shifted
            total += digitise(noisy, _HARDWARE)
        total *= 1e-3 / repetitions
        total -= self.known.readout_shift[self.denmem].astype(np.float32)
        return total

    def weight_for(self, share: float, tau_us: float) -> float:
        """Return the weight (uS) of an event that takes a membrane a share of the way.

        To the reversal potential, if the membrane had no leak.
        """
        return share * CAPACITANCE_PF / tau_us

    def arrival_us(self, event_us: float) -> float:
        """Return when an event acts on the membrane."""
        return event_us + EVENT_DELAY_US

    def _experiment(self, events: tuple[Events, ...], pulse: Pulse | None) -> CompiledExperiment:
        n = len(self.denmem)
        return CompiledExperiment(
            dt_ms=1.0 / SAMPLES_PER_US,
            seed=self.seed,
            neurons=self._neurons(),
            synapses=synapse_arrays(events, n),
            stimuli=stimulus_arrays(events),
            currents=current_arrays(pulse, n),
            recording=RecordingArrays({"v": np.arange(n)}, np.zeros(n, dtype=np.bool_)),
            links=None,
        )

    def _neurons(self) -> NeuronArrays:
        n, circuit = len(self.denmem), self._circuits
        zero = np.zeros(n)
        fires_at = 1e3 * circuit["V_t"]
        set_by = {
            "cm": np.full(n, CAPACITANCE_PF),
            "tau_m": 1e6 * circuit["I_gl"],
            "tau_refrac": 1e6 * circuit["I_pl"],
            "tau_syn_E": 1e6 * circuit["V_syntcx"],
            "tau_syn_I": 1e6 * circuit["V_syntci"],
            "e_rev_E": 1e3 * circuit["E_synx"],
            "e_rev_I": 1e3 * circuit["E_syni"],
            "v_rest": 1e3 * circuit["E_l"],
            "v_reset": 1e3 * circuit["V_reset"],
            "v_thresh": 1e3 * circuit["V_exp"] if "V_exp" in circuit else fires_at,
            "v_spike": fires_at,
            "delta_T": 1e3 * circuit.get("I_rexp", zero),
            "a": 1e9 * circuit.get("I_gladapt", zero),  # nS
            "b": 1e9 * circuit.get("I_fire", zero),
            "tau_w": 1e6 * circuit.get("I_radapt", np.full(n, 1e-6)),
        }
        adex = {"I_rexp", "I_radapt"} & set(circuit)
        model = MODELS["adex_cond_exp" if adex else "lif_cond_exp"]
        group = NeuronGroup(
            model=model,
            index=np.arange(n),
            parameters={name: set_by.get(name, zero) for name in model.parameter_names},
            initial_values={**dict.fromkeys(model.states, zero), "v": 1e3 * circuit["E_l"]},
        )
        return NeuronArrays((group,))
