"""Muon for 3x3 kernels: momentum whose direction is made orthogonal before it is applied.

The update of a kernel ``[out, in, 3, 3]`` is flattened to ``[out, in * 9]``, its singular values are pushed
towards one by five Newton-Schulz steps, and it is scaled by ``sqrt(max(1, out / (in * 9)))``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn


def orthogonalise(matrix: Tensor, steps: int = 5) -> Tensor:
    """Pushes the singular values of ``[m, n]`` towards one (quintic Newton-Schulz iteration)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else matrix.T
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.T


class Muon(torch.optim.Optimizer):
    """Nesterov momentum with an orthogonalised direction; for kernels of four dimensions."""

    def __init__(self, params: Iterable[Tensor], lr: float = 0.02, momentum: float = 0.95) -> None:
        super().__init__(list(params), {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:
        """One update of every kernel that has a gradient."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(p)
                buffer = state["momentum"]
                buffer.mul_(group["momentum"]).add_(p.grad)
                direction = p.grad.add(buffer, alpha=group["momentum"])
                update = orthogonalise(direction.flatten(1))
                scale = max(1.0, update.shape[0] / update.shape[1]) ** 0.5
                p.add_(update.view_as(p), alpha=-group["lr"] * scale)


def split_parameters(model: nn.Module) -> tuple[list[Tensor], list[Tensor]]:
    """Trainable parameters as (3x3 kernels for Muon, everything else for AdamW), each in module order."""
    kernels, rest = [], []
    for p in model.parameters():
        if p.requires_grad:
            (kernels if p.ndim == 4 and p.shape[-2:] == (3, 3) else rest).append(p)
    return kernels, rest
