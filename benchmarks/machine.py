"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders import CPUS

BUSY = 0.3  # load average above which figures are not worth keeping


def describe() -> dict[str, object]:
    """Date, processor, memory, system and the load before the measurement."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _first_value("/proc/cpuinfo", "model name") or platform.processor(),
        "cpus": CPUS,
        "memory": _first_value("/proc/meminfo", "MemTotal") or "unknown",
        "system": platform.platform(),
        "load_before": os.getloadavg()[0],
    }


def _first_value(file: str, field: str) -> str | None:
    """The first `field : value` of a file under /proc, None elsewhere."""
    path = Path(file)
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(field)), None)
