"""Which task trains which kind of network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..config import Config
from ..trainer import Task
from .autoencoder import AutoencoderTask
from .defences import DefenceTask
from .denoiser import DenoiserTask
from .latent import LatentTask
from .unrolled import UnrolledTask

TASKS: dict[str, Callable[[Config, Path], Task]] = {
    "prior": DenoiserTask,
    "unrolled": UnrolledTask,
    "autoencoder": AutoencoderTask,
    "latent-prior": LatentTask,
}


def build_task(config: Config, cache: Path) -> Task:
    """The task of a configuration's ``kind``."""
    if config.kind not in TASKS:
        raise ValueError(f"{config.id}: unknown kind {config.kind}; known: {', '.join(TASKS)}")
    if config.table("defence"):
        return DefenceTask(config, cache)
    return TASKS[config.kind](config, cache)
