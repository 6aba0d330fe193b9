"""Layers that know their own gradient.

Every layer has two ways to be called. ``layer(x)`` is the ordinary forward pass, used in training.
``layer.pull(x)`` answers ``(y, pullback)``, where ``pullback(g)`` is the vector-Jacobian product J^T g written
with forward operators only (transposed convolutions with the same weights, the derivative of SiLU, ...), so that
it can be traced into an ONNX graph. Exporters cannot do that for automatic differentiation.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Pullback = Callable[[Tensor], Tensor]


def silu_pull(x: Tensor) -> tuple[Tensor, Pullback]:
    """SiLU and its pullback."""
    s = torch.sigmoid(x)
    return x * s, lambda g: g * (s * (1.0 + x * (1.0 - s)))


class Conv(nn.Conv2d):
    """A convolution of odd size k (1 or 3), stride 1, zero padding, ``[n, in, h, w]`` to ``[n, out, h, w]``."""

    def __init__(self, inputs: int, outputs: int, size: int = 3, zero: bool = False) -> None:
        super().__init__(inputs, outputs, size, padding=size // 2)
        if zero:
            nn.init.zeros_(self.weight)
        else:
            nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        nn.init.zeros_(self.bias)

    def pull(self, x: Tensor) -> tuple[Tensor, Pullback]:
        """Forward and pullback; the pullback is the transposed convolution."""
        pad = self.padding[0]
        return self(x), lambda g: F.conv_transpose2d(g, self.weight, padding=pad)


class Down(nn.Conv2d):
    """Halves the grid: 2x2 convolution of stride 2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 2, stride=2)
        nn.init.normal_(self.weight, std=(inputs * 4) ** -0.5)
        nn.init.zeros_(self.bias)

    def pull(self, x: Tensor) -> tuple[Tensor, Pullback]:
        """Forward and pullback."""
        return self(x), lambda g: F.conv_transpose2d(g, self.weight, stride=2)


class Up(nn.ConvTranspose2d):
    """Doubles the grid: 2x2 transposed convolution of stride 2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 2, stride=2)
        nn.init.normal_(self.weight, std=inputs**-0.5)
        nn.init.zeros_(self.bias)

    def pull(self, x: Tensor) -> tuple[Tensor, Pullback]:
        """Forward and pullback."""
        return self(x), lambda g: F.conv2d(g, self.weight, stride=2)


class Unshuffle(nn.Module):
    """``[n, c, h, w]`` to ``[n, 4 c, h/2, w/2]``, every pixel kept; written as a convolution with a fixed kernel.

    A convolution instead of reshapes keeps the exported graph free of size arithmetic, so any even size works on
    every provider.
    """

    kernel: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("kernel", _unshuffle_kernel(channels), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Rearranges."""
        return F.conv2d(x, self.kernel, stride=2)

    def inverse(self, x: Tensor) -> Tensor:
        """``[n, 4 c, h, w]`` to ``[n, c, 2 h, 2 w]``: the inverse, which is also the adjoint."""
        return F.conv_transpose2d(x, self.kernel, stride=2)


def _unshuffle_kernel(channels: int) -> Tensor:
    kernel = torch.zeros(4 * channels, channels, 2, 2)
    for c in range(channels):
        for j in range(4):
            kernel[4 * c + j, c, j // 2, j % 2] = 1.0
    return kernel


class Block(nn.Module):
    """Residual block without normalisation: SiLU, 3x3, scale and shift from the noise level, SiLU, 3x3.

    The last kernel starts at zero, so that the block starts as the identity.
    """

    def __init__(self, channels: int, embedding: int) -> None:
        super().__init__()
        self.first = Conv(channels, channels)
        self.second = Conv(channels, channels, zero=True)
        self.modulation = nn.Linear(embedding, 2 * channels)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def _scale_shift(self, embedding: Tensor) -> tuple[Tensor, Tensor]:
        scale, shift = self.modulation(embedding)[:, :, None, None].chunk(2, dim=1)
        return 1.0 + scale, shift

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """``[n, c, h, w]`` and ``[n, embedding]`` to ``[n, c, h, w]``."""
        scale, shift = self._scale_shift(embedding)
        h = self.first(F.silu(x))
        return x + self.second(F.silu(h * scale + shift))

    def pull(self, x: Tensor, embedding: Tensor) -> tuple[Tensor, Pullback]:
        """Forward and pullback with respect to ``x``; the noise level is held fixed."""
        scale, shift = self._scale_shift(embedding)
        a, back_a = silu_pull(x)
        h, back_first = self.first.pull(a)
        b, back_b = silu_pull(h * scale + shift)
        y, back_second = self.second.pull(b)

        def pullback(g: Tensor) -> Tensor:
            return g + back_a(back_first(back_b(back_second(g)) * scale))

        return x + y, pullback


class NoiseEmbedding(nn.Module):
    """ln(sigma)/4 (``[n]``) to a vector ``[n, width]``: a few sines, then a small perceptron."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("rates", torch.tensor([1.0, 2.0, 4.0, 8.0]), persistent=False)
        self.inner = nn.Linear(9, width)
        self.outer = nn.Linear(width, width)

    rates: Tensor

    def forward(self, noise: Tensor) -> Tensor:
        """Embeds the noise coordinate."""
        angles = noise[:, None] * self.rates[None, :]
        features = torch.cat([noise[:, None], angles.sin(), angles.cos()], dim=1)
        return F.silu(self.outer(F.silu(self.inner(features))))


def coordinates(x: Tensor) -> Tensor:
    """Two planes ``[n, 2, h, w]`` with y and x in -1..1, for layers that must know where they are."""
    n, _, h, w = x.shape
    one = torch.ones_like(x[:, :1])
    y = torch.linspace(-1.0, 1.0, h, device=x.device, dtype=x.dtype).view(1, 1, h, 1)
    c = torch.linspace(-1.0, 1.0, w, device=x.device, dtype=x.dtype).view(1, 1, 1, w)
    return torch.cat([one * y, one * c], dim=1).expand(n, 2, h, w)
