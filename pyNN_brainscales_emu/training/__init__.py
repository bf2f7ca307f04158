"""Training with the (emulated) hardware in the loop; uses the public API and Neo data only."""

from pyNN_brainscales_emu.training import pictures
from pyNN_brainscales_emu.training.ablating import ablation
from pyNN_brainscales_emu.training.adam import Adam
from pyNN_brainscales_emu.training.checkpoint import (
    TrainingState,
    load_checkpoint,
    save_checkpoint,
)
from pyNN_brainscales_emu.training.conversion import dequantise, join, quantise, quantise_all, split
from pyNN_brainscales_emu.training.data_set import CLASSES, DataSet, LabelledImages, prepare, resize
from pyNN_brainscales_emu.training.descent import Descent
from pyNN_brainscales_emu.training.digits import load_digits
from pyNN_brainscales_emu.training.encoding import poisson_rates, poisson_trains
from pyNN_brainscales_emu.training.evaluation import Evaluation
from pyNN_brainscales_emu.training.loop import InTheLoopTrainer
from pyNN_brainscales_emu.training.loop_settings import LoopSettings
from pyNN_brainscales_emu.training.losses import CrossEntropy, Loss, SquaredError
from pyNN_brainscales_emu.training.mnist import load_mnist
from pyNN_brainscales_emu.training.optimiser import Optimiser
from pyNN_brainscales_emu.training.penalties import AbsoluteWeights, Penalty, SquaredWeights
from pyNN_brainscales_emu.training.presentation import Presentation
from pyNN_brainscales_emu.training.quantiser import Quantiser
from pyNN_brainscales_emu.training.recorded_spikes import LayerSpikes, RecordedSpikes
from pyNN_brainscales_emu.training.repetition import repeat
from pyNN_brainscales_emu.training.resuming import check_checkpoint
from pyNN_brainscales_emu.training.software_training import (
    SoftwareModel,
    SoftwareSettings,
    model_accuracy,
    train_software_model,
)
from pyNN_brainscales_emu.training.spiking_network import (
    NEURON_PARAMETERS,
    WEIGHT_UNIT,
    SpikingNetwork,
)
from pyNN_brainscales_emu.training.stopping import EarlyStopping
from pyNN_brainscales_emu.training.table import Table
from pyNN_brainscales_emu.training.trainable import TrainableNetwork

__all__ = [
    "CLASSES",
    "NEURON_PARAMETERS",
    "WEIGHT_UNIT",
    "AbsoluteWeights",
    "Adam",
    "CrossEntropy",
    "DataSet",
    "Descent",
    "EarlyStopping",
    "Evaluation",
    "InTheLoopTrainer",
    "LabelledImages",
    "LayerSpikes",
    "LoopSettings",
    "Loss",
    "Optimiser",
    "Penalty",
    "Presentation",
    "Quantiser",
    "RecordedSpikes",
    "SoftwareModel",
    "SoftwareSettings",
    "SpikingNetwork",
    "SquaredError",
    "SquaredWeights",
    "Table",
    "TrainableNetwork",
    "TrainingState",
    "ablation",
    "check_checkpoint",
    "dequantise",
    "join",
    "load_checkpoint",
    "load_digits",
    "load_mnist",
    "model_accuracy",
    "pictures",
    "poisson_rates",
    "poisson_trains",
    "prepare",
    "quantise",
    "quantise_all",
    "repeat",
    "resize",
    "save_checkpoint",
    "split",
    "train_software_model",
]
