"""Command line: ``python -m foundry prepare|simulate|cluster|train|pack|export|evaluate|samples|real|card``."""

from __future__ import annotations

import os

# Waiting threads must sleep, not spin: on a shared machine spinning costs more than the work (has to be set
# before torch is loaded).
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("KMP_BLOCKTIME", "0")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
