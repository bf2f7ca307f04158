"""Builds the compiled kernels; everything else is in pyproject.toml."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

KERNELS = tuple(sorted(path.stem for path in Path("cython_kernels").glob("*.pyx")))
HEADERS = sorted(str(path) for path in Path("cython_kernels").rglob("*.h"))
MODELS = sorted(path.stem for path in Path("cython_kernels/models").glob("*.h"))
GENERATED = Path("build/generated")
DEBUG = os.environ.get("BRAINSCALES_EMU_DEBUG", "") == "1"
SANITIZE = os.environ.get("BRAINSCALES_EMU_SANITIZE", "") == "1"

# No contraction of a * b + c but where the source says so: results are then equal to the bit for
# every instruction set with that instruction, thread count and loop shape.
COMPILE_ARGS = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
SANITIZER_ARGS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"] if SANITIZE else []
if SANITIZE:
    COMPILE_ARGS = [*COMPILE_ARGS, "-O1", "-g", "-fno-omit-frame-pointer", *SANITIZER_ARGS]


def openmp_flags() -> list[str]:
    """Return the OpenMP flag if the compiler takes it; without it the kernels run serially."""
    compiler = os.environ.get("CC", "cc").split()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.c")
        source.write_text("#include <omp.h>\nint main(void) { return !omp_get_num_threads(); }\n")
        command = [*compiler, "-fopenmp", str(source), "-o", str(Path(folder, "probe"))]
        try:
            found = subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            found = False
    if not found:
        sys.stderr.write("setup.py: the compiler has no OpenMP; kernels will use one thread\n")
    return ["-fopenmp"] if found else []


def list_neuron_models() -> None:
    """Write the headers that list all models; a file in cython_kernels/models is all it takes."""
    GENERATED.mkdir(parents=True, exist_ok=True)
    files = "".join(f'#include "models/{name}.h"\n' for name in MODELS)
    entries = " ".join(f"X({name})" for name in MODELS)
    for name, text in {
        "model_files.h": f"/* Made by setup.py. No include guard: compiled often. */\n{files}",
        "model_list.h": f"/* Made by setup.py. */\n#define NEURON_MODELS(X) {entries}\n",
    }.items():
        path = GENERATED / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


WORKERS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
OPENMP = openmp_flags()
list_neuron_models()
EXTENSIONS = [
    Extension(
        f"pyNN_brainscales_emu._kernels.{name}",
        [f"cython_kernels/{name}.pyx"],
        include_dirs=["cython_kernels", str(GENERATED)],
        depends=HEADERS,
        extra_compile_args=COMPILE_ARGS + OPENMP,
        extra_link_args=OPENMP + SANITIZER_ARGS,
    )
    for name in KERNELS
]

# The guard is for the worker processes of cythonize, which may import this file again.
if __name__ == "__main__":
    setup(
        ext_modules=cythonize(
            EXTENSIONS,
            nthreads=WORKERS,
            include_path=["."],
            build_dir="build/cython",
            compiler_directives={
                "language_level": "3",
                "boundscheck": DEBUG,
                "wraparound": False,
                "cdivision": True,
                "initializedcheck": DEBUG,
                "embedsignature": True,
                "freethreading_compatible": True,
            },
        ),
        options={"build_ext": {"parallel": WORKERS}},
    )
