"""The import direction of the package: who may import whom, read from the source.

Sub-packages are the stages of the emulated machine, modules at the top level the PyNN back end.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = "pyNN_brainscales_emu"
ROOT = Path(__file__).resolve().parents[1] / PACKAGE

#: Modules that every layer may import.
COMMON = (
    "errors",
    "effects",
    "options",
    "link_settings",
    "mapping_options",
    "keyed_random",
    "array_pieces",
    "files",
    "processors",
)

#: What a layer may import of the package besides `COMMON` and itself. A name with a dot allows
#: one module of a layer, a name without one the whole layer.
ALLOWED = {
    "hardware": (),
    "_kernels": (),
    "calibration": ("hardware", "_kernels"),
    "links": ("hardware", "_kernels"),
    "neuron_models": (),
    "description": ("hardware", "neuron_models"),
    "mapping": ("description", "hardware", "_kernels"),
    "translation": (
        "mapping.results",
        "mapping.layer1_results",
        "mapping.mapped_network",
        "description",
        "calibration",
        "hardware",
    ),
    "experiment": (
        "neuron_models",
        "description",
        "mapping.results",
        "translation.realised",
        "links",
        "hardware",
    ),
    "emulator": (
        "experiment",
        "neuron_models",
        "description.synapse_rules",
        "links",
        "_kernels",
    ),
    "data": (
        "description",
        "mapping.results",
        "mapping.analog_outputs",
        "translation.realised",
        "translation.sent",
        "experiment",
        "emulator.raw",
        "links.counts",
        "hardware",
    ),
    "measurement": (
        "calibration",
        "neuron_models",
        "experiment",
        "emulator",
        "data.readout",
        "hardware",
    ),
    "spiking": (),
    "command_line": (
        "calibration",
        "measurement",
        "hardware",
        "mapping.results",
        "data.parameter_report",
        "data.report",
        "data.report_file",
        "planning",
        "partition",
    ),
    "partition": (),
    "substrates": ("partition",),
}

#: Layers and modules with rules of their own: these only, not even `COMMON`.
EXACT = {
    "errors": (),
    "keyed_random": (),
    "array_pieces": (),
    "effects": ("errors",),
    "foreign_options": (),
    "files": ("errors", "machine_memory"),
    "link_settings": ("errors", "hardware.constants"),
    "mapping_options": ("errors", "hardware.constants"),
    "options": (
        "errors",
        "effects",
        "foreign_options",
        "link_settings",
        "mapping_options",
        "hardware.constants",
        "hardware.defects",
        "hardware.defect_file",
        "processors",
    ),
    "control_groups": (),
    "exclusive_use": ("errors",),
    "portions": (),
    "processors": ("control_groups", "_kernels.openmp"),
    "progress": (),
    "machine_memory": ("control_groups",),
    "training": ("errors", "progress", "files"),
}

#: The importers of PyNN: of the sub-packages only these, and every module at the top level but
#: those that the stages share and the pipeline that calls them.
FRONT_END = ("standardmodels", "description.from_pynn")
NOT_FRONT_END = (
    *COMMON,
    "pipeline",
    "pipeline_results",
    "mapping_stage",
    "coefficient_checks",
    "emulation_changes",
    "trial_portions",
    "progress",
    "control_groups",
    "exclusive_use",
    "portions",
    "machine_memory",
)

#: Never imported by `import pyNN_brainscales_emu`: they are optional, or slow to load.
LAZY = (
    "matplotlib",
    "sklearn",
    "PIL",
    "torch",
    "h5py",
    "elephant",
    "scipy.special",
    "pyNN_brainscales_emu.mapping_stage",
    "pyNN_brainscales_emu.translation.stage",
    "pyNN_brainscales_emu.calibration.sources",
)


def module_name(path: Path, root: Path) -> str:
    """Return the dotted name below the package; `__init__` for the package itself."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def modules(root: Path) -> dict[str, Path]:
    """Return the path of every module of the package by its name."""
    return {
        module_name(path, root): path
        for path in sorted(root.rglob("*.py"))
        if "_pynn_entry" not in path.parts
    }


def imported_names(path: Path, name: str) -> set[str]:
    """Return the absolute names that a module imports anywhere, functions included."""
    is_package = path.name == "__init__.py"
    package = [PACKAGE, *([] if name == "__init__" else name.split("."))]
    package = package if is_package and name != "__init__" else package[:-1] or [PACKAGE]
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{stem}.{alias.name}" for alias in node.names}
    return names


def own_imports(path: Path, name: str, known: set[str]) -> set[str]:
    """Return which modules of the package a module imports (`''` for the package itself)."""
    found = set()
    for imported in imported_names(path, name):
        parts = imported.split(".")
        if parts[0] != PACKAGE:
            continue
        parts = parts[1:]
        while parts and ".".join(parts) not in known and parts[0] != "_kernels":
            parts.pop()
        found.add(".".join(parts))
    return found


def may_import(layer: str, target: str) -> bool:
    """Whether a module of a layer may import another module of the package."""
    if target.split(".")[0] == layer:
        return True
    if layer not in EXACT and layer not in ALLOWED:  # the front end stands above all layers
        return True
    permitted = EXACT[layer] if layer in EXACT else (*COMMON, *ALLOWED[layer])
    return any(target == name or target.startswith(name + ".") for name in permitted)


def forbidden_imports(root: Path) -> list[str]:
    """Return every import against the direction as 'importer -> imported'."""
    found = modules(root)
    return [
        f"{name} -> {target or PACKAGE}"
        for name, path in found.items()
        for target in sorted(own_imports(path, name, set(found)))
        if not may_import(name.split(".")[0], target)
    ]


def importers_of(root: Path, foreign: str) -> set[str]:
    """Return the modules that import a foreign package."""
    return {
        name
        for name, path in modules(root).items()
        if any(imported.split(".")[0] == foreign for imported in imported_names(path, name))
    }


def is_front_end(name: str) -> bool:
    """Whether a module belongs to the front end."""
    if "." not in name and not (ROOT / name).is_dir():
        return name not in NOT_FRONT_END
    return any(name == entry or name.startswith(entry + ".") for entry in FRONT_END)


def test_imports_follow_the_layers() -> None:
    assert forbidden_imports(ROOT) == []


def test_every_sub_package_has_a_rule() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders <= {*ALLOWED, *EXACT, *FRONT_END}


def test_only_the_front_end_imports_pynn() -> None:
    assert [name for name in sorted(importers_of(ROOT, "pyNN")) if not is_front_end(name)] == []


def test_neo_is_imported_where_data_leave_or_are_trained_on() -> None:
    def handles_neo(name: str) -> bool:
        return is_front_end(name) or name.split(".")[0] in ("data", "training")

    assert [name for name in sorted(importers_of(ROOT, "neo")) if not handles_neo(name)] == []


@pytest.mark.parametrize(
    ("layer", "line", "complaint"),
    [
        ("emulator", f"from {PACKAGE}.mapping import results", "mapping.results"),
        ("emulator", "from ..description.bio_graph import BioGraph", "description.bio_graph"),
        ("translation", f"from {PACKAGE}.mapping.mapper import route", "mapping.mapper"),
        ("hardware", f"import {PACKAGE}.calibration.curves", "calibration.curves"),
        ("training", f"from {PACKAGE} import simulator", "simulator"),
        ("links", f"def late():\n    import {PACKAGE}", PACKAGE),
        ("keyed_random", f"from {PACKAGE}.errors import DataError", "errors"),
    ],
)
def test_an_import_against_the_direction_is_found(
    tmp_path: Path, layer: str, line: str, complaint: str
) -> None:
    for module in (
        "mapping.results",
        "mapping.mapper",
        "description.bio_graph",
        "calibration.curves",
        "simulator",
        "errors",
    ):
        path = tmp_path.joinpath(*module.split(".")).with_suffix(".py")
        path.parent.mkdir(exist_ok=True)
        path.touch()
    name = layer if layer in EXACT and layer != "training" else f"{layer}.bad"
    bad = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
    bad.parent.mkdir(exist_ok=True)
    bad.write_text(line + "\n")
    assert forbidden_imports(tmp_path) == [f"{name} -> {complaint}"]


def test_importing_the_package_loads_nothing_optional() -> None:
    script = (
        "import sys, json; import pyNN.common, neo; before = set(sys.modules); "
        f"import {PACKAGE}; "
        f"print(json.dumps([m for m in {LAZY!r} if m in set(sys.modules) - before]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT.parent
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
