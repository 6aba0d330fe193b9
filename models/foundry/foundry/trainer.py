"""The training loop: one for every task, stopped by a CPU-time budget and resumable at any step.

A running training keeps ``last.pt`` (weights, average, optimiser states, all float32) in its run folder and
replaces it atomically every few minutes and on SIGTERM. Draws depend on the step number alone, so a resumed run
with a budget in steps ends with the same weights as an uninterrupted one. With a budget in CPU minutes the same
holds up to the learning rate, which follows the time spent.

For version control there is a smaller form (``pack``): averaged weights as float16 and one optimiser state.
"""

from __future__ import annotations

import copy
import fcntl
import json
import math
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from .config import CHECKPOINTS, Config
from .muon import Muon, split_parameters


class Task(Protocol):
    """What the loop needs from a task."""

    model: nn.Module

    def loss(self, step: int) -> Tensor:
        """The training loss of a step; draws depend on the step number alone."""

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Scores of the averaged weights on the tune split."""


class Interrupted(Exception):
    """Raised inside a validation when a signal asks to stop."""


class Stop:
    """Turns SIGTERM and SIGINT into a flag that is read after every step; validations are broken off."""

    def __init__(self) -> None:
        self.asked = False
        self.breakable = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
        if self.breakable:
            raise Interrupted


@contextmanager
def only_training(runs: Path, name: str) -> Iterator[None]:
    """Holds the lock ``training.lock`` of the run folders: one training at a time, and benches can see it."""
    runs.mkdir(parents=True, exist_ok=True)
    with open(runs / "training.lock", "a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            raise RuntimeError(f"another training is running: {handle.read().strip()}") from None
        handle.truncate(0)
        handle.write(json.dumps({"pid": os.getpid(), "run": name}))
        handle.flush()
        try:
            yield
        finally:
            handle.truncate(0)


def save_atomically(value: Any, path: Path) -> None:
    """Writes with ``torch.save`` under a temporary name, flushes to disk, renames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with open(temporary, "wb") as handle:
        torch.save(value, handle)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(temporary, path)


def _map_tensors(value: Any, convert: Any) -> Any:
    if isinstance(value, Tensor):
        return convert(value)
    if isinstance(value, dict):
        return {k: _map_tensors(v, convert) for k, v in value.items()}
    if isinstance(value, list):
        return [_map_tensors(v, convert) for v in value]
    return value


def _shortened(value: Any, kind: torch.dtype) -> Any:
    """Matrices and kernels in a shorter type, the rest unchanged."""
    return _map_tensors(value, lambda t: t.to(kind) if t.is_floating_point() and t.ndim >= 2 else t)


class Trainer:
    """One run of one configuration in one run folder."""

    def __init__(self, config: Config, task: Task, folder: Path, budget: dict[str, float] | None = None) -> None:
        table = config.table("train")
        self.config = config
        self.task = task
        self.folder = folder
        self.budget = budget or config.table("budget")
        self.flat = float(table.get("flat", 0.6))
        self.ema_decay = float(table.get("ema", 0.999))
        self.every = float(table.get("checkpoint_minutes", 3.0)) * 60.0
        self.validate_every = float(table.get("validate_minutes", 6.0)) * 60.0
        self.clip = float(table.get("clip", 1.0))
        self.device = torch.device(config.device)
        self.ema = copy.deepcopy(task.model).requires_grad_(False)
        kernels, rest = split_parameters(task.model)
        self.rates = (float(table.get("lr_muon", 0.02)), float(table.get("lr_adam", 1.5e-3)))
        scales = float(table.get("scalar_rate", 1.0))
        named = [p for n, p in task.model.named_parameters() if n.startswith("schedule.") and p.requires_grad]
        inside = {id(p) for p in named}
        groups: list[dict[str, Any]] = [{"params": [p for p in rest if id(p) not in inside], "factor": 1.0}]
        if named:
            groups.append({"params": named, "factor": scales})
        self.muon = Muon(kernels, self.rates[0])
        self.adam = torch.optim.AdamW(groups, lr=self.rates[1], betas=(0.9, 0.98), weight_decay=0.0)
        self.step = 0
        self.cpu = 0.0

    # -- state ---------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Everything a resumed run needs, float32."""
        return {
            "config": self.config.id,
            "hash": self.config.hash,
            "step": self.step,
            "cpu_seconds": self.cpu,
            "model": self.task.model.state_dict(),
            "ema": self.ema.state_dict(),
            "muon": self.muon.state_dict(),
            "adam": self.adam.state_dict(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Continues from :meth:`state`, or from a packed checkpoint (no plain weights, no momentum)."""
        state = _map_tensors(state, lambda t: t.float() if t.is_floating_point() else t)
        self.task.model.load_state_dict(state.get("model", state["ema"]))
        self.ema.load_state_dict(state["ema"])
        if "muon" in state:
            self.muon.load_state_dict(state["muon"])
        self.adam.load_state_dict(state["adam"])
        self.step, self.cpu = int(state["step"]), float(state["cpu_seconds"])

    def resume(self) -> str:
        """Continues from the run folder, else from the packed checkpoint, else from ``[start]``, else anew."""
        last, packed = self.folder / "last.pt", CHECKPOINTS / f"{self.config.id}.pt"
        for path in (last, packed):
            if path.exists():
                state = torch.load(path, map_location=self.device, weights_only=True)
                if state["hash"] == self.config.hash:
                    self.load(state)
                    return f"{path.name} of step {self.step}"
        start = self.config.table("start")
        if start:
            path = CHECKPOINTS / f"{start['from']}.pt"
            running = self.folder.parent / start["from"] / "last.pt"
            path = running if running.exists() else path
            weights = torch.load(path, map_location=self.device, weights_only=True)["ema"]
            prefix = start.get("prefix", "")
            own = self.task.model.state_dict()
            taken = {
                prefix + k: v.float()
                for k, v in weights.items()
                if prefix + k in own and own[prefix + k].shape == v.shape
            }
            if not taken:
                raise ValueError(f"{path.name} has no weights that fit {self.config.id}")
            self.task.model.load_state_dict(taken, strict=False)
            self.ema.load_state_dict(self.task.model.state_dict())
            return f"weights of {start['from']} ({len(taken)} of {len(own)} tensors)"
        return "random weights"

    def packed(self) -> dict[str, Any]:
        """The form for version control: averaged weights as float16, AdamW's state as bfloat16 (its range is wide).

        Muon's momentum is left out: it forgets within twenty steps.
        """
        state = self.state()
        del state["model"], state["muon"]
        state["ema"] = _shortened(state["ema"], torch.float16)
        state["adam"] = _shortened(state["adam"], torch.bfloat16)
        return state

    # -- loop ----------------------------------------------------------------------------------------------

    def progress(self) -> float:
        """Share of the budget that is spent, 0 to 1."""
        if "steps" in self.budget:
            return min(self.step / float(self.budget["steps"]), 1.0)
        return min(self.cpu / (60.0 * float(self.budget["cpu_minutes"])), 1.0)

    def rate(self) -> float:
        """Learning-rate factor: short warm-up, flat, then a cosine to two hundredths."""
        warm = min(1.0, (self.step + 1) / 30.0)
        p = self.progress()
        if p <= self.flat:
            return warm
        return warm * (0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * (p - self.flat) / (1.0 - self.flat))))

    def _one_step(self) -> float:
        factor = self.rate()
        for group in self.muon.param_groups:
            group["lr"] = self.rates[0] * factor
        for group in self.adam.param_groups:
            group["lr"] = self.rates[1] * factor * group["factor"]
        self.muon.zero_grad(set_to_none=True)
        self.adam.zero_grad(set_to_none=True)
        loss = self.task.loss(self.step)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.task.model.parameters(), self.clip)
        if torch.isfinite(norm):
            self.muon.step()
            self.adam.step()
            if hasattr(self.task.model, "project"):
                self.task.model.project()
        self.step += 1
        decay = min(self.ema_decay, (1.0 + self.step) / (10.0 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.ema.parameters(), self.task.model.parameters(), strict=True):
                mean.lerp_(now, 1.0 - decay)
        return float(loss.detach()) if torch.isfinite(norm) else math.nan

    def log(self, **values: Any) -> None:
        """Appends one JSON line to ``log.jsonl`` and prints it."""
        line = json.dumps({"step": self.step, "cpu_minutes": round(self.cpu / 60, 2), **values})
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as handle:
            handle.write(line + "\n")
        print(line, flush=True)

    def _scores(self, stop: Stop) -> dict[str, float]:
        """Scores of the averaged weights; none when a signal came in between."""
        stop.breakable = not stop.asked
        try:
            return self.task.validate(self.ema) if stop.breakable else {}
        except Interrupted:
            return {}
        finally:
            stop.breakable = False

    def run(self) -> bool:
        """Trains until the budget is spent (True) or a signal asks to stop (False)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        stop = Stop()
        self.log(event="start", resumed=self.resume(), hash=self.config.hash, budget=self.budget)
        before, offset = self.cpu, time.process_time()
        saved = checked = logged = self.cpu
        losses: list[float] = []
        while self.progress() < 1.0 and not stop.asked:
            losses.append(self._one_step())
            self.cpu = before + time.process_time() - offset
            if self.cpu - logged > 30.0:
                self.log(loss=round(sum(losses) / len(losses), 5), rate=round(self.rate(), 4))
                losses, logged = [], self.cpu
            if self.cpu - saved > self.every:
                save_atomically(self.state(), self.folder / "last.pt")
                saved = self.cpu
            if self.cpu - checked > self.validate_every:
                self.log(event="tune", **self._scores(stop))
                self.cpu = before + time.process_time() - offset
                checked = self.cpu
        save_atomically(self.state(), self.folder / "last.pt")
        finished = not stop.asked
        if finished:
            self.log(event="end", **self._scores(stop))
        else:
            self.log(event="stopped")
        return finished
