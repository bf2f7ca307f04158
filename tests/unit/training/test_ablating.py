import pytest
import repeated_experiments as experiments

from pyNN_brainscales_emu.errors import ParameterError, TrainingError
from pyNN_brainscales_emu.training import ablation

CHIPS = [{"chip": chip} for chip in (0, 1, 2)]


def run(effects=tuple(experiments.LOSS), parameters=CHIPS, **options):
    return ablation(experiments.convert, parameters, effects, executor=0, progress=False, **options)


def test_each_effect_alone_and_all_but_each(tmp_path, capsys):
    table = run(folder=tmp_path)
    medians = dict(zip(table.columns["effects"], table.columns["median"], strict=True))
    assert medians == pytest.approx(
        {
            "none": 0.99,
            "only write": 0.79,
            "only range": 0.94,
            "only links": 0.99,
            "all but write": 0.94,
            "all but range": 0.79,
            "all but links": 0.74,
            "all": 0.74,
        }
    )
    assert table["upper quartile"] - table["lower quartile"] == pytest.approx([0.01] * 8)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "after_conversion"
    assert printed[-1].split() == ["all", "3", "0.735", "0.74", "0.745"]


def test_cases_that_are_the_same_are_computed_once(tmp_path):
    two = run(("write", "range"), folder=tmp_path, show=False)
    assert two.columns["effects"] == ["none", "only write", "only range", "all"]
    one = run(("write",), folder=tmp_path, show=False)
    assert one.columns["effects"] == ["none", "all"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"effects": ()}, "effects; got .*at least one name"),
        ({"effects": ("write", "write")}, "each of them once"),
        ({"parameters": []}, "at least one mapping"),
        ({"parameters": [{"chip": 1, "effects": []}]}, "without effects of its own"),
    ],
)
def test_bad_ablations(tmp_path, change, message):
    with pytest.raises(ParameterError, match=message):
        run(folder=tmp_path, **change)


def test_what_is_not_returned_cannot_be_compared(tmp_path):
    with pytest.raises(TrainingError, match="does not return what is measured; got 'after_loop'"):
        run(folder=tmp_path, measured="after_loop")
