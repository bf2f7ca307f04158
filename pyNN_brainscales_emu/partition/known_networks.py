"""Networks of the literature, for the planner.

Figure 2 of Arnold et al. (2025) counts single-chip runs of such networks. Sizes are those of the
publications named; convolutions of the residual networks are counted without the 1 x 1 ones of
their shortcuts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from pyNN_brainscales_emu.partition.layers import LayeredNetwork


def _vgg(inputs: str, blocks: Sequence[Sequence[int]], head: str) -> str:
    """Return a VGG network (Simonyan and Zisserman 2015): 3 x 3 convolutions, pooled by two."""
    words = [" ".join(f"conv{n}k3p1" for n in block) + " pool2" for block in blocks]
    return " ".join([inputs, *words, head])


def _residual(inputs: str, stem: str, blocks: Sequence[int], head: str) -> str:
    """Return a residual network (He et al. 2016) of basic blocks, two 3 x 3 convolutions each."""
    words = []
    for stage, n_blocks in enumerate(blocks):
        channels = 64 * 2**stage
        for block in range(n_blocks):
            stride = "s2" if stage > 0 and block == 0 else ""
            words.append(f"conv{channels}k3{stride}p1 conv{channels}k3p1")
    return " ".join([inputs, stem, *words, head])


_VGG11: Final = ((64,), (128,), (256, 256), (512, 512), (512, 512))
_VGG16: Final = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)
_IMAGENET_STEM: Final = "conv64k7s2p3 pool2"
_DESCRIPTIONS: Final = {
    "MNIST 784-256-10": "784 dense256 dense10",
    "MNIST 256-246-10": "256 dense246 dense10",
    "EuroSAT 484-128-10": "3x66x66 conv1k3s3 dense128 dense10",
    "SHD 700-128-20": "700 dense128 dense20",
    "SHD 700-1024-20": "700 dense1024 dense20",
    "SHD 700-128-128-20": "700 dense128 dense128 dense20",
    "SHD 700-1024-1024-20": "700 dense1024 dense1024 dense20",
    "SHD recurrent 1024": "700 recurrent1024 dense20",
    "LeNet-5 / MNIST": "28x28 conv6k5p2 pool2 conv16k5 pool2 dense120 dense84 dense10",
    "VGG-11 / CIFAR-10": _vgg("3x32x32", _VGG11, "dense4096 dense4096 dense10"),
    "VGG-16 / CIFAR-10": _vgg("3x32x32", _VGG16, "dense4096 dense4096 dense10"),
    "ResNet-18 / CIFAR-10": _residual("3x32x32", "conv64k3p1", (2, 2, 2, 2), "pool4 dense10"),
    "VGG-16 / ImageNet": _vgg("3x224x224", _VGG16, "dense4096 dense4096 dense1000"),
    "ResNet-18 / ImageNet": _residual("3x224x224", _IMAGENET_STEM, (2, 2, 2, 2), "pool7 dense1000"),
    "ResNet-34 / ImageNet": _residual("3x224x224", _IMAGENET_STEM, (3, 4, 6, 3), "pool7 dense1000"),
}
#: The networks by name.
KNOWN_NETWORKS: Final[Mapping[str, LayeredNetwork]] = MappingProxyType(
    {name: LayeredNetwork.parse(text, name) for name, text in _DESCRIPTIONS.items()}
)
