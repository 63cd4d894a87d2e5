"""Three hosts with this server, PostgreSQL with its standby and Redis on a fourth. P14 runs it in its own namespaces:

python -m bench.three_hosts FOLDER SECONDS   prints JSON, see `Found`
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice
from pathlib import Path

import requests
from sqlalchemy import select

from bench import load, machine
from bench.chaos import settle
from bench.events import EVENTS_PATH, event_body, signature
from bench.few_places import PLACES
from bench.hosts import Host, make_hosts
from bench.orders import new_code
from bench.servers import settings
from bench.workload import ORIGIN, Verify, visitors
from tools.postgres_cluster import Cluster, find_programs
from widget_server.adapters.store.database import for_writing, make_engine
from widget_server.adapters.store.migrate import upgrade
from widget_server.adapters.store.tables import orders

PORT, STEPPAY_PORT, STEPPAY_TLS_PORT, REDIS_PORT = 8081, 8090, 8091, 6379
CERTIFICATE = "steppay.pem"
DELAY_MS = 600
"""Of each call to StepPay: a host verifies at most `PLACES` / 1.2 s orders."""
_ROUNDS, _RAMP_SECONDS = 3, 1.5
_SENDERS, _PATIENCE_SECONDS = 24, 6
_SETTLE_SECONDS, _START_SECONDS = 60, 60


@dataclass
class Found:
    """`one`, `three`: verifications a second in each round. The others are of the failures: what was `confirmed`, how
    much of it was `lost`, how often a shopper was told that a paid order `failed`, the `longest` wait in seconds, jobs
    that were never done, and whether the host that came back serves."""

    one: list[float] = field(default_factory=list)
    three: list[float] = field(default_factory=list)
    confirmed: int = 0
    lost: int = 0
    failed: int = 0
    longest: float = 0.0
    jobs_settled: bool = False
    came_back: bool = False


@dataclass
class Site:
    """`primary` and `standby` are on `store`, with Redis."""

    folder: Path
    servers: Sequence[Host]
    store: Host
    primary: Cluster
    standby: Cluster

    @property
    def database_url(self) -> str:
        places = ",".join(f"{one.address}:{one.port}" for one in (self.primary, self.standby))
        return f"postgresql://widget@{places}/postgres"


def main() -> None:
    machine.prepare()
    site = build(Path(sys.argv[1]))
    found = Found()
    measure_rates(site, float(sys.argv[2]), found)
    cause_failures(site, float(sys.argv[2]), found)
    print(json.dumps(asdict(found)))


def build(folder: Path) -> Site:
    *servers, store = make_hosts(["one", "two", "three", "store"])
    programs = find_programs()
    assert programs is not None
    clusters = []
    for number, options in enumerate(("-c synchronous_standby_names=*", "")):
        place = folder / f"database{number}"
        place.mkdir()
        clusters.append(
            Cluster(programs, place, 5432 + number, options=options, address=store.address, prefix=store.prefix)
        )
    site = Site(folder, servers, store, *clusters)
    site.primary.create()
    site.primary.start()
    site.standby.follow(site.primary)
    site.standby.start()
    upgrade(site.database_url)
    redis = ["redis-server", "--bind", store.address, "--port", str(REDIS_PORT), "--protected-mode", "no", "--save", ""]
    run_on(store, redis, folder / "redis.log")
    for host in servers:
        start_server(site, host)
    for host in servers:
        wait_until_ready(host)
    return site


def run_on(host: Host, command: Sequence[str], log: Path, environ: dict[str, str] | None = None) -> None:
    """Until the namespaces end."""
    inherited = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": os.environ["PYTHONPATH"]}
    with log.open("ab") as file:
        subprocess.Popen(
            [*host.prefix, *command], env=inherited | (environ or {}), cwd=log.parent, stdout=file, stderr=file
        )


def start_server(site: Site, host: Host) -> None:
    """With a StepPay at its own loopback address: the only one that may be spoken to without TLS."""
    python, log = [sys.executable, "-m"], site.folder / f"{host.name}.log"
    steppay = ["bench.upstream", str(STEPPAY_PORT), str(STEPPAY_TLS_PORT), str(site.folder / CERTIFICATE)]
    run_on(host, [*python, *steppay, str(DELAY_MS)], log)
    environ = settings(
        f"http://127.0.0.1:{STEPPAY_PORT}",
        site.folder,
        WIDGET_DATABASE_URL=site.database_url,
        WIDGET_RATE_LIMIT_STORE=f"redis://{site.store.address}:{REDIS_PORT}/0",
    )
    serve = ["bench.few_places", "serve", "--host", host.address, "--port", str(PORT)]
    run_on(host, [*python, *serve], log, environ)


def is_ready(host: Host) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host.address}:{PORT}/readyz", timeout=5):
            return True
    except OSError:
        return False


def wait_until_ready(host: Host) -> bool:
    ends = time.monotonic() + _START_SECONDS
    while not is_ready(host):
        if time.monotonic() > ends:
            return False
        time.sleep(0.1)
    return True


def measure_rates(site: Site, seconds: float, found: Found) -> None:
    """One host and all three, in turn."""
    for number in range(_ROUNDS + 1):
        for hosts, rates in ((site.servers[:1], found.one), (site.servers, found.three)):
            rate = rate_of(hosts, seconds)
            if number:  # the first warms up
                rates.append(rate)


def rate_of(hosts: Sequence[Host], seconds: float) -> float:
    """Verifications a second, twice as many shoppers as places at each host."""

    def crowd(host: Host) -> load.Window:
        return load.closed_loop(
            PORT, Verify, host=host.address, connections=2 * PLACES, seconds=seconds, ramp=_RAMP_SECONDS
        )

    with ThreadPoolExecutor(len(hosts)) as pool:
        windows = list(pool.map(crowd, hosts))
    for window in windows:  # a busy machine may be too slow for StepPay's answer
        if not all(what.startswith("503") for what in window.wrong):
            raise RuntimeError(f"answered wrongly: {dict(window.wrong)}")
    return sum(window.rate for window in windows)


class Senders:
    """Of each order a page asks for the verdict and StepPay sends its event, from host to host until one confirms. A
    verdict is answered without a database too; what was not recorded then is recorded because of the event."""

    def __init__(self, hosts: Sequence[Host]) -> None:
        self._hosts, self._stop, self._lock = hosts, threading.Event(), threading.Lock()
        self.confirmed: list[str] = []
        self.failed, self.longest = 0, 0.0

    def run(self, number: int) -> None:
        while not self._stop.is_set():
            code = new_code()
            seconds = max(self._ask(way, code, number) for way in (self._verify, self._send_event))
            with self._lock:
                self.confirmed.append(code)
                self.longest = max(self.longest, seconds)

    def _ask(self, way: Callable[[str, str], bool], code: str, number: int) -> float:
        """Seconds until a host has confirmed."""
        began = time.monotonic()
        for host in islice(cycle(self._hosts), number, None):
            if self._is_confirmed(way, f"http://{host.address}:{PORT}", code):
                break
            time.sleep(0.1)
        return time.monotonic() - began

    def _is_confirmed(self, way: Callable[[str, str], bool], url: str, code: str) -> bool:
        try:
            return way(url, code)
        except requests.RequestException:
            return False

    def _verify(self, url: str, code: str) -> bool:
        headers = {"Origin": ORIGIN, "X-Forwarded-For": visitors.next_address()}
        body = {"orderCode": code, "status": "success"}
        answer = requests.post(f"{url}/v1/verify", json=body, headers=headers, timeout=_PATIENCE_SECONDS)
        verdict = answer.json()["verdict"] if answer.ok else None
        self.failed += verdict == "failed"
        return bool(verdict == "paid")

    def _send_event(self, url: str, code: str) -> bool:
        body = event_body(code)
        headers = {"Steppay-Signature": signature(body), "X-Forwarded-For": visitors.next_address()}
        return requests.post(url + EVENTS_PATH, data=body, headers=headers, timeout=_PATIENCE_SECONDS).ok

    def stop(self) -> None:
        self._stop.set()


def cause_failures(site: Site, seconds: float, found: Found) -> None:
    """A host loses its network, then the database's primary dies and the standby takes over."""
    senders, gone = Senders(site.servers), site.servers[-1]
    with ThreadPoolExecutor(_SENDERS) as pool:
        sent = [pool.submit(senders.run, number) for number in range(_SENDERS)]
        time.sleep(seconds)
        gone.unplug()
        time.sleep(seconds)
        site.primary.crash()
        site.standby.promote()
        time.sleep(2 * seconds)
        senders.stop()
        for one in sent:
            one.result()
    count_losses(site, senders, found)
    gone.plug_in()
    found.came_back = wait_until_ready(gone)


def count_losses(site: Site, senders: Senders, found: Found) -> None:
    """Every confirmed order must be recorded as paid once the jobs are done."""
    engine = for_writing(make_engine(site.database_url))
    found.jobs_settled = settle(engine, _SETTLE_SECONDS) < _SETTLE_SECONDS
    with engine.connect() as connection:
        paid = set(connection.execute(select(orders.c.order_code).where(orders.c.verdict == "paid")).scalars())
    engine.dispose()
    found.confirmed, found.lost = len(senders.confirmed), len(set(senders.confirmed) - paid)
    found.failed, found.longest = senders.failed, senders.longest


if __name__ == "__main__":
    main()
