"""Images as Poisson rates, and rates as spike trains."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.errors import DataError, ParameterError

#: Sum of the rates of all pixels of an image, in Hz (Schmitt et al. 2017, section III-B.1).
TOTAL_RATE = 2500.0
#: Stimulus of an image, and the silence that follows it, in ms (ibid.).
STIMULUS_DURATION, SILENCE = 900.0, 100.0
PRESENTATION_DURATION = STIMULUS_DURATION + SILENCE


def poisson_rates(images: ArrayLike, total_rate: float = TOTAL_RATE) -> NDArray[np.float64]:
    """Return the rate of each pixel, proportional to its grey value.

    Each image has the same total rate, whatever its ink: so no image floods the links, and the
    network sees its shape and not its brightness.

    Parameters
    ----------
    images : array, (n, rows, columns) or (n, pixels)
        Grey values from 0 to 1.
    total_rate : float
        Sum over the pixels of one image, in Hz.

    Returns
    -------
    array of float, (n, pixels)
        Rates in Hz.

    Raises
    ------
    DataError
        If the array has another shape, a value is not a number or out of range, or an image is
        black altogether.
    ParameterError
        If the total rate is not a positive number.
    """
    grey = _checked(images)
    if not (np.isfinite(total_rate) and total_rate > 0):
        raise ParameterError(
            "poisson_rates(): total_rate", value=total_rate, limit="a positive number of Hz"
        )
    ink = grey.sum(axis=1, keepdims=True)
    black = np.flatnonzero(ink == 0)
    if len(black):
        raise DataError(
            "images that are black altogether have no rates: indices",
            value=black[:10].tolist(),
            limit="at least one pixel above 0",
            remedy="Leave these images out.",
        )
    return np.asarray(grey * (total_rate / ink), dtype=np.float64)


def poisson_trains(
    rates: NDArray[np.float64],
    generator: np.random.Generator,
    duration: float = STIMULUS_DURATION,
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Draw one Poisson train for each image and pixel.

    Parameters
    ----------
    rates : array, (n, pixels)
        In Hz.
    generator : numpy.random.Generator
    duration : float
        Length of the trains, in ms.

    Returns
    -------
    image, pixel, time : arrays, (n_spikes,)
        Ordered by image and time; times in ms from the start of the image.
    """
    counts = generator.poisson(rates * (duration * 1e-3))
    cell = np.repeat(np.arange(counts.size), counts.ravel())
    image, pixel = np.divmod(cell, rates.shape[1])
    time = generator.uniform(0.0, duration, size=len(cell))
    order = np.lexsort((time, image))
    return image[order], pixel[order], time[order]


def _checked(images: ArrayLike) -> NDArray[np.float64]:
    grey = np.asarray(images, dtype=np.float64)
    if grey.ndim not in (2, 3) or grey.size == 0:
        raise DataError(
            "images have the wrong shape",
            value=grey.shape,
            limit="(n, rows, columns) or (n, pixels), none of them 0",
            remedy="Put a single image into a stack with image[np.newaxis].",
        )
    grey = grey.reshape(len(grey), -1)
    if not np.isfinite(grey).all():
        bad = np.flatnonzero(~np.isfinite(grey).all(axis=1))
        raise DataError(
            "images contain values that are not numbers: indices", value=bad[:10].tolist()
        )
    if grey.min() < 0 or grey.max() > 1:
        raise DataError(
            "images have grey values out of range",
            value=(float(grey.min()), float(grey.max())),
            limit="0 to 1",
            remedy="Divide 8-bit images by 255.",
        )
    return grey
