"""Networks described layer by layer: sizes and fan-in, no synapse is made.

A network is its input shape and a sequence of layers. Convolutions are unrolled in space: each
output pixel of each channel is a neuron of its own. Pooling and normalisation change the shape and
take no neurons, as in figure 2 of Arnold et al. (2025).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pyNN_brainscales_emu.errors import NetworkError

#: Channels, height, width. A layer that is not an image has height and width 1.
Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Dense:
    """A layer whose neurons see all outputs of the layer before.

    Parameters
    ----------
    neurons : int
    recurrent : bool
        Whether each neuron sees all neurons of its own layer as well.
    """

    neurons: int
    recurrent: bool = False

    def shape_after(self, shape: Shape) -> Shape:
        """Return the shape of the output."""
        _check_positive(self, "neurons")
        return (self.neurons, 1, 1)

    def fan_in(self, shape: Shape) -> int:
        """Return the inputs of one neuron."""
        return math.prod(shape) + (self.neurons if self.recurrent else 0)

    def __str__(self) -> str:
        return f"{'recurrent' if self.recurrent else 'dense'}{self.neurons}"


@dataclass(frozen=True)
class Convolution:
    """A convolution, unrolled: a neuron for each channel and output pixel.

    Parameters
    ----------
    channels : int
        Of the output.
    kernel : int
        Side of the square receptive field, in pixels.
    stride, padding : int
        In pixels, alike in both directions.
    """

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0

    def shape_after(self, shape: Shape) -> Shape:
        """Return the shape of the output."""
        _check_positive(self, "channels", "kernel", "stride")
        height, width = (
            _slid(self, size + 2 * self.padding, self.kernel, self.stride) for size in shape[1:]
        )
        return (self.channels, height, width)

    def fan_in(self, shape: Shape) -> int:
        """Return the inputs of one neuron; those at the border count like all others."""
        return shape[0] * self.kernel**2

    def __str__(self) -> str:
        stride = f"s{self.stride}" if self.stride != 1 else ""
        padding = f"p{self.padding}" if self.padding else ""
        return f"conv{self.channels}k{self.kernel}{stride}{padding}"


@dataclass(frozen=True)
class Pooling:
    """Takes together pixels of a channel; no neurons.

    Parameters
    ----------
    size : int
        Side of the window, in pixels; windows do not overlap.
    """

    size: int

    def shape_after(self, shape: Shape) -> Shape:
        """Return the shape of the output."""
        _check_positive(self, "size")
        height, width = (_slid(self, size, self.size, self.size) for size in shape[1:])
        return (shape[0], height, width)

    def __str__(self) -> str:
        return f"pool{self.size}"


Layer = Dense | Convolution | Pooling


@dataclass(frozen=True)
class LayeredNetwork:
    """A network layer by layer.

    Parameters
    ----------
    name : str
    inputs : tuple of int
        Channels, height and width of the input.
    layers : tuple of Layer
    """

    name: str
    inputs: Shape
    layers: tuple[Layer, ...]

    @classmethod
    def parse(cls, text: str, name: str | None = None) -> LayeredNetwork:
        """Read a description such as ``'1x28x28 conv6k5p2 pool2 conv16k5 pool2 dense10'``.

        Parameters
        ----------
        text : str
            The shape of the input (``784`` or ``3x32x32``: channels, height, width), then the
            layers: ``denseN``, ``recurrentN``, ``convNkK`` with ``sS`` (stride) and ``pP``
            (padding) as needed, ``poolN``.
        name : str, optional
            The text itself by default.

        Raises
        ------
        NetworkError
            With every word that cannot be read.
        """
        words = text.split()
        shape = _parse_shape(words[0]) if words else None
        layers = [_parse_layer(word) for word in words[1:]]
        read = zip(words, [shape, *layers], strict=False)
        unreadable = [word for word, meaning in read if meaning is None]
        if shape is None or not layers or unreadable:
            raise NetworkError(
                f"network {text!r}: cannot read {', '.join(unreadable) or 'it: it has no layers'}",
                remedy="Write the input's shape, then layers: '784 dense256 dense10', "
                "'3x32x32 conv64k3p1 pool2 recurrent100 dense10'.",
            )
        known = tuple(layer for layer in layers if layer is not None)
        return cls(name or " ".join(words), shape, known)

    def __str__(self) -> str:
        inputs = "x".join(str(size) for size in self.inputs if size != 1 or self.inputs[1] != 1)
        return " ".join([inputs, *map(str, self.layers)])


def _slid(layer: Layer, size: int, window: int, stride: int) -> int:
    """Return at how many places a window fits."""
    if size < window:
        raise NetworkError(f"layer {layer}: its window is larger than its input", value=size)
    return (size - window) // stride + 1


def _check_positive(layer: Layer, *names: str) -> None:
    for name in names:
        if getattr(layer, name) < 1:
            raise NetworkError(
                f"layer {layer}: {name}", value=getattr(layer, name), limit="at least 1"
            )


def _parse_shape(word: str) -> Shape | None:
    if not re.fullmatch(r"[1-9]\d*(x[1-9]\d*){0,2}", word):
        return None
    sizes = [int(size) for size in word.split("x")]
    if len(sizes) == 2:  # an image of one channel
        sizes = [1, *sizes]
    return tuple((sizes + [1, 1])[:3])  # type: ignore[return-value]


#: How each word is read: pattern, and what it makes of the numbers.
_WORDS: Final[Sequence[tuple[str, Callable[..., Layer]]]] = (
    (r"dense(\d+)", lambda n: Dense(int(n))),
    (r"recurrent(\d+)", lambda n: Dense(int(n), recurrent=True)),
    (r"pool(\d+)", lambda n: Pooling(int(n))),
    (
        r"conv(\d+)k(\d+)(?:s(\d+))?(?:p(\d+))?",
        lambda n, k, s, p: Convolution(int(n), int(k), int(s or 1), int(p or 0)),
    ),
)


def _parse_layer(word: str) -> Layer | None:
    for pattern, make in _WORDS:
        found = re.fullmatch(pattern, word)
        if found is not None:
            return make(*found.groups())
    return None
