"""Options of `setup()` that scripts for other PyNN back ends carry, since PyNN 0.7.

They are accepted and have no effect. Where one has a meaning here, its name says what to use.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_NEST: Final = (
    "verbosity spike_precision recording_precision rng_type t_flush optimize grng_seed rng_seed "
    "rng_seeds rng_seeds_seed local_num_threads allow_update_on_post extra_params"
)
_NEURON: Final = "use_cvode rtol atol native_rng_baseseed default_maxstep"
_BRIAN_AND_GENN: Final = "device_id use_cpu selected_gpu backend model_name reuse_genn_model"
_PCSIM: Final = "construct_rng_seed simulation_rng_seed"
_EXPORTERS: Final = "filename file reference save_format label debug rank num_processes"
_SPINNAKER: Final = (
    "time_scale_factor n_boards_required n_chips_required database_socket_addresses machine "
    "spinnaker_hostname spinnaker_width spinnaker_height"
)
#: pyNN.hardware of the first years: chip Spikey, and the wafer with its executable simulation.
_HARDWARE: Final = (
    "hardware hicannsMax logfile loglevel useSystemSim ess_params maxSynapseLoss maxNeuronLoss "
    "hardwareNeuronSize maxNeuronCountPerAnnCore databaseHost databasePort ignoreDatabase "
    "interactiveMappingMode interactiveMappingModeGUI experimentName mappingStrategy "
    "mappingQualityWeights mappingStatisticsFile fullConnectionMatrixFile "
    "realizedConnectionMatrixFile lostConnectionMatrixFile speedupFactor ignoreHWParameterRanges "
    "useSmallCap algoinitFilename jsonPathname tempFolder programFloatingGates weightBoost "
    "hwinitFilename workStationName calibOutputPins calibNeuronMems calibTauMem calibSynDrivers "
    "calibVthresh calibIcb avoidSpikes mappingOffset neuronPermutation useUsbAdc realtimeSleep "
    "ratioSuperthreshSubthresh quit_on_end"
)
#: pyhmf (the wafer with marocco) and pynn_brainscales (BrainScaleS-2).
_LATER_HARDWARE: Final = (
    "marocco calibration_cache initial_config injected_config enable_neuron_bypass"
)

FOREIGN_OPTIONS: Final = frozenset(
    " ".join(
        (
            _NEST,
            _NEURON,
            _BRIAN_AND_GENN,
            _PCSIM,
            _EXPORTERS,
            _SPINNAKER,
            _HARDWARE,
            _LATER_HARDWARE,
        )
    ).split()
)

_SEED: Final = "seed="
#: What has the meaning of a foreign option here.
MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "grng_seed",
                "rng_seed",
                "rng_seeds",
                "rng_seeds_seed",
                "native_rng_baseseed",
                "construct_rng_seed",
                "simulation_rng_seed",
            ),
            _SEED,
        ),
        "local_num_threads": "threads=",
        "hardwareNeuronSize": "neuron_size=",
        "maxNeuronCountPerAnnCore": "neuron_size=",
        "speedupFactor": "speedup=",
        "maxSynapseLoss": "on_loss='raise'",
        "maxNeuronLoss": "on_loss='raise'",
        "ignoreHWParameterRanges": "effects=sim.Effects.without('parameter_range')",
        "useSmallCap": "use_big_capacitors=False",
        "useSystemSim": "substrate='brainscales1'",
        "ess_params": "effects=",
        "hardware": "wafer=, and sim.place() for single HICANNs",
        "marocco": "mapping_options=, neuron_size=, use_big_capacitors=, i_gl_speedup=, defects=",
        "mappingStrategy": "mapping_options=",
        "mappingQualityWeights": "mapping_options=",
        "mappingStatisticsFile": "sim.mapping().stats",
        "fullConnectionMatrixFile": "projection.get('weight', 'array')",
        "realizedConnectionMatrixFile": "projection.get_realised('weight')",
        "lostConnectionMatrixFile": "projection.get_realised('weight'), NaN where lost",
        "weightBoost": "projection.set_gmax()",
        "ignoreDatabase": "calibration='nominal'",
        "calibration_cache": "calibration=",
    }
)
