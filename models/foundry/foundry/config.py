"""Configurations: small TOML files, hashed so that RUNS.md can name exactly what was run."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / "configs"
CHECKPOINTS = ROOT / "checkpoints"
REPOSITORY = ROOT.parents[1]


@dataclass(frozen=True)
class Config:
    """One run: ``id`` (file name), ``kind`` (which task), ``seed`` and the raw tables."""

    id: str
    kind: str
    seed: int
    raw: dict[str, Any]

    @property
    def hash(self) -> str:
        """First 12 digits of the SHA-256 of the tables that shape the weights.

        Without the budget (a longer run is the same run) and the names under which the result is exported.
        """
        kept = {k: v for k, v in self.raw.items() if k not in ("budget", "export")}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def device(self) -> str:
        """Where it is trained: ``[train] device``, the CPU when not named."""
        return str(self.table("train").get("device", "cpu"))

    def table(self, name: str) -> dict[str, Any]:
        """The table ``[name]``; empty when the file has none."""
        return dict(self.raw.get(name, {}))


def load_config(name: str | Path) -> Config:
    """Reads a configuration by name (a file of ``configs/``) or by path."""
    path = Path(name)
    if path.suffix != ".toml":
        path = CONFIGS / f"{name}.toml"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in CONFIGS.glob("*.toml")))
        raise FileNotFoundError(f"no configuration {name}; there are: {known}")
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return Config(id=path.stem, kind=raw["kind"], seed=int(raw.get("seed", 1)), raw=raw)


def shared_folder(argument: str | None = None) -> Path:
    """Where the data folders are: the argument, else PUREECHO_SHARED, else ``shared`` beside the repository."""
    value = argument or os.environ.get("PUREECHO_SHARED")
    return Path(value) if value else REPOSITORY.parent / "shared"


def cache_folder(argument: str | None = None) -> Path:
    """Where packed slices and running trainings live: argument, FOUNDRY_CACHE, else ``.cache`` (never in git)."""
    value = argument or os.environ.get("FOUNDRY_CACHE")
    return Path(value) if value else ROOT / ".cache"
