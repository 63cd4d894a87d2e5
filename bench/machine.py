"""What the kernel says about processes and cores (Linux)."""

from __future__ import annotations

import os
import platform
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cores:
    """One core for the servers, the others for the load and the simulated StepPay. `two` are for two workers."""

    server: frozenset[int]
    load: frozenset[int]
    two: frozenset[int]
    load_beside_two: frozenset[int]


def share_cores() -> Cores:
    cores = sorted(os.sched_getaffinity(0))
    two = frozenset(cores[:2])
    return Cores(frozenset(cores[:1]), frozenset(cores[1:] or cores), two, frozenset(cores[2:] or cores))


def prepare() -> None:
    """A thousand connections need more than the usual 1,024 files, servers inherit it; and a caller that stops us with
    SIGTERM stops the servers too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def tree(root: int) -> list[int]:
    """The process and everything below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def _stat(process: int) -> list[str]:
    """The fields of proc(5)'s stat after the name, from `state` on."""
    return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()


def cpu_seconds(root: int) -> float:
    """User and system time of a tree, including children that ended."""
    ticks = 0
    for process in tree(root):
        with suppress(OSError):
            ticks += sum(map(int, _stat(process)[11:15]))
    return ticks / _TICKS


def cpu_counter(root: int) -> Callable[[], float]:
    """Seconds of the main threads of a tree, to the nanosecond where the others' figures are hundredths. A process that
    ended keeps what was last seen of it: else its end would look like time given back."""
    seen: dict[int, int] = {}

    def spent() -> float:
        for process in tree(root):
            with suppress(OSError):
                seen[process] = int(Path(f"/proc/{process}/schedstat").read_text("utf-8").split()[0])
        return sum(seen.values()) / 1e9

    return spent


@dataclass(frozen=True)
class Sample:
    """A tree at one moment. `memory_mb` is PSS: pages that processes share are counted once."""

    memory_mb: float = 0.0
    threads: int = 0
    files: int = 0
    sockets: int = 0
    processes: int = 0


def sample(root: int) -> Sample:
    memory = threads = files = sockets = processes = 0
    for process in tree(root):
        with suppress(OSError):
            memory += _number(process, "smaps_rollup", "Pss:")
            threads += _number(process, "status", "Threads:")
            links = [_link(entry) for entry in Path(f"/proc/{process}/fd").iterdir()]
            files += len(links)
            sockets += sum(link.startswith("socket:") for link in links)
            processes += 1
    return Sample(memory / 1024, threads, files, sockets, processes)


def _number(process: int, file: str, name: str) -> int:
    lines = Path(f"/proc/{process}/{file}").read_text("utf-8").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def _link(entry: Path) -> str:
    try:
        return os.readlink(entry)
    except OSError:  # closed meanwhile
        return ""


def describe() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU")
    system = f"Linux {platform.release().partition('-')[0]}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores of {model}, {system}"
