"""The measurement in torch: coils, centred orthonormal Fourier transform, mask, and fixed-count CG.

A measurement maps an image ``[y, x]`` to samples ``[coil, y, x]``. ``dims`` names the transformed axes: both for a
slice, the phase-encode axis alone for a strip whose readout has already been transformed back (with a 1-D mask
every readout row is a problem of its own, so strips are exact).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Operator = Callable[[Tensor], Tensor]


def fft(x: Tensor, dims: tuple[int, ...] = (-2, -1)) -> Tensor:
    """Centred orthonormal FFT."""
    return torch.fft.fftshift(torch.fft.fftn(torch.fft.ifftshift(x, dims), dim=dims, norm="ortho"), dims)


def ifft(k: Tensor, dims: tuple[int, ...] = (-2, -1)) -> Tensor:
    """Inverse of :func:`fft`, which is also its adjoint."""
    return torch.fft.fftshift(torch.fft.ifftn(torch.fft.ifftshift(k, dims), dim=dims, norm="ortho"), dims)


@dataclass
class Measurement:
    """A A x = y: maps ``[coil, y, x]``, mask broadcast to ``[y, x]``, samples ``[coil, y, x]`` (zero where masked).

    ``sigma`` is the noise per component the scan is believed to have, ``acceleration`` the size over the number of
    acquired samples; both steer the unrolled network.
    """

    samples: Tensor
    maps: Tensor
    mask: Tensor
    sigma: float
    acceleration: float
    dims: tuple[int, ...] = (-2, -1)

    def forward(self, x: Tensor) -> Tensor:
        """A x: ``[y, x]`` to ``[coil, y, x]``."""
        return self.mask * fft(self.maps * x, self.dims)

    def adjoint(self, y: Tensor) -> Tensor:
        """A^H y: ``[coil, y, x]`` to ``[y, x]``."""
        return (self.maps.conj() * ifft(self.mask * y, self.dims)).sum(0)

    def normal(self, x: Tensor) -> Tensor:
        """A^H A x. The shifts of the two transforms cancel against a mask that is shifted once."""
        shifted = torch.fft.ifftshift(self.mask, tuple(d for d in self.dims if self.mask.shape[d] > 1))
        k = torch.fft.fftn(self.maps * x, dim=self.dims)
        return (self.maps.conj() * torch.fft.ifftn(shifted * k, dim=self.dims)).sum(0)

    def misfit(self, x: Tensor) -> Tensor:
        """Root mean square of ``A x - y`` per real component, over the acquired samples."""
        count = self.mask.expand(self.samples.shape[-2:]).sum() * self.samples.shape[0]
        return ((self.forward(x) - self.samples).abs().square().sum() / (2 * count)).sqrt()


def inner(a: Tensor, b: Tensor) -> Tensor:
    """Re<a, b>."""
    return (a.conj() * b).real.sum()


def cg(operator: Operator, right: Tensor, start: Tensor, iterations: int) -> Tensor:
    """A fixed number of conjugate-gradient steps on ``operator(x) = right``; differentiable."""
    x = start
    r = right - operator(x)
    p = r
    rr = inner(r, r)
    for _ in range(iterations):
        q = operator(p)
        alpha = rr / (inner(p, q) + 1e-30)
        x = x + alpha * p
        r = r - alpha * q
        new = inner(r, r)
        p = r + (new / (rr + 1e-30)) * p
        rr = new
    return x


def proximal(scan: Measurement, z: Tensor, weight: Tensor | float, iterations: int, back: Tensor) -> Tensor:
    """argmin ||A x - y||^2 + weight ||x - z||^2 by CG from z; ``back`` is A^H y."""
    return cg(lambda x: scan.normal(x) + weight * x, back + weight * z, z, iterations)


@torch.no_grad()
def discrepancy_step(
    scan: Measurement,
    z: Tensor,
    delta: float | None = None,
    least: float = 0.01,
    iterations: int = 8,
    halvings: int = 6,
) -> Tensor:
    """Moves z towards the data only as far as the noise asks for: until its misfit per component is ``delta``.

    ``delta`` is the scan's sigma when not given. The weight of z is found by bisection; z is left alone when its
    misfit is below delta already. Where even the weight ``least`` leaves a larger misfit, it is the maps that do not
    fit, and no smaller weight is used: on simulated pelves at 8x that would cost 3 dB, with 0.01 it costs 1.
    """
    delta = scan.sigma if delta is None else delta
    if float(scan.misfit(z)) <= delta:
        return z
    back = scan.adjoint(scan.samples)
    low, high = least, 1e2
    best = proximal(scan, z, low, iterations, back)
    if float(scan.misfit(best)) >= delta:
        return best
    for _ in range(halvings):
        middle = (low * high) ** 0.5
        x = proximal(scan, z, middle, iterations, back)
        if float(scan.misfit(x)) > delta:
            high = middle
        else:
            low, best = middle, x
    return best
