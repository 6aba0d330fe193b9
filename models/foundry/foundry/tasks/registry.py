"""Which task trains which kind of network."""

from __future__ import annotations

from pathlib import Path

from ..config import Config
from ..trainer import Task
from .denoiser import DenoiserTask
from .unrolled import UnrolledTask


def build_task(config: Config, cache: Path) -> Task:
    """The task of a configuration's ``kind``."""
    kinds = {"prior": DenoiserTask, "unrolled": UnrolledTask}
    if config.kind not in kinds:
        raise ValueError(f"{config.id}: unknown kind {config.kind}; known: {', '.join(kinds)}")
    return kinds[config.kind](config, cache)
