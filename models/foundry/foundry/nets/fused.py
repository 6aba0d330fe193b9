"""The whole unrolled reconstructor as one graph, with Fourier transforms as matrix products.

On a GPU the path of ``nets.unrolled`` would carry images back and forth between every two unrolls; these two modules
do not. They hold the same weights and give the same image. Complex values are split planes; a complex matrix F acts on
rows of real and imaginary parts side by side, ``[u_r, u_i] B`` with B = [[F_r^T, F_i^T], [-F_i^T, F_r^T]], and B^T is
its adjoint. Sizes are dynamic. Where a side is not the multiple the denoiser needs, the caller appends rows or columns
whose maps, samples, matrix entries and ``support`` are zero.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ..physics import Measurement
from .unrolled import Unrolled


def dft_rows(size: int, rows: np.ndarray | None = None, padded: int | None = None) -> Tensor:
    """Rows of the centred orthonormal DFT matrix, ``[2, rows, padded]`` float32; columns beyond ``size`` are zero."""
    chosen = np.arange(size) if rows is None else rows
    angle = -2.0 * np.pi * np.outer(chosen - size // 2, np.arange(size) - size // 2) / size
    out = np.zeros((2, len(chosen), padded or size))
    out[0, :, :size], out[1, :, :size] = np.cos(angle) / size**0.5, np.sin(angle) / size**0.5
    return torch.from_numpy(out.astype(np.float32))


def block(matrix: Tensor) -> Tensor:
    """B ``[2 n, 2 m]`` of a complex matrix ``[2, m, n]``."""
    real, imaginary = matrix[0].T, matrix[1].T
    return torch.cat([torch.cat([real, imaginary], dim=1), torch.cat([-imaginary, real], dim=1)], dim=0)


def times_maps(maps: Tensor, x: Tensor) -> Tensor:
    """S x: maps ``[c, 2, y, x]``, image ``[1, 2, y, x]`` to ``[c, 2, y, x]``."""
    real = maps[:, 0] * x[:, 0] - maps[:, 1] * x[:, 1]
    imaginary = maps[:, 0] * x[:, 1] + maps[:, 1] * x[:, 0]
    return torch.stack([real, imaginary], dim=1)


def combine(maps: Tensor, u: Tensor) -> Tensor:
    """sum_c conj(S_c) u_c: ``[c, 2, y, x]`` to ``[1, 2, y, x]``."""
    real = (maps[:, 0] * u[:, 0] + maps[:, 1] * u[:, 1]).sum(0)
    imaginary = (maps[:, 0] * u[:, 1] - maps[:, 1] * u[:, 0]).sum(0)
    return torch.stack([real, imaginary])[None]


def along_x(u: Tensor, matrix: Tensor) -> Tensor:
    """A complex matrix (as B) along the last axis: ``[c, 2, y, n]`` to ``[c, 2, y, m]``."""
    row = torch.cat([u[:, 0], u[:, 1]], dim=2) @ matrix
    half = matrix.shape[1] // 2
    return torch.stack([row[:, :, :half], row[:, :, half:]], dim=1)


def along_y(u: Tensor, matrix: Tensor) -> Tensor:
    """The same along the second last axis."""
    return along_x(u.transpose(2, 3), matrix).transpose(2, 3)


class Fused(nn.Module):
    """What both graphs share: CG and the loop over the unrolls."""

    def __init__(self, model: Unrolled) -> None:
        super().__init__()
        self.model = model

    def normal(self, x: Tensor, physics: tuple[Tensor, ...]) -> Tensor:
        """A^H A x."""
        raise NotImplementedError

    def _cg(self, physics: tuple[Tensor, ...], weight: Tensor, right: Tensor, start: Tensor, steps: int) -> Tensor:
        x = start
        r = right - self.normal(x, physics) - weight * x
        p, rr = r, (r * r).sum()
        for _ in range(steps):
            q = self.normal(p, physics) + weight * p
            alpha = rr / ((p * q).sum() + 1e-30)
            x, r = x + alpha * p, r - alpha * q
            new = (r * r).sum()
            p, rr = r + (new / (rr + 1e-30)) * p, new
        return x

    def _solve(
        self,
        physics: tuple[Tensor, ...],
        back: Tensor,
        support: Tensor,
        schedule: tuple[Tensor, Tensor, Tensor],
    ) -> Tensor:
        sigma, weight, start = schedule
        x = self._cg(physics, start, back, torch.zeros_like(back), self.model.start_steps)
        for k in range(len(self.model.schedule.log_sigma)):
            z = support * self.model.denoiser(x, sigma[k : k + 1], 0)
            x = self._cg(physics, weight[k], back + weight[k] * z, z, self.model.steps)
        return x


class FusedLines(Fused):
    """1-D masks: only the acquired columns are ever computed."""

    def normal(self, x: Tensor, physics: tuple[Tensor, ...]) -> Tensor:
        """A^H A x with the acquired rows of the DFT along x."""
        maps, matrix = physics
        return combine(maps, along_x(along_x(times_maps(maps, x), matrix), matrix.T))

    def forward(
        self,
        samples: Tensor,
        maps: Tensor,
        support: Tensor,
        dft: Tensor,
        sigma: Tensor,
        weight: Tensor,
        start: Tensor,
    ) -> Tensor:
        """The image ``[1, 2, y, x]``.

        samples ``[c, 2, y, m]``: the m acquired columns, transformed back along the readout y; maps ``[c, 2, y, x]``;
        support ``[y, x]``: 1 inside the image, 0 where it was padded; dft ``[2, m, x]``: the rows of the DFT of the
        acquired columns; sigma, weight ``[K]`` and start ``[1]``: the schedule of the scan.
        """
        matrix = block(dft)
        back = combine(maps, along_x(samples, matrix.T))
        return self._solve((maps, matrix), back, support, (sigma, weight, start))


class FusedPlane(Fused):
    """2-D masks: transforms along both axes and a mask between them."""

    def normal(self, x: Tensor, physics: tuple[Tensor, ...]) -> Tensor:
        """A^H A x."""
        maps, mask, vertical, horizontal = physics
        k = mask * along_y(along_x(times_maps(maps, x), horizontal), vertical)
        return combine(maps, along_x(along_y(k, vertical.T), horizontal.T))

    def forward(
        self,
        samples: Tensor,
        maps: Tensor,
        support: Tensor,
        mask: Tensor,
        dft_y: Tensor,
        dft_x: Tensor,
        sigma: Tensor,
        weight: Tensor,
        start: Tensor,
    ) -> Tensor:
        """The image ``[1, 2, y, x]``; the rest as for lines.

        samples ``[c, 2, ky, kx]``, mask ``[ky, kx]``, dft_y ``[2, ky, y]``, dft_x ``[2, kx, x]``.
        """
        vertical, horizontal = block(dft_y), block(dft_x)
        back = combine(maps, along_x(along_y(mask * samples, vertical.T), horizontal.T))
        return self._solve((maps, mask, vertical, horizontal), back, support, (sigma, weight, start))


def _split(x: Tensor, pad: tuple[int, int]) -> Tensor:
    planes = torch.stack([x.real, x.imag], dim=-3)
    return nn.functional.pad(planes, (0, pad[1], 0, pad[0]))


@torch.no_grad()
def fused_inputs(model: Unrolled, scan: Measurement) -> dict[str, Tensor]:
    """The inputs of :class:`FusedLines` or :class:`FusedPlane` for a scan, padded to the denoiser's multiple."""
    multiple = model.denoiser.net.multiple(0)
    h, w = scan.maps.shape[-2:]
    pad = (-h % multiple, -w % multiple)
    sigma, weight, start = model.schedule(scan.sigma, scan.acceleration)
    rest = {"sigma": sigma, "weight": weight, "start": start}
    maps = _split(scan.maps, pad)
    support = nn.functional.pad(torch.ones(h, w), (0, pad[1], 0, pad[0]))
    first = {"maps": maps, "support": support}
    if scan.dims == (-1,):
        rows = np.flatnonzero(scan.mask[0].numpy() > 0)
        samples = _split(scan.samples[..., rows], (pad[0], 0))
        return {"samples": samples, **first, "dft": dft_rows(w, rows, w + pad[1]), **rest}
    dft_y, dft_x = dft_rows(h, None, h + pad[0]), dft_rows(w, None, w + pad[1])
    mask = scan.mask.expand(h, w)
    samples = _split(scan.samples, (0, 0))
    return {"samples": samples, **first, "mask": mask, "dft_y": dft_y, "dft_x": dft_x, **rest}
