"""This server and its peers, one core each in turn: for P1 and P2."""

from __future__ import annotations

from bench.context import Bench, Sample, median, ratio, take_turns
from bench.result import Goal, Result, goal, not_measured
from bench.servers import GUARANTEED, Server, node_is_there

OURS, VENDOR, NAIVE = "this server", "Express + axios", "Flask + requests.get"
STARLETTE, _FASTIFY, EXPRESS = GUARANTEED
NO_NODE = "no Node 20 with the packages of bench/peers here: the peers of Node are left out"
HEADS = ("one core, all warmed", "verifications/s", f"x {EXPRESS}", "CPU µs each", "refused", "load's core busy")
RATIOS = {EXPRESS: 2.6, STARLETTE: 1.0, VENDOR: 1.4, NAIVE: 4.0}
"""How many times as fast as each we want to be."""


def start_all(bench: Bench, *, tls: bool) -> list[Server]:
    """All up at once; then each is warmed."""
    starter = bench.starter
    servers = [starter.ours(OURS, tls=tls), starter.naive(tls=tls), starter.asynchronous(tls=tls)]
    if node_is_there():
        servers.append(starter.node(VENDOR, "vendor.mjs", tls=tls))
        servers.append(starter.node("Fastify + undici", "fastify.mjs", tls=tls))
    servers += [starter.guaranteed(name, tls=tls) for name in guaranteed()]
    bench.warm(*servers)
    return servers


def guaranteed() -> list[str]:
    """Names of the peers with guarantees that this machine can run."""
    return list(GUARANTEED) if node_is_there() else [STARLETTE]


def compare(bench: Bench, result: Result, *, tls: bool) -> None:
    """Fills the table, the bars and the goals."""
    servers = start_all(bench, tls=tls)
    bench.say(f"{result.number}: {len(servers)} servers in turn")
    turns = take_turns(bench, servers)
    bench.starter.stop(*servers)
    rates = {name: [turn.window.rate for turn in taken] for name, taken in turns.items()}
    base = rates.get(EXPRESS)
    if base is None:
        result.notes.append(NO_NODE)
    result.rows = [HEADS, *(_row(name, turns[name], rates[name], base) for name in _fastest_first(rates))]
    result.bars = [(name, ratio(rates[name], base or rates[OURS])) for name in _fastest_first(rates)]
    result.bars_say = f"x {EXPRESS if base else OURS}"
    result.goals += [_peer_goal(rates, name, wanted) for name, wanted in RATIOS.items()]


def _peer_goal(rates: dict[str, list[float]], name: str, wanted: float) -> Goal:
    what = f"speed, as a multiple of {name}"
    if name not in rates:
        return not_measured(what, NO_NODE)
    return goal(what, ratio(rates[OURS], rates[name]), wanted, " x", at_least=True)


def _fastest_first(rates: dict[str, list[float]]) -> list[str]:
    return sorted(rates, key=lambda name: -median(rates[name]))


def _row(name: str, turns: list[Sample], rates: list[float], base: list[float] | None) -> tuple[str, ...]:
    busy = median([turn.window.own_cpu_seconds / turn.window.seconds for turn in turns])
    return (
        f"**{name}**" if name == OURS else name,
        f"{median(rates):,.0f}",
        f"{ratio(rates, base):.2f}" if base else "",
        f"{median([turn.cpu_us for turn in turns]):,.0f}",
        str(sum(sum(turn.window.wrong.values()) for turn in turns)),
        f"{busy:.0%}",
    )
