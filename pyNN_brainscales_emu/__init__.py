"""PyNN back end for the emulated BrainScaleS wafer: ``import pyNN.brainscales_emu as sim``."""

from pyNN import errors as pynn_errors
from pyNN import random, space
from pyNN.network import Network
from pyNN.random import GSLRNG, NumpyRNG, RandomDistribution
from pyNN.space import (
    Cuboid,
    Grid2D,
    Grid3D,
    Line,
    RandomStructure,
    Space,
    Sphere,
)
from pyNN.standardmodels import StandardCellType

# Imported first, as the function `mapping` takes the place of the sub-package of that name.
import pyNN_brainscales_emu.mapping  # noqa: F401
from pyNN_brainscales_emu.assemblies import Assembly
from pyNN_brainscales_emu.connectors import (
    AllToAllConnector,
    ArrayConnector,
    CloneConnector,
    CSAConnector,
    DisplacementDependentProbabilityConnector,
    DistanceDependentProbabilityConnector,
    FixedNumberPostConnector,
    FixedNumberPreConnector,
    FixedProbabilityConnector,
    FixedTotalNumberConnector,
    FromFileConnector,
    FromListConnector,
    IndexBasedProbabilityConnector,
    OneToOneConnector,
    SmallWorldConnector,
)
from pyNN_brainscales_emu.control import (
    end,
    get_current_time,
    get_max_delay,
    get_min_delay,
    get_time_step,
    num_processes,
    rank,
    reset,
    run,
    run_for,
    run_until,
    setup,
)
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import (
    BrainScaleSError,
    CapacityError,
    DataError,
    LossWarning,
    MachineWarning,
    NetworkError,
    OptionError,
    ParameterError,
    ParameterRangeError,
    PlacementError,
    RecordingError,
    RunError,
    ThreadError,
    TrainingError,
)
from pyNN_brainscales_emu.front_end_errors import (
    CallbackError,
    CellIndexError,
    DimensionsError,
    InvalidParameterError,
    ProjectionError,
    SubstrateError,
    SynapseError,
    WrongKindError,
)
from pyNN_brainscales_emu.hardware.defect_file import load_defects, save_defects
from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.inspection import (
    hardware_config,
    link_loads,
    load_hardware_config,
    load_mapping,
    map_network,
    mapping,
    pulse_statistics,
    report,
    set_hardware_config,
)
from pyNN_brainscales_emu.layer_placement import place_layers
from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.mapping_options import MappingOptions
from pyNN_brainscales_emu.placement import place
from pyNN_brainscales_emu.populations import Population, PopulationView
from pyNN_brainscales_emu.procedural_api import (
    connect,
    create,
    initialize,
    record,
    record_gsyn,
    record_v,
    set,
)
from pyNN_brainscales_emu.projections import Projection
from pyNN_brainscales_emu.standardmodels.cells import (
    EIF_cond_alpha_isfa_ista,
    EIF_cond_exp_isfa_ista,
    GIF_cond_exp,
    HH_cond_exp,
    IF_cond_alpha,
    IF_cond_exp,
    IF_cond_exp_gsfa_grr,
    IF_curr_alpha,
    IF_curr_delta,
    IF_curr_exp,
    IF_facets_hardware1,
    Izhikevich,
    MultiCompartmentNeuron,
    SpikeSourceArray,
    SpikeSourceGamma,
    SpikeSourceInhGamma,
    SpikeSourcePoisson,
    SpikeSourcePoissonRefractory,
)
from pyNN_brainscales_emu.standardmodels.electrodes import (
    ACSource,
    DCSource,
    NoisyCurrentSource,
    StepCurrentSource,
)
from pyNN_brainscales_emu.standardmodels.plasticity import (
    AdditivePotentiationMultiplicativeDepression,
    AdditiveWeightDependence,
    GutigWeightDependence,
    MultiplicativeWeightDependence,
    SpikePairRule,
    STDPMechanism,
    Vogels2011Rule,
)
from pyNN_brainscales_emu.standardmodels.point_neuron import LIF, AdExp, PointNeuron
from pyNN_brainscales_emu.standardmodels.receptors import (
    AlphaPSR,
    BetaPSR,
    CondAlphaPostSynapticResponse,
    CondBetaPostSynapticResponse,
    CondExpPostSynapticResponse,
    CurrExpPostSynapticResponse,
    ExpPSR,
    KdrChannel,
    NaChannel,
    PassiveLeak,
    PassiveLeakHH,
)
from pyNN_brainscales_emu.standardmodels.synapses import (
    ElectricalSynapse,
    MultiQuantalSynapse,
    SimpleStochasticSynapse,
    StaticSynapse,
    StochasticTsodyksMarkramSynapse,
    TsodyksMarkramSynapse,
)
from pyNN_brainscales_emu.trial_data import TrialData
from pyNN_brainscales_emu.trials import run_trials

__all__ = [
    "GSLRNG",
    "LIF",
    "ACSource",
    "AdExp",
    "AdditivePotentiationMultiplicativeDepression",
    "AdditiveWeightDependence",
    "AllToAllConnector",
    "AlphaPSR",
    "ArrayConnector",
    "Assembly",
    "BetaPSR",
    "BrainScaleSError",
    "CSAConnector",
    "CallbackError",
    "CapacityError",
    "CellIndexError",
    "CloneConnector",
    "CondAlphaPostSynapticResponse",
    "CondBetaPostSynapticResponse",
    "CondExpPostSynapticResponse",
    "Cuboid",
    "CurrExpPostSynapticResponse",
    "DCSource",
    "DataError",
    "Defects",
    "DimensionsError",
    "DisplacementDependentProbabilityConnector",
    "DistanceDependentProbabilityConnector",
    "EIF_cond_alpha_isfa_ista",
    "EIF_cond_exp_isfa_ista",
    "Effects",
    "ElectricalSynapse",
    "ExpPSR",
    "FixedNumberPostConnector",
    "FixedNumberPreConnector",
    "FixedProbabilityConnector",
    "FixedTotalNumberConnector",
    "FromFileConnector",
    "FromListConnector",
    "GIF_cond_exp",
    "Grid2D",
    "Grid3D",
    "GutigWeightDependence",
    "HH_cond_exp",
    "IF_cond_alpha",
    "IF_cond_exp",
    "IF_cond_exp_gsfa_grr",
    "IF_curr_alpha",
    "IF_curr_delta",
    "IF_curr_exp",
    "IF_facets_hardware1",
    "IndexBasedProbabilityConnector",
    "InvalidParameterError",
    "Izhikevich",
    "KdrChannel",
    "Line",
    "Links",
    "LossWarning",
    "MachineWarning",
    "MappingOptions",
    "MultiCompartmentNeuron",
    "MultiQuantalSynapse",
    "MultiplicativeWeightDependence",
    "NaChannel",
    "Network",
    "NetworkError",
    "NoisyCurrentSource",
    "NumpyRNG",
    "OneToOneConnector",
    "OptionError",
    "ParameterError",
    "ParameterRangeError",
    "PassiveLeak",
    "PassiveLeakHH",
    "PlacementError",
    "PointNeuron",
    "Population",
    "PopulationView",
    "Projection",
    "ProjectionError",
    "RandomDistribution",
    "RandomStructure",
    "RecordingError",
    "RunError",
    "STDPMechanism",
    "SimpleStochasticSynapse",
    "SmallWorldConnector",
    "Space",
    "Sphere",
    "SpikePairRule",
    "SpikeSourceArray",
    "SpikeSourceGamma",
    "SpikeSourceInhGamma",
    "SpikeSourcePoisson",
    "SpikeSourcePoissonRefractory",
    "StandardCellType",
    "StaticSynapse",
    "StepCurrentSource",
    "StochasticTsodyksMarkramSynapse",
    "SubstrateError",
    "SynapseError",
    "ThreadError",
    "TrainingError",
    "TrialData",
    "TsodyksMarkramSynapse",
    "Vogels2011Rule",
    "WrongKindError",
    "connect",
    "create",
    "end",
    "errors",
    "get_current_time",
    "get_max_delay",
    "get_min_delay",
    "get_time_step",
    "hardware_config",
    "initialize",
    "link_loads",
    "list_standard_models",
    "load_defects",
    "load_hardware_config",
    "load_mapping",
    "map_network",
    "mapping",
    "num_processes",
    "place",
    "place_layers",
    "pulse_statistics",
    "random",
    "rank",
    "record",
    "record_gsyn",
    "record_v",
    "report",
    "reset",
    "run",
    "run_for",
    "run_trials",
    "run_until",
    "save_defects",
    "set",
    "set_hardware_config",
    "setup",
    "space",
]

# As in every PyNN back end; the errors of this package stand in this namespace themselves.
errors = pynn_errors


#: Names that scripts of other back ends use, and what to use here.
_OTHERS_NAMES = {
    "NativeRNG": "Random numbers are NumPy's here: use NumpyRNG(seed=...).",
    "SynapseDynamics": "Since PyNN 0.8 dynamics are synapse types, such as TsodyksMarkramSynapse.",
    "STDPSynapse": "It is STDPMechanism in PyNN.",
    "DistantDependentProbabilityConnector": "It is DistanceDependentProbabilityConnector.",
    "Timer": "It is in PyNN itself: from pyNN.utility import Timer.",
}


def __getattr__(name: str) -> object:
    """Name the remedy where a script uses what this back end does not have."""
    remedy = _OTHERS_NAMES.get(name)
    message = f"module 'pyNN.brainscales_emu' has no attribute {name!r}"
    raise AttributeError(f"{message}. {remedy}" if remedy else message)


def list_standard_models() -> list[str]:
    """Return the names of the cell types that are available."""
    return [
        name
        for name, value in globals().items()
        if isinstance(value, type)
        and issubclass(value, StandardCellType)
        and value is not StandardCellType
    ]
