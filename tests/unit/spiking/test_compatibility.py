"""Scripts of hxtorch find this package; coordinates as the hardware's software numbers them."""

import subprocess
import sys

import pytest

from pyNN_brainscales_emu.errors import OptionError, PlacementError
from pyNN_brainscales_emu.spiking.compatibility import coordinates as halco
from pyNN_brainscales_emu.spiking.compatibility.calibrations import nightly_calix_native_path
from pyNN_brainscales_emu.spiking.morphology import SingleCompartmentNeuron

SCRIPT = """
from pyNN_brainscales_emu.spiking import install_as_hxtorch
install_as_hxtorch()
install_as_hxtorch()
import hxtorch
import hxtorch.snn
from hxtorch.spiking.modules import LIF, EventPropLIF
from hxtorch.spiking.transforms import weight_transforms
from hxtorch.spiking.transforms.encode import CoordinatesToSpikes
from hxtorch.spiking.utils import calib_helper
import hxtorch.spiking.functional as F
from dlens_vx_v3 import halco
assert hxtorch.snn.LIF is LIF is hxtorch.spiking.LIF
hxtorch.logger.default_config(level=hxtorch.logger.LogLevel.ERROR)
log = hxtorch.logger.get("hxtorch.script")
log.INFO("a", 1)
log.info("b ", True)
hxtorch.init_hardware()
hxtorch.release_hardware()
print(calib_helper.nightly_calix_native_path("spiking2"), int(halco.AtomicNeuronOnDLS(7)))
"""


def test_a_script_imports_all_that_it_needs():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["spiking2", "7"]


def test_circuits_are_numbered_row_by_row():
    circuit = halco.AtomicNeuronOnDLS(halco.NeuronRowOnDLS(1), halco.NeuronColumnOnDLS(5))
    assert circuit == halco.AtomicNeuronOnDLS(256 + 5)
    assert circuit.toEnum().value() == 261
    assert len(list(halco.iter_all(halco.AtomicNeuronOnDLS))) == 512


@pytest.mark.parametrize(
    ("size", "horizontally", "circuits"),
    [(1, False, [3]), (4, False, [3, 259, 4, 260]), (3, True, [3, 4, 5])],
)
def test_shapes_are_placed_from_their_first_circuit_on(size, horizontally, circuits):
    shape = SingleCompartmentNeuron(size, horizontally).compartments
    neuron = halco.LogicalNeuronOnDLS(shape, halco.AtomicNeuronOnDLS(3))
    assert [int(circuit) for circuit in neuron.get_atomic_neurons()] == circuits


def test_what_lies_outside_of_the_chip_is_refused():
    with pytest.raises(PlacementError, match="AtomicNeuronOnDLS"):
        halco.AtomicNeuronOnDLS(512)
    with pytest.raises(PlacementError, match="NeuronColumnOnDLS"):
        halco.LogicalNeuronOnDLS(
            SingleCompartmentNeuron(4).compartments, halco.AtomicNeuronOnDLS(255)
        )
    with pytest.raises(PlacementError, match="1 to 512"):
        SingleCompartmentNeuron(0)
    with pytest.raises(OptionError, match="spiking2"):
        nightly_calix_native_path("spiking3")
