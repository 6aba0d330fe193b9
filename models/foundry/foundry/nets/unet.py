"""The multi-decoder U-Net: one encoder for all noise levels, one decoder per stage (arXiv 2312.09181, 4.2).

Each decoder has its own width and may go deeper than the encoder: the bottleneck belongs to the decoder. A stage
is used on its own (encoder plus one decoder), so that a purifier loads only the low-noise stage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .layers import Block, Conv, Down, NoiseEmbedding, Pullback, Unshuffle, Up, coordinates

PairPullback = Callable[[Tensor], tuple[Tensor, Tensor]]
FeaturePullback = Callable[[Tensor], list[Tensor]]  # one gradient per encoder level, finest first


@dataclass(frozen=True)
class DecoderSpec:
    """Widths of one decoder: ``widths`` per encoder level (finest first), ``deep`` further levels below them."""

    widths: tuple[int, ...]
    deep: tuple[int, ...] = ()
    coordinates: bool = False
    blocks: int = 1


class Encoder(nn.Module):
    """Stem and one block per level: ``[n, c, h, w]`` to features, finest first."""

    def __init__(self, channels: int, widths: tuple[int, ...], stem: int, embedding: int) -> None:
        super().__init__()
        self.unshuffle = Unshuffle(channels) if stem == 2 else None
        self.enter = Conv(channels * stem * stem, widths[0])
        self.blocks = nn.ModuleList(Block(w, embedding) for w in widths)
        self.downs = nn.ModuleList(Down(a, b) for a, b in zip(widths[:-1], widths[1:], strict=True))

    def forward(self, x: Tensor, embedding: Tensor) -> list[Tensor]:
        """Features of every level, each ``[n, width, h/2^k, w/2^k]``."""
        h = self.enter(self.unshuffle(x) if self.unshuffle else x)
        out = []
        for level, block in enumerate(self.blocks):
            h = block(h, embedding)
            out.append(h)
            if level < len(self.downs):
                h = self.downs[level](h)
        return out

    def pull(self, x: Tensor, embedding: Tensor) -> tuple[list[Tensor], list[Pullback]]:
        """Features and, per level, the pullback of everything since the level above."""
        h, back = self.enter.pull(self.unshuffle(x) if self.unshuffle else x)
        if self.unshuffle:
            h, back = h, _chain(self.unshuffle.inverse, back)
        features, backs = [], []
        for level, block in enumerate(self.blocks):
            h, back_block = block.pull(h, embedding)
            features.append(h)
            backs.append(_chain(back, back_block))
            if level < len(self.downs):
                h, back = self.downs[level].pull(h)
        return features, backs


def _chain(outer: Pullback, inner: Pullback) -> Pullback:
    """The pullback of ``outer`` after ``inner`` has been pulled back."""
    return lambda g: outer(inner(g))


class Rise(nn.Module):
    """One level of a decoder upwards: double the grid, join the skip, mix by 1x1, residual blocks."""

    def __init__(self, below: int, skip: int, width: int, embedding: int, blocks: int) -> None:
        super().__init__()
        self.up = Up(below, width)
        self.join = Conv(skip, width, size=1)
        self.blocks = nn.ModuleList(Block(width, embedding) for _ in range(blocks))

    def forward(self, x: Tensor, skip: Tensor, embedding: Tensor) -> Tensor:
        """``[n, below, h, w]`` and ``[n, skip, 2h, 2w]`` to ``[n, width, 2h, 2w]``."""
        h = self.up(x) + self.join(skip)
        for block in self.blocks:
            h = block(h, embedding)
        return h

    def pull(self, x: Tensor, skip: Tensor, embedding: Tensor) -> tuple[Tensor, PairPullback]:
        """Forward and the pullback to (``x``, ``skip``)."""
        a, back_up = self.up.pull(x)
        b, back_join = self.join.pull(skip)
        h, backs = a + b, []
        for block in self.blocks:
            h, back = block.pull(h, embedding)
            backs.append(back)

        def pullback(g: Tensor) -> tuple[Tensor, Tensor]:
            for back in reversed(backs):
                g = back(g)
            return back_up(g), back_join(g)

        return h, pullback


class Decoder(nn.Module):
    """Bottleneck and rise of one stage; ends in a zero-started kernel."""

    def __init__(self, spec: DecoderSpec, encoder: tuple[int, ...], channels: int, stem: int, embedding: int) -> None:
        super().__init__()
        if len(spec.widths) != len(encoder):
            raise ValueError(f"a decoder needs one width per encoder level: {spec.widths} for {encoder}")
        self.with_coordinates = spec.coordinates
        extra = 2 if spec.coordinates else 0
        bottom = (*spec.widths[-1:], *spec.deep)
        self.enter = Conv(encoder[-1] + extra, bottom[0], size=1)
        self.sink_blocks = nn.ModuleList(Block(w, embedding) for w in bottom[:-1])
        self.sink_downs = nn.ModuleList(Down(a, b) for a, b in zip(bottom[:-1], bottom[1:], strict=True))
        self.bottom = nn.ModuleList(Block(bottom[-1], embedding) for _ in range(2))
        pairs = list(zip(bottom[1:], bottom[:-1], strict=True))[::-1]
        self.deep_rises = nn.ModuleList(Rise(a, b, b, embedding, 1) for a, b in pairs)
        levels = list(range(len(encoder) - 1))[::-1]
        self.rises = nn.ModuleList(
            Rise(spec.widths[i + 1], encoder[i], spec.widths[i], embedding, spec.blocks) for i in levels
        )
        self.leave = Conv(spec.widths[0], channels * stem * stem, zero=True)
        self.unshuffle = Unshuffle(channels) if stem == 2 else None

    def forward(self, features: list[Tensor], embedding: Tensor) -> Tensor:
        """Encoder features to ``[n, c, h, w]``."""
        h = features[-1]
        if self.with_coordinates:
            h = torch.cat([h, coordinates(h)], dim=1)
        h = self.enter(h)
        skips = []
        for block, down in zip(self.sink_blocks, self.sink_downs, strict=True):
            h = block(h, embedding)
            skips.append(h)
            h = down(h)
        for block in self.bottom:
            h = block(h, embedding)
        for rise in self.deep_rises:
            h = rise(h, skips.pop(), embedding)
        for rise, skip in zip(self.rises, features[-2::-1], strict=True):
            h = rise(h, skip, embedding)
        out = self.leave(h)
        return self.unshuffle.inverse(out) if self.unshuffle else out

    def pull(self, features: list[Tensor], embedding: Tensor) -> tuple[Tensor, FeaturePullback]:
        """Forward and the pullback to all encoder features."""
        h = features[-1]
        width = h.shape[1]
        if self.with_coordinates:
            h = torch.cat([h, coordinates(h)], dim=1)
        h, back_enter = self.enter.pull(h)
        down_backs: list[tuple[Pullback, Pullback]] = []
        skips = []
        for block, down in zip(self.sink_blocks, self.sink_downs, strict=True):
            h, back_block = block.pull(h, embedding)
            skips.append(h)
            h, back_down = down.pull(h)
            down_backs.append((back_block, back_down))
        bottoms = []
        for block in self.bottom:
            h, back = block.pull(h, embedding)
            bottoms.append(back)
        deep_backs = []
        for rise in self.deep_rises:
            h, back_rise = rise.pull(h, skips.pop(), embedding)
            deep_backs.append(back_rise)
        backs = []
        for rise, skip in zip(self.rises, features[-2::-1], strict=True):
            h, back_rise = rise.pull(h, skip, embedding)
            backs.append(back_rise)
        out, back_leave = self.leave.pull(h)

        def pullback(g: Tensor) -> list[Tensor]:
            g = back_leave(self.unshuffle(g) if self.unshuffle else g)
            grads: list[Tensor] = []
            for back_rise in reversed(backs):
                g, g_skip = back_rise(g)
                grads.append(g_skip)
            skip_grads = []
            for back_rise in reversed(deep_backs):
                g, g_skip = back_rise(g)
                skip_grads.append(g_skip)
            for back in reversed(bottoms):
                g = back(g)
            for back_block, back_down in reversed(down_backs):
                g = back_block(back_down(g) + skip_grads.pop())
            grads.append(back_enter(g)[:, :width])
            return grads

        return self.unshuffle.inverse(out) if self.unshuffle else out, pullback


class MultiDecoderUNet(nn.Module):
    """Encoder, noise embedding and one decoder per stage; sizes must be multiples of :meth:`multiple`."""

    def __init__(
        self,
        channels: int,
        encoder: tuple[int, ...],
        decoders: tuple[DecoderSpec, ...],
        stem: int = 2,
        embedding: int = 64,
        coordinate_input: bool = False,
    ) -> None:
        super().__init__()
        self.coordinate_input = coordinate_input
        inputs = channels + (2 if coordinate_input else 0)
        self.embed = NoiseEmbedding(embedding)
        self.encoder = Encoder(inputs, encoder, stem, embedding)
        self.decoders = nn.ModuleList(Decoder(d, encoder, channels, stem, embedding) for d in decoders)
        self._multiples = [stem * 2 ** (len(encoder) - 1 + len(d.deep)) for d in decoders]
        self.channels = channels

    def multiple(self, stage: int) -> int:
        """Both sides of the input of a stage must be a multiple of this number."""
        return self._multiples[stage]

    def forward(self, x: Tensor, noise: Tensor, stage: int) -> Tensor:
        """``[n, c, h, w]`` and the noise coordinate ``[n]`` to ``[n, c, h, w]``, through one stage's decoder."""
        embedding = self.embed(noise)
        if self.coordinate_input:
            x = torch.cat([x, coordinates(x)], dim=1)
        return self.decoders[stage](self.encoder(x, embedding), embedding)

    def pull(self, x: Tensor, noise: Tensor, stage: int) -> tuple[Tensor, Pullback]:
        """Forward and pullback with respect to ``x``."""
        embedding = self.embed(noise)
        if self.coordinate_input:
            x = torch.cat([x, coordinates(x)], dim=1)
        features, backs = self.encoder.pull(x, embedding)
        out, back_decoder = self.decoders[stage].pull(features, embedding)

        def pullback(g: Tensor) -> Tensor:
            grads = back_decoder(g)
            total = grads[-1]
            for level in range(len(features) - 1, 0, -1):
                total = grads[level - 1] + backs[level](total)
            return backs[0](total)[:, : self.channels]

        return out, pullback
