"""Set-up and control of a simulation: what PyNN scripts call on the module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pyNN import common

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.call_arguments import checked_annotations
from pyNN_brainscales_emu.callbacks import Callback, checked_callbacks, run_with_callbacks
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import OptionError, ParameterError, warn_of_machine
from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.mapping_options import MappingOptions
from pyNN_brainscales_emu.options import Options, parse_options
from pyNN_brainscales_emu.parameter_values import is_finite


def setup(
    timestep: float = 0.1,
    min_delay: float | str = "auto",
    max_delay: float | str = "auto",
    *,
    substrate: str | None = None,
    wafer: int = 33,
    seed: int = 42,
    effects: str | Effects | Iterable[str] = "all",
    neuron_size: int = 4,
    speedup: float = 10_000.0,
    voltage_scaling: tuple[float, float] = (10.0, 1.2),
    calibration: str | Path = "default",
    defects: str | Path | Defects = "none",
    variation: str = "default",
    on_loss: str = "warn",
    threads: int | None = None,
    readout: str = "virtual",
    adc_bits: int = 12,
    precision: str = "single",
    use_big_capacitors: bool | str = True,
    i_gl_speedup: str = "normal",
    weight_rounding: str = "nearest",
    input_saturation: bool = False,
    mapping_options: MappingOptions | None = None,
    mapping: str | Path | None = None,
    links: str | Links = "kintex7",
    **other: Any,
) -> int:
    """Begin a new network; the one before, with its recorded data, is forgotten.

    Parameters
    ----------
    timestep : float
        Time step of the emulation in biological ms.
    min_delay, max_delay : float or 'auto'
        Limits of the delays that may be asked for, in ms. ``'auto'``: from one time step on,
        without an upper limit. On a wafer the transport delay rules, whatever is asked for.
    substrate : {'brainscales1', 'ideal'}, optional
        One wafer, or the reference without mapping and hardware limits. Default: the environment
        variable ``PYNN_BRAINSCALES_EMU_SUBSTRATE``, else ``'brainscales1'``.
    wafer : int
        Number of the wafer: its chips' fixed deviations are drawn from it.
    seed : int
        Seed of everything that differs between runs: stimuli, write errors, jitter.
    effects : 'all', 'none', Effects, or names of effects
        Which distortions of the hardware are emulated.
    neuron_size : int
        Denmems of a logical neuron, an even number.
    speedup : float
        Biological time over hardware time.
    voltage_scaling : (float, float)
        ``(alpha, shift)``: hardware volts are ``alpha * V_bio + shift``.
    calibration : {'default', 'nominal', 'perfect'} or path
        What the translation knows about the chips: what measuring them would find, the same
        textbook curves for every denmem, the truth, or a file of measured curves (HDF5).
    defects : 'none', path or Defects
        Which components are broken: a file, or `Defects`, for example drawn at given rates.
    variation : str
        Named profile of what calibration leaves over.
    on_loss : {'warn', 'raise', 'ignore'}
        What to do about lost synapses and clipped parameters.
    threads : int, optional
        Threads of the emulator; results do not depend on it. Default: the processors that this
        process may use (affinity, quota of a container or job, ``OMP_NUM_THREADS``,
        ``OMP_THREAD_LIMIT``, ``OMP_DYNAMIC``), in a worker process of `multiprocessing` one. More
        than there are processors are not used, and a `MachineWarning` says so.
    readout : {'virtual', 'hardware'}
        Way of reading membranes. ``'virtual'``: all at once, at the sampling interval asked for.
        ``'hardware'``: through the two analog outputs of a HICANN and the twelve channels of the
        wafer, two for each of its six groups of reticles, sampled by the converter's clock
        (96 MHz: 9.6 kHz of biological time), with noise. What cannot be read is NaN, or an error
        with ``on_loss='raise'``. Without meaning on the ideal substrate.
    adc_bits : {12, 10}
        Resolution of the converter that reads membranes on the wafer.
    precision : {'single', 'double'}
        Floating type of the state of the neurons.
    use_big_capacitors : bool or 'auto'
        Whether denmems have their big capacitor (2.16 pF) or the small one (0.164 pF). With the
        small one membrane time constants are a fifth, weights, a and b reach 13 times as far.
        ``'auto'``: chosen for each HICANN, so that most values of tau_m, a and b are in reach.
    i_gl_speedup : {'normal', 'slow', 'fast', 'auto'}
        Mirror of the leak current: slow divides it by nine, fast multiplies it by three. tau_m at
        a speed-up of 10 000 and with big capacitors: 5.4 to 482 ms normal, 15 to 2000 ms slow,
        4.2 to 201 ms fast. ``'auto'``: as for the capacitors.
    weight_rounding : {'nearest', 'stochastic'}
        Which of the 16 digital weights a weight becomes: the nearest one, or one of its two
        neighbours by chance, the nearer the likelier, as in the original tool. What chance says
        belongs to the seed and the hardware synapse, not to the call.
    input_saturation : bool
        Whether the synaptic inputs of the wafer's denmems saturate at high rates. It is no effect
        of `effects`: where they saturate is not published but inferred.
    mapping_options : MappingOptions, optional
        How the network is placed and routed.
    mapping : path, optional
        File of a mapping, from ``mapping().save(path)``, from which the first run goes on: the
        network must be built as it was. The mapping rules over `neuron_size`, `mapping_options`,
        priorities and `place()`, until the network changes; a warning names the options that it
        overrules. It must be one for this `wafer` that avoids its `defects`. Without meaning on
        the ideal substrate.
    links : {'kintex7', 'ess', 'ideal'} or Links
        Times, depths and rules of the links, with effects ``on_wafer_pulses`` and
        ``off_wafer_pulses``: those of the wafer with its Kintex-7 FPGAs, of the executable
        specification, of links that hold nothing up, or others, as ``Links(link_period_ns=28)``.
    **other
        Options of other PyNN back ends are accepted and have no effect.

    Returns
    -------
    int
        The MPI rank, always 0.

    Raises
    ------
    OptionError
        For an unknown option or a value that it cannot have. The present network stays.
    DataError
        If the file of defects, of the mapping or of the calibration is missing, damaged or of
        another version; if the mapping or the calibration belongs to another wafer, the mapping
        does not avoid the defects, or the calibration is of another profile. The present network
        stays.
    """
    given = {
        "timestep": timestep,
        "min_delay": min_delay,
        "max_delay": max_delay,
        "wafer": wafer,
        "seed": seed,
        "effects": effects,
        "neuron_size": neuron_size,
        "speedup": speedup,
        "voltage_scaling": voltage_scaling,
        "calibration": calibration,
        "defects": defects,
        "variation": variation,
        "on_loss": on_loss,
        "threads": threads,
        "readout": readout,
        "adc_bits": adc_bits,
        "precision": precision,
        "use_big_capacitors": use_big_capacitors,
        "i_gl_speedup": i_gl_speedup,
        "weight_rounding": weight_rounding,
        "input_saturation": input_saturation,
        "mapping_options": MappingOptions() if mapping_options is None else mapping_options,
        "mapping": mapping,
        "links": links,
        **({} if substrate is None else {"substrate": substrate}),
        **other,
    }
    simulator.state.refuse_in_callback("setup()")
    if simulator.state.planning is not None:
        given |= simulator.state.planning.options
    options = parse_options(given, variations())
    _check_as_pynn(options)
    _check_files(options)
    _announce_threads(options)
    simulator.state.clear(options)
    return int(rank())


def _announce_threads(options: Options) -> None:
    """Warn of more threads than processors; they would wait for one another most of the time."""
    if options.threads is not None and options.threads > options.n_threads:
        warn_of_machine(
            f"setup(threads={options.threads}): this process may use {options.n_threads} "
            f"processor{'s' if options.n_threads > 1 else ''}, so it runs {options.n_threads} "
            f"thread{'s' if options.n_threads > 1 else ''}; results are the same"
        )


def _check_files(options: Options) -> None:
    if options.is_ideal:
        return
    from pyNN_brainscales_emu.calibration.sources import check_calibration

    check_calibration(options)


def variations() -> tuple[str, ...]:
    """Return the names that ``setup(variation=...)`` may have."""
    from pyNN_brainscales_emu.calibration.variation import PROFILES

    return tuple(PROFILES)


def _check_as_pynn(options: Options) -> None:
    """Let PyNN compare time step and delays; its plain exceptions become ours."""
    try:
        common.setup(options.timestep, options.min_delay, max_delay=options.max_delay)
    except Exception as error:
        raise OptionError(
            f"setup(): {error}".rstrip("."),
            limit="timestep <= min_delay <= max_delay",
        ) from error


def end(compatible_output: bool = True) -> None:
    """Write what `record(..., to_file=...)` asked for; recorded data stay readable.

    If a file cannot be written the others are, and another `end()` tries that one again.
    """
    errors: list[Exception] = []
    failed = []
    for pending in simulator.state.write_on_end:
        population, variables, target = pending
        try:
            population.write_data(target, variables)
        except Exception as error:  # of any writer of Neo; raised once the others have written
            errors.append(error)
            failed.append(pending)
    simulator.state.write_on_end = failed
    if errors:
        for other in errors[1:]:
            errors[0].add_note(f"Another file could not be written either: {other}")
        raise errors[0]


def run(simtime: float, callbacks: Iterable[Callback] | None = None) -> float:
    """Advance by a time.

    Parameters
    ----------
    simtime : float
        In ms; rounded to a whole number of time steps.
    callbacks : iterable of callables, optional
        Each is called with the present time and returns the time, in ms, at which it wants to be
        called next: at the nearest time step, but the next one at the earliest;
        ``float('inf')``: never again. At the end those that are due next are called once more.

    Returns
    -------
    float
        The time afterwards, ms.

    Raises
    ------
    ParameterError
        For something that is no number, and for a negative time.
    CallbackError
        If a callback returns no time to come, or calls `reset` or `setup`.
    """
    _check_time("run(): simtime", simtime, 0.0)
    return _advance("run()", simulator.state.t + simtime, callbacks)


run_for = run


def run_until(time_point: float, callbacks: Iterable[Callback] | None = None) -> float:
    """Advance to a time.

    Parameters
    ----------
    time_point : float
        In ms; rounded to a whole number of time steps.
    callbacks : iterable of callables, optional
        As for `run`.

    Returns
    -------
    float
        The time afterwards, ms.

    Raises
    ------
    ParameterError
        For something that is no number, and for a time in the past.
    CallbackError
        As for `run`.
    """
    _check_time("run_until(): time_point", time_point, simulator.state.t)
    return _advance("run_until()", time_point, callbacks)


def _advance(what: str, time_point: float, callbacks: Iterable[Callback] | None) -> float:
    state = simulator.state
    calls = checked_callbacks(what, callbacks)
    if calls:
        run_with_callbacks(state, time_point, calls)
    else:
        state.run_until(time_point)
    return state.t


def _check_time(what: str, value: Any, earliest: float) -> None:
    if not is_finite(value):
        raise ParameterError(what, value=value, limit="a finite number of ms")
    if value < earliest - 0.5 * simulator.state.dt:
        raise ParameterError(f"{what} lies in the past", value=value, limit=f">= {earliest:g} ms")


_reset = common.build_reset(simulator)


def reset(annotations: Mapping[str, Any] | None = None) -> None:
    """Go back to time 0 and begin a new segment of recorded data.

    State variables (v, w, conductances) take their initial values. Parameters, weights, delays and
    stimuli stay as they were set last; so do the mapping, the stored hardware values and the list
    of what is recorded. Poisson sources draw new spikes: each presentation has its own.

    Parameters
    ----------
    annotations : mapping, optional
        For the segment that ends.

    Raises
    ------
    CallbackError
        If a callback of `run` calls it.
    WrongKindError
        For annotations that are no mapping.
    """
    simulator.state.refuse_in_callback("reset()")
    _reset(checked_annotations("reset(): annotations", annotations))


(
    get_current_time,
    get_time_step,
    get_min_delay,
    get_max_delay,
    num_processes,
    rank,
) = common.build_state_queries(simulator)
