"""From a configuration to its network, with or without trained weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .config import CHECKPOINTS, Config
from .nets.autoencoder import build_autoencoder
from .nets.edm import build_prior
from .nets.unrolled import build_unrolled

BUILDERS: dict[str, Callable[[dict[str, Any]], nn.Module]] = {
    "prior": build_prior,
    "latent-prior": build_prior,
    "unrolled": build_unrolled,
    "autoencoder": build_autoencoder,
}


def checkpoint(config: Config, cache: Path) -> dict[str, Any]:
    """The newest state of a configuration: its running or finished training, else the packed checkpoint."""
    for path in (cache / "runs" / config.id / "last.pt", CHECKPOINTS / f"{config.id}.pt"):
        if path.exists():
            state = torch.load(path, map_location="cpu", weights_only=True)
            if state["hash"] == config.hash:
                return state
    raise FileNotFoundError(f"{config.id} has no weights of its present form; run: python -m foundry train {config.id}")


def load_model(config: Config, cache: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The network with averaged weights, and what is known of its training (steps, CPU minutes, hash)."""
    model = BUILDERS[config.kind](config.table("model"))
    state = checkpoint(config, cache)
    model.load_state_dict({k: v.float() for k, v in state["ema"].items()})
    training = {
        "config": config.id,
        "configHash": config.hash,
        "seed": config.seed,
        "steps": int(state["step"]),
        "cpuMinutes": round(float(state["cpu_seconds"]) / 60, 1),
    }
    return model.eval().requires_grad_(False), training
