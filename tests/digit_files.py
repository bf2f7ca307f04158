"""Small data sets in the form of large ones."""

from pathlib import Path

import numpy as np


def write_digits_as_mnist(folder: Path, n_train: int = 150, n_test: int = 100) -> None:
    """Write scikit-learn's digits as MNIST's four files, 28 x 28 pixels."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.kron(digits.images * (255 / 16), np.ones((3, 3))).astype(np.uint8)
    images = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    for part, chosen in (
        ("train", slice(0, n_train)),
        ("t10k", slice(n_train, n_train + n_test)),
    ):
        for name, magic, values in (
            ("images-idx3", 0x803, images[chosen]),
            ("labels-idx1", 0x801, digits.target[chosen].astype(np.uint8)),
        ):
            header = np.array([magic, *values.shape], dtype=">u4").tobytes()
            (folder / f"{part}-{name}-ubyte").write_bytes(header + values.tobytes())
