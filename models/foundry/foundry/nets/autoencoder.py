"""The autoencoder: complex images to a grid of a quarter of the size with 8 bounded channels, and back.

Latents are bounded by ``3 tanh(z/3)`` and disturbed by noise in training, so that the latent prior may miss by a
little without the decoder falling apart. No attention, no normalisation: any size that is a multiple of 4 works.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import Conv, Down, Pullback, Unshuffle, Up, silu_pull

BOUND = 3.0


class PlainBlock(nn.Module):
    """Residual block without noise level: SiLU, 3x3, SiLU, 3x3 (zero-started)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Conv(channels, channels)
        self.second = Conv(channels, channels, zero=True)

    def forward(self, x: Tensor) -> Tensor:
        """``[n, c, h, w]`` to the same."""
        return x + self.second(F.silu(self.first(F.silu(x))))

    def pull(self, x: Tensor) -> tuple[Tensor, Pullback]:
        """Forward and pullback."""
        a, back_a = silu_pull(x)
        h, back_first = self.first.pull(a)
        b, back_b = silu_pull(h)
        y, back_second = self.second.pull(b)
        return x + y, lambda g: g + back_a(back_first(back_b(back_second(g))))


class Autoencoder(nn.Module):
    """E: ``[n, 2, y, x]`` to ``[n, channels, y/4, x/4]``; D: back."""

    multiple = 4

    def __init__(self, channels: int = 8, widths: tuple[int, int] = (48, 96), blocks: int = 2) -> None:
        super().__init__()
        fine, coarse = widths
        self.unshuffle = Unshuffle(2)
        self.encoder = nn.Sequential(
            Conv(8, fine),
            PlainBlock(fine),
            Down(fine, coarse),
            *[PlainBlock(coarse) for _ in range(blocks)],
            Conv(coarse, channels),
        )
        self.decoder = nn.Sequential(
            Conv(channels, coarse),
            *[PlainBlock(coarse) for _ in range(blocks)],
            Up(coarse, fine),
            *[PlainBlock(fine) for _ in range(blocks)],
            Conv(fine, 8),
        )

    def encode(self, x: Tensor) -> Tensor:
        """Bounded latents of an image."""
        return BOUND * torch.tanh(self.encoder(self.unshuffle(x)) / BOUND)

    def decode(self, z: Tensor) -> Tensor:
        """The image of latents."""
        return self.unshuffle.inverse(self.decoder(z))

    def forward(self, x: Tensor) -> Tensor:
        """D(E(x))."""
        return self.decode(self.encode(x))

    def decode_pull(self, z: Tensor) -> tuple[Tensor, Pullback]:
        """D(z) and its pullback."""
        h, backs = z, []
        for layer in self.decoder:
            h, back = layer.pull(h)
            backs.append(back)

        def pullback(g: Tensor) -> Tensor:
            g = self.unshuffle(g)
            for back in reversed(backs):
                g = back(g)
            return g

        return self.unshuffle.inverse(h), pullback


def build_autoencoder(model: dict[str, Any]) -> Autoencoder:
    """An autoencoder from a configuration's ``[model]`` table."""
    widths = model.get("widths", [48, 96])
    return Autoencoder(int(model.get("channels", 8)), (int(widths[0]), int(widths[1])), int(model.get("blocks", 2)))
