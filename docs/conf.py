"""Sphinx configuration; build with ``make docs``."""

import sys
import tomllib
from pathlib import Path

import pyNN_brainscales_emu

project = "pyNN.brainscales_emu"
author = "The pyNN.brainscales_emu developers"
copyright = f"2026, {author}"
PYPROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
release = version = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "numpydoc",
]
exclude_patterns = ["_build", "_templates"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = ["_static"]

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings name types together with shapes and units
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# The function `sim.mapping` hides the sub-package of the same name from autosummary.
vars(pyNN_brainscales_emu)["mapping"] = sys.modules["pyNN_brainscales_emu.mapping"]
