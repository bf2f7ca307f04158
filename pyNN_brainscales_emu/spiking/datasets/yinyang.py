"""The Yin-Yang data set of Kriener, Goeltz and Petrovici (2022), arXiv 2102.08211.

Points in the Yin-Yang sign, drawn class by class so that yin, yang and the two dots are equally
frequent. The order of draws is the published one: the same seed gives the same points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from pyNN_brainscales_emu.errors import ParameterError


class YinYangDataset(torch.utils.data.Dataset[tuple[Any, int]]):
    """Points (x, y, 1 - x, 1 - y) and their class: 0 yin, 1 yang, 2 dot.

    Parameters
    ----------
    r_small, r_big : float
        Radius of the dots and of the sign.
    size : int
    seed : int
    transform : callable, optional
        Applied to each point when it is read.
    """

    class_names = ("yin", "yang", "dot")

    def __init__(
        self,
        r_small: float = 0.1,
        r_big: float = 0.5,
        size: int = 1000,
        seed: int = 42,
        transform: Callable[[Any], Any] | None = None,
    ) -> None:
        super().__init__()
        if 2 * r_small >= r_big:
            raise ParameterError(
                "YinYangDataset: r_small", value=r_small, limit=f"below r_big / 2 = {r_big / 2:g}"
            )
        self.r_small, self.r_big, self.transform = r_small, r_big, transform
        self.rng = np.random.RandomState(seed)  # the generator of the published data
        samples = [self.get_sample(goal=int(self.rng.randint(3))) for _ in range(size)]
        self._points = np.array([(x, y, 1.0 - x, 1.0 - y) for x, y, _ in samples])
        self._classes = [kind for _, _, kind in samples]

    def get_sample(self, goal: int | None = None) -> tuple[float, float, int]:
        """Draw a point of the sign, of class `goal` if given; return x, y and its class."""
        while True:
            x, y = self.rng.rand(2) * 2.0 * self.r_big
            if math.hypot(x - self.r_big, y - self.r_big) <= self.r_big:
                kind = self.which_class(x, y)
                if goal is None or kind == goal:
                    return float(x), float(y), kind

    def which_class(self, x: float, y: float) -> int:
        """Return the class of a point: 0 yin, 1 yang, 2 dot."""
        right, left = self.dist_to_right_dot(x, y), self.dist_to_left_dot(x, y)
        if right < self.r_small or left < self.r_small:
            return 2
        in_left_half_circle = self.r_small < left <= 0.5 * self.r_big
        above = y > self.r_big and right > 0.5 * self.r_big
        return int(right <= self.r_small or in_left_half_circle or above)

    def dist_to_right_dot(self, x: float, y: float) -> float:
        """Return the distance to the centre of the right dot."""
        return math.hypot(x - 1.5 * self.r_big, y - self.r_big)

    def dist_to_left_dot(self, x: float, y: float) -> float:
        """Return the distance to the centre of the left dot."""
        return math.hypot(x - 0.5 * self.r_big, y - self.r_big)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        sample: Any = self._points[index].copy()
        if self.transform is not None:
            sample = self.transform(sample)
        return sample, self._classes[index]

    def __len__(self) -> int:
        return len(self._classes)
