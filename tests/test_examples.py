"""Every example runs, small, and shows what its text says."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from digit_files import write_digits_as_mnist

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def load(name: str) -> Any:
    """Import an example by its file, as a script would be."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.py")))
def test_help_explains_every_option(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        load(name).main(["--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    assert "--seed" in text
    assert "--output" in text


@pytest.mark.parametrize("substrate", ["brainscales1", "ideal"])
@pytest.mark.filterwarnings("ignore::pyNN_brainscales_emu.errors.LossWarning")
def test_elephant_analysis_finds_irregular_weakly_correlated_firing(
    tmp_path: Path, substrate: str
) -> None:
    pytest.importorskip("elephant")
    options = ["--size", "150", "--duration", "1000", "--substrate", substrate]
    result = load("elephant_analysis").main([*options, "--output", str(tmp_path)])
    assert (tmp_path / "elephant_analysis.png").stat().st_size > 10_000
    assert result["rate_hz"].shape == (150,)
    assert 2.0 < result["rate_hz"].mean() < 60.0
    assert 0.5 < result["cv_isi"].mean() < 1.5
    matrix = result["correlation"]
    pairs = matrix[np.triu_indices(len(matrix), k=1)]
    assert abs(pairs.mean()) < 0.15


@pytest.mark.filterwarnings("ignore::pyNN_brainscales_emu.errors.LossWarning")
def test_hardware_vs_ideal_shows_a_distorted_membrane(tmp_path: Path) -> None:
    module = load("hardware_vs_ideal")
    result = module.main(["--phase", "200", "--output", str(tmp_path)])
    assert (tmp_path / "hardware_vs_ideal.png").stat().st_size > 10_000
    ideal, wafer = result["runs"]["ideal"], result["runs"]["brainscales1"]
    for name, asked in module.CELL.items():
        assert ideal.realised[name] == pytest.approx(asked, rel=1e-6, abs=1e-6)
    assert any(wafer.realised[name] != asked for name, asked in module.CELL.items())
    assert all(0.0 < distance < 50.0 for distance in result["rms_mV"].values())


@pytest.mark.filterwarnings("ignore::pyNN_brainscales_emu.errors.LossWarning")
def test_hardware_vs_ideal_inputs_follow_the_protocol() -> None:
    trains = load("hardware_vs_ideal").draw_trains(1000.0, seed=1)
    excitatory, inhibitory = trains["excitatory"], trains["inhibitory"]
    assert not np.any((excitatory > 1000.0) & (excitatory < 2000.0))
    assert inhibitory.min() > 1000.0
    for train in trains.values():
        assert np.all(np.diff(train) >= 0)
        # 40 spikes are expected in two phases; four standard deviations
        assert abs(len(train) - 40) < 4 * np.sqrt(40)


@pytest.mark.filterwarnings("ignore::pyNN_brainscales_emu.errors.LossWarning")
def test_in_the_loop_training_recovers_accuracy_that_conversion_lost(tmp_path: Path) -> None:
    options = ["--software-steps", "2000", "--iterations", "10", "--output", str(tmp_path)]
    results = load("in_the_loop_training").main(options)
    assert results.software > 0.9
    assert results.after_loop > results.after_conversion + 0.05
    assert all(Path(path).stat().st_size > 0 for path in results.files.values())


@pytest.mark.filterwarnings("ignore::pyNN_brainscales_emu.errors.LossWarning")
def test_calibrated_membranes_are_nearer_to_the_ideal_one(tmp_path: Path) -> None:
    module = load("calibrated_membranes")
    result = module.main(["--phase", "300", "--neurons", "12", "--output", str(tmp_path)])
    assert (tmp_path / "calibrated_membranes.png").stat().st_size > 10_000
    assert set(result["runs"]) == {"default", "nominal", "perfect", "ideal"}
    for phase in module.PHASES:
        default, nominal, perfect = (
            np.median(result["rms_mV"][name][phase]) for name in ("default", "nominal", "perfect")
        )
        assert nominal > 1.8 * default
        assert 0.3 * default < perfect < 2.0 * default


def test_plan_a_network_shows_what_is_lost(tmp_path: Path) -> None:
    module = load("plan_a_network")
    options = ["--sizes", "200", "800", "--neuron-sizes", "4", "8", "--fan-in", "150"]
    result = module.main([*options, "--output", str(tmp_path)])
    plans = {(plan.size, plan.neuron_size, plan.wafer): plan.stats for plan in result["plans"]}
    assert len(plans) == 8
    for (size, neuron_size, _), stats in plans.items():
        assert stats.n_denmems == size * neuron_size
        expected = size * 150  # four standard deviations of the number of synapses drawn
        assert abs(stats.n_synapses - expected) < 4 * np.sqrt(expected)
    assert plans[200, 4, "whole"].synapse_loss > plans[200, 8, "whole"].synapse_loss
    assert plans[800, 4, "with defects"].n_hicanns >= plans[800, 4, "whole"].n_hicanns
    assert len(result["pictures"]) == 6
    assert all(path.stat().st_size > 10_000 for path in result["pictures"])


def test_schmitt2017_once_and_repeated(tmp_path: Path) -> None:
    module = load("schmitt2017")
    write_digits_as_mnist(tmp_path)
    shared = ["--data-dir", str(tmp_path), "--software-steps", "500", "--seed", "3", "--wafer", "2"]
    one = [*shared, "--iterations", "1", "--output", str(tmp_path / "one")]
    result = module.main(one)
    for name in ("weights", "accuracy", "raster"):
        assert (tmp_path / "one" / f"{name}.png").stat().st_size > 10_000
    assert len(result["accuracy_of_iterations"]) == 1
    many = [*shared, "--iterations", "1", "--output", str(tmp_path / "many")]
    table = module.main([*many, "--repeat", "2", "--executor", "0"])
    assert table["wafer"].tolist() == [2, 3]
    assert table["after_loop"][0] == result["after_loop"]
    assert table["accuracy_of_iterations"][0].tolist() == result["accuracy_of_iterations"]
    assert (tmp_path / "many" / "distribution.png").stat().st_size > 10_000
    resumed = module.main([*many, "--repeat", "2", "--executor", "0", "--resume"])
    assert resumed["seconds"].tolist() == table["seconds"].tolist()


def test_schmitt2017_tells_what_effects_cost(tmp_path: Path) -> None:
    module = load("schmitt2017")
    write_digits_as_mnist(tmp_path)
    options = ["--data-dir", str(tmp_path), "--software-steps", "500", "--iterations", "0"]
    options += ["--executor", "0", "--output", str(tmp_path)]
    table = module.main([*options, "--ablation", "fixed_pattern,trial_to_trial"])
    assert table.columns["effects"] == ["none", "only fixed_pattern", "only trial_to_trial", "all"]
    assert (table["median"] >= 0).all()
    assert table["median"][0] > table["median"][3]


def test_schmitt2017_places_each_neuron_on_one_of_eight_hicanns() -> None:
    module = load("schmitt2017")
    network = module.build(wafer=5, seed=5)
    placement = module.sim.mapping().placement
    assert sum(layer.size for layer in network.layers) == len(placement.neuron_hicann) == 135
    assert 6 <= len(np.unique(placement.neuron_hicann)) <= 8
    assert (placement.neuron_size == 4).all()
    projections = module.sim.report().projections
    assert sum(projection.n_asked for projection in projections) == 3700
    assert sum(projection.n_lost for projection in projections) == 0


def test_link_characterisation_finds_the_published_limits(tmp_path: Path) -> None:
    options = ["--duration", "2000", "--network", "300", "--output", str(tmp_path)]
    result = load("link_characterisation").main(options)
    for name in ("link_characterisation", "link_network"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
    one, poisson = (
        {r.sent_hz: r for r in result["links"][1, regular]} for regular in (True, False)
    )
    eight = {r.sent_hz: r for r in result["links"][8, True]}
    assert one[3000].received_hz == pytest.approx(1780, rel=0.01)
    assert one[1750].loss == pytest.approx(0, abs=0.001)
    assert eight[1650].received_hz == pytest.approx(1562.5, rel=0.01)
    assert one[600].delay_ms == pytest.approx(2.3, abs=0.02)
    assert one[600].jitter_ms == pytest.approx(0.08, abs=0.01)
    assert poisson[3000].loss == pytest.approx(1 - 1780 / 3000, abs=0.02)
    before, after = result["before"], result["after"]
    assert len(after["ideal"][1]) == len(before[1])
    assert len(after["all"][1]) <= len(after["twice as fast"][1]) <= len(before[1])
