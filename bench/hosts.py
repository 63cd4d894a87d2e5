"""Hosts in network namespaces, each with an address of its own on one bridge (Linux, root).

All of it is in namespaces without a name that belong to one process: the kernel removes them, and ends every program in
them, when that process ends, however it ends.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

_OWN_NAMESPACES = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_BRIDGE, _GATEWAY = "bench", "10.77.0.1"


@dataclass(frozen=True)
class Host:
    """`prefix`: a command that runs what follows on this host."""

    name: str
    address: str

    @property
    def prefix(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.name)

    def unplug(self) -> None:
        """As a pulled cable: packets are lost, and connections are not closed."""
        _ip("link", "set", self.name, "down")

    def plug_in(self) -> None:
        _ip("link", "set", self.name, "up")


def isolated(command: Sequence[str]) -> list[str]:
    """The command in namespaces of its own; there it may call `make_hosts`."""
    return [*_OWN_NAMESPACES, *command]


def why_not() -> str | None:
    """Why this machine allows no namespaces; None: it does."""
    try:
        done = subprocess.run(
            isolated(["ip", "link", "add", _BRIDGE, "type", "bridge"]), check=False, capture_output=True, text=True
        )
    except FileNotFoundError:
        return "unshare (util-linux) is not installed"
    return None if done.returncode == 0 else f"no network namespaces here: {done.stderr.strip()}"


def make_hosts(names: Sequence[str]) -> list[Host]:
    """Connected to each other and to the caller. Only in a process that `isolated` has started."""
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)  # where ip keeps names: ours alone from now on
    _ip("link", "set", "lo", "up")
    _ip("link", "add", _BRIDGE, "type", "bridge")
    _ip("address", "add", f"{_GATEWAY}/24", "dev", _BRIDGE)
    _ip("link", "set", _BRIDGE, "up")
    return [_make_host(Host(name, f"10.77.0.{number}")) for number, name in enumerate(names, start=2)]


def _make_host(host: Host) -> Host:
    _ip("netns", "add", host.name)
    _ip("link", "add", host.name, "type", "veth", "peer", "name", "eth0", "netns", host.name)
    _ip("link", "set", host.name, "master", _BRIDGE, "up")
    _ip("-n", host.name, "address", "add", f"{host.address}/24", "dev", "eth0")
    for device in ("eth0", "lo"):
        _ip("-n", host.name, "link", "set", device, "up")
    return host


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
