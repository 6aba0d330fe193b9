"""Named, counter-based random streams.

A draw depends on (seed, name, index) alone, never on what was drawn before it, so a resumed run sees the
numbers an uninterrupted one would have seen.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch


def _key(seed: int, name: str) -> int:
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:16], "little")


def stream(seed: int, name: str, index: int = 0) -> np.random.Generator:
    """A NumPy generator (Philox) for draw ``index`` of the stream ``name``."""
    return np.random.Generator(np.random.Philox(key=_key(seed, name), counter=[0, 0, 0, index]))


def torch_stream(seed: int, name: str, index: int = 0) -> torch.Generator:
    """A torch CPU generator for draw ``index`` of the stream ``name``."""
    value = _key(seed, f"{name}:{index}") & ((1 << 63) - 1)
    return torch.Generator().manual_seed(value)
