"""What PyNN's scenarios are expected to give: those named here fail, for the reason beside them.

Each is a line of the table that ``make scenarios`` writes.
"""

from __future__ import annotations

#: Neurons of several compartments are outside of what this back end emulates.
MULTI_COMPARTMENT = (
    "test_scenario5",
    "test_mc_recording_at_locations",
    "test_mc_subthreshold_dc",
)

_NO_SYNAPSE = (
    "all_to_all_tsodyksmarkram",
    "fixed_number_post_with_replacement_heterogeneous_parameters",
    "fixed_number_pre_with_replacement_heterogeneous_parameters",
    "issue505",
    "issue652",
    "scenario3",
    "scenario4",
    "set_synaptic_parameters_fully_connected",
    "set_synaptic_parameters_multiply_connected",
    "set_synaptic_parameters_partially_connected",
    "simple_stochastic_synapse",
)
_NO_CIRCUIT = (
    "composed_neuron_model_homogeneous_receptors",
    "EIF_cond_alpha_isfa_ista",
    "HH_cond_exp",
    "issue499",
    "issue672",
    "record_with_filename",
    "reset",
    "reset_with_clear",
    "reset_with_spikes",
    "scenario1a",
    "scenario2",
    "setup",
)
_NO_CURRENT = (
    "changing_electrode",
    "issue165",
    "issue321",
    "issue437",
    "issue442",
    "issue445",
    "issue451",
    "issue483",
    "issue487",
    "issue497",
    "issue512",
    "issue631",
    "issue759",
    "issue_465_474_630",
    "ticket226",
)

#: Reason by name of the scenario, by substrate.
REASONS: dict[str, dict[str, str]] = {
    "ideal": {},
    "brainscales1": {
        **dict.fromkeys(_NO_SYNAPSE, "the synapses of the wafer are static"),
        **dict.fromkeys(
            _NO_CIRCUIT, "the wafer's neurons are LIF and AdEx, exponential conductances"
        ),
        **dict.fromkeys(
            _NO_CURRENT, "the wafer has no such current source; most cells are IF_curr too"
        ),
    },
}
